#include <bson/bson.h>

#include "bson/builder.h"
#include "bson/validate.h"
#include "query/writer.h"
#include "util/clock.h"

/* What a walk over the top level has found. */
struct found {
	struct value id;
	bool id_first;
	bool empty_timestamps;
};

static int check_id(struct value id, struct status *st)
{
	struct doc_iter it;
	struct element e;

	if (id.type == TYPE_ARRAY || id.type == TYPE_REGEX || id.type == TYPE_UNDEFINED)
		return status_set(st, ERR_INVALID_ID_FIELD,
		    "The '_id' value cannot be of type %s", type_name(id.type));
	if (id.type != TYPE_OBJECT)
		return 0;
	it = doc_iter(value_doc(id));
	while (doc_next(&it, &e))
		if (e.name[0] == '$')
			return status_set(st, ERR_DOLLAR_PREFIXED_FIELD_NAME,
			    "_id fields may not contain '$'-prefixed fields: %s is not valid "
			    "for "
			    "storage.",
			    e.name);
	return 0;
}

static bool is_id(const struct element *e)
{
	return e->name_len == 3 && memcmp(e->name, "_id", 3) == 0;
}

static bool is_empty_timestamp(const struct element *e)
{
	return e->value.type == TYPE_TIMESTAMP && read_i64(e->value.data) == 0;
}

static int look(struct view doc, struct found *f, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	*f = (struct found){.id = value_missing};
	for (bool first = true; doc_next(&it, &e); first = false) {
		if (!is_id(&e)) {
			f->empty_timestamps |= is_empty_timestamp(&e);
			continue;
		}
		if (!value_is_missing(f->id))
			return status_set(st, ERR_BAD_VALUE,
			    "can't have multiple _id fields in one document");
		f->id = e.value;
		f->id_first = first;
	}
	return value_is_missing(f->id) ? 0 : check_id(f->id, st);
}

/* Rises within a second, so that no two are the same. */
static uint64_t next_timestamp(void)
{
	static _Atomic uint64_t last;
	uint64_t now = (uint64_t)(clock_wall_ms() / 1000) << 32 | 1, old = atomic_load(&last),
		 t;

	do
		t = now > old ? now : old + 1;
	while (!atomic_compare_exchange_weak(&last, &old, t));
	return t;
}

static void append_fields(struct builder *b, struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		if (is_id(&e))
			continue;
		if (is_empty_timestamp(&e))
			builder_timestamp(b, e.name, next_timestamp());
		else
			builder_value_n(b, e.name, e.name_len, e.value);
	}
}

static int rebuild(struct view doc, const struct found *f, struct arena *a, struct view *out,
    struct status *st)
{
	struct builder b;
	struct buf bytes;
	bool ok;

	buf_init(&bytes, a->account);
	builder_init(&b, &bytes);
	if (value_is_missing(f->id)) {
		bson_oid_t oid;

		bson_oid_init(&oid, NULL);
		builder_oid(&b, "_id", oid.bytes);
	} else {
		builder_value(&b, "_id", f->id);
	}
	append_fields(&b, doc);
	builder_finish(&b);
	ok = !builder_failed(&b);
	if (ok)
		*out = arena_dup(a, builder_view(&b));
	buf_clear(&bytes);
	if (!ok || arena_failed(a))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a document");
	return 0;
}

int writer_fix_document(struct view doc, struct arena *a, struct view *out, struct status *st)
{
	struct found f;
	int r = look(doc, &f, st);

	*out = doc;
	if (!r && (!f.id_first || f.empty_timestamps))
		r = rebuild(doc, &f, a, out, st);
	if (!r && out->len > BSON_USER_SIZE_MAX)
		r = status_set(st, ERR_BSON_OBJECT_TOO_LARGE,
		    "object to insert too large. size in bytes: %zu, max size: %d", out->len,
		    BSON_USER_SIZE_MAX);
	return r;
}
