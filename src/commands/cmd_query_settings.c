/*
 * setQuerySettings and removeQuerySettings: what is said of all queries that look like
 * one, or whose shape has this hash.
 */
#include <ctype.h>

#include "commands/args.h"
#include "commands/explain.h"
#include "commands/ops.h"
#include "commands/read_options.h"
#include "commands/settings_parse.h"
#include "expr/match_op.h"
#include "query/query_state.h"
#include "query/settings_change.h"

#define ERR_NO_QUERY_OF_THESE 7746402
#define ERR_FINDS_BY_ID       7746606
#define ERR_INTERNAL_DATABASE 8584900
#define ERR_SYSTEM_COLLECTION 8584901

struct query_settings_args {
	struct value target;
	struct view settings;
};

#define AT(member) offsetof(struct query_settings_args, member)

static const struct field set_fields[] = {
    {"settings", FIELD_DOC, FIELD_REQUIRED, AT(settings),
	"{indexHints, queryFramework, reject, comment}: what is not said stays as it is."},
    {NULL},
};

struct query_settings_state {
	bool begun;
	char hash[QUERY_SHAPE_DIGITS + 1];
	struct settings_change change;
};

/* --------------------------------------------------------- the query's shape */

static int take_hash(struct query_settings_state *s, struct view text, struct status *st)
{
	bool is_hex = text.len % 2 == 0;

	for (size_t i = 0; i < text.len; i++)
		is_hex = is_hex && isxdigit(text.data[i]);
	if (!is_hex)
		return status_set(
		    st, ERR_BAD_VALUE, "the hash of a query's shape has hexadecimal digits");
	if (text.len != QUERY_SHAPE_DIGITS)
		return status_set(st, ERR_INVALID_LENGTH,
		    "the hash of a query's shape has %d digits, not %zu", QUERY_SHAPE_DIGITS,
		    text.len);
	for (size_t i = 0; i < text.len; i++)
		s->hash[i] = (char)toupper(text.data[i]);
	return 0;
}

/* Which of the commands is it? */
static int find_inner(struct view query, const struct command **out, struct status *st)
{
	static const char *const names[] = {"find", "distinct", "aggregate"};
	struct doc_iter it = doc_iter(query);
	struct element e;

	if (doc_next(&it, &e))
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (strcmp(e.name, names[i]) == 0) {
				*out = command_find(view_of_str(names[i]));
				return 0;
			}
	return status_set(st, ERR_NO_QUERY_OF_THESE,
	    "query settings are for find, distinct and aggregate commands");
}

static int take_db(struct request *r, struct view query, struct view *out, struct status *st)
{
	struct value db = doc_get(query, "$db");

	if (value_is_missing(db) || db.type == TYPE_NULL)
		return status_set(st, ERR_MISSING_FIELD,
		    "BSON field '%s.$db' is missing but a required field", r->name);
	if (db.type != TYPE_STRING)
		return wrong_type(st, r->name, "$db", db.type, "string");
	*out = value_str(db);
	return database_name_check(*out, st);
}

/* As far as it can be without its collection. */
static int parse_query(struct request *r, const struct explain_spec *x, struct status *st)
{
	struct query_spec spec = x->query;
	struct stage_context cx;
	struct pipeline *p;
	struct query *q;
	int err = read_options(r, NULL, x->collation, x->let, &r->arena, &spec, st);

	if (err)
		return err;
	if (!x->is_pipeline)
		return query_parse(&spec, &r->arena, &q, st);
	cx = read_context(r, &spec, NULL, r->ns, &r->arena);
	return pipeline_parse(&cx, &x->pipeline, 1, &p, st);
}

/* {_id: value} alone, which is looked up and not planned. */
static bool finds_by_id(const struct explain_spec *x)
{
	struct doc_iter it;
	struct element e, more;

	if (!x->query.filter.len)
		return false;
	it = doc_iter(x->query.filter);
	if (!doc_next(&it, &e) || strcmp(e.name, "_id") != 0 || doc_next(&it, &more))
		return false;
	if (filter_is_ops(e.value)) {
		struct view ops = value_doc(e.value);

		return doc_count(ops) == 1 && !value_is_missing(doc_get(ops, "$eq"));
	}
	return e.value.type != TYPE_REGEX && e.value.type != TYPE_ARRAY;
}

static bool is_internal(struct view db)
{
	return view_equal(db, view_of_str("admin")) || view_equal(db, view_of_str("config")) ||
	       view_equal(db, view_of_str("local"));
}

/* What may be removed, but not set. */
static int check_settable(const struct command *inner, const struct explain_spec *x,
    struct view db, struct status *st)
{
	if (is_internal(db))
		return status_set(st, ERR_INTERNAL_DATABASE,
		    "query settings are not for the internal database %.*s", (int)db.len,
		    (const char *)db.data);
	if (x->coll.len >= 7 && memcmp(x->coll.data, "system.", 7) == 0)
		return status_set(
		    st, ERR_SYSTEM_COLLECTION, "query settings are not for system collections");
	if (strcmp(inner->name, "find") == 0 && finds_by_id(x))
		return status_set(st, ERR_FINDS_BY_ID,
		    "query settings are not for a find by _id, which is not planned");
	return 0;
}

/* With the query's database as the request's own. */
static int take_shape(struct query_settings_state *s, struct request *r,
    const struct command *inner, struct view query, struct status *st)
{
	struct explain_spec x = {0};
	int err = args_decode_inner(r, inner, query, st);

	if (!err)
		err = inner->explain(r, &x);
	if (!err)
		err = parse_query(r, &x, st);
	if (!err && !s->change.remove)
		err = check_settable(inner, &x, r->common.db, st);
	if (!err)
		err = query_shape_hash(query, r->ns, &r->arena, s->hash, st);
	s->change.query = query;
	s->change.ns = r->ns;
	return err;
}

static int take_query(
    struct query_settings_state *s, struct request *r, struct view query, struct status *st)
{
	struct view db, own_db = r->common.db, own_ns = r->ns;
	const struct command *inner = NULL;
	int err = find_inner(query, &inner, st);

	if (!err)
		err = take_db(r, query, &db, st);
	if (err)
		return err;
	r->common.db = db;
	err = take_shape(s, r, inner, query, st);
	r->common.db = own_db;
	ops_set_ns(r->inst->ops, r, own_ns);
	return err;
}

static int take_target(
    struct query_settings_state *s, struct request *r, struct value v, struct status *st)
{
	if (v.type == TYPE_STRING)
		return take_hash(s, value_str(v), st);
	if (v.type != TYPE_OBJECT)
		return status_set(st, ERR_TYPE_MISMATCH,
		    "%s takes a query or the hash of its shape, not %s", r->name,
		    type_name(v.type));
	return take_query(s, r, value_doc(v), st);
}

/* ------------------------------------------------------------- the commands */

static int begin(struct query_settings_state *s, struct request *r, bool remove)
{
	struct query_settings_args a = *(const struct query_settings_args *)r->args;
	int err = 0;

	s->begun = true;
	settings_change_init(&s->change, r->inst->store, &r->arena);
	s->change.remove = remove;
	s->change.hash = s->hash;
	if (!remove)
		err = settings_parse(a.settings, &r->arena, &s->change.parts, &r->status);
	return err ? err : take_target(s, r, a.target, &r->status);
}

static enum step run(struct request *r, bool remove)
{
	struct query_settings_state *s = r->state;
	enum step step;

	if (r->op.on_loop)
		return STEP_HANDOVER;
	if (!s->begun && begin(s, r, remove))
		return STEP_ERROR;
	step = settings_change_run(&s->change, &r->op, &r->status);
	if (s->change.sequence)
		r->last_commit = s->change.sequence;
	return step;
}

static enum step set_run(struct request *r)
{
	const struct query_settings_state *s = r->state;
	enum step step = run(r, false);

	if (step != STEP_DONE)
		return step;
	builder_str(&r->builder, "queryShapeHash", s->hash);
	builder_doc(&r->builder, "settings", s->change.result.settings);
	if (s->change.result.query.len)
		builder_doc(&r->builder, "representativeQuery", s->change.result.query);
	return STEP_DONE;
}

static enum step remove_run(struct request *r)
{
	return run(r, true);
}

static void query_settings_clear(struct request *r)
{
	struct query_settings_state *s = r->state;

	if (s->begun)
		settings_change_clear(&s->change);
}

const struct command cmd_set_query_settings = {
    .name = "setQuerySettings",
    .flags = CMD_WRITE | CMD_ADMIN_ONLY,
    .target_type = FIELD_ANY,
    .target_offset = AT(target),
    .fields = set_fields,
    .args_size = sizeof(struct query_settings_args),
    .state_size = sizeof(struct query_settings_state),
    .help = "Says which indexes queries of a shape may use, or refuses them.",
    .run = set_run,
    .clear = query_settings_clear,
};

const struct command cmd_remove_query_settings = {
    .name = "removeQuerySettings",
    .flags = CMD_WRITE | CMD_ADMIN_ONLY,
    .target_type = FIELD_ANY,
    .target_offset = AT(target),
    .args_size = sizeof(struct query_settings_args),
    .state_size = sizeof(struct query_settings_state),
    .help = "Takes back what was said of queries of a shape.",
    .run = remove_run,
    .clear = query_settings_clear,
};
