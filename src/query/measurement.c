#include "query/measurement.h"

#include "bson/builder.h"

static struct value field(struct view doc, struct view name)
{
	return name.data ? doc_get_n(doc, (const char *)name.data, name.len) : value_missing;
}

struct value measurement_time(const struct collection *c, struct view doc)
{
	return field(doc, collection_time_field(c));
}

static bool is_named(const struct element *e, struct view name)
{
	return name.data && view_equal(view_of(e->name, e->name_len), name);
}

/* Do the two stand in front? */
static bool is_in_order(struct view doc, struct view time, struct view meta)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	if (!doc_next(&it, &e) || !is_named(&e, time))
		return false;
	if (value_is_missing(field(doc, meta)))
		return true;
	return doc_next(&it, &e) && is_named(&e, meta);
}

static void put_named(struct builder *b, struct view doc, struct view name)
{
	struct value v = field(doc, name);

	if (!value_is_missing(v))
		builder_value_n(b, (const char *)name.data, name.len, v);
}

static int put_in_order(struct view doc, struct view time, struct view meta, struct arena *a,
    struct view *out, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct builder b;
	struct element e;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	put_named(&b, doc, time);
	put_named(&b, doc, meta);
	while (doc_next(&it, &e))
		if (!is_named(&e, time) && !is_named(&e, meta))
			builder_value_n(&b, e.name, e.name_len, e.value);
	builder_finish(&b);
	*out = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out->data
		   ? 0
		   : status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a measurement");
}

int measurement_make(const struct collection *c, struct view doc, struct arena *a,
    struct view *out, struct status *st)
{
	struct view time = collection_time_field(c), meta = collection_meta_field(c);

	if (field(doc, time).type != TYPE_DATE)
		return status_set(st, ERR_BAD_VALUE,
		    "'%.*s' must be present and contain a valid BSON UTC datetime value",
		    (int)MIN_OF(time.len, 300), (const char *)time.data);
	*out = doc;
	return is_in_order(doc, time, meta) ? 0 : put_in_order(doc, time, meta, a, out, st);
}

struct view measurement_series_name(struct catalog *cat, struct view db, struct view name)
{
	static const char prefix[] = "system.buckets.";
	size_t len = strlen(prefix);
	struct collection *c;
	struct view series;
	bool is_series;

	if (name.len <= len || memcmp(name.data, prefix, len) != 0)
		return name;
	series = view_of(name.data + len, name.len - len);
	c = catalog_find(cat, db, series);
	is_series = c && c->kind == KIND_TIMESERIES;
	if (c)
		collection_unref(c);
	return is_series ? series : name;
}

int measurement_buckets_check(
    struct catalog *cat, struct view db, struct view name, struct status *st)
{
	struct view series = measurement_series_name(cat, db, name);

	if (series.len == name.len)
		return 0;
	return status_set(st, ERR_NOT_IMPLEMENTED,
	    "the measurements of '%.*s' are in itself: there are no buckets to be read or "
	    "written",
	    (int)series.len, (const char *)series.data);
}
