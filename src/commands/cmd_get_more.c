/*
 * getMore: the next batch of a cursor.
 */
#include "commands/args.h"
#include "commands/cursor_reply.h"
#include "commands/ops.h"
#include "commands/read_options.h"
#include "util/clock.h"

/* How long a getMore waits at the end of a tailable cursor when it does not say. */
#define AWAIT_DEFAULT_MS 1000

#define ERR_CURSOR_WITHOUT_SESSION    50736
#define ERR_CURSOR_OF_A_SESSION       50737
#define ERR_CURSOR_OF_ANOTHER_SESSION 50738

struct get_more_args {
	struct arg_int id, batch_size;
	struct view collection;
	struct value term, last_known_committed;
};

#define AT(member) offsetof(struct get_more_args, member)

static const struct field get_more_fields[] = {
    {"collection", FIELD_STR, FIELD_REQUIRED, AT(collection), "The collection of the cursor."},
    {"batchSize", FIELD_INT, FIELD_NOT_NEGATIVE | FIELD_NULL_OK | FIELD_TRUNCATE,
	AT(batch_size), "Documents at most; 0 or absent: as many as fit."},
    {"term", FIELD_ANY, FIELD_NULL_OK, AT(term), "For replication; without effect."},
    {"lastKnownCommittedOpTime", FIELD_ANY, FIELD_NULL_OK, AT(last_known_committed),
	"For replication; without effect."},
    {NULL},
};

struct get_more_state {
	struct cursor_reply reply;
	bool begun;
};

/* The cursor's own ns must be what the client says it is. */
static int check_ns(
    const struct cursor *c, const struct request *r, struct view collection, struct status *st)
{
	struct view db = r->common.db;

	if (strlen(c->ns) == db.len + 1 + collection.len && memcmp(c->ns, db.data, db.len) == 0 &&
	    c->ns[db.len] == '.' &&
	    memcmp(c->ns + db.len + 1, collection.data, collection.len) == 0)
		return 0;
	return status_set(st, ERR_UNAUTHORIZED,
	    "cursor %lld belongs to namespace %s, not to %.*s.%.*s", (long long)c->id, c->ns,
	    (int)db.len, (const char *)db.data, (int)collection.len,
	    (const char *)collection.data);
}

static int check_session(const struct cursor *c, const struct request *r, struct status *st)
{
	const char *why;
	int code;

	if (!c->lsid.len && !r->common.has_lsid)
		return 0;
	if (!c->lsid.len) {
		code = ERR_CURSOR_WITHOUT_SESSION;
		why = "was not made in a session, and getMore names one";
	} else if (!r->common.has_lsid) {
		code = ERR_CURSOR_OF_A_SESSION;
		why = "was made in a session, and getMore names none";
	} else if (!view_equal(c->lsid, view_of(r->common.lsid, LSID_BYTES))) {
		code = ERR_CURSOR_OF_ANOTHER_SESSION;
		why = "was made in another session";
	} else {
		return 0;
	}
	return status_set(st, code, "cursor %lld %s", (long long)c->id, why);
}

/* Finds the collection again, in its newest version. */
static int restore(struct get_more_state *s, struct request *r)
{
	struct cursor *c = s->reply.cursor;
	struct collection *coll = NULL;
	int err;

	if (!c->table_id || !c->exec)
		return 0;
	coll = catalog_find_table(store_catalog(r->inst->store), c->table_id);
	if (!coll)
		return status_set(&r->status, ERR_QUERY_PLAN_KILLED,
		    "the collection %s of this cursor has been dropped", c->ns);
	s->reply.collection = coll;
	if (coll->version == c->version)
		return 0;
	err = exec_restore(c->exec, coll, &r->status);
	if (!err)
		c->version = coll->version;
	return err;
}

static int begin(struct get_more_state *s, struct request *r)
{
	const struct get_more_args *a = r->args;
	struct cursor_reply *cr = &s->reply;
	struct cursor *c;
	int err;

	stat_add(&r->inst->stats->op_getmore, 1);
	err = cursors_borrow(r->inst->cursors, a->id.v, &r->op, &c, &r->status);
	if (err)
		return err;
	err = check_ns(c, r, a->collection, &r->status);
	if (!err)
		err = check_session(c, r, &r->status);
	if (!err && value_is_number(doc_get(r->body, "maxTimeMS")) && !c->await_data)
		err = status_set(&r->status, ERR_BAD_VALUE,
		    "getMore takes maxTimeMS only on a tailable cursor with awaitData");
	if (err) {
		/* It stays open for its owner. */
		cursors_park(r->inst->cursors, c);
		return err;
	}
	cr->cursor = c;
	cr->next = true;
	cr->batch_size = a->batch_size.given && a->batch_size.v ? a->batch_size.v : -1;
	cr->cx = (struct exec_context){
	    .op = &r->op, .store = r->inst->store, .status = &r->status};
	note_plan(r, c->plan_summary);
	ops_set_ns(r->inst->ops, r, arena_dup(&r->arena, view_of_str(c->ns)));
	if (c->max_time_left_us)
		r->op.deadline_us = clock_mono_us() + c->max_time_left_us;
	if (c->await_data) {
		int64_t ms = r->common.max_time_ms ? r->common.max_time_ms : AWAIT_DEFAULT_MS;

		cr->wait_until_us = clock_mono_us() + ms * 1000;
		/* Here maxTimeMS is how long to wait, not a limit for the work. */
		r->op.deadline_us = 0;
	}
	s->begun = true;
	return restore(s, r);
}

static enum step get_more_run(struct request *r)
{
	struct get_more_state *s = r->state;

	if (r->op.on_loop)
		return STEP_HANDOVER;
	if (!s->begun && begin(s, r))
		return STEP_ERROR;
	return cursor_reply_run(&s->reply, r);
}

static void get_more_clear(struct request *r)
{
	struct get_more_state *s = r->state;

	cursor_reply_clear(&s->reply, r);
}

const struct command cmd_get_more = {
    .name = "getMore",
    .flags = CMD_READ | CMD_COUNT_SELF | CMD_API_1,
    .target_type = FIELD_LONG,
    .target_offset = AT(id),
    .fields = get_more_fields,
    .args_size = sizeof(struct get_more_args),
    .state_size = sizeof(struct get_more_state),
    .help = "The next batch of a cursor.",
    .run = get_more_run,
    .clear = get_more_clear,
};
