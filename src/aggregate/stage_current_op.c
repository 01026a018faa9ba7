/*
 * $currentOp: a document for each operation under way, and, if asked for, for
 * idle connections and cursors.  They are taken at one moment, when the
 * pipeline begins.
 */
#include "aggregate/stage.h"
#include "query/exec_documents.h"

struct current_op_spec {
	struct operations_wanted wanted;
	bool all_users, idle_sessions, local_ops, target_all_nodes, truncate_ops;
	const struct stage_context *context;
};

static int unknown_field(const char *name, struct status *st)
{
	return status_set(
	    st, ERR_UNKNOWN_FIELD, "BSON field '$currentOp.%s' is an unknown field.", name);
}

/* There is one user and one node, so that most options change nothing.  Idle
 * sessions are listed with the transactions that they hold open. */
static bool *option_of(struct current_op_spec *c, const char *name)
{
	const struct {
		const char *name;
		bool *option;
	} options[] = {
	    {"allUsers", &c->all_users},
	    {"idleConnections", &c->wanted.idle_connections},
	    {"idleCursors", &c->wanted.idle_cursors},
	    {"idleSessions", &c->idle_sessions},
	    {"localOps", &c->local_ops},
	    {"targetAllNodes", &c->target_all_nodes},
	    {"truncateOps", &c->truncate_ops},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(options); i++)
		if (strcmp(options[i].name, name) == 0)
			return options[i].option;
	return NULL;
}

static int parse_options(struct current_op_spec *c, struct view doc, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		bool *option = option_of(c, e.name);

		if (!option)
			return unknown_field(e.name, st);
		if (e.value.type != TYPE_BOOL)
			return status_set(st, ERR_TYPE_MISMATCH,
			    "$currentOp's '%s' must be a bool, not %s", e.name,
			    type_name(e.value.type));
		*option = value_bool(e.value);
	}
	if (c->target_all_nodes)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "$currentOp's targetAllNodes is for sharded clusters");
	return 0;
}

static bool is_admin_database(const struct stage_context *cx)
{
	return view_equal(cx->ns, view_of_str("admin.$cmd.aggregate"));
}

static int current_op_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct current_op_spec *c = arena_new(cx->arena, struct current_op_spec);

	if (!c)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $currentOp");
	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_TYPE_MISMATCH, "$currentOp", "an object", v.type);
	c->context = cx;
	s->data = c;
	if (!is_admin_database(cx) || !cx->put_operations)
		return status_set(st, ERR_INVALID_NAMESPACE,
		    "$currentOp must be run against the 'admin' database with {aggregate: 1}");
	return parse_options(c, value_doc(v), st);
}

/* Each element of the array is a document of its own. */
static void split(struct documents *to, struct view array)
{
	struct doc_iter it = doc_iter(array);
	struct element e;

	while (doc_next(&it, &e)) {
		builder_elements(documents_begin(to), value_doc(e.value));
		documents_end(to);
	}
}

static struct exec *current_op_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	const struct current_op_spec *c = s->data;
	struct documents *docs = documents_new(a, account);
	struct builder b;
	struct buf buf;

	if (!docs)
		return NULL;
	buf_init(&buf, account);
	builder_init(&b, &buf);
	builder_array_begin(&b, "ops");
	c->context->put_operations(c->context->operations_arg, &c->wanted, &b);
	builder_array_end(&b);
	builder_finish(&b);
	if (builder_failed(&b))
		docs = NULL;
	else
		split(docs, value_doc(doc_get(buf_view(&buf), "ops")));
	buf_clear(&buf);
	return docs ? documents_exec(docs) : NULL;
}

const struct stage_type stage_current_op = {
    .name = "$currentOp",
    .flags = STAGE_FIRST | STAGE_SOURCE,
    .help = "The operations under way.",
    .parse = current_op_parse,
    .make = current_op_make,
};
