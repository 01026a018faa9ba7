#include "commands/find.h"

#include "bson/key_encode.h"
#include "commands/reply.h"
#include "storage/record.h"

#define KEY_BYTES 512 /* on the stack: a longer key goes the long way */

/* Is the filter {_id: value}, where a value says what it equals by itself? */
static bool is_sole_id(struct view filter, struct value *id)
{
	struct doc_iter it = doc_iter(filter);
	struct element e;

	if (!doc_next(&it, &e) || e.name_len != 3 || memcmp(e.name, "_id", 3) != 0)
		return false;
	*id = e.value;
	switch (e.value.type) {
	case TYPE_OBJECT_ID:
	case TYPE_STRING:
	case TYPE_INT32:
	case TYPE_INT64:
	case TYPE_DOUBLE:
	case TYPE_DECIMAL128:
	case TYPE_DATE:
	case TYPE_BINARY:
	case TYPE_BOOL:
	case TYPE_TIMESTAMP:
		return !doc_next(&it, &e);
	default:
		return false;
	}
}

/* What may stand beside the filter. */
static bool is_plain(const struct request *r, const struct find_args *a)
{
	return r->read_concern.level != LEVEL_SNAPSHOT && !a->sort.len && !a->projection.len &&
	       !a->collation.len && !a->let.len && !a->min.len && !a->max.len &&
	       value_is_missing(a->hint) && !a->skip.v && !a->return_key.v &&
	       !a->show_record_id.v && !a->tailable.v && !a->await_data.v &&
	       !(a->batch_size.given && a->batch_size.v == 0);
}

static bool is_found_by_id(const struct collection *c)
{
	return c && c->kind == KIND_COLLECTION && c->record_key == RECORD_KEY_ID &&
	       !c->collator;
}

/* {cursor: {firstBatch: [doc], id: 0, ns}} */
static void begin_reply(struct builder *b)
{
	builder_doc_begin(b, "cursor");
	builder_array_begin(b, "firstBatch");
}

static void finish_reply(struct request *r, struct view doc)
{
	struct builder *b = &r->builder;

	if (doc.len)
		builder_doc(b, NULL, doc);
	builder_array_end(b);
	builder_i64(b, "id", 0);
	builder_str_n(b, "ns", (const char *)r->ns.data, r->ns.len);
	builder_doc_end(b);
	r->n_returned = r->docs_examined = doc.len ? 1 : 0;
}

static enum step read_and_reply(struct request *r, const struct collection *c, struct view key)
{
	struct store *store = r->inst->store;
	struct record_read read;
	struct pinned p;
	int err;

	if (op_check_now(&r->op, &r->status) ||
	    record_read_begin(&read, store, c, key, &r->status))
		return STEP_ERROR;
	begin_reply(&r->builder);
	err = record_read_end(&read, store, read_tier_of(&r->op), &p, &r->status);
	if (err == ERR_WOULD_BLOCK) {
		reply_restart(r);
		return STEP_HANDOVER;
	}
	if (err && err != ERR_ABSENT)
		return STEP_ERROR;
	finish_reply(r, err ? view_of(NULL, 0) : p.bytes);
	if (!err)
		pinned_release(&p);
	r->plan_summary = "IDHACK";
	stat_add(&r->inst->stats->op_query, 1);
	return STEP_DONE;
}

bool find_point(struct request *r, enum step *step)
{
	const struct find_args *a = r->args;
	uint8_t bytes[KEY_BYTES];
	struct buf key = {.data = bytes, .capacity = sizeof(bytes), .limit = sizeof(bytes)};
	struct collection *c;
	struct value id;
	bool is;

	if (!a->filter.len || !is_sole_id(a->filter, &id) || !is_plain(r, a))
		return false;
	c = catalog_lend(store_catalog(r->inst->store), r->common.db, a->coll);
	is = is_found_by_id(c);
	if (is) {
		record_key_of_id(&key, c, id);
		is = !key.failed;
	}
	if (is)
		*step = read_and_reply(r, c, buf_view(&key));
	if (c)
		catalog_give_back(store_catalog(r->inst->store));
	return is;
}
