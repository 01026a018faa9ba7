#include "commands/current_op.h"

#include "commands/command.h"
#include "commands/ops.h"
#include "storage/store.h"
#include "util/clock.h"

/* Longer commands are cut, as in MongoDB's output. */
#define COMMAND_BYTES_MAX 1024

struct output {
	struct builder *b;
	const struct client *own;
	int64_t now_us;
	char date[40];
};

static const char *kind_of(const struct request *r)
{
	static const struct {
		const char *command, *op;
	} kinds[] = {{"find", "query"}, {"insert", "insert"}, {"update", "update"},
	    {"delete", "remove"}, {"getMore", "getmore"}};
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcmp(r->command->name, kinds[i].command))
			return kinds[i].op;
	return "command";
}

/* Only hello changes what the client has said of itself. */
static void put_metadata(struct builder *b, const struct request *r)
{
	struct view doc = buf_view(&r->client->metadata);
	struct value app;

	if (!doc.len || r->command->flags & CMD_NO_SESSION)
		return;
	app = doc_get(doc, "application");
	if (app.type == TYPE_OBJECT)
		builder_value(b, "appName", doc_get(value_doc(app), "name"));
	builder_doc(b, "clientMetadata", doc);
}

static void put_lsid(struct builder *b, const struct request *r)
{
	if (!r->common.has_lsid)
		return;
	builder_doc_begin(b, "lsid");
	builder_uuid(b, "id", r->common.lsid);
	builder_binary(b, "uid", 0, r->common.lsid + 16, 32);
	builder_doc_end(b);
}

static void put_command(struct builder *b, const struct request *r)
{
	if (r->body.len <= COMMAND_BYTES_MAX) {
		builder_doc(b, "command", r->body);
		return;
	}
	builder_doc_begin(b, "command");
	builder_printf(b, "$truncated", "{ %s: ... }", r->name);
	builder_value(b, "comment", r->common.comment);
	builder_doc_end(b);
}

static void put_ns(struct builder *b, const struct request *r)
{
	if (r->ns.len)
		builder_str_n(b, "ns", (const char *)r->ns.data, r->ns.len);
	else
		builder_printf(b, "ns", "%.*s.$cmd", (int)r->common.db.len,
		    (const char *)r->common.db.data);
}

static void put_request(void *arg, struct request *r)
{
	struct output *out = arg;
	struct builder *b = out->b;
	int64_t us = out->now_us - r->start_mono_us;

	if (out->own && out->own != r->client)
		return;
	builder_doc_begin(b, NULL);
	builder_str(b, "type", "op");
	builder_printf(b, "host", "%s:%d", r->inst->host_name, r->inst->port);
	builder_printf(b, "desc", "conn%llu", (unsigned long long)r->client->id);
	builder_int(b, "connectionId", (int64_t)r->client->id);
	builder_str(b, "client", r->client->peer);
	put_metadata(b, r);
	builder_bool(b, "active", true);
	builder_str(b, "currentOpTime", out->date);
	put_lsid(b, r);
	builder_int(b, "opid", r->op.id);
	builder_i64(b, "secs_running", us / 1000000);
	builder_i64(b, "microsecs_running", us);
	builder_str(b, "op", kind_of(r));
	put_ns(b, r);
	builder_bool(b, "redacted", false);
	put_command(b, r);
	builder_i32(b, "numYields", 0);
	builder_doc_begin(b, "locks");
	builder_doc_end(b);
	builder_bool(b, "waitingForLock", false);
	if (atomic_load(&r->op.killed))
		builder_bool(b, "killPending", true);
	builder_doc_end(b);
}

void current_op_put(struct instance *inst, const struct client *own_client, struct builder *b)
{
	struct output out = {b, own_client, clock_mono_us(), ""};

	clock_format_iso(clock_wall_ms(), out.date);
	ops_each(inst->ops, put_request, &out);
}
