#include "commands/index_specs.h"

#include <math.h>

#include "bson/builder.h"
#include "commands/args.h"
#include "commands/create_options.h"
#include "expr/collation.h"
#include "index/partial.h"

static const char where[] = "createIndexes.indexes";

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
}

static int cannot(struct status *st, const char *words)
{
	return status_set(st, ERR_CANNOT_CREATE_INDEX, "%s", words);
}

/* ------------------------------------------------------------ the options */

enum option_kind {
	OPTION_BOOL, /* or a number */
	OPTION_ONLY_BOOL,
	OPTION_NUMBER,
	OPTION_ANY, /* index_special.c looks at it */
};

static const struct option {
	const char *name;
	enum option_kind kind;
	size_t offset;
	bool on_id; /* the index on _id may have it */
} options[] = {
#define AT(member) offsetof(struct index_options, member)
    {"unique", OPTION_BOOL, AT(unique), false},
    {"sparse", OPTION_BOOL, AT(sparse), false},
    {"hidden", OPTION_ONLY_BOOL, AT(hidden), false},
    {"expireAfterSeconds", OPTION_ANY, AT(expire_after), false},
    {"partialFilterExpression", OPTION_ANY, AT(partial), false},
    {"collation", OPTION_ANY, AT(collation), true},
    {"weights", OPTION_ANY, AT(weights), false},
    {"default_language", OPTION_ANY, AT(default_language), false},
    {"language_override", OPTION_ANY, AT(language_override), false},
    {"textIndexVersion", OPTION_NUMBER, AT(text_version), false},
    {"2dsphereIndexVersion", OPTION_NUMBER, AT(sphere_version), false},
    {"bits", OPTION_NUMBER, AT(bits), false},
    {"min", OPTION_NUMBER, AT(min), false},
    {"max", OPTION_NUMBER, AT(max), false},
    {"wildcardProjection", OPTION_ANY, AT(projection), false},
    {"prepareUnique", OPTION_BOOL, AT(prepare_unique), false},
    {"clustered", OPTION_ANY, AT(clustered), true},
    {"storageEngine", OPTION_ANY, AT(storage_engine), false},
    /* Without effect in MongoDB too: how an index is built is its own affair. */
    {"background", OPTION_ANY, AT(skipped), false},
    {"dropDups", OPTION_ANY, AT(skipped), false},
    {"ns", OPTION_ANY, AT(skipped), true},
#undef AT
};

static const struct option *find_option(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (!strcmp(options[i].name, name))
			return &options[i];
	return NULL;
}

static int take_bool(
    const struct element *e, enum option_kind kind, bool *out, struct status *st)
{
	bool numbers = kind == OPTION_BOOL;

	if (e->value.type != TYPE_BOOL && !(numbers && value_is_number(e->value)))
		return wrong_type(
		    st, where, e->name, e->value.type, numbers ? "bool or number" : "bool");
	*out = value_truthy(e->value);
	return 0;
}

static int check_version(struct value v, struct status *st)
{
	int64_t n;

	if (!value_is_number(v))
		return wrong_type(st, where, "v", v.type, "number");
	if (!value_to_i64(v, &n))
		return status_set(
		    st, ERR_BAD_VALUE, "the index version has to be a whole number");
	if (n != 2)
		return status_set(st, ERR_CANNOT_CREATE_INDEX,
		    "the index version can only be 2, not %lld", (long long)n);
	return 0;
}

static int take_name(struct value v, struct index_options *o, struct status *st)
{
	if (v.type != TYPE_STRING)
		return wrong_type(st, where, "name", v.type, "string");
	o->name = value_str(v);
	if (o->name.len == 0)
		return cannot(st, "the name of an index is empty");
	if (memchr(o->name.data, 0, o->name.len))
		return cannot(st, "the name of an index contains a NUL byte");
	if (view_equal(o->name, view_of_str("*")))
		return status_set(st, ERR_BAD_VALUE, "the name '*' is not for an index");
	return 0;
}

static int take_element(
    const struct element *e, bool ignore_unknown, struct index_options *o, struct status *st)
{
	const struct option *option;

	if (!strcmp(e->name, "key")) {
		if (e->value.type != TYPE_OBJECT)
			return wrong_type(st, where, "key", e->value.type, "object");
		o->key = value_doc(e->value);
		return 0;
	}
	if (!strcmp(e->name, "name"))
		return take_name(e->value, o, st);
	if (!strcmp(e->name, "v"))
		return check_version(e->value, st);
	option = find_option(e->name);
	if (!option && ignore_unknown)
		return 0;
	if (!option)
		return status_set(st, ERR_INVALID_INDEX_SPECIFICATION_OPTION,
		    "the field '%s' is not valid for an index specification", e->name);
	if (option->kind == OPTION_NUMBER && !value_is_number(e->value))
		return wrong_type(st, where, e->name, e->value.type, "number");
	if (option->kind == OPTION_BOOL || option->kind == OPTION_ONLY_BOOL)
		return take_bool(e, option->kind, (bool *)((char *)o + option->offset), st);
	*(struct value *)((char *)o + option->offset) = e->value;
	return 0;
}

static int take_elements(
    struct view doc, bool ignore_unknown, struct index_options *o, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		int err = take_element(&e, ignore_unknown, o, st);

		if (err)
			return err;
	}
	if (!o->key.data || !o->name.data)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "an index specification needs both 'key' and 'name'");
	return 0;
}

/* ---------------------------------------------------------------- the key */

/* "$**" and "a.$**" stand for all paths; "$id" and the like inside a path are
 * those of references. */
static bool is_allowed_part(struct view part, bool first)
{
	static const char *const reference[] = {"$id", "$ref", "$db"};

	if (part.len == 0)
		return false;
	if (part.data[0] != '$')
		return true;
	for (size_t i = 0; i < ARRAY_LEN(reference); i++)
		if (!first && view_equal(part, view_of_str(reference[i])))
			return true;
	return false;
}

static int check_path(struct view name, struct status *st)
{
	struct view rest = name;
	bool first = true;

	if (index_path_is_wildcard(name)) {
		rest = view_of(name.data, name.len - strlen("$**"));
		if (rest.len == 0)
			return 0;
		rest.len--; /* the dot */
	}
	for (;;) {
		const uint8_t *dot = rest.len ? memchr(rest.data, '.', rest.len) : NULL;
		size_t n = dot ? (size_t)(dot - rest.data) : rest.len;

		if (!is_allowed_part(view_of(rest.data, n), first))
			return status_set(st, ERR_CANNOT_CREATE_INDEX,
			    "the index key has a field '%.*s' that is empty, has an empty part "
			    "or "
			    "one that begins with '$'",
			    (int)MIN_OF(name.len, 300), (const char *)name.data);
		if (!dot)
			return 0;
		rest = view_of(dot + 1, rest.len - n - 1);
		first = false;
	}
}

static int take_type(
    struct index_options *o, struct view type, bool on_wildcard, struct status *st)
{
	enum key_kind kind = key_kind_find(type);

	if (kind == INDEX_WILDCARD && !on_wildcard)
		return status_set(st, ERR_INDEX_TYPE_WILDCARD,
		    "an index over all fields has the key {\"$**\": 1}");
	if (kind == INDEX_PLAIN || kind == INDEX_WILDCARD)
		return status_set(st, ERR_CANNOT_CREATE_INDEX, "there is no index type '%.*s'",
		    (int)MIN_OF(type.len, 300), (const char *)type.data);
	if (!o->n_typed)
		o->kind = kind;
	o->n_typed++;
	return 0;
}

static int check_direction(
    struct value v, bool on_wildcard, struct index_options *o, struct status *st)
{
	double d;

	if (v.type == TYPE_STRING)
		return take_type(o, value_str(v), on_wildcard, st);
	if (!value_to_double(v, &d))
		return status_set(st, ERR_CANNOT_CREATE_INDEX,
		    "the fields of an index key are numbers or strings, not of type %s",
		    type_name(v.type));
	if (isnan(d) || d == 0)
		return cannot(st, "the direction of an index field is not 0 and a number");
	return 0;
}

static int check_key(struct index_options *o, struct status *st)
{
	struct doc_iter it = doc_iter(o->key);
	struct element e;
	int n = 0;

	while (doc_next(&it, &e)) {
		struct view name = view_of(e.name, e.name_len);
		bool wildcard = index_path_is_wildcard(name);
		int err = check_direction(e.value, wildcard, o, st);

		if (!err)
			err = check_path(name, st);
		if (err)
			return err;
		if (wildcard && o->wildcard)
			return status_set(st, ERR_WILDCARD_MULTIPLE_FIELDS,
			    "an index has at most one field that stands for all paths");
		o->wildcard |= wildcard;
		o->scoped |= wildcard && name.len > strlen("$**");
		n += 1 + wildcard;
		if (n > INDEX_FIELDS_MAX)
			return status_set(st, ERR_TOO_MANY_INDEX_FIELDS,
			    "an index has at most %d fields", INDEX_FIELDS_MAX);
	}
	return n ? 0 : cannot(st, "the key of an index is empty");
}

struct view index_key_canonical(struct view key, struct arena *a)
{
	struct doc_iter it = doc_iter(key);
	struct view out = view_of(NULL, 0);
	struct builder b;
	struct element e;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	while (doc_next(&it, &e)) {
		int64_t n;

		if (value_to_i64(e.value, &n) && n == (int32_t)n)
			builder_i32(&b, e.name, (int32_t)n);
		else
			builder_value_n(&b, e.name, e.name_len, e.value);
	}
	builder_finish(&b);
	if (!builder_failed(&b))
		out = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out;
}

/* ------------------------------------------------------------ the document */

static void put_geo(struct builder *b, const struct index_options *o)
{
	int64_t version = 3, bits;

	if (o->kind == INDEX_2DSPHERE) {
		(void)!number_coerce(o->sphere_version, &version);
		builder_i32(b, "2dsphereIndexVersion", (int32_t)version);
		return;
	}
	if (number_coerce(o->bits, &bits))
		builder_i32(b, "bits", (int32_t)bits);
	if (!value_is_missing(o->min))
		builder_value(b, "min", o->min);
	if (!value_is_missing(o->max))
		builder_value(b, "max", o->max);
}

/* As listIndexes shows it: what is false is not there. */
static int make_document(
    const struct index_options *o, struct arena *a, struct index_spec *out, struct status *st)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_i32(&b, "v", 2);
	builder_doc(&b, "key", out->key);
	builder_str_n(&b, "name", (const char *)o->name.data, o->name.len);
	if (o->unique)
		builder_bool(&b, "unique", true);
	if (o->sparse)
		builder_bool(&b, "sparse", true);
	if (!value_is_missing(o->partial))
		builder_value(&b, "partialFilterExpression", o->partial);
	if (!value_is_missing(o->expire_after))
		builder_i32(&b, "expireAfterSeconds", o->expire_after_s);
	if (o->hidden)
		builder_bool(&b, "hidden", true);
	if (o->prepare_unique)
		builder_bool(&b, "prepareUnique", true);
	if (!value_is_missing(o->storage_engine) && !doc_is_empty(value_doc(o->storage_engine)))
		builder_value(&b, "storageEngine", o->storage_engine);
	if (o->kind == INDEX_2DSPHERE || o->kind == INDEX_2D)
		put_geo(&b, o);
	if (o->kind == INDEX_TEXT) {
		builder_value(&b, "weights", o->weights);
		builder_value(&b, "default_language", o->default_language);
		builder_value(&b, "language_override", o->language_override);
		builder_i32(&b, "textIndexVersion", 3);
	}
	if (!value_is_missing(o->projection))
		builder_value(&b, "wildcardProjection", o->projection);
	if (o->collator)
		builder_doc(&b, "collation", collation_document(o->collator));
	builder_finish(&b);
	if (!builder_failed(&b))
		out->spec = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	out->same_filter = partial_filters_equal;
	out->own_collation = !value_is_missing(o->collation);
	return out->spec.data ? 0 : no_memory(st);
}

/* ------------------------------------------------------- the index on _id */

static bool is_on_id(const struct index_options *o)
{
	struct doc_iter it = doc_iter(o->key);
	struct element e;

	return doc_count(o->key) == 1 && doc_next(&it, &e) && !strcmp(e.name, "_id") &&
	       value_is_number(e.value);
}

static int check_id_index(const struct index_options *o, struct view doc, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int64_t direction;

	if (!value_to_i64(doc_get(o->key, "_id"), &direction) || direction != 1)
		return status_set(
		    st, ERR_BAD_VALUE, "the key of an index on _id alone has to be {_id: 1}");
	while (doc_next(&it, &e)) {
		const struct option *option = find_option(e.name);

		if (option && !option->on_id)
			return status_set(st, ERR_INVALID_INDEX_SPECIFICATION_OPTION,
			    "the field '%s' is not valid for an index on _id", e.name);
	}
	return 0;
}

/* Whatever it is called: there is one, and it has its own name. */
static int make_id_spec(
    const struct index_options *o, struct arena *a, struct index_spec *out, struct status *st)
{
	const struct index_options id = {
	    .name = view_of_str("_id_"), .collation = o->collation, .collator = o->collator};

	*out = (struct index_spec){
	    .name = id.name,
	    .key = value_doc(doc_get(id_index_spec, "key")),
	    .unique = true,
	};
	return make_document(&id, a, out, st);
}

/* -------------------------------------------------------------- the whole */

static int check_storage_engine(struct value v, struct status *st)
{
	struct value record_key = value_missing;
	int err;

	if (value_is_missing(v))
		return 0;
	if (v.type != TYPE_OBJECT)
		return wrong_type(st, where, "storageEngine", v.type, "object");
	err = storage_engine_check(value_doc(v), "storageEngine", &record_key, st);
	if (!err && !value_is_missing(record_key))
		err = status_set(st, ERR_INVALID_OPTIONS, "recordKey is not for indexes");
	return err;
}

static int make_spec(
    const struct index_options *o, struct arena *a, struct index_spec *out, struct status *st)
{
	*out = (struct index_spec){
	    .name = arena_dup(a, o->name),
	    .key = index_key_canonical(o->key, a),
	    .unique = o->unique,
	    .sparse = o->sparse,
	    .hidden = o->hidden,
	};
	return out->key.data ? make_document(o, a, out, st) : no_memory(st);
}

static int decode_one(struct view doc, bool ignore_unknown, const struct collator *inherited,
    struct arena *a, struct index_spec *out, struct status *st)
{
	struct index_options o = {.inherited = inherited};
	int err = take_elements(doc, ignore_unknown, &o, st);

	if (!err)
		err = check_key(&o, st);
	if (err)
		return err;
	if (is_on_id(&o)) {
		err = check_id_index(&o, doc, st);
		if (!err)
			err = index_collation_check(&o, a, st);
		return err ? err : make_id_spec(&o, a, out, st);
	}
	if (view_equal(o.name, view_of_str("_id_")))
		return status_set(
		    st, ERR_BAD_VALUE, "the name _id_ is for the index on _id alone");
	err = check_storage_engine(o.storage_engine, st);
	if (!err)
		err = index_special_check(&o, a, st);
	return err ? err : make_spec(&o, a, out, st);
}

int index_specs_decode(const struct arg_docs *docs, bool ignore_unknown,
    const struct collator *inherited, struct arena *a, struct index_specs *out,
    struct status *st)
{
	struct docs_iter it = docs_iter(docs);
	struct view doc;

	if (docs->count == 0)
		return status_set(
		    st, ERR_BAD_VALUE, "createIndexes needs at least one index specification");
	/* More than can be there are refused by their number, before they cost memory. */
	if (docs->count > 2 * INDEXES_MAX)
		return status_set(st, ERR_CANNOT_CREATE_INDEX,
		    "a collection has at most %d indexes", INDEXES_MAX);
	*out = (struct index_specs){
	    .specs = arena_new_array(a, (size_t)docs->count, struct index_spec)};
	if (!out->specs)
		return no_memory(st);
	while (docs_next(&it, &doc)) {
		int err =
		    decode_one(doc, ignore_unknown, inherited, a, &out->specs[out->n], st);

		if (err)
			return err;
		out->n++;
	}
	return 0;
}
