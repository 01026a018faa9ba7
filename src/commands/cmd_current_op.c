/*
 * currentOp and killOp.
 */
#include "commands/args.h"
#include "commands/common.h"
#include "commands/current_op.h"
#include "commands/ops.h"
#include "expr/match.h"

/* What is no option of the command's is a filter over the operations. */
static int read_filter(struct request *r, struct buf *buf, struct operations_wanted *wanted)
{
	struct doc_iter it = doc_iter(r->body);
	struct builder b;
	struct element e;

	*wanted = (struct operations_wanted){0};
	builder_init(&b, buf);
	doc_next(&it, &e);
	while (doc_next(&it, &e)) {
		if (!strcmp(e.name, "$ownOps"))
			wanted->own_only = value_truthy(e.value);
		else if (!strcmp(e.name, "$all"))
			wanted->idle_connections = value_truthy(e.value);
		else if (!common_has_field(e.name))
			builder_value(&b, e.name, e.value);
	}
	builder_finish(&b);
	return builder_failed(&b)
		   ? status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory")
		   : 0;
}

static int put_matching(struct request *r, struct view ops, struct view filter_doc)
{
	struct match_state ms = {.row = &r->arena, .status = &r->status};
	struct filter *filter;
	struct doc_iter it = doc_iter(ops);
	struct element e;
	int err = filter_parse(filter_doc, NULL, &r->arena, &filter, &r->status);

	if (err)
		return err;
	builder_array_begin(&r->builder, "inprog");
	while (doc_next(&it, &e))
		if (filter_matches(filter, value_doc(e.value), &ms))
			builder_value(&r->builder, NULL, e.value);
	builder_array_end(&r->builder);
	return ms.error;
}

/* All operations as {ops: [...]}: the lock is open again before they are
 * filtered. */
static int collect(struct request *r, const struct operations_wanted *wanted, struct buf *buf)
{
	struct builder b;

	builder_init(&b, buf);
	builder_array_begin(&b, "ops");
	current_op_put(r, wanted, &b);
	builder_array_end(&b);
	builder_finish(&b);
	return builder_failed(&b)
		   ? status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory")
		   : 0;
}

static enum step current_op_run(struct request *r)
{
	struct buf filter, ops;
	struct operations_wanted wanted;
	int err;

	buf_init(&filter, &r->op.memory);
	buf_init(&ops, &r->op.memory);
	err = read_filter(r, &filter, &wanted);
	if (!err)
		err = collect(r, &wanted, &ops);
	if (!err)
		err = put_matching(
		    r, value_doc(doc_get(buf_view(&ops), "ops")), buf_view(&filter));
	buf_clear(&filter);
	buf_clear(&ops);
	return err ? STEP_ERROR : STEP_DONE;
}

const struct command cmd_current_op = {
    .name = "currentOp",
    .flags = CMD_READ | CMD_ADMIN_ONLY | CMD_ANY_FIELDS,
    .help = "The operations under way.",
    .run = current_op_run,
};

struct kill_args {
	struct value op;
};

static const struct field kill_fields[] = {
    {"op", FIELD_ANY, 0, offsetof(struct kill_args, op), "The operation's opid."},
    {NULL},
};

static enum step kill_op_run(struct request *r)
{
	const struct kill_args *a = r->args;
	int64_t id;

	if (value_is_missing(a->op)) {
		status_set(&r->status, ERR_NO_SUCH_KEY, "Did not provide \"op\" field");
		return STEP_ERROR;
	}
	if (number_decode(a->op, "killOp", "op", INT32_MIN, UINT32_MAX, &id, &r->status))
		return STEP_ERROR;
	/* Whether there is one is not said: it may just have ended. */
	ops_kill(r->inst->ops, (uint32_t)id, ERR_INTERRUPTED);
	builder_str(&r->builder, "info", "attempting to kill op");
	return STEP_DONE;
}

const struct command cmd_kill_op = {
    .name = "killOp",
    .flags = CMD_ADMIN_ONLY | CMD_LOOP | CMD_ANY_FIELDS,
    .fields = kill_fields,
    .args_size = sizeof(struct kill_args),
    .help = "Stops an operation by its opid.",
    .run = kill_op_run,
};
