#include "query/plan.h"

/* The clock is looked at every so many documents or keys. */
#define LOOK_EVERY 16

void filtering_init(struct filtering *f, const struct filter *filter, const struct query *q,
    struct memory_account *account)
{
	*f = (struct filtering){0};
	arena_init(&f->row, account);
	if (!filter || filter->kind == MATCH_ALWAYS_TRUE)
		return;
	f->filter = filter;
	f->state.row = &f->row;
	f->state.variables = q->spec.let;
}

void filtering_clear(struct filtering *f)
{
	arena_clear(&f->row);
}

enum step filtering_test(struct filtering *f, struct view doc, struct exec_context *cx)
{
	f->state.array_index = -1;
	if (!f->filter)
		return STEP_ROW;
	arena_reset(&f->row);
	f->state.error = 0;
	f->state.status = cx->status;
	if (filter_matches(f->filter, doc, &f->state))
		return STEP_ROW;
	if (!f->state.error && !arena_failed(&f->row))
		return STEP_DONE;
	if (!f->state.error)
		status_set(
		    cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an expression");
	return STEP_ERROR;
}

enum step filtering_look(struct filtering *f, struct exec_context *cx)
{
	if (++f->since_look < LOOK_EVERY)
		return STEP_DONE;
	f->since_look = 0;
	if (op_check(cx->op, cx->status))
		return STEP_ERROR;
	return op_slice_over(cx->op) ? STEP_HANDOVER : STEP_DONE;
}

int exec_follow(const struct collection *begun, const struct collection *now, struct status *st)
{
	if (!now || now->table_id != begun->table_id)
		return status_set(st, ERR_QUERY_PLAN_KILLED,
		    "the plan cannot go on: the collection %s has been dropped", begun->ns);
	if (strcmp(now->ns, begun->ns) != 0)
		return status_set(st, ERR_QUERY_PLAN_KILLED,
		    "the plan cannot go on: the collection %s has been renamed", begun->ns);
	return 0;
}
