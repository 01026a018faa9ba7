#include "commands/cursor_reply.h"

#include "bson/validate.h"
#include "commands/args.h"
#include "query/query.h"
#include "util/clock.h"

enum { BEGIN, FILL };

int cursor_reply_init(
    struct cursor_reply *cr, struct request *r, struct cursor *c, struct status *st)
{
	cr->cursor = c;
	cr->cx = (struct exec_context){
	    .op = &r->op, .store = r->inst->store, .status = &r->status};
	c->client_id = r->client ? r->client->id : 0;
	c->ns = arena_strndup(&c->arena, (const char *)r->ns.data, r->ns.len);
	if (r->common.has_lsid)
		c->lsid = arena_dup(&c->arena, view_of(r->common.lsid, LSID_BYTES));
	if (arena_failed(&c->arena))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a cursor");
	return 0;
}

/* readConcern snapshot: one state of the store for all batches; else at most for this one. */
static int take_snapshot(struct cursor_reply *cr, struct request *r)
{
	struct cursor *c = cr->cursor;
	bool for_all = !cr->next && r->read_concern.level == LEVEL_SNAPSHOT;

	if (for_all && !c->snap)
		c->snap = snapshot_take(r->inst->store);
	else if (!c->snap && c->one_state)
		cr->snap = snapshot_take(r->inst->store);
	cr->cx.snap = c->snap ? c->snap : cr->snap;
	if (!cr->cx.snap && (for_all || c->one_state))
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT,
		    "no memory for a snapshot");
	return 0;
}

/* When no iterator looks at it any more. */
static void release_snapshot(struct cursor_reply *cr)
{
	if (cr->snap)
		snapshot_release(cr->snap);
	cr->snap = NULL;
}

static void begin(struct cursor_reply *cr, struct request *r)
{
	builder_doc_begin(&r->builder, "cursor");
	builder_array_begin(&r->builder, cr->next ? "nextBatch" : "firstBatch");
	cr->batch_start = builder_size(&r->builder);
}

/* Room for one more?  The first goes in whatever its size. */
static bool fits(const struct cursor_reply *cr, const struct request *r, struct view doc)
{
	size_t used = builder_size(&r->builder) - cr->batch_start;

	return cr->n == 0 || used + doc.len <= BSON_USER_SIZE_MAX;
}

static bool batch_is_full(const struct cursor_reply *cr)
{
	return cr->batch_size >= 0 && cr->n >= cr->batch_size;
}

static void append(struct cursor_reply *cr, struct request *r, struct view doc)
{
	builder_doc(&r->builder, NULL, doc);
	cr->n++;
}

/* Between two stages a document may be larger than a client may be given. */
static enum step check_size(struct view doc, struct status *st)
{
	if (doc.len <= BSON_INTERNAL_SIZE_MAX)
		return STEP_ROW;
	status_set(st, ERR_BSON_OBJECT_TOO_LARGE,
	    "a document of %zu bytes is larger than a reply's may be (%d)", doc.len,
	    BSON_INTERNAL_SIZE_MAX);
	return STEP_ERROR;
}

/* A document that came off the tree but does not fit waits in the cursor. */
static int keep_pending(struct cursor_reply *cr, struct view doc, struct status *st)
{
	struct buf *pending = &cr->cursor->pending;

	buf_append_view(pending, doc);
	if (pending->failed)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a cursor");
	return 0;
}

static void take_pending(struct cursor_reply *cr, struct request *r)
{
	struct cursor *c = cr->cursor;

	if (c->pending.len && !batch_is_full(cr)) {
		append(cr, r, buf_view(&c->pending));
		buf_clear(&c->pending);
	}
}

static enum step fill(struct cursor_reply *cr, struct request *r)
{
	struct cursor *c = cr->cursor;

	take_pending(cr, r);
	if (!c->exec) {
		cr->exhausted = true;
		return STEP_DONE;
	}
	while (!batch_is_full(cr)) {
		struct row row;
		enum step step = exec_next(c->exec, &cr->cx, &row);

		if (step == STEP_DONE) {
			cr->exhausted = true;
			return STEP_DONE;
		}
		if (step == STEP_ROW)
			step = check_size(row.doc, &r->status);
		if (step != STEP_ROW)
			return step;
		if (!fits(cr, r, row.doc))
			return keep_pending(cr, row.doc, &r->status) ? STEP_ERROR : STEP_DONE;
		append(cr, r, row.doc);
		if (c->exec->done) {
			cr->exhausted = true;
			return STEP_DONE;
		}
	}
	return STEP_DONE;
}

static bool may_wait(const struct cursor_reply *cr, const struct request *r)
{
	return cr->wait_until_us && cr->cursor->tailable && cr->n == 0 && cr->exhausted &&
	       cr->collection && clock_mono_us() < cr->wait_until_us &&
	       !atomic_load(&r->inst->shutting_down);
}

/*
 * On the list first, then one more look: an insert (or the shutdown) between a
 * look and the list would not wake us.
 */
static enum step wait_for_more(struct cursor_reply *cr, struct request *r)
{
	struct waitlist *list = &cr->collection->live->appended;
	enum step step;

	cr->exhausted = false;
	op_wait_begin(&r->op);
	waitlist_add(list, &r->op, 0);
	cr->on_list = true;
	r->op.wake_at_us = cr->wait_until_us;
	step = fill(cr, r);
	if (step != STEP_DONE || cr->n || !cr->exhausted ||
	    atomic_load(&r->inst->shutting_down)) {
		waitlist_remove(list, &r->op);
		cr->on_list = false;
		r->op.wake_at_us = 0;
		return step;
	}
	exec_save(cr->cursor->exec);
	return STEP_PARK;
}

static void leave_list(struct cursor_reply *cr, struct request *r)
{
	if (cr->on_list)
		waitlist_remove(&cr->collection->live->appended, &r->op);
	cr->on_list = false;
	r->op.wake_at_us = 0;
}

static bool stays_open(const struct cursor_reply *cr)
{
	const struct cursor *c = cr->cursor;

	if (cr->single)
		return false;
	if (c->pending.len)
		return true;
	if (!cr->exhausted)
		return true;
	/* A tailable cursor that has never met a document is dead at once. */
	return c->tailable && (cr->next || cr->cx.docs_examined > 0);
}

static void count_work(const struct cursor_reply *cr, struct request *r)
{
	r->n_returned = cr->n;
	r->docs_examined = cr->cx.docs_examined;
	r->keys_examined = cr->cx.keys_examined;
	if (cr->cx.last_sequence) {
		r->last_commit = cr->cx.last_sequence;
		r->last_cluster_time = cr->cx.last_cluster_time;
	}
}

static void finish(struct cursor_reply *cr, struct request *r)
{
	struct cursor *c = cr->cursor;
	bool open = stays_open(cr);
	uint64_t at = c->snap ? snapshot_time(c->snap) : 0;
	char ns[2 * NAMESPACE_MAX];
	size_t ns_len;
	int64_t id = 0;

	count_work(cr, r);
	if (!cr->next)
		plan_done(c->plan, r->keys_examined + r->docs_examined);
	c->n_returned += cr->n;
	c->n_batches++;
	/* find's maxTimeMS counts the work of all batches, not the time between. */
	if (r->op.deadline_us && !c->await_data)
		c->max_time_left_us = MAX_OF(r->op.deadline_us - clock_mono_us(), 1);
	ns_len = MIN_OF(strlen(c->ns), sizeof(ns));
	memcpy(ns, c->ns, ns_len);
	cr->cursor = NULL;
	if (open) {
		if (c->exec)
			exec_save(c->exec);
		release_snapshot(cr);
		/* From here on another request may borrow and free it. */
		id = cursors_park(r->inst->cursors, c);
	} else {
		cursor_free(r->inst->cursors, c);
		release_snapshot(cr);
	}
	builder_array_end(&r->builder);
	if (at)
		builder_timestamp(&r->builder, "atClusterTime", at);
	builder_i64(&r->builder, "id", id);
	builder_str_n(&r->builder, "ns", ns, ns_len);
	builder_doc_end(&r->builder);
}

enum step cursor_reply_run(struct cursor_reply *cr, struct request *r)
{
	enum step step;

	cr->cx.op = &r->op;
	leave_list(cr, r);
	if (cr->phase == BEGIN) {
		/* A snapshot may wait for a commit, which a loop must not. */
		if (r->op.on_loop &&
		    (r->read_concern.level == LEVEL_SNAPSHOT || cr->cursor->one_state))
			return STEP_HANDOVER;
		if (take_snapshot(cr, r))
			return STEP_ERROR;
		begin(cr, r);
		cr->phase = FILL;
	}
	/* What writes looks itself, and has to undo what it has begun. */
	if (!cr->cursor->writes && op_check_now(&r->op, &r->status))
		return STEP_ERROR;
	cr->exhausted = false;
	step = fill(cr, r);
	if (step == STEP_DONE && may_wait(cr, r))
		step = wait_for_more(cr, r);
	else if (step == STEP_PARK)
		exec_save(cr->cursor->exec);
	if (step == STEP_DONE)
		finish(cr, r);
	if (step == STEP_ERROR && cr->cursor->writes && r->status.code == ERR_UNKNOWN_ERROR)
		r->close_connection = r->no_reply = true; /* written or not, nobody can say */
	return step;
}

void cursor_reply_clear(struct cursor_reply *cr, struct request *r)
{
	if (cr->on_list)
		leave_list(cr, r);
	if (cr->cursor)
		cursor_free(r->inst->cursors, cr->cursor);
	cr->cursor = NULL;
	release_snapshot(cr);
	if (cr->collection)
		collection_unref(cr->collection);
	cr->collection = NULL;
}

struct cursor_options {
	struct arg_int batch_size;
};

static const struct field cursor_option_fields[] = {
    {"batchSize", FIELD_INT, FIELD_NOT_NEGATIVE | FIELD_TRUNCATE | FIELD_NULL_OK,
	offsetof(struct cursor_options, batch_size), "Documents in the first batch."},
    {NULL},
};

int cursor_options_decode(
    struct view doc, const char *where, int64_t *batch_size, struct status *st)
{
	struct cursor_options o = {0};
	int err;

	*batch_size = -1;
	if (!doc.len)
		return 0;
	err = fields_decode(cursor_option_fields, doc, &o, where, false, st);
	if (!err && o.batch_size.given)
		*batch_size = o.batch_size.v;
	return err;
}
