#include "commands/timeseries_options.h"

#include "commands/args.h"
#include "expr/collation.h"
#include "query/series_update.h"

struct timeseries_fields {
	struct view time_field, meta_field, granularity;
	struct arg_int max_span, rounding;
};

#define AT(member) offsetof(struct timeseries_fields, member)

static const struct field create_table[] = {
    {"timeField", FIELD_STR, FIELD_REQUIRED, AT(time_field), "The field with the time."},
    {"metaField", FIELD_STR, 0, AT(meta_field), "The field that tells series apart."},
    {"granularity", FIELD_STR, 0, AT(granularity), "\"seconds\", \"minutes\" or \"hours\"."},
    {"bucketMaxSpanSeconds", FIELD_INT, FIELD_TRUNCATE, AT(max_span),
	"What a bucket spans at most."},
    {"bucketRoundingSeconds", FIELD_INT, FIELD_TRUNCATE, AT(rounding), "Where buckets begin."},
    {NULL},
};

/* Behind the fields that never change. */
static const struct field *const modify_table = create_table + 2;

#undef AT

/* From fine to coarse. */
static const struct granularity {
	const char *name;
	int64_t span_s;
} granularities[] = {
    {"seconds", 60 * 60}, {"minutes", 24 * 60 * 60}, {"hours", 30 * 24 * 60 * 60}};

static bool is(struct view v, const char *text)
{
	return view_equal(v, view_of_str(text));
}

static int invalid(struct status *st, const char *words)
{
	return status_set(st, ERR_INVALID_OPTIONS, "%s", words);
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
}

static const struct granularity *find_granularity(struct view name)
{
	for (size_t i = 0; i < ARRAY_LEN(granularities); i++)
		if (is(name, granularities[i].name))
			return &granularities[i];
	return NULL;
}

/* ------------------------------------------------------------- one by one */

static int check_span(const char *name, const struct arg_int *n, struct status *st)
{
	const int64_t year = 365 * 24 * 60 * 60;

	if (!n->given || (n->v >= 1 && n->v <= year))
		return 0;
	return status_set(st, ERR_BAD_VALUE, "timeseries.%s has to be from 1 to %lld, not %lld",
	    name, (long long)year, (long long)n->v);
}

static int check_spans(const struct timeseries_fields *f, struct status *st)
{
	int err = check_span("bucketMaxSpanSeconds", &f->max_span, st);

	return err ? err : check_span("bucketRoundingSeconds", &f->rounding, st);
}

static int check_name(const char *name, struct view v, struct status *st)
{
	if (v.len && memchr(v.data, 0, v.len))
		return status_set(st, ERR_BAD_VALUE, "timeseries.%s contains a NUL byte", name);
	if (v.len && memchr(v.data, '.', v.len))
		return status_set(
		    st, ERR_INVALID_OPTIONS, "timeseries.%s must not contain a dot", name);
	return 0;
}

static int check_names(const struct timeseries_fields *f, struct status *st)
{
	int err = check_name("timeField", f->time_field, st);

	return err ? err : check_name("metaField", f->meta_field, st);
}

static int check_granularity(const struct timeseries_fields *f, struct status *st)
{
	if (!f->granularity.data || find_granularity(f->granularity))
		return 0;
	return status_set(st, ERR_BAD_VALUE,
	    "timeseries.granularity is \"seconds\", \"minutes\" or \"hours\"");
}

/* ------------------------------------------------------------ side by side */

static int check_pair(const struct timeseries_fields *f, struct status *st)
{
	if (f->max_span.given == f->rounding.given && f->max_span.v == f->rounding.v)
		return 0;
	return invalid(st, "timeseries.bucketMaxSpanSeconds and bucketRoundingSeconds have to "
			   "be equal");
}

static int check_beside_granularity(const struct timeseries_fields *f, struct status *st)
{
	int64_t span_s = find_granularity(f->granularity)->span_s;

	if (f->max_span.given && f->max_span.v != span_s)
		return invalid(
		    st, "timeseries.bucketMaxSpanSeconds is not that of the granularity");
	return 0;
}

static int check_buckets(const struct timeseries_fields *f, struct status *st)
{
	if (!f->granularity.data)
		return check_pair(f, st);
	if (f->rounding.given)
		return invalid(
		    st, "timeseries.granularity goes not with bucketRoundingSeconds");
	return check_beside_granularity(f, st);
}

static int check_meta(const struct timeseries_fields *f, struct status *st)
{
	if (f->meta_field.data &&
	    (is(f->meta_field, "_id") || view_equal(f->meta_field, f->time_field)))
		return invalid(
		    st, "timeseries.metaField must be neither _id nor the timeField");
	return 0;
}

static int (*const create_checks[])(const struct timeseries_fields *, struct status *) = {
    check_names, check_spans, check_granularity, check_buckets, check_meta};

/* ------------------------------------------------------------ the document */

static void put_name(struct builder *b, const char *name, struct view v)
{
	if (v.data)
		builder_str_n(b, name, (const char *)v.data, v.len);
}

/* Spans of one's own stand in the place of a granularity. */
static void put_buckets(struct builder *b, const struct timeseries_fields *f)
{
	const struct granularity *g =
	    f->granularity.data ? find_granularity(f->granularity) : &granularities[0];

	if (!f->granularity.data && f->rounding.given) {
		builder_int(b, "bucketRoundingSeconds", f->rounding.v);
		builder_int(b, "bucketMaxSpanSeconds", f->max_span.v);
		return;
	}
	builder_str(b, "granularity", g->name);
	builder_int(b, "bucketMaxSpanSeconds", g->span_s);
}

static int make_document(
    const struct timeseries_fields *f, struct arena *a, struct view *out, struct status *st)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	put_name(&b, "timeField", f->time_field);
	put_name(&b, "metaField", f->meta_field);
	put_buckets(&b, f);
	builder_finish(&b);
	*out = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out->data ? 0 : no_memory(st);
}

int timeseries_check(struct view doc, struct arena *a, struct view *out, struct status *st)
{
	struct timeseries_fields f = {.time_field = {0}};
	int err = fields_decode(create_table, doc, &f, "timeseries", false, st);

	for (size_t i = 0; !err && i < ARRAY_LEN(create_checks); i++)
		err = create_checks[i](&f, st);
	return err ? err : make_document(&f, a, out, st);
}

/* ------------------------------------------------------------ what changes */

/* The spans of a granularity may stand beside it. */
static int check_change(const struct timeseries_fields *f, struct status *st)
{
	int err = check_spans(f, st);

	if (!err)
		err = check_granularity(f, st);
	if (!err && f->granularity.data)
		err = check_beside_granularity(f, st);
	if (!err && !(f->granularity.data && f->max_span.given && !f->rounding.given))
		err = check_pair(f, st);
	return err;
}

static int64_t span_of(const struct timeseries_fields *f)
{
	return f->granularity.data ? find_granularity(f->granularity)->span_s : f->max_span.v;
}

/* Buckets may come to span more, and no less. */
static int check_transition(const struct timeseries_fields *before,
    const struct timeseries_fields *change, struct status *st)
{
	if (span_of(change) < span_of(before))
		return status_set(st, ERR_INVALID_OPTIONS,
		    "buckets that span %lld seconds cannot come to span %lld",
		    (long long)span_of(before), (long long)span_of(change));
	return 0;
}

int timeseries_modify(
    struct view doc, struct view change, struct arena *a, struct view *out, struct status *st)
{
	struct timeseries_fields before = {.time_field = {0}}, f = {.time_field = {0}};
	int err = fields_decode(modify_table, change, &f, "collMod.timeseries", false, st);

	if (!err)
		err = check_change(&f, st);
	if (!err)
		err = fields_decode(create_table, doc, &before, "timeseries", false, st);
	*out = doc;
	if (err || (!f.granularity.data && !f.max_span.given))
		return err;
	err = check_transition(&before, &f, st);
	f.time_field = before.time_field;
	f.meta_field = before.meta_field;
	return err ? err : make_document(&f, a, out, st);
}

/* ---------------------------------------------------------------- the index */

/* They have no NUL bytes: check_name. */
static const char *name_of(struct view doc, const char *field)
{
	struct value v = doc_get(doc, field);

	return value_is_missing(v) ? NULL : (const char *)value_str(v).data;
}

static struct view make_index_spec(const char *meta, const char *time, const char *name,
    const struct collator *collator, struct arena *a)
{
	struct view spec = {NULL, 0};
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_i32(&b, "v", 2);
	builder_doc_begin(&b, "key");
	builder_i32(&b, meta, 1);
	builder_i32(&b, time, 1);
	builder_doc_end(&b);
	builder_str(&b, "name", name);
	if (collator)
		builder_doc(&b, "collation", collation_document(collator));
	builder_finish(&b);
	if (!builder_failed(&b))
		spec = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return spec;
}

int timeseries_index(struct view doc, const struct collator *collator, struct arena *a,
    const struct index_spec **out, struct status *st)
{
	const char *meta = name_of(doc, "metaField"), *time = name_of(doc, "timeField"), *name;
	struct index_spec *spec;

	*out = NULL;
	if (!meta)
		return 0;
	spec = arena_new(a, struct index_spec);
	name = arena_printf(a, "%s_1_%s_1", meta, time);
	if (!spec || !name)
		return no_memory(st);
	spec->name = view_of_str(name);
	spec->spec = make_index_spec(meta, time, name, collator, a);
	if (!spec->spec.data)
		return no_memory(st);
	spec->key = value_doc(doc_get(spec->spec, "key"));
	spec->own_collation = true;
	*out = spec;
	return 0;
}

/* Is the key the timeField alone? */
static bool is_on_time(const struct collection *c, struct view key)
{
	struct doc_iter it = doc_iter(key);
	struct element e;

	return doc_count(key) == 1 && doc_next(&it, &e) &&
	       view_equal(view_of(e.name, e.name_len), collection_time_field(c));
}

static int check_index_expiry(
    const struct collection *c, const struct index_spec *spec, struct status *st)
{
	struct value filter = doc_get(spec->spec, "partialFilterExpression");

	if (value_is_missing(doc_get(spec->spec, "expireAfterSeconds")))
		return 0;
	if (!is_on_time(c, spec->key))
		return invalid(
		    st, "expireAfterSeconds is for an index of time series on the timeField");
	if (filter.type != TYPE_OBJECT ||
	    !series_filter_asks_meta(value_doc(filter), collection_meta_field(c)))
		return invalid(st, "expireAfterSeconds of a time series' index needs a "
				   "partialFilterExpression on the metaField; the collection's "
				   "own is for all");
	return 0;
}

int timeseries_index_check(
    const struct collection *c, const struct index_spec *spec, struct status *st)
{
	if (spec->unique || !value_is_missing(doc_get(spec->spec, "prepareUnique")))
		return invalid(st, "an index of time series cannot be unique");
	if (spec->sparse)
		return invalid(st, "an index of time series cannot be sparse");
	return check_index_expiry(c, spec, st);
}
