/*
 * shutdown: running operations may finish (for timeoutSecs), the store closes
 * clean.  Without users only somebody on this machine may say so.  As in
 * MongoDB the primary of a set stops only by force when no other member can
 * take over.
 */
#include "commands/args.h"

#define TIMEOUT_SECS 15

struct shutdown_args {
	struct arg_bool force;
	struct arg_int timeout_secs;
};

static const struct field shutdown_fields[] = {
    {"force", FIELD_BOOL_NUM, 0, offsetof(struct shutdown_args, force),
	"Also where the set has no other member."},
    {"timeoutSecs", FIELD_INT, FIELD_NOT_NEGATIVE | FIELD_TRUNCATE,
	offsetof(struct shutdown_args, timeout_secs), "How long operations may go on."},
    {NULL},
};

static bool is_local(const struct client *c)
{
	return c->is_unix || !strncmp(c->peer, "127.", 4) || !strncmp(c->peer, "[::1]", 5) ||
	       !strncmp(c->peer, "::1", 3);
}

static int check_may(struct request *r, bool force)
{
	if (!is_local(r->client))
		return status_set(&r->status, ERR_UNAUTHORIZED,
		    "shutdown must run from localhost when running db without auth");
	if (r->inst->face == FACE_REPLSET && !force)
		return status_set(&r->status, ERR_EXCEEDED_TIME_LIMIT,
		    "no other member of the set can take over; shutdown with force: true stops "
		    "the server nevertheless");
	return 0;
}

static enum step shutdown_run(struct request *r)
{
	const struct shutdown_args *a = r->args;
	int64_t seconds =
	    a->timeout_secs.given ? MIN_OF(a->timeout_secs.v, 86400) : TIMEOUT_SECS;

	if (check_may(r, a->force.v))
		return STEP_ERROR;
	if (!r->inst->request_shutdown) {
		status_set(&r->status, ERR_COMMAND_FAILED, "nobody here can stop the server");
		return STEP_ERROR;
	}
	r->inst->request_shutdown(r->inst->server, seconds * 1000, a->force.v);
	return STEP_DONE;
}

const struct command cmd_shutdown = {
    .name = "shutdown",
    .flags = CMD_ADMIN_ONLY | CMD_LOOP,
    .fields = shutdown_fields,
    .args_size = sizeof(struct shutdown_args),
    .help = "Stops the server.",
    .run = shutdown_run,
};
