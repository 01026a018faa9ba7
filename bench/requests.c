#include "config.h"

#include "bench/requests.h"

#include <stdlib.h>

#include "bson/builder.h"
#include "wire/op_msg.h"

enum { BATCH = OP_KINDS, N_FRAMES }; /* an OP_INSERT of several */

/* Places of what changes, from the frame's begin; 0: it has none. */
struct frame {
	struct buf bytes;
	size_t id, count, version, session, documents;
};

struct requests {
	struct requests_options options;
	struct document_layout layout;
	struct frame frames[N_FRAMES];
	uint32_t n_updates;
};

/* Where the value of the element that is written next will stand. */
static size_t next_value(const struct frame *f, const char *name)
{
	return f->bytes.len + 1 + strlen(name) + 1;
}

static void begin(struct frame *f)
{
	buf_init(&f->bytes, NULL);
	op_msg_begin(&f->bytes);
}

static void end(struct frame *f)
{
	struct status st;

	status_init(&st);
	if (op_msg_finish(&f->bytes, 0, 0, 0, 0, &st))
		abort(); /* sizes are checked by the caller */
}

/* What every command has behind its own fields. */
static void put_common(const struct requests *r, struct frame *f, struct builder *b)
{
	static const uint8_t nobody[SESSION_BYTES];

	if (r->options.sessions) {
		builder_doc_begin(b, "lsid");
		f->session = next_value(f, "id") + 5;
		builder_uuid(b, "id", nobody);
		builder_doc_end(b);
	}
	builder_str(b, "$db", r->options.db);
}

static void put_write_concern(const struct requests *r, struct builder *b)
{
	if (!r->options.journal)
		return;
	builder_doc_begin(b, "writeConcern");
	builder_i32(b, "w", 1);
	builder_bool(b, "j", true);
	builder_doc_end(b);
}

static void put_id(struct frame *f, struct builder *b, const char *name)
{
	static const uint8_t no_id[DOCUMENT_ID_BYTES];

	f->id = next_value(f, name);
	builder_oid(b, name, no_id);
}

static void make_find(const struct requests *r, struct frame *f)
{
	struct builder b;

	begin(f);
	builder_init(&b, &f->bytes);
	builder_str(&b, "find", r->options.collection);
	builder_doc_begin(&b, "filter");
	put_id(f, &b, "_id");
	builder_doc_end(&b);
	builder_i32(&b, "limit", 1);
	builder_bool(&b, "singleBatch", true);
	put_common(r, f, &b);
	builder_finish(&b);
	end(f);
}

static void make_range(const struct requests *r, struct frame *f)
{
	struct builder b;

	begin(f);
	builder_init(&b, &f->bytes);
	builder_str(&b, "find", r->options.collection);
	builder_doc_begin(&b, "filter");
	builder_doc_begin(&b, "_id");
	put_id(f, &b, "$gte");
	builder_doc_end(&b);
	builder_doc_end(&b);
	builder_doc_begin(&b, "sort");
	builder_i32(&b, "_id", 1);
	builder_doc_end(&b);
	f->count = next_value(f, "limit");
	builder_i32(&b, "limit", 0);
	builder_bool(&b, "singleBatch", true);
	put_common(r, f, &b);
	builder_finish(&b);
	end(f);
}

static void put_below(struct builder *b, const char *field)
{
	builder_doc_begin(b, field);
	builder_i32(b, "$lt", DOCUMENT_SELECTED);
	builder_doc_end(b);
}

/* All that is selected in one batch: it is the scan that is measured. */
static void make_scan(const struct requests *r, struct frame *f)
{
	struct builder b;

	begin(f);
	builder_init(&b, &f->bytes);
	builder_str(&b, "find", r->options.collection);
	builder_doc_begin(&b, "filter");
	/* An equality is asked first. */
	if (r->options.scan_asks_all)
		builder_bool(&b, "active", true);
	put_below(&b, "group");
	put_below(&b, "score");
	builder_doc_end(&b);
	builder_i32(&b, "batchSize", 1000000);
	builder_bool(&b, "singleBatch", true);
	put_common(r, f, &b);
	builder_finish(&b);
	end(f);
}

/* A sequence of kind 1, as drivers send documents; returns where it begins. */
static size_t sequence_begin(struct frame *f, const char *name)
{
	size_t start = f->bytes.len + 1;

	buf_append_byte(&f->bytes, 1);
	buf_append_i32(&f->bytes, 0);
	buf_append(&f->bytes, name, strlen(name) + 1);
	return start;
}

static void sequence_end(struct frame *f, size_t start)
{
	buf_set_i32(&f->bytes, start, (int32_t)(f->bytes.len - start));
}

static void make_insert(struct requests *r, struct frame *f, int count)
{
	struct builder b;
	size_t sequence;

	begin(f);
	builder_init(&b, &f->bytes);
	builder_str(&b, "insert", r->options.collection);
	builder_bool(&b, "ordered", true);
	put_write_concern(r, &b);
	put_common(r, f, &b);
	builder_finish(&b);
	sequence = sequence_begin(f, "documents");
	f->documents = f->bytes.len;
	for (int i = 0; i < count; i++)
		document_build(
		    &f->bytes, r->options.document_bytes, r->options.order, &r->layout);
	sequence_end(f, sequence);
	end(f);
}

static void put_update(struct frame *f)
{
	struct builder b;

	builder_init(&b, &f->bytes);
	builder_doc_begin(&b, "q");
	put_id(f, &b, "_id");
	builder_doc_end(&b);
	builder_doc_begin(&b, "u");
	builder_doc_begin(&b, "$set");
	f->version = next_value(f, "version");
	builder_i32(&b, "version", 0);
	builder_doc_end(&b);
	builder_doc_end(&b);
	builder_bool(&b, "multi", false);
	builder_bool(&b, "upsert", false);
	builder_finish(&b);
}

static void make_update(const struct requests *r, struct frame *f)
{
	struct builder b;
	size_t sequence;

	begin(f);
	builder_init(&b, &f->bytes);
	builder_str(&b, "update", r->options.collection);
	builder_bool(&b, "ordered", true);
	put_write_concern(r, &b);
	put_common(r, f, &b);
	builder_finish(&b);
	sequence = sequence_begin(f, "updates");
	put_update(f);
	sequence_end(f, sequence);
	end(f);
}

struct requests *requests_new(const struct requests_options *o)
{
	struct requests *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->options = *o;
	make_find(r, &r->frames[OP_FIND]);
	make_range(r, &r->frames[OP_RANGE]);
	make_scan(r, &r->frames[OP_SCAN]);
	make_insert(r, &r->frames[OP_INSERT], 1);
	make_update(r, &r->frames[OP_UPDATE]);
	if (o->batch > 1)
		make_insert(r, &r->frames[BATCH], o->batch);
	return r;
}

void requests_free(struct requests *r)
{
	if (!r)
		return;
	for (int i = 0; i < N_FRAMES; i++)
		buf_clear(&r->frames[i].bytes);
	free(r);
}

struct view requests_make(struct requests *r, const struct operation *op, enum op_kind kind,
    int32_t request_id, const uint8_t session[static SESSION_BYTES])
{
	struct frame *f = &r->frames[kind == OP_INSERT && op->count > 1 ? BATCH : (int)kind];
	uint8_t *bytes = f->bytes.data;

	assert(f->bytes.len && (op->count == 1 || op->count == r->options.batch || f->count));
	buf_set_i32(&f->bytes, 4, request_id);
	if (f->id)
		document_id(bytes + f->id, r->options.order, op->key);
	if (f->count)
		buf_set_i32(&f->bytes, f->count, op->count);
	if (f->version) /* never what it was: an update that changes something */
		buf_set_i32(&f->bytes, f->version, (int32_t)(++r->n_updates));
	if (f->session)
		memcpy(bytes + f->session, session, SESSION_BYTES);
	for (int i = 0; f->documents && i < op->count; i++)
		document_become(bytes + f->documents + (size_t)i * r->layout.size, &r->layout,
		    op->key + (uint64_t)i);
	return buf_view(&f->bytes);
}

void requests_command(struct buf *out, const char *name)
{
	size_t start = op_msg_begin(out);
	struct builder b;
	struct status st;

	status_init(&st);
	builder_init(&b, out);
	builder_i32(&b, name, 1);
	builder_str(&b, "$db", "admin");
	builder_finish(&b);
	if (op_msg_finish(out, start, 1, 0, 0, &st))
		abort();
}

static bool is_named(const struct element *e, const char *name)
{
	return !strcmp(e->name, name);
}

static void read_body(struct answer *out)
{
	struct doc_iter it = doc_iter(out->body);
	struct element e;
	bool wrong = false;
	int64_t n;

	while (doc_next(&it, &e)) {
		if (is_named(&e, "ok"))
			out->ok = value_truthy(e.value);
		else if (is_named(&e, "n") && value_to_i64(e.value, &n))
			out->n = n;
		else if (is_named(&e, "cursor"))
			out->n =
			    doc_count(value_doc(doc_get(value_doc(e.value), "firstBatch")));
		else if (is_named(&e, "writeErrors") || is_named(&e, "writeConcernError"))
			wrong = true;
	}
	out->ok &= !wrong;
}

int answer_read(struct view frame, int32_t request_id, struct answer *out, struct status *st)
{
	struct frame_header h = frame_read_header(frame.data);

	*out = (struct answer){.ok = false};
	if (h.opcode != OPCODE_MSG || frame.len < FRAME_HEADER_BYTES + 5 + 5)
		return status_set(st, ERR_OPERATION_FAILED, "an answer that is no OP_MSG");
	if (h.response_to != request_id)
		return status_set(st, ERR_OPERATION_FAILED,
		    "an answer to request %d, not to %d", h.response_to, request_id);
	out->body =
	    view_of(frame.data + FRAME_HEADER_BYTES + 5, frame.len - FRAME_HEADER_BYTES - 5);
	out->body.len = MIN_OF(out->body.len, (size_t)read_i32(out->body.data));
	read_body(out);
	return 0;
}
