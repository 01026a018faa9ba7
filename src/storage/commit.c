#include <stdlib.h>

#include "storage/catalog.h"
#include "storage/engine.h"
#include "storage/log_header.h"
#include "util/clock.h"
#include "util/waker.h"

/*
 * Flat combining.  "taken" is the commit lock: whoever has it carries out its
 * own commit and then those that queued meanwhile, many as one write: RocksDB's
 * write costs three times what its part of a joined one does.  After a bounded time it
 * hands the lock itself to the next in the queue, by making that commit
 * COMMIT_LEADS and firing its op.  Until that runs, anybody who comes takes the
 * lock in its stead: its op may be waiting for a thread that waits for the lock.
 * Only its own mutex, held for a few instructions, stands between taking and
 * queueing, so no wake-up can be lost.
 */
enum commit_state {
	COMMIT_NEW,
	COMMIT_QUEUED,
	COMMIT_LEADS, /* has been handed the lock */
	COMMIT_DONE,  /* result says how */
	COMMIT_STALLED, /* RocksDB would have had to wait: try again later */
};

enum {
	GROUP_MOST = 64, /* commits that are written as one */
	GROUP_BYTES = 256 * 1024,
	LEAD_ON_LOOP_US = 200,
	LEAD_US = 2000,
	STALL_RETRY_US = 1000,
};

void committer_init(struct committer *c)
{
	*c = (struct committer){.tail = &c->head};
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->done_lock, NULL);
	pthread_cond_init(&c->left, NULL);
}

void committer_clear(struct committer *c)
{
	assert(!c->head);
	pthread_mutex_destroy(&c->lock);
	pthread_mutex_destroy(&c->done_lock);
	pthread_cond_destroy(&c->left);
}

void commit_init(struct commit *c, struct batch *b)
{
	*c = (struct commit){.batch = b};
	atomic_init(&c->state, COMMIT_NEW);
	status_init(&c->failure);
}

/* ---- carrying one out, with the lock */

static uint64_t next_time(const struct committer *m, int64_t wall_ms)
{
	uint64_t last = atomic_load_explicit(&m->cluster_time, memory_order_relaxed);
	uint64_t now = ((uint64_t)(wall_ms / 1000) << 32) | 1;

	return MAX_OF(last + 1, now);
}

/* The time is raised from other threads too. */
void committer_raise_time(struct committer *m, uint64_t t)
{
	uint64_t now = atomic_load(&m->cluster_time);

	while (now < t && !atomic_compare_exchange_weak(&m->cluster_time, &now, t))
		;
}

static void count(struct store *s, const struct batch *b)
{
	for (int i = 0; i < b->n_tables; i++) {
		const struct batch_table *t = &b->tables[i];

		if (!t->live->counts_noted) {
			t->live->counts_noted = true;
			counts_note(s, t->table_id);
		}
		if (t->emptied) {
			atomic_store(&t->live->documents, t->documents);
			atomic_store(&t->live->bytes, t->bytes);
			continue;
		}
		if (t->documents)
			atomic_fetch_add(&t->live->documents, t->documents);
		if (t->bytes)
			atomic_fetch_add(&t->live->bytes, t->bytes);
	}
}

/* Whoever puts himself on the list looks for new documents after that; the
 * list's lock, which both take, lets neither miss the other. */
static void wake_tails(const struct batch *b)
{
	for (int i = 0; i < b->n_tables; i++)
		if (b->tables[i].appended)
			waitlist_wake_all(&b->tables[i].live->appended);
}

/* What one commit changes becomes true for those who look. */
static void note_success(struct store *s, struct commit *c)
{
	c->result = 0;
	atomic_fetch_add_explicit(&s->committer.commits, 1, memory_order_relaxed);
	count(s, c->batch);
	wake_tails(c->batch);
}

/*
 * Nobody can say what became of the write: RocksDB may have put all of it into
 * the log file.  The next start finds out; until then nothing more is written,
 * for the sequence number would be used twice.
 */
static void note_unknown(struct store *s, struct commit *c, const struct door_status *d)
{
	store_refuse(s, REFUSE_FOREVER, d->message);
	c->result = status_set(&c->failure, ERR_UNKNOWN_ERROR,
	    "the write failed and it is not known whether it was carried out: %s", d->message);
}

/* Commits that are written as one: all of them happen, or none. */
struct group {
	struct commit *commits[GROUP_MOST];
	int n;
	uint64_t cluster_time; /* of the last */
};

/* Times and sequence numbers, in the order in which they stand in the log. */
static void complete_headers(struct store *s, struct group *g)
{
	struct committer *m = &s->committer;
	uint64_t latest = rocksdb_get_latest_sequence_number(s->db);
	uint64_t before = m->last_sequence;
	int64_t wall_ms = clock_wall_ms();

	g->cluster_time = next_time(m, wall_ms);
	for (int i = 0; i < g->n; i++) {
		struct commit *c = g->commits[i];
		struct log_header h = {
		    .flags = m->first_done || i > 0 ? 0 : LOG_HEADER_FIRST,
		    .term = s->term,
		    .cluster_time = i ? ++g->cluster_time : g->cluster_time,
		    .wall_ms = wall_ms,
		    .gap = (uint32_t)(latest + 1 - before),
		};

		batch_complete(c->batch, &h);
		latest += (uint64_t)rocksdb_writebatch_count(c->batch->rep);
		before = latest;
		c->cluster_time = h.cluster_time;
		c->sequence = latest;
	}
}

static void write_joined(struct store *s, struct group *g, struct door_status *d)
{
	struct door_part parts[GROUP_MOST];

	for (int i = 0; i < g->n; i++) {
		const struct batch *b = g->commits[i]->batch;

		parts[i] = (struct door_part){
		    .batch = b->rep, .log_data = b->header.data, .log_data_len = b->header.len};
	}
	door_write_joined(s->db, s->engine.write, parts, (size_t)g->n, d);
}

/* A large batch is not copied for its header's sake. */
static void write_alone(struct store *s, struct commit *c, struct door_status *d)
{
	rocksdb_writebatch_t *rep = c->batch->rep;
	const struct buf *header = &c->batch->header;
	char *text = NULL;

	rocksdb_writebatch_set_save_point(rep);
	rocksdb_writebatch_put_log_data(rep, (const char *)header->data, header->len);
	door_write(s->db, s->engine.write, rep, d);
	if (d->code == DOOR_INCOMPLETE)
		rocksdb_writebatch_rollback_to_save_point(rep, &text);
	assert(!text);
}

static void end_commit(struct store *s, struct commit *c, const struct door_status *d)
{
	if (d->code == DOOR_OK)
		note_success(s, c);
	else if (d->code == DOOR_INCOMPLETE)
		c->result = ERR_WOULD_BLOCK;
	else if (atomic_load(&s->health.refusal) == REFUSE_BACKGROUND)
		/* RocksDB had stopped before, and has not begun with this. */
		c->result = status_of_door(&c->failure, d, "nothing can be written");
	else
		note_unknown(s, c, d);
}

static void write_group(struct store *s, struct group *g)
{
	struct committer *m = &s->committer;
	uint64_t last;
	struct door_status d;

	complete_headers(s, g);
	last = g->commits[g->n - 1]->sequence;
	for (int i = 0; i < g->n; i++)
		record_cache_begin_write(
		    s->records, g->commits[i]->batch->changes, g->commits[i]->batch->n_changes);
	if (g->n == 1 && batch_bytes(g->commits[0]->batch) > GROUP_BYTES)
		write_alone(s, g->commits[0], &d);
	else
		write_joined(s, g, &d);
	for (int i = 0; i < g->n; i++)
		record_cache_end_write(s->records, g->commits[i]->batch->changes,
		    g->commits[i]->batch->n_changes, d.code == DOOR_OK);
	if (d.code == DOOR_OK) {
		assert(rocksdb_get_latest_sequence_number(s->db) == last);
		m->last_sequence = last;
		m->first_done = true;
		committer_raise_time(m, g->cluster_time);
		atomic_store(&m->sequence_time, g->cluster_time);
		atomic_store(&m->sequence, last);
		syncer_note(s);
	} else if (d.code == DOOR_INCOMPLETE) {
		atomic_fetch_add_explicit(&m->stalls, 1, memory_order_relaxed);
	}
	for (int i = 0; i < g->n; i++)
		end_commit(s, g->commits[i], &d);
}

/* Is it to be written?  Else its result says why not. */
static bool is_good(struct store *s, struct commit *c)
{
	c->result = store_writable(s, &c->failure);
	if (c->result == 0 && c->check)
		c->result = c->check(c, &c->failure);
	if (c->result == 0 && c->batch->failed)
		c->result = batch_seal(c->batch, &c->failure);
	return c->result == 0;
}

/*
 * The list of commits, in order.  Those that are no good stay out of the group;
 * what a commit's check did (DDL supersedes versions) the next one's sees.
 */
static void carry_out(struct store *s, struct commit *list)
{
	struct group g = {.n = 0};

	for (struct commit *c = list; c; c = c->next)
		if (is_good(s, c))
			g.commits[g.n++] = c;
	if (g.n)
		write_group(s, &g);
}

/* ---- the lock and the queue */

static void queue_commit(struct committer *m, struct commit *c)
{
	c->next = NULL;
	*m->tail = c;
	m->tail = &c->next;
}

/* As many as are written as one, linked; NULL: none. */
static struct commit *unqueue_commits(struct committer *m)
{
	struct commit *first = m->head, *last = NULL;
	size_t bytes = 0;

	for (int n = 0; m->head && n < GROUP_MOST; n++) {
		bytes += batch_bytes(m->head->batch);
		if (n > 0 && bytes > GROUP_BYTES)
			break;
		last = m->head;
		m->head = last->next;
	}
	if (!m->head)
		m->tail = &m->head;
	if (last)
		last->next = NULL;
	return first;
}

/* Its owner may be running too (woken by a cancellation), looks at the state
 * under this lock, and frees the commit when it is done. */
static void tell(struct committer *m, struct commit *c, int state)
{
	pthread_mutex_lock(&m->done_lock);
	atomic_store(&c->state, state);
	op_fire(c->op);
	pthread_mutex_unlock(&m->done_lock);
}

/* Under m->lock.  From now on the lock is the caller's, if it was free or is
 * waiting for somebody. */
static bool take(struct committer *m)
{
	struct commit *c = m->handed;

	if (m->taken && !c)
		return false;
	m->taken = true;
	m->handed = NULL;
	if (!c)
		return true;
	/* Back to where it was, at the head of the queue. */
	pthread_mutex_lock(&m->done_lock);
	atomic_store(&c->state, COMMIT_QUEUED);
	pthread_mutex_unlock(&m->done_lock);
	c->next = m->head;
	m->head = c;
	if (!c->next)
		m->tail = &c->next;
	return true;
}

/* A turn's commits wait for its end, to be written together. */
static bool take_or_queue(struct committer *m, struct commit *c, struct turn *turn)
{
	bool mine;

	if (turn) {
		turn->n_commits++;
		turn->n_patient += c->op->patient;
	}
	pthread_mutex_lock(&m->lock);
	mine = !turn && take(m);
	if (!mine) {
		atomic_store(&c->state, COMMIT_QUEUED);
		queue_commit(m, c);
	}
	pthread_mutex_unlock(&m->lock);
	return mine;
}

/* The commit to which the lock was handed has come for it.  False: it has been
 * taken in its stead. */
static bool claim(struct committer *m, struct commit *c)
{
	bool mine;

	pthread_mutex_lock(&m->lock);
	mine = m->handed == c;
	if (mine)
		m->handed = NULL;
	pthread_mutex_unlock(&m->lock);
	return mine;
}

/* Time is over: the lock is for the one at the head of the queue. */
static void hand_over(struct committer *m)
{
	struct commit *c = m->head;

	m->head = c->next;
	if (!m->head)
		m->tail = &m->head;
	m->handed = c;
	tell(m, c, COMMIT_LEADS);
}

/* The next to carry out; NULL: the lock is no longer the caller's. */
static struct commit *next_or_leave(struct committer *m, bool over)
{
	struct commit *list = NULL;

	pthread_mutex_lock(&m->lock);
	if (m->waiting || !m->head) {
		m->taken = false;
		if (m->waiting)
			pthread_cond_signal(&m->left);
	} else if (over) {
		hand_over(m);
	} else {
		list = unqueue_commits(m);
	}
	pthread_mutex_unlock(&m->lock);
	return list;
}

static void tell_all(struct committer *m, struct commit *list)
{
	wakers_hold();
	while (list) {
		struct commit *c = list;

		list = c->next; /* its owner frees it when it has been told */
		tell(m, c, c->result == ERR_WOULD_BLOCK ? COMMIT_STALLED : COMMIT_DONE);
	}
	wakers_release();
}

/* Carries out what has queued, and lets go of the lock. */
static void leave(struct store *s, int64_t until_us)
{
	struct committer *m = &s->committer;
	struct commit *list;

	while ((list = next_or_leave(m, clock_mono_us() >= until_us))) {
		carry_out(s, list);
		tell_all(m, list);
	}
}

void commit_lock(struct store *s)
{
	struct committer *m = &s->committer;

	pthread_mutex_lock(&m->lock);
	m->waiting++;
	while (!take(m))
		pthread_cond_wait(&m->left, &m->lock);
	m->waiting--;
	pthread_mutex_unlock(&m->lock);
}

void commit_unlock(struct store *s)
{
	leave(s, clock_mono_us() + LEAD_US);
}

void commit_turn_over(struct store *s)
{
	struct committer *m = &s->committer;
	bool mine;

	pthread_mutex_lock(&m->lock);
	mine = m->head && take(m);
	pthread_mutex_unlock(&m->lock);
	if (mine)
		leave(s, clock_mono_us() + LEAD_ON_LOOP_US);
}

/* ---- the commit's own view */

static void lead(struct store *s, struct commit *c, const struct op *op)
{
	int64_t until = clock_mono_us() + (op->on_loop ? LEAD_ON_LOOP_US : LEAD_US);

	c->next = NULL;
	carry_out(s, c);
	atomic_store(&c->state, c->result == ERR_WOULD_BLOCK ? COMMIT_STALLED : COMMIT_DONE);
	leave(s, until);
}

static int state_of(struct store *s, struct commit *c)
{
	int state = atomic_load(&c->state);

	if (state == COMMIT_NEW)
		return state; /* nobody else knows it yet */
	pthread_mutex_lock(&s->committer.done_lock);
	state = atomic_load(&c->state);
	pthread_mutex_unlock(&s->committer.done_lock);
	return state;
}

static enum step finish(struct commit *c, struct status *st)
{
	if (c->result == 0)
		return STEP_DONE;
	status_copy(st, &c->failure);
	status_clear(&c->failure);
	return STEP_ERROR;
}

/* Begins again after a while. */
static enum step wait_out_stall(struct commit *c, struct op *op)
{
	atomic_store(&c->state, COMMIT_NEW);
	op->wake_at_us = clock_mono_us() + STALL_RETRY_US;
	return STEP_PARK;
}

enum step commit_run(struct store *s, struct commit *c, struct op *op, struct status *st)
{
	bool mine = false;
	int state;

	/* Armed before the commit can be seen by those who fire it. */
	op_wait_begin(op);
	op->wake_at_us = 0;
	state = state_of(s, c);
	if (state == COMMIT_NEW) {
		if (op_check(op, st) != 0 || batch_seal(c->batch, st) != 0)
			return STEP_ERROR;
		c->op = op;
		mine = take_or_queue(&s->committer, c, op->turn);
		state = mine ? COMMIT_LEADS : COMMIT_QUEUED;
	}
	while (state == COMMIT_LEADS) {
		if (mine || claim(&s->committer, c))
			lead(s, c, op);
		state = state_of(s, c);
	}
	switch (state) {
	case COMMIT_DONE:
		return finish(c, st);
	case COMMIT_STALLED:
		return wait_out_stall(c, op);
	default:
		/* Nobody can take it out of the queue.  A killed op that ran again
		 * and again would keep its thread from the one that leads. */
		op->wait.firm = true;
		return STEP_PARK;
	}
}

int commit_blocking(struct store *s, struct commit *c, struct status *st)
{
	struct blocking_op b;
	enum step step;

	blocking_op_init(&b);
	while ((step = commit_run(s, c, &b.op, st)) == STEP_PARK)
		blocking_op_wait(&b);
	blocking_op_clear(&b);
	return step == STEP_DONE ? 0 : st->code;
}
