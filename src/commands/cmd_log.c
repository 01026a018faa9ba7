/*
 * getLog and logRotate.
 */
#include "commands/args.h"
#include "util/log.h"

struct target_args {
	struct value target;
};

static void put_line(void *arg, const char *line, size_t len)
{
	builder_str_n(arg, NULL, line, len);
}

static void skip_line(void *arg, const char *line, size_t len)
{
}

typedef int64_t log_each(void (*each)(void *, const char *, size_t), void *arg);

static enum step put_log(struct request *r, log_each *each)
{
	struct builder *b = &r->builder;

	builder_int(b, "totalLinesWritten", each(skip_line, NULL));
	builder_array_begin(b, "log");
	each(put_line, b);
	builder_array_end(b);
	return STEP_DONE;
}

static enum step get_log_run(struct request *r)
{
	const struct target_args *a = r->args;
	struct builder *b = &r->builder;
	struct view name;

	if (a->target.type != TYPE_STRING) {
		status_set(&r->status, ERR_TYPE_MISMATCH,
		    "Argument to getLog must be of type String; found type %s",
		    type_name(a->target.type));
		return STEP_ERROR;
	}
	name = value_str(a->target);
	if (view_equal(name, view_of_str("global")))
		return put_log(r, log_recent);
	if (view_equal(name, view_of_str("startupWarnings")))
		return put_log(r, log_startup_warnings);
	if (!view_equal(name, view_of_str("*"))) {
		status_set(&r->status, ERR_OPERATION_FAILED, "No log named '%.*s'",
		    (int)MIN_OF(name.len, 64), (const char *)name.data);
		return STEP_ERROR;
	}
	builder_array_begin(b, "names");
	builder_str(b, NULL, "global");
	builder_str(b, NULL, "startupWarnings");
	builder_array_end(b);
	return STEP_DONE;
}

const struct command cmd_get_log = {
    .name = "getLog",
    .flags = CMD_READ | CMD_ADMIN_ONLY,
    .target_type = FIELD_ANY,
    .args_size = sizeof(struct target_args),
    .help = "The newest lines of the log: 'global', 'startupWarnings', or '*' for these names.",
    .run = get_log_run,
};

static int check_target(struct request *r, struct value v)
{
	if (v.type == TYPE_BOOL || value_is_number(v))
		return 0;
	if (v.type != TYPE_STRING)
		return status_set(&r->status, ERR_TYPE_MISMATCH,
		    "logRotate takes a bool, a number or the name of a log, not a %s",
		    type_name(v.type));
	if (view_equal(value_str(v), view_of_str("server")))
		return 0;
	return status_set(&r->status, ERR_NO_SUCH_KEY, "Unknown log type for rotate");
}

static enum step log_rotate_run(struct request *r)
{
	const struct target_args *a = r->args;

	if (check_target(r, a->target))
		return STEP_ERROR;
	if (r->inst->rotate_logs && r->inst->rotate_logs(r->inst->server, &r->status))
		return STEP_ERROR;
	return STEP_DONE;
}

const struct command cmd_log_rotate = {
    .name = "logRotate",
    .flags = CMD_ADMIN_ONLY,
    .target_type = FIELD_ANY,
    .args_size = sizeof(struct target_args),
    .help = "Opens the log file anew, after somebody has moved it away.",
    .run = log_rotate_run,
};
