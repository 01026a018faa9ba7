/*
 * index/duplicate.c - the words of a duplicate key error, which clients match
 * on: E11000 duplicate key error collection: db.coll index: a_1 dup key: { a: 1 }.
 * Of an index with a collation: index: a_1 collation: { locale: "en", ... } dup key:
 * { a: "CollationKey(0x2a2c)" }.
 */
#include "bson/format.h"
#include "expr/collation.h"
#include "index/entry.h"

/* The message has little room; keyValue has it all. */
#define SHOWN_KEY_MAX 600

/* What an error says of one key. */
struct duplicate {
	const struct collection *collection;
	const char *index_name;
	struct view key_pattern, key_value;
	const struct collator *collator; /* NULL: strings are what they were */
};

static void put_hex(struct builder *b, const struct element *e, const char *before,
    const char *behind, bool in_array)
{
	struct view bytes = value_str(e->value);
	struct buf text;

	buf_init(&text, NULL);
	buf_printf(&text, "%s", before);
	for (size_t i = 0; i < bytes.len; i++)
		buf_printf(&text, "%02x", bytes.data[i]);
	buf_printf(&text, "%s", behind);
	if (text.failed)
		b->buf->failed = true;
	else
		builder_str_n(b, in_array ? NULL : e->name, (const char *)text.data, text.len);
	buf_clear(&text);
}

/* A sort key is no text: it is shown in hex.  As deep as keys are. */
static void put_hex_strings(
    struct builder *b, struct view doc, const char *before, const char *behind, bool in_array)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		const char *name = in_array ? NULL : e.name;

		switch (e.value.type) {
		case TYPE_STRING:
		case TYPE_SYMBOL:
			put_hex(b, &e, before, behind, in_array);
			break;
		case TYPE_OBJECT:
			builder_doc_begin(b, name);
			put_hex_strings(b, value_doc(e.value), before, behind, false);
			builder_doc_end(b);
			break;
		case TYPE_ARRAY:
			builder_array_begin(b, name);
			put_hex_strings(b, value_doc(e.value), before, behind, true);
			builder_array_end(b);
			break;
		default:
			builder_value(b, name, e.value);
		}
	}
}

static void put_key_value(struct builder *b, const struct duplicate *d)
{
	struct doc_iter it = doc_iter(d->key_value);
	struct element e;

	if (!d->collator) {
		builder_doc(b, "keyValue", d->key_value);
		return;
	}
	builder_doc_begin(b, "keyValue");
	put_hex_strings(b, d->key_value, "", "", false);
	builder_doc_end(b);
	builder_array_begin(b, "hexEncoded");
	while (doc_next(&it, &e))
		builder_bool(
		    b, NULL, e.value.type == TYPE_STRING || e.value.type == TYPE_SYMBOL);
	builder_array_end(b);
	builder_doc(b, "collation", collation_document(d->collator));
}

/* {keyPattern: ..., keyValue: ...} */
static void set_extra(struct status *st, const struct duplicate *d)
{
	struct builder b;
	struct buf extra;

	buf_init(&extra, NULL);
	builder_init(&b, &extra);
	builder_doc(&b, "keyPattern", d->key_pattern);
	put_key_value(&b, d);
	builder_finish(&b);
	if (!builder_failed(&b))
		status_set_extra(st, builder_view(&b));
	buf_clear(&extra);
}

static void format_key(const struct duplicate *d, struct buf *text)
{
	struct builder b;
	struct buf hex;

	if (!d->collator) {
		buf_printf(text, "dup key: ");
		doc_format(text, d->key_value, SHOWN_KEY_MAX);
		return;
	}
	buf_printf(text, "collation: ");
	doc_format(text, collation_document(d->collator), SHOWN_KEY_MAX);
	buf_printf(text, " dup key: ");
	buf_init(&hex, NULL);
	builder_init(&b, &hex);
	put_hex_strings(&b, d->key_value, "CollationKey(0x", ")", false);
	builder_finish(&b);
	if (!builder_failed(&b))
		doc_format(text, builder_view(&b), SHOWN_KEY_MAX);
	buf_clear(&hex);
}

static int duplicate(const struct duplicate *d, struct status *st)
{
	struct buf text;

	buf_init(&text, NULL);
	format_key(d, &text);
	status_set(st, ERR_DUPLICATE_KEY,
	    "E11000 duplicate key error collection: %s index: %s %.*s", d->collection->ns,
	    d->index_name, (int)text.len, text.len ? (const char *)text.data : "");
	set_extra(st, d);
	buf_clear(&text);
	return ERR_DUPLICATE_KEY;
}

int index_duplicate_error(const struct collection *c, const struct index *ix,
    const struct index_key *key, struct status *st)
{
	struct duplicate d = {.collection = c,
	    .index_name = ix->name,
	    .key_pattern = ix->key_pattern,
	    .collator = ix->collator};
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
	d.key_value = builder_view(&b);
	if (!r)
		r = duplicate(&d, st);
	buf_clear(&value);
	return r;
}

int index_duplicate_id_error(const struct collection *c, struct value id, struct status *st)
{
	struct duplicate d = {.collection = c,
	    .index_name = "_id_",
	    .key_pattern = value_doc(doc_get(id_index_spec, "key"))};
	struct builder b;
	struct buf value;
	int r;

	buf_init(&value, NULL);
	builder_init(&b, &value);
	builder_value(&b, "_id", id);
	builder_finish(&b);
	d.key_value = builder_view(&b);
	r = duplicate(&d, st);
	buf_clear(&value);
	return r;
}
