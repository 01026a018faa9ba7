/*
 * Indexes and their bounds as text, in the form that MongoDB's explain has.
 */
#include <math.h>

#include "bson/format.h"
#include "query/explain.h"

/* Long operands are cut. */
#define BOUND_BYTES_MAX 1000

/* What numbers end with has no digits, and MongoDB's own names. */
static void put_bound(struct buf *text, struct value v)
{
	double d = v.type == TYPE_DOUBLE ? read_double(v.data) : 0;

	if (isfinite(d))
		value_format(text, v, BOUND_BYTES_MAX);
	else
		buf_printf(text, "%s", isnan(d) ? "nan" : d < 0 ? "-inf" : "inf");
}

/* In the order in which the scan goes through it. */
static void put_interval(struct builder *b, const struct interval *i, bool down)
{
	const struct bound *first = down ? &i->to : &i->from, *last = down ? &i->from : &i->to;
	struct buf text;

	buf_init(&text, NULL);
	buf_append_byte(&text, first->open ? '(' : '[');
	put_bound(&text, first->v);
	buf_printf(&text, ", ");
	put_bound(&text, last->v);
	buf_append_byte(&text, last->open ? ')' : ']');
	builder_str_n(b, NULL, (const char *)text.data, text.len);
	buf_clear(&text);
}

static void put_field_bounds(struct builder *b, const struct index_field *f, int i,
    const struct index_bounds *bounds, bool reverse)
{
	const struct intervals *s = &bounds->fields[i];
	bool down = f->descending != reverse;

	builder_array_begin_n(b, (const char *)f->path.text.data, f->path.text.len);
	if (!bounds->n_bounded || intervals_are_all(s))
		builder_str(b, NULL, down ? "[MaxKey, MinKey]" : "[MinKey, MaxKey]");
	else
		for (int k = 0; k < s->n; k++)
			put_interval(b, &s->v[down ? s->n - 1 - k : k], down);
	builder_array_end(b);
}

/* Which of its beginnings are arrays: of "a.b" maybe "a". */
static void put_multikey_path(struct builder *b, const struct path *path, uint64_t arrays)
{
	size_t len = 0;

	builder_array_begin_n(b, (const char *)path->text.data, path->text.len);
	for (int i = 0; i < path->n; i++) {
		len += (i > 0) + path->parts[i].len;
		if (i < 64 && (arrays >> i & 1))
			builder_str_n(b, NULL, (const char *)path->text.data, len);
	}
	builder_array_end(b);
}

static void put_multikey_paths(struct builder *b, const struct index *ix, uint64_t multikey)
{
	builder_doc_begin(b, "multiKeyPaths");
	for (int i = 0; i < ix->n_fields; i++)
		put_multikey_path(b, &ix->fields[i].path, index_field_arrays(ix, multikey, i));
	builder_doc_end(b);
}

static void put_index(struct explain_output *x, const struct index *ix, uint64_t multikey)
{
	struct builder *b = x->b;

	builder_doc(b, "keyPattern", ix->key_pattern);
	builder_str(b, "indexName", ix->name);
	if (!value_is_missing(doc_get(ix->spec, "collation")))
		builder_value(b, "collation", doc_get(ix->spec, "collation"));
	builder_bool(b, "isMultiKey", multikey != 0);
	if (ix->kind != INDEX_TEXT)
		put_multikey_paths(b, ix, multikey);
	builder_bool(b, "isUnique", ix->unique);
	/* One over all paths leaves out what is not there, and does not say so. */
	builder_bool(b, "isSparse", ix->sparse && ix->kind != INDEX_WILDCARD);
	builder_bool(
	    b, "isPartial", !value_is_missing(doc_get(ix->spec, "partialFilterExpression")));
	builder_i32(b, "indexVersion", 2);
}

void explain_index(struct explain_output *x, const struct index *ix, uint64_t multikey,
    const struct index_bounds *bounds, bool reverse)
{
	struct builder *b = x->b;

	put_index(x, ix, multikey);
	/* As MongoDB has it of text, whatever the direction. */
	if (ix->kind == INDEX_TEXT) {
		builder_str(b, "direction", "backward");
		builder_doc(b, "indexBounds", doc_empty);
		return;
	}
	builder_str(b, "direction", reverse ? "backward" : "forward");
	builder_doc_begin(b, "indexBounds");
	for (int i = 0; i < ix->n_fields; i++)
		put_field_bounds(b, &ix->fields[i], i, bounds, reverse);
	builder_doc_end(b);
}

/* One end of the range as a key, and whether that is inside. */
static void put_range_end(
    struct builder *b, const struct index *ix, const struct index_bounds *bounds, bool start)
{
	bool inclusive = true;

	builder_doc_begin(b, start ? "startKey" : "endKey");
	for (int i = 0; i < ix->n_fields; i++) {
		const struct index_field *f = &ix->fields[i];
		const struct intervals *s = &bounds->fields[i];
		bool low = start != f->descending;
		struct bound end = {low ? value_min_key : value_max_key, false};

		if (bounds->n_bounded && s->n)
			end = low ? s->v[0].from : s->v[0].to;
		builder_value_n(b, (const char *)f->path.text.data, f->path.text.len, end.v);
		inclusive &= !end.open;
	}
	builder_doc_end(b);
	builder_bool(b, start ? "startKeyInclusive" : "endKeyInclusive", inclusive);
}

void explain_count_scan(struct explain_output *x, const struct index *ix, uint64_t multikey,
    const struct index_bounds *bounds)
{
	put_index(x, ix, multikey);
	builder_doc_begin(x->b, "indexBounds");
	put_range_end(x->b, ix, bounds, true);
	put_range_end(x->b, ix, bounds, false);
	builder_doc_end(x->b);
}

void explain_id_index(struct explain_output *x, const struct index_bounds *bounds, bool reverse)
{
	struct path_part part = {.name = "_id", .len = 3, .index = -1};
	static char name[] = "_id_";
	struct index id = {.name = name, .n_fields = 1, .unique = true};

	id.spec = id_index_spec;
	id.key_pattern = value_doc(doc_get(id_index_spec, "key"));
	id.fields[0].path = (struct path){.text = view_of_str("_id"), .n = 1, .parts = &part};
	explain_index(x, &id, 0, bounds, reverse);
}

void explain_id_bounds(struct value id, struct index_bounds *out, struct interval *interval)
{
	*interval = (struct interval){
	    .point = true,
	    .from = {id, false},
	    .to = {id, false},
	};
	*out = (struct index_bounds){.n_fields = 1, .n_bounded = 1, .n_equal = 1};
	out->fields[0] = (struct intervals){.n = 1, .v = interval};
}

bool explain_is_clustered(const struct plan *p)
{
	return p->collection && (collection_is_clustered(p->collection) ||
				    p->collection->record_key == RECORD_KEY_TIME);
}
