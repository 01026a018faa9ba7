#include "commands/current_op.h"

#include "commands/clients.h"
#include "commands/command.h"
#include "commands/ops.h"
#include "query/cursors.h"
#include "util/clock.h"

/* Longer commands are cut, as in MongoDB's output. */
#define COMMAND_BYTES_MAX 1024

struct output {
	struct builder *b;
	struct instance *inst;
	const struct client *own; /* only that connection's; NULL: all */
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

static void put_metadata(struct builder *b, const struct client *c)
{
	struct view doc = buf_view(&c->metadata);
	struct value app;

	if (!doc.len)
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

static void put_host(struct output *out)
{
	builder_printf(out->b, "host", "%s:%d", out->inst->host_name, out->inst->port);
}

/* with_metadata: nobody may be changing it now. */
static void put_client(struct output *out, const struct client *c, bool with_metadata)
{
	struct builder *b = out->b;

	builder_printf(b, "desc", "conn%llu", (unsigned long long)c->id);
	builder_int(b, "connectionId", (int64_t)c->id);
	builder_str(b, "client", c->peer);
	if (with_metadata)
		put_metadata(b, c);
}

/* As MongoDB's progress meter has it: the message says the figures once more. */
static void put_progress(struct builder *b, const struct op_progress *p)
{
	const char *what = atomic_load(&p->what);
	int64_t done = atomic_load(&p->done), total = atomic_load(&p->total);

	if (!what)
		return;
	builder_printf(b, "msg", "%s %s: %lld/%lld %lld%%", what, what, (long long)done,
	    (long long)total, (long long)(total > 0 ? done * 100 / total : 100));
	builder_doc_begin(b, "progress");
	builder_int(b, "done", done);
	builder_int(b, "total", total);
	builder_doc_end(b);
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
	put_host(out);
	/* Only hello changes what the client has said of itself. */
	put_client(out, r->client, !(r->command->flags & CMD_NO_SESSION));
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
	put_progress(b, &r->op.progress);
	builder_i32(b, "numYields", 0);
	builder_doc_begin(b, "locks");
	builder_doc_end(b);
	builder_bool(b, "waitingForLock", false);
	if (atomic_load(&r->op.killed))
		builder_bool(b, "killPending", true);
	builder_doc_end(b);
}

static void put_idle_client(void *arg, const struct client *c)
{
	struct output *out = arg;

	if (c->is_busy || (out->own && out->own != c))
		return;
	builder_doc_begin(out->b, NULL);
	builder_str(out->b, "type", "op");
	put_host(out);
	put_client(out, c, true);
	builder_bool(out->b, "active", false);
	builder_str(out->b, "currentOpTime", out->date);
	builder_doc_end(out->b);
}

static void put_idle_cursor(void *arg, const struct cursor *c)
{
	struct output *out = arg;
	struct builder *b = out->b;

	if (c->borrower || (out->own && out->own->id != c->client_id))
		return;
	builder_doc_begin(b, NULL);
	builder_str(b, "type", "idleCursor");
	put_host(out);
	builder_str(b, "ns", c->ns);
	builder_doc_begin(b, "cursor");
	builder_i64(b, "cursorId", c->id);
	builder_date(b, "createdDate", c->created_ms);
	builder_date(b, "lastAccessDate", c->last_used_ms);
	builder_i64(b, "nDocsReturned", c->n_returned);
	builder_i64(b, "nBatchesReturned", c->n_batches);
	builder_bool(b, "noCursorTimeout", c->no_timeout);
	builder_bool(b, "tailable", c->tailable);
	builder_bool(b, "awaitData", c->await_data);
	if (c->command.len && c->command.len <= COMMAND_BYTES_MAX)
		builder_doc(b, "originatingCommand", c->command);
	if (c->plan_summary)
		builder_str(b, "planSummary", c->plan_summary);
	builder_doc_end(b);
	builder_doc_end(b);
}

void current_op_put(void *arg, const struct operations_wanted *wanted, struct builder *b)
{
	struct request *r = arg;
	struct output out = {
	    .b = b,
	    .inst = r->inst,
	    .own = wanted->own_only ? r->client : NULL,
	    .now_us = clock_mono_us(),
	};

	clock_format_iso(clock_wall_ms(), out.date);
	ops_each(r->inst->ops, put_request, &out);
	if (wanted->idle_connections)
		clients_each(r->inst, put_idle_client, &out);
	if (wanted->idle_cursors && r->inst->cursors)
		cursors_each(r->inst->cursors, put_idle_cursor, &out);
}
