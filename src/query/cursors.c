#include "query/cursors.h"

#include <stdlib.h>

#include "util/clock.h"
#include "util/hash.h"

#define FIRST_BUCKETS 64

struct cursors {
	pthread_mutex_t lock;
	/* Under the lock.  Ids are random, so their low bits are the bucket. */
	struct cursor **buckets;
	size_t n_buckets; /* a power of two */
	size_t n_cursors;
	int64_t n_pinned, n_timed_out, n_opened;

	int64_t idle_timeout_ms;
	struct memory_account *memory;
};

struct cursors *cursors_new(struct memory_account *server_memory, int64_t idle_timeout_ms)
{
	struct cursors *cs = calloc(1, sizeof(*cs));

	if (!cs)
		return NULL;
	cs->buckets = calloc(FIRST_BUCKETS, sizeof(*cs->buckets));
	if (!cs->buckets) {
		free(cs);
		return NULL;
	}
	cs->n_buckets = FIRST_BUCKETS;
	cs->idle_timeout_ms = idle_timeout_ms;
	cs->memory = server_memory;
	pthread_mutex_init(&cs->lock, NULL);
	return cs;
}

void cursors_free(struct cursors *cs)
{
	if (!cs)
		return;
	assert(cs->n_pinned == 0);
	cursors_kill_all(cs);
	assert(cs->n_cursors == 0);
	pthread_mutex_destroy(&cs->lock);
	free(cs->buckets);
	free(cs);
}

struct cursor *cursor_new(struct cursors *cs)
{
	struct cursor *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	memory_account_init(&c->memory, cs->memory, 0);
	arena_init(&c->arena, &c->memory);
	buf_init(&c->pending, &c->memory);
	c->created_ms = c->last_used_ms = clock_wall_ms();
	return c;
}

/* One that is on no table. */
static void destroy(struct cursor *c)
{
	exec_close(c->exec);
	if (c->snap)
		snapshot_release(c->snap);
	buf_clear(&c->pending);
	arena_clear(&c->arena);
	memory_account_close(&c->memory);
	free(c);
}

static void destroy_list(struct cursor *list)
{
	while (list) {
		struct cursor *next = list->next;

		destroy(list);
		list = next;
	}
}

static struct cursor **bucket_of(struct cursors *cs, int64_t id)
{
	return &cs->buckets[(uint64_t)id & (cs->n_buckets - 1)];
}

static struct cursor *find(struct cursors *cs, int64_t id)
{
	struct cursor *c;

	for (c = *bucket_of(cs, id); c; c = c->next)
		if (c->id == id)
			return c;
	return NULL;
}

/* Without memory for more buckets the chains only become longer. */
static void grow(struct cursors *cs)
{
	size_t n_old = cs->n_buckets;
	struct cursor **old = cs->buckets, **more;

	more = calloc(n_old * 2, sizeof(*more));
	if (!more)
		return;
	cs->buckets = more;
	cs->n_buckets = n_old * 2;
	for (size_t i = 0; i < n_old; i++)
		while (old[i]) {
			struct cursor *c = old[i], **to = bucket_of(cs, c->id);

			old[i] = c->next;
			c->next = *to;
			*to = c;
		}
	free(old);
}

/* A new id: positive, and no double where an int64 goes through a double. */
static int64_t draw_id(struct cursors *cs)
{
	int64_t id;

	do
		id = (int64_t)(random_u64() >> 1);
	while (id == 0 || find(cs, id));
	return id;
}

static void add(struct cursors *cs, struct cursor *c)
{
	struct cursor **bucket;

	if (cs->n_cursors >= cs->n_buckets)
		grow(cs);
	c->id = draw_id(cs);
	bucket = bucket_of(cs, c->id);
	c->next = *bucket;
	*bucket = c;
	cs->n_cursors++;
	cs->n_opened++;
}

static void take_off(struct cursors *cs, struct cursor *c)
{
	struct cursor **p = bucket_of(cs, c->id);

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	c->next = NULL;
	cs->n_cursors--;
}

/* The borrower's request ends with its borrowing, not before: it is there as
 * long as we hold the lock. */
static void give_back(struct cursors *cs, struct cursor *c)
{
	c->borrower = NULL;
	cs->n_pinned--;
}

void cursor_free(struct cursors *cs, struct cursor *c)
{
	if (c->id) {
		pthread_mutex_lock(&cs->lock);
		assert(c->borrower);
		give_back(cs, c);
		take_off(cs, c);
		pthread_mutex_unlock(&cs->lock);
	}
	destroy(c);
}

int64_t cursors_park(struct cursors *cs, struct cursor *c)
{
	bool killed = false;
	int64_t id;

	exec_save(c->exec);
	c->last_used_ms = clock_wall_ms();
	c->idle_since_ms = clock_mono_us() / 1000;
	pthread_mutex_lock(&cs->lock);
	if (!c->id) {
		add(cs, c);
	} else {
		give_back(cs, c);
		killed = c->killed;
		if (killed)
			take_off(cs, c);
	}
	id = c->id;
	pthread_mutex_unlock(&cs->lock);
	if (!killed)
		return id;
	destroy(c);
	return 0;
}

int cursors_borrow(
    struct cursors *cs, int64_t id, struct op *op, struct cursor **out, struct status *st)
{
	struct cursor *c;
	int r = 0;

	*out = NULL;
	pthread_mutex_lock(&cs->lock);
	c = find(cs, id);
	if (!c || c->killed)
		r = ERR_CURSOR_NOT_FOUND;
	else if (c->borrower)
		r = ERR_CURSOR_IN_USE;
	else {
		c->borrower = op;
		cs->n_pinned++;
		*out = c;
	}
	pthread_mutex_unlock(&cs->lock);
	if (r == ERR_CURSOR_NOT_FOUND)
		return status_set(st, r, "cursor id %lld not found", (long long)id);
	if (r)
		return status_set(st, r, "cursor id %lld is already in use", (long long)id);
	return 0;
}

/* Under the lock.  An idle one goes to the caller's list, to be destroyed
 * without the lock; a borrowed one when it is given back. */
static void kill_one(struct cursors *cs, struct cursor *c, struct cursor **dead)
{
	if (c->borrower) {
		c->killed = true;
		op_kill(c->borrower, ERR_CURSOR_KILLED);
		return;
	}
	take_off(cs, c);
	c->next = *dead;
	*dead = c;
}

enum kill_result cursors_kill(struct cursors *cs, int64_t id, const char *ns)
{
	enum kill_result result = KILL_NOT_FOUND;
	struct cursor *c, *dead = NULL;

	pthread_mutex_lock(&cs->lock);
	c = find(cs, id);
	if (c && !c->killed && (!ns || (c->ns && strcmp(c->ns, ns) == 0))) {
		kill_one(cs, c, &dead);
		result = KILL_DONE;
	}
	pthread_mutex_unlock(&cs->lock);
	destroy_list(dead);
	return result;
}

/* Kills those that which says yes to; returns how many. */
static int kill_where(
    struct cursors *cs, bool (*which)(const struct cursor *c, const void *arg), const void *arg)
{
	struct cursor *c, *next, *dead = NULL;
	int n = 0;

	pthread_mutex_lock(&cs->lock);
	for (size_t i = 0; i < cs->n_buckets; i++)
		for (c = cs->buckets[i]; c; c = next) {
			next = c->next;
			if (!which(c, arg))
				continue;
			kill_one(cs, c, &dead);
			n++;
		}
	pthread_mutex_unlock(&cs->lock);
	destroy_list(dead);
	return n;
}

static bool of_session(const struct cursor *c, const void *arg)
{
	const struct view *lsid = arg;

	return view_equal(c->lsid, *lsid);
}

void cursors_kill_session(struct cursors *cs, struct view lsid)
{
	if (lsid.len)
		kill_where(cs, of_session, &lsid);
}

static bool any(const struct cursor *c, const void *arg)
{
	return true;
}

void cursors_kill_all(struct cursors *cs)
{
	kill_where(cs, any, NULL);
}

static bool idle_before(const struct cursor *c, const void *arg)
{
	const int64_t *limit_ms = arg;

	return !c->borrower && !c->no_timeout && c->idle_since_ms <= *limit_ms;
}

int cursors_expire(struct cursors *cs, int64_t now_ms)
{
	int64_t limit_ms = now_ms - cs->idle_timeout_ms;
	int n;

	if (!cs->idle_timeout_ms)
		return 0;
	n = kill_where(cs, idle_before, &limit_ms);
	pthread_mutex_lock(&cs->lock);
	cs->n_timed_out += n;
	pthread_mutex_unlock(&cs->lock);
	return n;
}

void cursors_stats(struct cursors *cs, struct cursors_stats *out)
{
	struct cursor *c;

	*out = (struct cursors_stats){0};
	pthread_mutex_lock(&cs->lock);
	out->open = (int64_t)cs->n_cursors;
	out->pinned = cs->n_pinned;
	out->timed_out = cs->n_timed_out;
	out->total_opened = cs->n_opened;
	for (size_t i = 0; i < cs->n_buckets; i++)
		for (c = cs->buckets[i]; c; c = c->next)
			out->no_timeout += c->no_timeout;
	pthread_mutex_unlock(&cs->lock);
}

void cursors_each(
    struct cursors *cs, void (*each)(void *arg, const struct cursor *c), void *arg)
{
	struct cursor *c;

	pthread_mutex_lock(&cs->lock);
	for (size_t i = 0; i < cs->n_buckets; i++)
		for (c = cs->buckets[i]; c; c = c->next)
			if (!c->borrower)
				each(arg, c);
	pthread_mutex_unlock(&cs->lock);
}
