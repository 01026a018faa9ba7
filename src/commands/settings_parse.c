#include "commands/settings_parse.h"

#include "bson/builder.h"
#include "commands/args.h"
#include "storage/catalog.h"

#define ERR_HINTS_TWICE             7746608
#define ERR_HINT_WITHOUT_DATABASE   8727500
#define ERR_HINT_WITHOUT_COLLECTION 8727501
#define ERR_SETTINGS_EMPTY          8727502

struct settings_args {
	struct value hints, comment;
	struct view framework;
	struct arg_bool reject;
};

static const struct field settings_fields[] = {
    {"indexHints", FIELD_ANY, FIELD_NULL_OK, offsetof(struct settings_args, hints),
	"Which indexes may be used in which collections."},
    {"queryFramework", FIELD_STR, 0, offsetof(struct settings_args, framework),
	"\"classic\" or \"sbe\": MongoDB's engines, between which there is no choice here."},
    {"reject", FIELD_BOOL, FIELD_NOT_NULL, offsetof(struct settings_args, reject),
	"Such queries are refused."},
    {"comment", FIELD_ANY, 0, offsetof(struct settings_args, comment), "Anything."},
    {NULL},
};

struct ns_args {
	struct view db, coll;
};

static const struct field ns_fields[] = {
    {"db", FIELD_STR, 0, offsetof(struct ns_args, db), "The database."},
    {"coll", FIELD_STR, 0, offsetof(struct ns_args, coll), "The collection."},
    {NULL},
};

static int parse_ns(struct view doc, struct ns_args *out, struct status *st)
{
	int err = fields_decode(ns_fields, doc, out, "settings.indexHints.ns", false, st);

	if (!err && !out->db.data)
		err = status_set(st, ERR_HINT_WITHOUT_DATABASE, "indexHints.ns has no db");
	if (!err && !out->coll.data)
		err = status_set(st, ERR_HINT_WITHOUT_COLLECTION, "indexHints.ns has no coll");
	if (!err)
		err = database_name_check(out->db, st);
	return err ? err : collection_name_check(out->db, out->coll, st);
}

struct hint_args {
	struct view ns, allowed;
};

static const struct field hint_fields[] = {
    {"ns", FIELD_DOC, FIELD_REQUIRED, offsetof(struct hint_args, ns), "{db, coll}"},
    {"allowedIndexes", FIELD_ARRAY, FIELD_REQUIRED, offsetof(struct hint_args, allowed),
	"Names and key patterns."},
    {NULL},
};

static int check_index(struct value v, struct status *st)
{
	struct value natural;
	int64_t direction;

	if (v.type == TYPE_STRING)
		return 0;
	if (v.type != TYPE_OBJECT)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "each of allowedIndexes is the name or the key pattern of an index");
	natural = doc_get(value_doc(v), "$natural");
	if (value_is_missing(natural) ||
	    (value_to_i64(natural, &direction) && (direction == 1 || direction == -1)))
		return 0;
	return status_set(st, ERR_BAD_VALUE, "$natural must be 1 or -1");
}

static int parse_hint(
    struct value v, struct hint_args *out, struct ns_args *ns, struct status *st)
{
	struct doc_iter it;
	struct element e;
	int err;

	if (v.type != TYPE_OBJECT)
		return wrong_type(st, "settings", "indexHints", v.type, "object");
	err = fields_decode(hint_fields, value_doc(v), out, "settings.indexHints", false, st);
	if (!err)
		err = parse_ns(out->ns, ns, st);
	if (err)
		return err;
	it = doc_iter(out->allowed);
	while (!err && doc_next(&it, &e))
		err = check_index(e.value, st);
	return err;
}

static bool is_same(const struct ns_args *a, const struct ns_args *b)
{
	return view_equal(a->db, b->db) && view_equal(a->coll, b->coll);
}

static void put_hint(struct builder *b, const struct ns_args *ns, struct view allowed)
{
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "ns");
	builder_str_n(b, "db", (const char *)ns->db.data, ns->db.len);
	builder_str_n(b, "coll", (const char *)ns->coll.data, ns->coll.len);
	builder_doc_end(b);
	builder_array(b, "allowedIndexes", allowed);
	builder_doc_end(b);
}

/* n is how many there are. */
static int put_hints(
    struct view hints, int n, struct arena *a, struct builder *b, struct status *st)
{
	struct ns_args *seen = arena_new_array(a, (size_t)n + 1, struct ns_args);
	struct doc_iter it = doc_iter(hints);
	struct element e;

	if (!seen)
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for query settings");
	for (int i = 0; doc_next(&it, &e); i++) {
		struct hint_args hint = {.ns = {0}};
		int err = parse_hint(e.value, &hint, &seen[i], st);

		if (err)
			return err;
		for (int k = 0; k < i; k++)
			if (is_same(&seen[k], &seen[i]))
				return status_set(st, ERR_HINTS_TWICE,
				    "there are two indexHints for one collection");
		if (!doc_is_empty(hint.allowed))
			put_hint(b, &seen[i], hint.allowed);
	}
	return 0;
}

/* One by itself is a list of one. */
static int list_of(struct value v, struct arena *a, struct view *out, struct status *st)
{
	struct builder b;
	struct buf buf;

	if (v.type == TYPE_ARRAY) {
		*out = value_doc(v);
		return 0;
	}
	if (v.type != TYPE_OBJECT)
		return wrong_type(st, "settings", "indexHints", v.type, "array or object");
	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_value(&b, "0", v);
	builder_finish(&b);
	*out = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out->data
		   ? 0
		   : status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for query settings");
}

static int parse_hints(struct value v, struct arena *a, struct view *out, struct status *st)
{
	struct view list;
	struct builder b;
	struct buf buf;
	int err = list_of(v, a, &list, st);

	if (err)
		return err;
	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_array_begin(&b, "hints");
	err = put_hints(list, doc_count(list), a, &b, st);
	builder_array_end(&b);
	builder_finish(&b);
	if (!err && !builder_failed(&b))
		*out = arena_dup(a, value_doc(doc_get(builder_view(&b), "hints")));
	if (!err && (builder_failed(&b) || !out->data))
		err = status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for query settings");
	buf_clear(&buf);
	return err;
}

static int check_framework(struct view name, struct status *st)
{
	if (!name.data || view_equal(name, view_of_str("classic")) ||
	    view_equal(name, view_of_str("sbe")))
		return 0;
	return status_set(st, ERR_BAD_VALUE, "queryFramework is \"classic\" or \"sbe\"");
}

int settings_parse(
    struct view doc, struct arena *a, struct settings_parts *out, struct status *st)
{
	struct settings_args s = {.hints = value_missing};
	int err = fields_decode(settings_fields, doc, &s, "settings", false, st);

	if (!err && doc_is_empty(doc))
		err = status_set(st, ERR_SETTINGS_EMPTY, "the settings are empty");
	if (!err)
		err = check_framework(s.framework, st);
	if (err)
		return err;
	*out = (struct settings_parts){
	    .has_hints = !value_is_missing(s.hints),
	    .has_framework = s.framework.data,
	    .framework = s.framework,
	    .has_reject = s.reject.given,
	    .reject = s.reject.v,
	    .comment = s.comment,
	};
	return out->has_hints ? parse_hints(s.hints, a, &out->hints, st) : 0;
}
