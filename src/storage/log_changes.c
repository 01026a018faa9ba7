#include "bson/validate.h"
#include "storage/engine.h"
#include "storage/log.h"
#include "storage/log_batch.h"
#include "storage/log_header.h"

/* What a commit's header says, put together with the keys of its batch: the
 * header's changes stand in the order of the batch's puts and deletes in the
 * documents family. */

struct decoder {
	struct view ops;
	struct buf tables; /* struct log_table, as many as have been met */
	struct status *st;
};

static int damaged(struct status *st)
{
	return status_set(st, ERR_OPERATION_FAILED, "a commit in the log is damaged");
}

static bool add_table(struct decoder *d, struct view field)
{
	struct log_table t;

	if (!log_table_parse(field, &t))
		return false;
	buf_append(&d->tables, &t, sizeof(t));
	return !d->tables.failed;
}

static bool find_table(const struct decoder *d, uint32_t i, struct log_table *out)
{
	if (i >= d->tables.len / sizeof(*out))
		return false;
	memcpy(out, d->tables.data + i * sizeof(*out), sizeof(*out));
	return true;
}

/* The next put or delete of a record of the table. */
static bool next_record(struct decoder *d, uint32_t table_id, struct log_op *op)
{
	uint32_t id;

	while (log_op_next(&d->ops, op) == 1) {
		if (op->family != FAMILY_ID_DOCUMENTS ||
		    (op->kind != LOG_OP_PUT && op->kind != LOG_OP_DELETE))
			continue;
		if (op->key.len < 8)
			return false;
		memcpy(&id, op->key.data + 4, 4);
		return be32toh(id) == table_id;
	}
	return false;
}

/* A value of that type in exactly these bytes? */
static bool is_value(struct value v)
{
	const uint8_t name[] = {v.type, 'v', 0};
	struct buf doc;
	bool ok;

	buf_init(&doc, NULL);
	buf_append_i32(&doc, (int32_t)(4 + sizeof(name) + v.len + 1));
	buf_append(&doc, name, sizeof(name));
	buf_append(&doc, v.data, v.len);
	buf_append_byte(&doc, 0);
	ok = !doc.failed && bson_check(buf_view(&doc), NULL) == 0;
	buf_clear(&doc);
	return ok;
}

static bool is_doc_or_empty(struct view v)
{
	return v.len == 0 || bson_check(v, NULL) == 0;
}

static bool take_change(struct decoder *d, struct view field, struct log_change *out)
{
	struct log_header_change c;
	struct log_table t;
	struct log_op op;

	if (!log_change_parse(field, &c) || !find_table(d, c.table, &t) ||
	    !next_record(d, t.table_id, &op))
		return false;
	*out = (struct log_change){.kind = c.kind,
	    .table_id = t.table_id,
	    .catalog_version = t.version,
	    .id = c.id,
	    .delta = c.delta,
	    .pre_image = c.pre_image};
	memcpy(out->uuid, t.uuid, 16);
	if (!is_doc_or_empty(c.delta) || !is_doc_or_empty(c.pre_image))
		return false;
	switch (c.kind) {
	case CHANGE_INSERT:
	case CHANGE_REPLACE:
		if (op.kind != LOG_OP_PUT || bson_check(op.value, NULL) != 0)
			return false;
		out->document = op.value;
		out->id = doc_get(op.value, "_id");
		return true;
	case CHANGE_REMOVE:
		return op.kind == LOG_OP_DELETE &&
		       (value_is_missing(c.id) || is_value(c.id));
	default:
		return false;
	}
}

static bool take_marker(struct view field, struct log_change *out)
{
	struct log_header_marker m;

	if (!log_marker_parse(field, &m) || !is_doc_or_empty(m.doc))
		return false;
	*out = (struct log_change){
	    .kind = CHANGE_MARKER, .marker = (enum log_marker)m.kind, .note = m.doc};
	memcpy(out->uuid, m.uuid, 16);
	return true;
}

int log_entry_changes(const struct log_entry *e,
    int (*each)(void *arg, const struct log_change *change), void *arg, struct status *st)
{
	struct decoder d = {.ops = e->ops, .st = st};
	struct view fields, field;
	struct log_change change;
	struct log_header h;
	int more, r = 0;
	uint8_t tag;

	if (!e->has_header)
		return 0;
	if (!log_header_parse(e->header, &h, &fields))
		return damaged(st);
	buf_init(&d.tables, NULL);
	while (r == 0 && (more = log_field_next(&fields, &tag, &field)) != 0) {
		bool good = more == 1, shown = false;

		if (good && tag == FIELD_TABLE)
			good = add_table(&d, field);
		else if (good && tag == FIELD_CHANGE)
			shown = good = take_change(&d, field, &change);
		else if (good && tag == FIELD_MARKER)
			shown = good = take_marker(field, &change);
		if (!good)
			r = damaged(st);
		else if (shown)
			r = each(arg, &change);
	}
	buf_clear(&d.tables);
	return r;
}

int log_entry_counts(const struct log_entry *e,
    void (*each)(void *arg, const struct log_counts *counts), void *arg, struct status *st)
{
	struct view fields, field;
	struct log_counts counts;
	struct log_header h;
	uint8_t tag;
	int more;

	if (!e->has_header)
		return 0;
	if (!log_header_parse(e->header, &h, &fields))
		return damaged(st);
	while ((more = log_field_next(&fields, &tag, &field)) == 1) {
		if (tag != FIELD_COUNTS)
			continue;
		if (!log_counts_parse(field, &counts))
			return damaged(st);
		each(arg, &counts);
	}
	return more == 0 ? 0 : damaged(st);
}
