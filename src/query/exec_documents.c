#include "query/exec_documents.h"

struct documents {
	struct exec exec;
	struct buf bytes; /* the documents one after another */
	struct builder builder;
	size_t last; /* where the newest begins */
	size_t at; /* reading: the next one */
	bool failed;
};

static void documents_free(void *arg)
{
	struct documents *d = arg;

	buf_clear(&d->bytes);
}

static enum step documents_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct documents *d = (struct documents *)e;
	const uint8_t *doc;

	e->works++;
	if (d->at == d->bytes.len) {
		e->done = true;
		return STEP_DONE;
	}
	doc = d->bytes.data + d->at;
	*out = (struct row){.doc = view_of(doc, (size_t)read_i32(doc)), .array_index = -1};
	d->at += out->doc.len;
	/* The last one says so at once: no cursor stays open for nothing. */
	e->done = d->at == d->bytes.len;
	e->advanced++;
	return STEP_ROW;
}

static const struct exec_ops documents_ops = {
    .name = "QUEUED_DATA",
    .next = documents_next,
};

struct documents *documents_new(struct arena *a, struct memory_account *account)
{
	struct documents *d = arena_new(a, struct documents);

	if (!d || !arena_defer(a, documents_free, d))
		return NULL;
	d->exec.ops = &documents_ops;
	buf_init(&d->bytes, account);
	return d;
}

struct builder *documents_begin(struct documents *d)
{
	d->last = d->bytes.len;
	builder_init(&d->builder, &d->bytes);
	return &d->builder;
}

struct view documents_end(struct documents *d)
{
	builder_finish(&d->builder);
	if (builder_failed(&d->builder)) {
		d->failed = true;
		return doc_empty;
	}
	return view_of(d->bytes.data + d->last, d->bytes.len - d->last);
}

void documents_drop(struct documents *d)
{
	if (!d->failed)
		d->bytes.len = d->last;
}

bool documents_are_none(const struct documents *d)
{
	return d->bytes.len == 0;
}

struct exec *documents_exec(struct documents *d)
{
	return d->failed ? NULL : &d->exec;
}
