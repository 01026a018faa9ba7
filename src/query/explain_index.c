/*
 * Indexes and their bounds as text, in the form that MongoDB's explain has.
 */
#include "bson/format.h"
#include "query/explain.h"

/* Long operands are cut. */
#define BOUND_BYTES_MAX 1000

/* Where the values of a type begin and end; "[" and "]": the end itself is inside. */
static const struct {
	uint8_t type;
	const char *low, *high;
} type_ends[] = {
    {TYPE_DOUBLE, "[nan", "inf]"},
    {TYPE_INT32, "[nan", "inf]"},
    {TYPE_INT64, "[nan", "inf]"},
    {TYPE_DECIMAL128, "[nan", "inf]"},
    {TYPE_STRING, "[\"\"", "{})"},
    {TYPE_SYMBOL, "[\"\"", "{})"},
    {TYPE_OBJECT, "[{}", "[])"},
    {TYPE_BINARY, "[BinData(0, )", "ObjectId('000000000000000000000000'))"},
    {TYPE_OBJECT_ID, "[ObjectId('000000000000000000000000')",
	"ObjectId('ffffffffffffffffffffffff')]"},
    {TYPE_BOOL, "[false", "true]"},
    {TYPE_DATE, "[new Date(-9223372036854775808)", "new Date(9223372036854775807)]"},
    {TYPE_TIMESTAMP, "[Timestamp(0, 0)", "Timestamp(4294967295, 4294967295)]"},
    {TYPE_REGEX, "[//", "MaxKey)"},
    {TYPE_DB_POINTER, "[DBRef(\"\", 000000000000000000000000)", "MaxKey)"},
    {TYPE_CODE, "[\"\"", "CodeWScope( , {}))"},
    {TYPE_CODE_WITH_SCOPE, "[CodeWScope( , {})", "MaxKey)"},
};

/* The text with its bracket, which is on the left for low. */
static const char *end_of_type(uint8_t type, bool low)
{
	for (size_t i = 0; i < ARRAY_LEN(type_ends); i++)
		if (type_ends[i].type == type)
			return low ? type_ends[i].low : type_ends[i].high;
	return low ? "[MinKey" : "MaxKey]";
}

struct end_text {
	bool open;
	struct buf text;
};

static void end_init(struct end_text *t, const struct bound *b, bool low)
{
	const char *end;
	size_t n;

	buf_init(&t->text, NULL);
	t->open = b->open;
	if (!value_is_missing(b->v)) {
		value_format(&t->text, b->v, BOUND_BYTES_MAX);
		return;
	}
	end = end_of_type(b->type, low);
	n = strlen(end);
	t->open = end[low ? 0 : n - 1] == (low ? '(' : ')');
	buf_append(&t->text, low ? end + 1 : end, n - 1);
}

/* In the order in which the scan goes through it. */
static void put_interval(struct builder *b, const struct interval *i, bool down)
{
	struct end_text low, high, *first = down ? &high : &low, *last = down ? &low : &high;

	end_init(&low, &i->from, true);
	end_init(&high, &i->to, false);
	builder_printf(b, NULL, "%c%.*s, %.*s%c", first->open ? '(' : '[', (int)first->text.len,
	    (const char *)first->text.data, (int)last->text.len, (const char *)last->text.data,
	    last->open ? ')' : ']');
	buf_clear(&low.text);
	buf_clear(&high.text);
}

static void put_field_bounds(struct builder *b, const struct index_field *f, int i,
    const struct index_bounds *bounds, bool reverse)
{
	const struct intervals *s = &bounds->fields[i];
	bool down = f->descending != reverse;

	builder_array_begin_n(b, (const char *)f->path.text.data, f->path.text.len);
	if (i >= bounds->n_fields)
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

void explain_index(struct explain_output *x, const struct index *ix, uint64_t multikey,
    const struct index_bounds *bounds, bool reverse)
{
	struct builder *b = x->b;

	builder_doc(b, "keyPattern", ix->key_pattern);
	builder_str(b, "indexName", ix->name);
	if (!value_is_missing(doc_get(ix->spec, "collation")))
		builder_value(b, "collation", doc_get(ix->spec, "collation"));
	builder_bool(b, "isMultiKey", multikey != 0);
	put_multikey_paths(b, ix, multikey);
	builder_bool(b, "isUnique", ix->unique);
	builder_bool(b, "isSparse", ix->sparse);
	builder_bool(
	    b, "isPartial", !value_is_missing(doc_get(ix->spec, "partialFilterExpression")));
	builder_i32(b, "indexVersion", 2);
	builder_str(b, "direction", reverse ? "backward" : "forward");
	builder_doc_begin(b, "indexBounds");
	for (int i = 0; i < ix->n_fields; i++)
		put_field_bounds(b, &ix->fields[i], i, bounds, reverse);
	builder_doc_end(b);
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
	    .from = {id, id.type, false},
	    .to = {id, id.type, false},
	};
	*out = (struct index_bounds){.n_fields = 1, .n_equal = 1};
	out->fields[0] = (struct intervals){.n = 1, .v = interval};
}

bool explain_is_clustered(const struct plan *p)
{
	return p->collection && collection_is_clustered(p->collection);
}
