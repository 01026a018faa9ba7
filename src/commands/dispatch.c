/*
 * The way of a request, as a list of steps that are called one after the
 * other and may each HANDOVER or PARK.  An error in one of them becomes the
 * reply.
 */
#include <stdio.h>

#include "commands/args.h"
#include "commands/common.h"
#include "commands/ops.h"
#include "commands/reply.h"
#include "session/retryable.h"
#include "session/sessions.h"
#include "storage/store.h"
#include "util/clock.h"
#include "util/log.h"

/* Longer messages are decoded on the executor. */
#define LOOP_MESSAGE_BYTES (64 * 1024)
/* Of a reply, for the next one. */
#define KEEP_BYTES (64 * 1024)

void request_setup(struct request *r, struct instance *inst)
{
	buf_init(&r->reply, &inst->memory);
}

void request_teardown(struct request *r)
{
	buf_clear(&r->reply);
}

void request_init(struct request *r, struct instance *inst, struct client *client,
    struct message *message, void (*fire)(struct op *))
{
	memset(r, 0, offsetof(struct request, reply));
	op_init(&r->op, &inst->memory, fire);
	r->inst = inst;
	r->client = client;
	r->message = message;
	r->response_to = message->header.request_id;
	r->start_mono_us = clock_mono_us();
	arena_init_in(&r->arena, &r->op.memory, r->room, sizeof(r->room));
	status_init(&r->status);
	r->reply_start = 0;
}

void request_clear(struct request *r)
{
	if (r->reply.capacity > KEEP_BYTES)
		buf_clear(&r->reply);
	else
		buf_reset(&r->reply);
	status_clear(&r->status);
	arena_clear(&r->arena);
	op_clear(&r->op);
}

/* ------------------------------------------------------------- the steps */

/* A connection's next command is most often its last one again. */
static const struct command *look_up(struct request *r, struct view name)
{
	const struct command *last = r->client ? r->client->last_command : NULL;

	if (last && !strcmp(last->name, (const char *)name.data))
		return last;
	last = command_find(name);
	if (r->client)
		r->client->last_command = last;
	return last;
}

static int find_command(struct request *r)
{
	struct doc_iter it;
	struct element e = {.name = ""};

	r->body =
	    r->message->opcode == OPCODE_QUERY ? r->message->query.query : r->message->msg.body;
	it = doc_iter(r->body);
	if (!doc_next(&it, &e))
		e.name = "";
	r->name = e.name;
	r->command = look_up(r, view_of(e.name, e.name_len));
	if (r->command)
		return 0;
	return status_set(&r->status, ERR_COMMAND_NOT_FOUND, "no such command: '%s'", r->name);
}

static int check_allowed(struct request *r)
{
	const struct command *c = r->command;

	if (c->flags & CMD_ADMIN_ONLY && !view_equal(r->common.db, view_of_str("admin")))
		return status_set(&r->status, ERR_UNAUTHORIZED,
		    "%s may only be run against the admin database.", r->name);
	if (c->flags & CMD_WRITE && r->inst->store)
		return store_writable(r->inst->store, &r->status);
	return 0;
}

/* Who is asking may do this?  There are no users yet: everybody may. */
static int authorize(struct request *r)
{
	return 0;
}

static enum step step_decode(struct request *r)
{
	int err;

	if (r->op.on_loop && r->message->header.length > LOOP_MESSAGE_BYTES)
		return STEP_HANDOVER;
	reply_begin(r);
	if (r->message->opcode == OPCODE_MSG)
		r->no_reply = r->message->msg.more_to_come;
	err = find_command(r);
	if (!err && atomic_load(&r->inst->shutting_down) && !(r->command->flags & CMD_NO_AUTH))
		err = status_set(&r->status, ERR_SHUTDOWN_IN_PROGRESS, "the server shuts down");
	if (!err)
		err = args_decode(r, &r->status);
	if (!err)
		err = authorize(r);
	if (!err)
		err = check_allowed(r);
	if (err)
		return STEP_ERROR;
	return STEP_DONE;
}

/* A session with a txnNumber is one request's alone; others only keep it
 * alive. */
static enum step step_session(struct request *r)
{
	struct sessions *sessions = r->inst->sessions;

	if (!r->common.has_lsid || !sessions || r->command->flags & CMD_NO_SESSION)
		return STEP_DONE;
	if (r->common.has_txn_number)
		return sessions_checkout(
		    sessions, r->common.lsid, &r->op, &r->session, &r->status);
	return sessions_touch(sessions, r->common.lsid, &r->status) ? STEP_ERROR : STEP_DONE;
}

static enum step step_retryable(struct request *r)
{
	int err;

	if (!r->session)
		return STEP_DONE;
	err = retry_begin(
	    r->session, r->inst->store, r->common.txn_number, read_tier_of(&r->op), &r->status);
	if (err == ERR_WOULD_BLOCK)
		return STEP_HANDOVER;
	return err ? STEP_ERROR : STEP_DONE;
}

/* A client may ask to see a time that it heard of; one that nobody has
 * reached will not come by waiting. */
static enum step step_read_concern(struct request *r)
{
	struct store *store = r->inst->store;

	if (!store || r->read_concern.after_cluster_time <= store_cluster_time(store))
		return STEP_DONE;
	status_set(&r->status, ERR_INVALID_OPTIONS,
	    "readConcern afterClusterTime must not be greater than the current clusterTime");
	return STEP_ERROR;
}

static bool is_write(const struct request *r)
{
	return r->command->flags & CMD_WRITE || r->last_commit;
}

/*
 * What a majority has acknowledged, or may see, is on disk.  A write that
 * changed nothing waits too, for what it saw may be somebody else's write.
 */
static bool wants_sync(const struct request *r)
{
	if (!r->inst->store)
		return false;
	if (is_write(r))
		return r->write_concern.majority || r->write_concern.journal;
	return r->read_concern.level == LEVEL_MAJORITY ||
	       r->read_concern.level == LEVEL_LINEARIZABLE;
}

static enum step step_run(struct request *r)
{
	const struct command *c = r->command;

	if (r->op.on_loop && !(c->flags & CMD_LOOP))
		return STEP_HANDOVER;
	if (!r->has_state) {
		r->has_state = true;
		r->op.patient = wants_sync(r);
		if (c->state_size)
			r->state = arena_calloc(&r->arena, 1, c->state_size);
		if (c->state_size && !r->state) {
			r->has_state = false;
			status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
			return STEP_ERROR;
		}
	}
	return c->run(r);
}

static uint64_t sequence_to_sync(struct request *r)
{
	return r->last_commit ? r->last_commit : store_latest_sequence(r->inst->store);
}

/* The write is done, whatever ends the waiting: the reply says so beside it. */
static enum step give_up_waiting(struct request *r, int code)
{
	op_wait_end(&r->op);
	status_clear(&r->status);
	r->sync_error = code;
	return STEP_DONE;
}

static enum step step_sync(struct request *r)
{
	enum step step;

	if (!wants_sync(r))
		return STEP_DONE;
	if (!r->sync_sequence) {
		r->sync_sequence = sequence_to_sync(r);
		if (r->write_concern.wtimeout_ms)
			r->sync_deadline_us =
			    clock_mono_us() + r->write_concern.wtimeout_ms * 1000;
	}
	step = store_wait_synced(r->inst->store, r->sync_sequence, &r->op, &r->status);
	if (step == STEP_ERROR && is_write(r))
		return give_up_waiting(r, r->status.code);
	if (step != STEP_PARK || !r->sync_deadline_us)
		return step;
	if (clock_mono_us() >= r->sync_deadline_us)
		return give_up_waiting(r, ERR_WRITE_CONCERN_FAILED);
	r->op.wake_at_us = r->sync_deadline_us;
	return STEP_PARK;
}

/* ------------------------------------------------------------- the end */

static void count(struct request *r, bool failed)
{
	stat_add(&r->inst->stats->requests, 1);
	if (failed)
		stat_add(&r->inst->stats->errors, 1);
	if (!r->command || !(r->command->flags & CMD_COUNT_SELF))
		stat_add(&r->inst->stats->op_command, 1);
	if (r->n_retried) {
		stat_add(&r->inst->stats->retried_commands, 1);
		stat_add(&r->inst->stats->retried_statements, r->n_retried);
	}
	if (r->docs_examined)
		stat_add(&r->inst->stats->docs_examined, r->docs_examined);
	if (r->keys_examined)
		stat_add(&r->inst->stats->keys_examined, r->keys_examined);
	if (r->n_returned)
		stat_add(&r->inst->stats->docs_returned, r->n_returned);
}

/* {command: ..., ...} without what is long: the documents of an insert. */
static void log_slow(struct request *r, int64_t us)
{
	char ns[300];

	snprintf(ns, sizeof(ns), "%.*s%s", (int)(r->ns.len ? r->ns.len : r->common.db.len),
	    (const char *)(r->ns.len ? r->ns.data : r->common.db.data),
	    r->ns.len ? "" : ".$cmd");
	log_write(LOG_COMMAND, LOG_INFO, 51803, "Slow query",
	    (struct log_attr[]){{"ns", LOG_STR(ns)},
		{"command", r->body.len <= 4096 ? (struct log_value)LOG_DOC(r->body)
						: (struct log_value)LOG_STR(r->name)},
		{"planSummary", LOG_STR(r->plan_summary)},
		{"keysExamined", LOG_NUM(r->keys_examined)},
		{"docsExamined", LOG_NUM(r->docs_examined)},
		{"nreturned", LOG_NUM(r->n_returned)}, {"nAffected", LOG_NUM(r->n_affected)},
		{"errCode", LOG_NUM(r->status.code)}, {"reslen", LOG_NUM(r->reply.len)},
		{"remote", LOG_STR(r->client->peer)}, {"durationMillis", LOG_NUM(us / 1000)},
		{NULL}});
}

static void note_if_slow(struct request *r)
{
	int64_t us = clock_mono_us() - r->start_mono_us - r->idle_us;

	if (r->command && us >= (int64_t)r->inst->slow_ms * 1000)
		log_slow(r, us);
	else if (log_wants(LOG_COMMAND, LOG_DEBUG, 1) && r->command)
		log_slow(r, us);
}

/* Gives back what the request holds, before its client hears of it. */
static void let_go(struct request *r)
{
	op_wait_end(&r->op);
	if (r->has_state && r->command->clear)
		r->command->clear(r);
	r->has_state = false;
	if (r->session)
		sessions_checkin(r->inst->sessions, r->session);
	r->session = NULL;
	ops_remove(r->inst->ops, r);
}

static int finish_ok(struct request *r)
{
	struct status wc;
	int err;

	status_init(&wc);
	if (r->sync_error)
		status_set(&wc, r->sync_error, "%s",
		    r->sync_error == ERR_WRITE_CONCERN_FAILED
			? "waiting for replication timed out"
			: "the operation was stopped while it waited to be on disk");
	else if (r->write_concern.unsatisfiable && is_write(r))
		status_set(&wc, r->write_concern.unsatisfiable,
		    "a set of one member cannot satisfy this write concern");
	err = reply_finish_ok(r, wc.code ? &wc : NULL, &r->status);
	status_clear(&wc);
	return err;
}

static void finish(struct request *r, bool failed)
{
	let_go(r);
	if (!failed)
		failed = finish_ok(r) != 0;
	if (failed && r->command && r->command->flags & CMD_WRITE &&
	    r->status.code == ERR_UNKNOWN_ERROR) {
		/* Written or not, nobody can say: say nothing. */
		r->close_connection = true;
		r->no_reply = true;
	} else if (failed) {
		reply_finish_error(r);
	}
	count(r, failed);
	note_if_slow(r);
	if (r->no_reply)
		r->reply.len = 0;
}

static enum step (*const steps[])(struct request *) = {
    step_decode,
    step_session,
    step_retryable,
    step_read_concern,
    step_run,
    step_sync,
};

/*
 * Whatever it waits for, maxTimeMS wakes it; once, for what goes on waiting
 * after that (a commit that is queued) does so on purpose.
 */
static enum step park(struct request *r)
{
	struct op *op = &r->op;

	if (!op->deadline_us || r->deadline_woke)
		return STEP_PARK;
	r->deadline_woke = clock_mono_us() >= op->deadline_us;
	if (!op->wake_at_us || op->deadline_us < op->wake_at_us)
		op->wake_at_us = op->deadline_us;
	return STEP_PARK;
}

/* What a loop does at one go is over before anybody could look; what goes on elsewhere, or
 * waits, others may see and stop. */
static void show(struct request *r)
{
	if (r->phase > 0 && !r->in_ops)
		ops_add(r->inst->ops, r);
}

enum step request_run(struct request *r)
{
	r->op.wake_at_us = 0;
	while (r->phase < (int)ARRAY_LEN(steps)) {
		enum step step;

		if (!r->op.on_loop)
			show(r);
		step = steps[r->phase](r);
		if (step == STEP_PARK || step == STEP_HANDOVER)
			show(r);
		if (step == STEP_PARK)
			return park(r);
		if (step == STEP_HANDOVER)
			return step;
		if (step == STEP_ERROR) {
			assert(r->status.code > 0);
			finish(r, true);
			r->phase = ARRAY_LEN(steps);
			return STEP_DONE;
		}
		r->phase++;
	}
	finish(r, false);
	return STEP_DONE;
}
