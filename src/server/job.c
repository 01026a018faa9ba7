#include "server/job.h"

#include <endian.h>
#include <stdlib.h>

#include "server/loop.h"
#include "util/clock.h"
#include "util/log.h"

#define LOOP_SLICE_US     200
#define EXECUTOR_SLICE_US 10000
#define KEEP_BYTES        (64 * 1024) /* of each buffer, for the next message */

static void run_on_executor(struct task *t, struct worker *worker);
static void run_on_loop(struct task *t, struct worker *worker);

struct job *job_new(const struct job_env *env, struct loop *loop)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->env = env;
	job->loop = loop;
	request_setup(&job->request, env->inst);
	buf_init(&job->frame, &env->inst->memory);
	buf_init(&job->decompressed, &env->inst->memory);
	buf_init(&job->answer, &env->inst->memory);
	job->decompressed.limit = FRAME_MAX_BYTES;
	return job;
}

void job_free(struct job *job)
{
	buf_clear(&job->frame);
	buf_clear(&job->decompressed);
	buf_clear(&job->answer);
	request_teardown(&job->request);
	free(job);
}

/* The wait object has fired: back to where it was. */
static void queue_again(struct op *op)
{
	struct job *job = container_of(op, struct job, request.op);

	if (job->on_loop) {
		job->task.run = run_on_loop;
		loop_post(job->loop, &job->task);
	} else {
		job->task.run = run_on_executor;
		executor_submit(job->env->executor, &job->task);
	}
}

static void fire_timer(struct timer *t)
{
	op_fire(&container_of(t, struct job, timer)->request.op);
}

/* The id of an answer that no request gives one: any will do. */
static int32_t next_reply_id(void)
{
	static _Atomic uint32_t last;

	return (int32_t)(++last & INT32_MAX);
}

static void log_unreadable(const struct job *job, const struct status *st)
{
	log_write(LOG_NETWORK, LOG_INFO, 2101,
	    "Closing a connection that sent no valid message",
	    (struct log_attr[]){
		{"remote", LOG_STR(job->client->peer)},
		{"error", LOG_STR(st->message)},
		{NULL},
	    });
}

/* The message as it came, checked; an error becomes the answer. */
static bool parse(struct job *job, struct worker *worker)
{
	struct status error, st;
	int rc;

	status_init(&error);
	status_init(&st);
	rc = message_parse(buf_view(&job->frame), &job->message, &worker->compress,
	    &job->decompressed, &error);
	if (rc > 0)
		rc = message_write_error(
		    &job->answer, &job->message, next_reply_id(), &error, &st);
	else if (rc == 0 && job->message.opcode == OPCODE_MSG)
		job->silent = job->message.msg.more_to_come;
	job->parsed = rc == 0 && !error.code;
	job->failed = !job->parsed;
	job->close = rc != 0;
	if (job->close)
		log_unreadable(job, &error);
	status_clear(&error);
	status_clear(&st);
	return job->parsed;
}

static void begin_request(struct job *job)
{
	int reason;

	request_init(&job->request, job->env->inst, job->client, &job->message, queue_again);
	/* Either job_cancel sees begun, or its reason is seen here. */
	atomic_store(&job->begun, true);
	reason = atomic_load(&job->reason);
	if (reason)
		op_kill(&job->request.op, reason);
}

/* Compresses what the peer sent compressed, on the thread that ran it. */
static void finish(struct job *job, struct worker *worker)
{
	struct request *r = &job->request;
	struct status st;

	job->close = r->close_connection;
	job->more_to_come = r->more_to_come;
	if (!r->reply.len || !job->message.was_compressed)
		return;
	if (r->name && compress_forbidden(view_of_str(r->name)))
		return;
	status_init(&st);
	buf_reset(&job->answer);
	if (compress_encode(&worker->compress, job->message.compressor, buf_view(&r->reply),
		&job->answer, &st))
		buf_reset(&job->answer); /* it goes plain */
	status_clear(&st);
}

struct view job_answer(const struct job *job)
{
	if (job->answer.len || job->failed)
		return buf_view(&job->answer);
	return buf_view(&job->request.reply);
}

/* The timer may still be set when something else has fired. */
static void unpark(struct job *job)
{
	if (job->timer.fire) {
		timers_cancel(job->env->timers, &job->timer);
		job->timer.fire = NULL;
	}
}

/* True: it has gone, and may be running elsewhere by now. */
static bool park(struct job *job)
{
	int64_t at = job->request.op.wake_at_us; /* maxTimeMS is in it */

	if (at) {
		job->timer.fire = fire_timer;
		timers_set(job->env->timers, &job->timer, at);
	}
	if (op_wait_park(&job->request.op))
		return true;
	unpark(job);
	return false;
}

/*
 * Runs the job until it is done (true) or has to go elsewhere (false).  After
 * false the job may not be touched.
 */
static bool run(struct job *job, struct worker *worker)
{
	struct op *op = &job->request.op;
	int64_t now_us = 0;
	enum step step;

	if (!job->parsed && !parse(job, worker))
		return true;
	if (!job->begun) {
		begin_request(job);
		now_us = job->request.start_mono_us;
	}
	for (;; now_us = 0) {
		if (!now_us)
			now_us = clock_mono_us();
		op->on_loop = job->on_loop;
		op->turn = job->on_loop ? &job->loop->turn : NULL;
		op->slice_end_us = now_us + (job->on_loop ? LOOP_SLICE_US : EXECUTOR_SLICE_US);
		op_set_current(op);
		step = request_run(&job->request);
		op_set_current(NULL);
		switch (step) {
		case STEP_DONE:
			finish(job, worker);
			return true;
		case STEP_HANDOVER:
			job->on_loop = false;
			job->task.run = run_on_executor;
			executor_submit(job->env->executor, &job->task);
			return false;
		case STEP_PARK:
			if (park(job))
				return false;
			break;
		case STEP_ROW:
		case STEP_ERROR:
			assert(!"request_run gives no rows and no errors");
		}
	}
}

static void tell_done(struct task *t, struct worker *worker)
{
	struct job *job = container_of(t, struct job, task);

	job->done(job);
}

static void run_on_executor(struct task *t, struct worker *worker)
{
	struct job *job = container_of(t, struct job, task);

	unpark(job);
	if (run(job, worker)) {
		job->task.run = tell_done;
		loop_post(job->loop, &job->task);
	}
}

static void run_on_loop(struct task *t, struct worker *worker)
{
	struct job *job = container_of(t, struct job, task);

	unpark(job);
	if (run(job, worker))
		job->done(job);
}

/* Is this more than a loop should do?  An OP_COMPRESSED says how long its
 * message is in the second word behind the header; believed only for this. */
static bool is_large(const struct job *job)
{
	const uint8_t *bytes = job->frame.data;
	uint32_t inside;

	if (job->frame.len > JOB_LOOP_BYTES)
		return true;
	if (frame_read_header(bytes).opcode != OPCODE_COMPRESSED ||
	    job->frame.len < FRAME_HEADER_BYTES + 8)
		return false;
	memcpy(&inside, bytes + FRAME_HEADER_BYTES + 4, sizeof(inside));
	return le32toh(inside) > JOB_LOOP_BYTES;
}

/* The same for the flag that parse finds again, as it may be late. */
static bool awaits_no_answer(const struct job *job)
{
	const uint8_t *bytes = job->frame.data;
	uint32_t flags;

	if (frame_read_header(bytes).opcode != OPCODE_MSG ||
	    job->frame.len < FRAME_HEADER_BYTES + sizeof(flags))
		return false;
	memcpy(&flags, bytes + FRAME_HEADER_BYTES, sizeof(flags));
	return (le32toh(flags) & OP_MSG_MORE_TO_COME) != 0;
}

bool job_begin(struct job *job, struct worker *worker)
{
	job->parsed = job->failed = job->close = job->more_to_come = false;
	job->begun = false;
	job->reason = 0;
	job->silent = awaits_no_answer(job);
	job->timer = (struct timer){.place = 0};
	if (!is_large(job)) {
		job->on_loop = true;
		return run(job, worker);
	}
	job->on_loop = false;
	job->task.run = run_on_executor;
	executor_submit(job->env->executor, &job->task);
	return false;
}

void job_again(struct job *job)
{
	int32_t answered = job->request.request_id;

	request_clear(&job->request);
	buf_reset(&job->answer);
	job->close = job->more_to_come = false;
	begin_request(job);
	job->request.response_to = answered;
	job->on_loop = true;
	job->task.run = run_on_loop;
	loop_post(job->loop, &job->task);
}

static void trim(struct buf *b)
{
	if (b->capacity > KEEP_BYTES)
		buf_clear(b);
	else
		buf_reset(b);
}

void job_end(struct job *job)
{
	if (job->begun)
		request_clear(&job->request);
	job->begun = false;
	trim(&job->frame);
	trim(&job->decompressed);
	trim(&job->answer);
}

void job_cancel(struct job *job, int reason)
{
	atomic_store(&job->reason, reason);
	if (atomic_load(&job->begun))
		op_kill(&job->request.op, reason);
}

void job_wake(struct job *job)
{
	if (atomic_load(&job->begun))
		op_fire(&job->request.op);
}
