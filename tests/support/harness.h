/*
 * support/harness.h - commands without a socket: a message is made of JSON,
 * run as a server would run it, and its answer is a document.
 *
 *     struct harness h;
 *     harness_init(&h, FACE_STANDALONE);
 *     reply = harness_run(&h, "{'ping': 1, '$db': 'admin'}");
 *     harness_clear(&h);
 */
#ifndef SUPPORT_HARNESS_H
#define SUPPORT_HARNESS_H

#include <time.h>

#include "commands/command.h"
#include "commands/ops.h"
#include "session/sessions.h"
#include "support/json.h"
#include "util/clock.h"

struct harness {
	struct instance inst;
	struct client client;
	struct arena arena; /* of the documents that it hands out */
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	int fired;
	uint32_t flags; /* of the next message */
	bool on_loop; /* the first run of the next request is on a loop */

	/* Of the last request. */
	bool no_reply, more_to_come;
	int n_handover, n_park;
	int32_t request_id;
	uint32_t reply_flags;
};

static inline void harness_init(struct harness *h, enum face face)
{
	struct status st;

	memset(h, 0, sizeof(*h));
	status_init(&st);
	assert_int_equal(instance_init(&h->inst, &st), 0);
	h->inst.face = face;
	h->inst.set_name = face == FACE_REPLSET ? "rs0" : NULL;
	h->inst.port = 27017;
	h->inst.max_connections = 100;
	h->client.id = 7;
	strcpy(h->client.peer, "127.0.0.1:5555");
	strcpy(h->client.local, "127.0.0.1:27017");
	buf_init(&h->client.metadata, NULL);
	arena_init(&h->arena, NULL);
	pthread_mutex_init(&h->mutex, NULL);
	pthread_cond_init(&h->cond, NULL);
}

static inline void harness_clear(struct harness *h)
{
	sessions_free(h->inst.sessions);
	buf_clear(&h->client.metadata);
	arena_clear(&h->arena);
	instance_clear(&h->inst);
	pthread_cond_destroy(&h->cond);
	pthread_mutex_destroy(&h->mutex);
}

static inline void harness_fire(struct op *op)
{
	struct harness *h = ((struct request *)op)->server_slot;

	pthread_mutex_lock(&h->mutex);
	h->fired++;
	pthread_cond_signal(&h->cond);
	pthread_mutex_unlock(&h->mutex);
}

/* Until it is fired, or it is time. */
static inline void harness_sleep(struct harness *h, const struct request *r)
{
	struct timespec until;
	int64_t left_us = 3600 * INT64_C(1000000);
	int err = 0;

	if (r->op.wake_at_us)
		left_us = MAX_OF(r->op.wake_at_us - clock_mono_us(), 0);
	clock_gettime(CLOCK_REALTIME, &until);
	left_us += until.tv_nsec / 1000;
	until.tv_sec += left_us / 1000000;
	until.tv_nsec = left_us % 1000000 * 1000;
	pthread_mutex_lock(&h->mutex);
	while (!h->fired && !err)
		err = pthread_cond_timedwait(&h->cond, &h->mutex, &until);
	if (h->fired)
		h->fired--;
	pthread_mutex_unlock(&h->mutex);
}

/* A request and the frame that its views point into. */
struct harness_request {
	struct request r;
	struct message message;
	struct buf frame;
};

static inline struct harness_request *harness_new(struct harness *h, struct view body)
{
	struct harness_request *hr = calloc(1, sizeof(*hr));
	struct status st;
	size_t start;

	status_init(&st);
	buf_init(&hr->frame, NULL);
	start = op_msg_begin(&hr->frame);
	buf_append_view(&hr->frame, body);
	assert_int_equal(op_msg_finish(&hr->frame, start, 4711, 0, h->flags, &st), 0);
	assert_int_equal(message_parse(buf_view(&hr->frame), &hr->message, NULL, NULL, &st), 0);
	request_setup(&hr->r, &h->inst);
	request_init(&hr->r, &h->inst, &h->client, &hr->message, harness_fire);
	hr->r.server_slot = h;
	hr->r.op.on_loop = h->on_loop;
	return hr;
}

/* Its answer, copied; empty when there is none. */
static inline struct view harness_end(struct harness *h, struct harness_request *hr)
{
	struct view reply = {0};
	struct op_msg msg;
	struct status st;

	status_init(&st);
	h->no_reply = hr->r.reply.len == 0;
	h->more_to_come = hr->r.more_to_come;
	h->request_id = hr->r.request_id;
	if (!h->no_reply) {
		assert_int_equal(op_msg_parse(buf_view(&hr->r.reply), &msg, &st), 0);
		reply = arena_dup(&h->arena, msg.body);
		h->reply_flags = msg.flags;
	}
	request_clear(&hr->r);
	request_teardown(&hr->r);
	buf_clear(&hr->frame);
	free(hr);
	return reply;
}

static inline struct view harness_run_doc(struct harness *h, struct view body)
{
	struct harness_request *hr = harness_new(h, body);
	enum step step;

	h->n_handover = h->n_park = 0;
	while ((step = request_run(&hr->r)) != STEP_DONE) {
		assert_true(step == STEP_HANDOVER || step == STEP_PARK);
		h->n_handover += step == STEP_HANDOVER;
		h->n_park += step == STEP_PARK;
		if (step == STEP_HANDOVER)
			hr->r.op.on_loop = false;
		else if (op_wait_park(&hr->r.op))
			harness_sleep(h, &hr->r);
	}
	return harness_end(h, hr);
}

static inline struct view harness_run(struct harness *h, const char *json)
{
	return harness_run_doc(h, json_doc(&h->arena, json));
}

/* The code of the answer: 0 when it is ok. */
static inline int harness_code(struct harness *h, const char *json)
{
	struct view reply = harness_run(h, json);
	int64_t code = 0, ok = 0;

	assert_true(value_to_i64(doc_get(reply, "ok"), &ok));
	value_to_i64(doc_get(reply, "code"), &code);
	assert_int_equal(ok, code == 0);
	return (int)code;
}

#endif
