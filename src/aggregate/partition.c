#include "aggregate/partition.h"

void partition_init(struct partition *p, const char *stage, const char *field,
    const struct collator *collator, struct memory_account *account)
{
	*p = (struct partition){.stage = stage, .field = field, .collator = collator};
	buf_init(&p->docs, account);
	buf_init(&p->places, account);
	buf_init(&p->ahead, account);
	buf_init(&p->value, account);
}

void partition_clear(struct partition *p)
{
	buf_clear(&p->docs);
	buf_clear(&p->places);
	buf_clear(&p->ahead);
	buf_clear(&p->value);
}

size_t partition_n(const struct partition *p)
{
	return p->places.len / sizeof(size_t);
}

struct view partition_at(const struct partition *p, size_t i)
{
	const uint8_t *doc = p->docs.data + ((const size_t *)p->places.data)[i];

	return view_of(doc, (size_t)read_i32(doc));
}

int partition_no_memory(const struct partition *p, struct status *st)
{
	return status_set(st, ERR_QUERY_EXCEEDED_MEMORY_LIMIT,
	    "%s needs more than %d bytes for documents of one partition; spilling them to disk "
	    "is not supported yet",
	    p->stage, PARTITION_BYTES);
}

static int add(struct partition *p, struct view doc, struct status *st)
{
	size_t at = p->docs.len;

	if (at + doc.len > PARTITION_BYTES)
		return partition_no_memory(p, st);
	buf_append_view(&p->docs, doc);
	buf_append(&p->places, &at, sizeof(at));
	return p->docs.failed || p->places.failed ? partition_no_memory(p, st) : 0;
}

static int value_of(
    const struct partition *p, struct view doc, struct value *out, struct status *st)
{
	*out = value_null;
	if (!p->field)
		return 0;
	*out = doc_get(doc, p->field);
	if (out->type == TYPE_ARRAY)
		return status_set(st, ERR_TYPE_MISMATCH,
		    "an expression that partitions documents cannot come to an array");
	if (value_is_missing(*out))
		*out = value_null;
	return 0;
}

static bool is_of_it(const struct partition *p, struct value v)
{
	const struct buf *b = &p->value;
	struct value own = {b->data + 1, (uint32_t)(b->len - 1), b->data[0]};

	return value_compare(own, v, p->collator) == 0;
}

static bool keep_value(struct partition *p, struct value v)
{
	buf_reset(&p->value);
	buf_append_byte(&p->value, v.type);
	buf_append(&p->value, v.data, v.len);
	return !p->value.failed;
}

/* Into the queue, or ahead when it is of another partition. */
static int take(struct partition *p, struct view doc, struct status *st)
{
	bool first = !p->value.len;
	struct value v;
	int err = value_of(p, doc, &v, st);

	if (err)
		return err;
	if (!first && is_of_it(p, v))
		return add(p, doc, st);
	if (!keep_value(p, v))
		return partition_no_memory(p, st);
	if (first)
		return add(p, doc, st);
	p->ended = true;
	buf_reset(&p->ahead);
	buf_append_view(&p->ahead, doc);
	return p->ahead.failed ? partition_no_memory(p, st) : 0;
}

enum step partition_read(struct partition *p, struct exec *e, struct exec_context *cx)
{
	struct row row;
	enum step step = exec_next(e->child, cx, &row);

	if (step == STEP_DONE) {
		p->ended = p->read_all = true;
		return STEP_DONE;
	}
	if (step != STEP_ROW)
		return step;
	e->works++;
	if (take(p, row.doc, cx->status) || op_check(cx->op, cx->status))
		return STEP_ERROR;
	return STEP_DONE;
}

void partition_drop(struct partition *p, size_t n)
{
	size_t *places = (size_t *)p->places.data, from;

	if (n == partition_n(p)) {
		buf_reset(&p->docs);
		buf_reset(&p->places);
		return;
	}
	from = places[n];
	memmove(p->docs.data, p->docs.data + from, p->docs.len - from);
	p->docs.len -= from;
	memmove(places, places + n, p->places.len - n * sizeof(*places));
	p->places.len -= n * sizeof(*places);
	for (size_t i = 0; i < partition_n(p); i++)
		places[i] -= from;
}

int partition_begin(struct partition *p, struct status *st)
{
	int err;

	partition_drop(p, partition_n(p));
	p->ended = p->read_all;
	err = add(p, buf_view(&p->ahead), st);
	buf_reset(&p->ahead);
	return err;
}
