/*
 * explain: how another command would be carried out.
 */
#include "commands/args.h"
#include "commands/explain.h"

struct explain_args {
	struct view command, verbosity;
};

#define AT(member) offsetof(struct explain_args, member)

static const struct field explain_fields[] = {
    {"verbosity", FIELD_STR, 0, AT(verbosity),
	"\"queryPlanner\", \"executionStats\", \"allPlansExecution\" (the default)."},
    {NULL},
};

static int parse_verbosity(struct view text, enum explain_verbosity *out, struct status *st)
{
	static const char *const names[] = {
	    [EXPLAIN_PLANNER] = "queryPlanner",
	    [EXPLAIN_STATS] = "executionStats",
	    [EXPLAIN_ALL_PLANS] = "allPlansExecution",
	};

	*out = EXPLAIN_ALL_PLANS;
	if (!text.data)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (view_equal(text, view_of_str(names[i]))) {
			*out = (enum explain_verbosity)i;
			return 0;
		}
	return status_set(st, ERR_BAD_VALUE,
	    "verbosity is \"queryPlanner\", \"executionStats\" or \"allPlansExecution\"");
}

static int find_inner(struct view doc, const struct command **out, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	if (!doc_next(&it, &e))
		return status_set(st, ERR_COMMAND_NOT_FOUND, "explain needs a command");
	*out = command_find(view_of(e.name, e.name_len));
	if (!*out)
		return status_set(st, ERR_COMMAND_NOT_FOUND,
		    "Explain failed due to unknown command: %s", e.name);
	if (!(*out)->explain)
		return status_set(
		    st, ERR_ILLEGAL_OPERATION, "the command %s cannot be explained", e.name);
	return 0;
}

static int begin(struct explanation *e, struct request *r)
{
	const struct explain_args *a = r->args;
	const struct command *inner = NULL;
	int err = parse_verbosity(a->verbosity, &e->verbosity, &r->status);

	e->command = a->command;
	if (!err)
		err = find_inner(e->command, &inner, &r->status);
	if (!err)
		err = args_decode_inner(r, inner, e->command, &r->status);
	if (!err)
		err = inner->explain(r, &e->spec);
	return err ? err : explanation_begin(e, r);
}

static enum step explain_run(struct request *r)
{
	struct explanation *e = r->state;

	if (r->op.on_loop)
		return STEP_HANDOVER;
	if (!e->begun && begin(e, r))
		return STEP_ERROR;
	return explanation_run(e, r);
}

static void explain_clear(struct request *r)
{
	explanation_clear(r->state);
}

const struct command cmd_explain = {
    .name = "explain",
    .flags = CMD_READ | CMD_READ_CONCERN | CMD_API_1,
    .target_type = FIELD_DOC,
    .target_offset = AT(command),
    .fields = explain_fields,
    .args_size = sizeof(struct explain_args),
    .state_size = sizeof(struct explanation),
    .help = "How another command would be carried out.",
    .run = explain_run,
    .clear = explain_clear,
};
