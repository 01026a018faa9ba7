/*
 * index/duplicate.c - the words of a duplicate key error, which clients match
 * on: E11000 duplicate key error collection: db.coll index: a_1 dup key: { a: 1 }.
 */
#include "bson/format.h"
#include "index/entry.h"

/* The message has little room; keyValue has it all. */
#define SHOWN_KEY_MAX 600

/* {keyPattern: ..., keyValue: ...} */
static void set_extra(struct status *st, struct view key_pattern, struct view key_value)
{
	struct builder b;
	struct buf extra;

	buf_init(&extra, NULL);
	builder_init(&b, &extra);
	builder_doc(&b, "keyPattern", key_pattern);
	builder_doc(&b, "keyValue", key_value);
	builder_finish(&b);
	if (!builder_failed(&b))
		status_set_extra(st, builder_view(&b));
	buf_clear(&extra);
}

static int duplicate(const struct collection *c, const char *index_name,
    struct view key_pattern, struct view key_value, struct status *st)
{
	struct buf text;

	buf_init(&text, NULL);
	doc_format(&text, key_value, SHOWN_KEY_MAX);
	status_set(st, ERR_DUPLICATE_KEY,
	    "E11000 duplicate key error collection: %s index: %s dup key: %.*s", c->ns,
	    index_name, (int)text.len, text.len ? (const char *)text.data : "");
	set_extra(st, key_pattern, key_value);
	buf_clear(&text);
	return ERR_DUPLICATE_KEY;
}

int index_duplicate_error(const struct collection *c, const struct index *ix,
    const struct index_key *key, struct status *st)
{
	struct builder b;
	struct buf value;
	int r;

	buf_init(&value, NULL);
	builder_init(&b, &value);
	r = index_key_decode(ix, key->key, key->type_bits, &b, st);
	builder_finish(&b);
	if (!r && builder_failed(&b))
		r = status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a duplicate key error");
	if (!r)
		r = duplicate(c, ix->name, ix->key_pattern, builder_view(&b), st);
	buf_clear(&value);
	return r;
}

int index_duplicate_id_error(const struct collection *c, struct value id, struct status *st)
{
	struct builder b;
	struct buf value;
	int r;

	buf_init(&value, NULL);
	builder_init(&b, &value);
	builder_value(&b, "_id", id);
	builder_finish(&b);
	r = duplicate(
	    c, "_id_", value_doc(doc_get(id_index_spec, "key")), builder_view(&b), st);
	buf_clear(&value);
	return r;
}
