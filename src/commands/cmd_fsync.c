/*
 * fsync: everything committed is on disk when it answers.  Its lock, which
 * holds all writes while files are copied by hand, is refused: copying the
 * files of a running store gives no consistent copy here.
 */
#include "commands/args.h"
#include "storage/store.h"

struct fsync_args {
	struct arg_bool lock;
	struct value timeout;
};

static const struct field fsync_fields[] = {
    {"lock", FIELD_BOOL_NUM, 0, offsetof(struct fsync_args, lock), "Hold all writes."},
    {"fsyncLockAcquisitionTimeoutMillis", FIELD_ANY, FIELD_NULL_OK,
	offsetof(struct fsync_args, timeout), "How long to wait for the lock."},
    {NULL},
};

static enum step fsync_run(struct request *r)
{
	const struct fsync_args *a = r->args;

	if (!value_is_missing(a->timeout) && a->timeout.type != TYPE_INT32) {
		wrong_type(&r->status, r->name, "fsyncLockAcquisitionTimeoutMillis",
		    a->timeout.type, "int");
		return STEP_ERROR;
	}
	if (a->lock.v) {
		status_set(&r->status, ERR_COMMAND_NOT_SUPPORTED,
		    "fsync's lock is not supported: files copied while the server runs are no "
		    "consistent copy");
		return STEP_ERROR;
	}
	if (r->inst->store && store_sync_now(r->inst->store, true, &r->status))
		return STEP_ERROR;
	builder_i32(&r->builder, "numFiles", 1);
	return STEP_DONE;
}

const struct command cmd_fsync = {
    .name = "fsync",
    .flags = CMD_ADMIN_ONLY,
    .fields = fsync_fields,
    .args_size = sizeof(struct fsync_args),
    .help = "Brings everything that is committed to the disk.",
    .run = fsync_run,
};

static enum step fsync_unlock_run(struct request *r)
{
	status_set(&r->status, ERR_ILLEGAL_OPERATION, "fsyncUnlock called when not locked");
	return STEP_ERROR;
}

const struct command cmd_fsync_unlock = {
    .name = "fsyncUnlock",
    .flags = CMD_ADMIN_ONLY | CMD_LOOP | CMD_ANY_FIELDS,
    .help = "Would end fsync's lock, which there is not.",
    .run = fsync_unlock_run,
};
