/*
 * hello and its older name isMaster: what drivers ask first, and then again
 * and again, to know who is there and what it can do.  The server's three
 * faces (a standalone, the primary of a set of one, a router) differ here.
 *
 * A hello with a topologyVersion waits until ours is another (or
 * maxAwaitTimeMS is over); with exhaustAllowed the answers are a stream.
 */
#include "bson/validate.h"
#include "commands/args.h"
#include "commands/clients.h"
#include "commands/params.h"
#include "commands/replset.h"
#include "commands/reply.h"
#include "session/sessions.h"
#include "util/clock.h"
#include "util/log.h"

#define MAX_WIRE_VERSION   27
#define WRITE_BATCH_MAX    100000
#define METADATA_BYTES_MAX 512
#define APP_NAME_BYTES_MAX 128

struct hello_args {
	struct arg_bool hello_ok;
	struct view client, topology_version;
	struct arg_int max_await_time_ms;
	struct value compression;
};

struct hello_state {
	int64_t began_us;
	bool waiting;
};

#define AT(member) offsetof(struct hello_args, member)

static const struct field hello_fields[] = {
    {"helloOk", FIELD_BOOL_NUM, 0, AT(hello_ok), "The client knows hello."},
    {"client", FIELD_DOC, 0, AT(client), "Who the client is."},
    {"compression", FIELD_ANY, 0, AT(compression), "The compressors that it knows."},
    {"topologyVersion", FIELD_DOC, 0, AT(topology_version), "Wait until it is another one."},
    {"maxAwaitTimeMS", FIELD_INT, 0, AT(max_await_time_ms), "... for this long."},
    /* The reply to these is that it says nothing about them. */
    {"saslSupportedMechs", FIELD_UNUSED, 0, 0,
	"Which mechanisms a user may authenticate with; there are no users."},
    {"speculativeAuthenticate", FIELD_UNUSED, 0, 0,
	"The first step of an authentication, which goes on without an answer."},
    {"loadBalanced", FIELD_UNUSED, 0, 0,
	"The client believes in a load balancer; without a serviceId there is none."},
    {"hostInfo", FIELD_UNUSED, 0, 0, "From other servers."},
    {"forShell", FIELD_UNUSED, 0, 0, "The old shell asks."},
    {NULL},
};

/* ---------------------------------------------------- the client's document */

static int check_metadata(struct view doc, struct status *st)
{
	static const char *const required[] = {"driver", "os"};
	struct value app = doc_get(doc, "application");
	size_t i;

	if (doc.len > METADATA_BYTES_MAX)
		return status_set(st, ERR_CLIENT_METADATA_DOCUMENT_TOO_LARGE,
		    "The client metadata document must be less then or equal to %d bytes",
		    METADATA_BYTES_MAX);
	for (i = 0; i < ARRAY_LEN(required); i++) {
		struct value v = doc_get(doc, required[i]);

		if (value_is_missing(v))
			return status_set(st, ERR_CLIENT_METADATA_MISSING_FIELD,
			    "Missing required field '%s' in the client metadata document",
			    required[i]);
		if (v.type != TYPE_OBJECT)
			return wrong_type(st, "client", required[i], v.type, "object");
	}
	if (value_is_missing(app))
		return 0;
	if (app.type != TYPE_OBJECT)
		return wrong_type(st, "client", "application", app.type, "object");
	app = doc_get(value_doc(app), "name");
	if (app.type == TYPE_STRING && value_str(app).len > APP_NAME_BYTES_MAX)
		return status_set(st, ERR_CLIENT_METADATA_APP_NAME_TOO_LARGE,
		    "The 'client.application.name' field must be less then or equal to %d "
		    "bytes",
		    APP_NAME_BYTES_MAX);
	return 0;
}

/* Once in a connection's life. */
static int take_metadata(struct request *r, struct view doc)
{
	struct client *c = r->client;
	int err;

	if (!doc.data)
		return 0;
	if (c->metadata.len)
		return status_set(&r->status, ERR_CLIENT_METADATA_CANNOT_BE_MUTATED,
		    "The client metadata document may only be sent in the first hello");
	err = check_metadata(doc, &r->status);
	if (err)
		return err;
	if (!clients_set_metadata(r->inst, c, doc))
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	if (params_number(r->inst->params, "quiet"))
		return 0;
	log_write(LOG_NETWORK, LOG_INFO, 51800, "client metadata",
	    (struct log_attr[]){{"remote", LOG_STR(c->peer)}, {"connectionId", LOG_NUM(c->id)},
		{"doc", LOG_DOC(doc)}, {NULL}});
	return 0;
}

/* ---------------------------------------------------------------- waiting */

struct topology_version {
	struct value process_id, counter;
};

static const struct field topology_fields[] = {
    {"processId", FIELD_ANY, FIELD_REQUIRED, offsetof(struct topology_version, process_id),
	"The process that said it."},
    {"counter", FIELD_ANY, FIELD_REQUIRED, offsetof(struct topology_version, counter),
	"Rises with each change."},
    {NULL},
};

static int check_counter(struct request *r, const struct topology_version *v, bool *same)
{
	int64_t theirs, ours = atomic_load(&r->inst->topology_counter);

	if (v->process_id.type != TYPE_OBJECT_ID)
		return wrong_type(
		    &r->status, "topologyVersion", "processId", v->process_id.type, "objectId");
	if (v->counter.type != TYPE_INT64)
		return wrong_type(
		    &r->status, "topologyVersion", "counter", v->counter.type, "long");
	theirs = read_i64(v->counter.data);
	if (theirs < 0)
		return status_set(
		    &r->status, 31372, "topologyVersion's counter must not be negative");
	*same = !memcmp(v->process_id.data, r->inst->process_id, sizeof(r->inst->process_id));
	if (*same && theirs > ours)
		return status_set(&r->status, 31382,
		    "topologyVersion's counter %lld is ahead of the server's %lld",
		    (long long)theirs, (long long)ours);
	*same = *same && theirs == ours;
	return 0;
}

/* Does the client know our topology, and wants to wait for the next? */
static int check_awaits(struct request *r, bool *awaits)
{
	const struct hello_args *a = r->args;
	struct topology_version v = {.process_id = {0}};
	int err;

	*awaits = false;
	if (!a->topology_version.data && !a->max_await_time_ms.given)
		return 0;
	if (!a->topology_version.data || !a->max_await_time_ms.given)
		return status_set(&r->status, 31368,
		    "topologyVersion and maxAwaitTimeMS go together: one is missing");
	if (a->max_await_time_ms.v < 0)
		return status_set(&r->status, 31373, "maxAwaitTimeMS must not be negative");
	err = fields_decode(
	    topology_fields, a->topology_version, &v, "topologyVersion", false, &r->status);
	return err ? err : check_counter(r, &v, awaits);
}

/* PARK while the topology is what the client knows. */
static enum step park(struct request *r, int64_t until_us)
{
	bool same;

	/* On the list first: a change after the look finds us there. */
	op_wait_begin(&r->op);
	waitlist_add(&r->inst->topology_waiters, &r->op, 0);
	if (check_awaits(r, &same))
		return STEP_ERROR;
	if (!same)
		return STEP_DONE;
	r->op.wake_at_us = until_us;
	return STEP_PARK;
}

/* PARK until the topology changes or the time is over; then DONE. */
static enum step wait_for_change(struct request *r)
{
	const struct hello_args *a = r->args;
	struct hello_state *s = r->state;
	int64_t now = clock_mono_us();
	int64_t until = s->began_us + MIN_OF(a->max_await_time_ms.v, INT32_MAX) * 1000;
	enum step step = STEP_DONE;

	op_wait_end(&r->op);
	r->idle_us = now - s->began_us;
	if (op_check_now(&r->op, &r->status))
		return STEP_ERROR;
	if (now < until)
		step = park(r, until);
	if (step == STEP_PARK)
		return step;
	op_wait_end(&r->op);
	s->waiting = false;
	return step;
}

/* ------------------------------------------------------------- the answer */

static void put_face(struct request *r, const char *primary_field)
{
	struct builder *b = &r->builder;

	switch (r->inst->face) {
	case FACE_STANDALONE:
		builder_bool(b, primary_field, true);
		reply_topology_version(b, r->inst);
		break;
	case FACE_REPLSET:
		reply_topology_version(b, r->inst);
		replset_put_hello(r, primary_field);
		break;
	case FACE_ROUTER:
		builder_bool(b, primary_field, true);
		builder_str(b, "msg", "isdbgrid");
		reply_topology_version(b, r->inst);
		break;
	}
}

static void put_limits(struct request *r)
{
	struct builder *b = &r->builder;

	builder_i32(b, "maxBsonObjectSize", BSON_USER_SIZE_MAX);
	builder_i32(b, "maxMessageSizeBytes", FRAME_MAX_BYTES);
	builder_i32(b, "maxWriteBatchSize", WRITE_BATCH_MAX);
	builder_date(b, "localTime", clock_wall_ms());
	builder_i32(b, "logicalSessionTimeoutMinutes", SESSION_TIMEOUT_MINUTES);
	builder_int(b, "connectionId", (int64_t)r->client->id);
	builder_i32(b, "minWireVersion", 0);
	builder_i32(b, "maxWireVersion", MAX_WIRE_VERSION);
	builder_bool(b, "readOnly", false);
}

/* Those of the client's that we know, in its order; it uses the first. */
static int put_compression(struct request *r)
{
	const struct hello_args *a = r->args;
	struct doc_iter it;
	struct element e;
	int c;

	if (value_is_missing(a->compression) || a->compression.type == TYPE_NULL)
		return 0;
	if (a->compression.type != TYPE_ARRAY)
		return wrong_type(
		    &r->status, r->name, "compression", a->compression.type, "array");
	r->client->compressors = 0;
	builder_array_begin(&r->builder, "compression");
	it = doc_iter(value_doc(a->compression));
	while (doc_next(&it, &e)) {
		if (e.value.type != TYPE_STRING)
			return wrong_type(
			    &r->status, r->name, "compression", e.value.type, "string");
		c = compressor_from_name(value_str(e.value));
		if (c <= COMPRESSOR_NOOP || r->client->compressors & (1u << c))
			continue;
		r->client->compressors |= (uint8_t)(1u << c);
		builder_str(&r->builder, NULL, compressor_name((enum compressor)c));
	}
	builder_array_end(&r->builder);
	return 0;
}

static enum step answer(struct request *r, const char *primary_field)
{
	const struct hello_args *a = r->args;

	if (a->hello_ok.v)
		builder_bool(&r->builder, "helloOk", true);
	put_face(r, primary_field);
	put_limits(r);
	if (put_compression(r))
		return STEP_ERROR;
	/* A stream ends with the first news: the client asks anew with them. */
	if (r->message->opcode == OPCODE_MSG && r->message->msg.exhaust_allowed &&
	    a->topology_version.data) {
		bool same;

		if (check_awaits(r, &same))
			return STEP_ERROR;
		r->more_to_come = same;
	}
	return STEP_DONE;
}

static enum step hello(struct request *r, const char *primary_field)
{
	const struct hello_args *a = r->args;
	struct hello_state *s = r->state;
	bool awaits;

	if (!s->began_us) {
		s->began_us = clock_mono_us();
		if (take_metadata(r, a->client) || check_awaits(r, &awaits))
			return STEP_ERROR;
		s->waiting = awaits;
	}
	if (s->waiting) {
		enum step step = wait_for_change(r);

		if (step != STEP_DONE)
			return step;
	}
	if (atomic_load(&r->inst->shutting_down)) {
		status_set(&r->status, ERR_SHUTDOWN_IN_PROGRESS, "the server shuts down");
		return STEP_ERROR;
	}
	return answer(r, primary_field);
}

static enum step hello_run(struct request *r)
{
	return hello(r, "isWritablePrimary");
}

static enum step is_master_run(struct request *r)
{
	return hello(r, "ismaster");
}

#define HELLO_FLAGS (CMD_READ | CMD_NO_AUTH | CMD_LOOP | CMD_NO_SESSION | CMD_ANY_FIELDS)

const struct command cmd_hello = {
    .name = "hello",
    .flags = HELLO_FLAGS | CMD_API_1,
    .fields = hello_fields,
    .args_size = sizeof(struct hello_args),
    .state_size = sizeof(struct hello_state),
    .help = "Who the server is and what it can do.",
    .run = hello_run,
};

const struct command cmd_is_master = {
    .name = "isMaster",
    .alias = "ismaster",
    .flags = HELLO_FLAGS,
    .fields = hello_fields,
    .args_size = sizeof(struct hello_args),
    .state_size = sizeof(struct hello_state),
    .help = "The name that hello had before.",
    .run = is_master_run,
};
