#include "storage/locks.h"

#include <pthread.h>
#include <stdlib.h>

#define STRIPES	      256
#define FIRST_BUCKETS 16
#define POOLED_MOST   16 /* free nodes that a stripe keeps */

/*
 * One owner's hold on a key, or its place in the queue.  The holder stands in
 * its bucket's chain, those who wait hang behind it; on release the first of
 * them takes its place in the chain.  All under the stripe's lock but held,
 * which is the owner's.
 */
struct lock {
	struct hash128 key;
	struct lock_set *set;
	struct lock *next;	   /* in the chain, in the queue or in the pool */
	struct lock *first, *last; /* of the holder: its queue */
	struct lock *held;	   /* the next in the set's list */
	struct op *op;		   /* of one who waits */
	bool granted;
};

struct stripe {
	_Alignas(64) pthread_mutex_t mutex;
	struct lock **buckets; /* NULL until the first lock */
	size_t n_buckets, n_held;
	struct lock *pool;
	int n_pooled;
};

struct lock_table {
	struct stripe stripes[STRIPES];
};

struct lock_table *lock_table_new(void)
{
	struct lock_table *t = aligned_alloc(64, sizeof(*t));

	if (!t)
		return NULL;
	memset(t, 0, sizeof(*t));
	for (int i = 0; i < STRIPES; i++)
		pthread_mutex_init(&t->stripes[i].mutex, NULL);
	return t;
}

void lock_table_free(struct lock_table *t)
{
	if (!t)
		return;
	for (int i = 0; i < STRIPES; i++) {
		struct stripe *s = &t->stripes[i];
		struct lock *l, *next;

		assert(s->n_held == 0);
		for (l = s->pool; l; l = next) {
			next = l->next;
			free(l);
		}
		free(s->buckets);
		pthread_mutex_destroy(&s->mutex);
	}
	free(t);
}

void lock_set_init(struct lock_set *set, struct lock_table *t)
{
	*set = (struct lock_set){.table = t};
}

struct hash128 lock_key(uint32_t table_or_index_id, struct view key)
{
	return hash128_bytes(table_or_index_id, key);
}

static int key_compare(struct hash128 a, struct hash128 b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return (a.low > b.low) - (a.low < b.low);
}

static int key_compare_qsort(const void *a, const void *b)
{
	return key_compare(*(const struct hash128 *)a, *(const struct hash128 *)b);
}

int lock_keys_sort(struct hash128 *keys, int n)
{
	int kept = 0;

	if (n <= 1)
		return n;
	qsort(keys, (size_t)n, sizeof(*keys), key_compare_qsort);
	for (int i = 1; i < n; i++) {
		if (key_compare(keys[i], keys[kept]) != 0)
			keys[++kept] = keys[i];
	}
	return kept + 1;
}

static struct stripe *stripe_of(struct lock_table *t, struct hash128 key)
{
	return &t->stripes[key.low % STRIPES];
}

static struct lock **bucket_of(struct stripe *s, struct hash128 key)
{
	return &s->buckets[(key.low / STRIPES) & (s->n_buckets - 1)];
}

static bool resize(struct stripe *s, size_t n_buckets)
{
	struct lock **buckets = calloc(n_buckets, sizeof(struct lock *));
	struct lock **old = s->buckets;
	size_t n_old = s->n_buckets;

	if (!buckets)
		return false;
	s->buckets = buckets;
	s->n_buckets = n_buckets;
	for (size_t i = 0; i < n_old; i++) {
		struct lock *l, *next;

		for (l = old[i]; l; l = next) {
			struct lock **to = bucket_of(s, l->key);

			next = l->next;
			l->next = *to;
			*to = l;
		}
	}
	free(old);
	return true;
}

/* Where the holder of key stands, or where the chain ends. */
static struct lock **find(struct stripe *s, struct hash128 key)
{
	struct lock **at = bucket_of(s, key);

	while (*at && key_compare((*at)->key, key) != 0)
		at = &(*at)->next;
	return at;
}

static struct lock *take_node(struct stripe *s, struct lock_set *set, struct hash128 key)
{
	struct lock *l = s->pool;

	if (l) {
		s->pool = l->next;
		s->n_pooled--;
	} else {
		l = malloc(sizeof(*l));
		if (!l)
			return NULL;
	}
	*l = (struct lock){.key = key, .set = set};
	return l;
}

static void give_node(struct stripe *s, struct lock *l)
{
	if (s->n_pooled == POOLED_MOST) {
		free(l);
		return;
	}
	l->next = s->pool;
	s->pool = l;
	s->n_pooled++;
}

static void note_held(struct lock_set *set, struct lock *l)
{
	l->held = set->held;
	set->held = l;
	if (set->n++ == 0 || key_compare(l->key, set->highest) > 0)
		set->highest = l->key;
}

static int hold_free(struct stripe *s, struct lock_set *set, struct hash128 key)
{
	struct lock *l, **bucket;

	/* A table that cannot grow still works. */
	if (s->n_held >= s->n_buckets)
		(void)resize(s, s->n_buckets * 2);
	l = take_node(s, set, key);
	if (!l)
		return ERR_EXCEEDED_MEMORY_LIMIT;
	bucket = bucket_of(s, key);
	l->granted = true;
	l->next = *bucket;
	*bucket = l;
	s->n_held++;
	note_held(set, l);
	return 0;
}

static int queue_behind(struct stripe *s, struct lock *holder, struct lock_set *set, struct op *op)
{
	struct lock *l = take_node(s, set, holder->key);

	if (!l)
		return ERR_EXCEEDED_MEMORY_LIMIT;
	l->op = op;
	if (holder->last)
		holder->last->next = l;
	else
		holder->first = l;
	holder->last = l;
	set->waiting = l;
	op_wait_begin(op);
	return ERR_WOULD_BLOCK;
}

/* op NULL: only try. */
static int acquire(struct lock_set *set, struct hash128 key, struct op *op)
{
	struct stripe *s = stripe_of(set->table, key);
	struct lock *holder;
	int r;

	pthread_mutex_lock(&s->mutex);
	if (!s->buckets && !resize(s, FIRST_BUCKETS)) {
		pthread_mutex_unlock(&s->mutex);
		return ERR_EXCEEDED_MEMORY_LIMIT;
	}
	holder = *find(s, key);
	if (!holder)
		r = hold_free(s, set, key);
	else if (holder->set == set)
		r = 0;
	else if (!op)
		r = ERR_WOULD_BLOCK;
	else
		r = queue_behind(s, holder, set, op);
	pthread_mutex_unlock(&s->mutex);
	return r;
}

int locks_try(struct lock_set *set, struct hash128 key)
{
	return acquire(set, key, NULL);
}

/* Puts the first who waits in the holder's place. */
static void pass_on(struct stripe *s, struct lock **at)
{
	struct lock *l = *at, *heir = l->first;

	if (!heir) {
		*at = l->next;
		s->n_held--;
		return;
	}
	heir->first = heir->next;
	heir->last = heir->first ? l->last : NULL;
	heir->next = l->next;
	heir->granted = true;
	*at = heir;
	/* Under the mutex: the heir cannot end before it has looked here. */
	op_fire(heir->op);
}

static void release_one(struct lock_table *t, struct lock *l)
{
	struct stripe *s = stripe_of(t, l->key);

	pthread_mutex_lock(&s->mutex);
	pass_on(s, find(s, l->key));
	give_node(s, l);
	/* After a burst (a large transaction) the table shrinks again. */
	if (s->n_held == 0 && s->n_buckets > FIRST_BUCKETS)
		(void)resize(s, FIRST_BUCKETS);
	pthread_mutex_unlock(&s->mutex);
}

static void leave_queue(struct stripe *s, struct lock *l)
{
	struct lock *holder = *find(s, l->key), *before = NULL, *q;

	for (q = holder->first; q != l; q = q->next)
		before = q;
	if (before)
		before->next = l->next;
	else
		holder->first = l->next;
	if (holder->last == l)
		holder->last = before;
	give_node(s, l);
}

enum waited { GRANTED, QUEUED, LEFT };

/* What became of the place in the queue: held now, or (leave) given up, or to
 * be waited for again. */
static enum waited settle(struct lock_set *set, bool leave, struct op *op)
{
	struct lock *l = set->waiting;
	struct stripe *s = stripe_of(set->table, l->key);
	enum waited w;

	pthread_mutex_lock(&s->mutex);
	w = l->granted ? GRANTED : leave ? LEFT : QUEUED;
	if (w == LEFT)
		leave_queue(s, l);
	else if (w == QUEUED)
		op_wait_begin(op);
	pthread_mutex_unlock(&s->mutex);
	if (w == QUEUED)
		return w;
	set->waiting = NULL;
	if (w == GRANTED)
		note_held(set, l);
	return w;
}

void lock_set_release(struct lock_set *set)
{
	struct lock *l, *next;

	if (set->waiting)
		(void)settle(set, true, NULL);
	for (l = set->held; l; l = next) {
		next = l->held;
		release_one(set->table, l);
	}
	lock_set_init(set, set->table);
}

static enum step take_one(
    struct lock_set *set, struct hash128 key, struct op *op, struct status *st)
{
	bool in_order = set->n == 0 || key_compare(key, set->highest) > 0;

	switch (acquire(set, key, in_order ? op : NULL)) {
	case 0:
		return STEP_DONE;
	case ERR_WOULD_BLOCK:
		if (in_order)
			return STEP_PARK;
		status_set(st, ERR_WRITE_CONFLICT,
		    "a lock out of order is held by another operation");
		return STEP_ERROR;
	default:
		status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a record lock");
		return STEP_ERROR;
	}
}

enum step locks_take(struct lock_set *set, const struct hash128 *keys, int n, struct op *op,
    struct status *st)
{
	if (set->waiting) {
		bool stopped = op_check_now(op, st) != 0;

		switch (settle(set, stopped, op)) {
		case QUEUED:
			return STEP_PARK;
		case GRANTED:
		case LEFT:
			if (stopped)
				return STEP_ERROR;
		}
	}
	/* Those of an earlier call are found held by this set, and skipped. */
	for (int i = 0; i < n; i++) {
		enum step step = take_one(set, keys[i], op, st);

		if (step != STEP_DONE)
			return step;
	}
	return STEP_DONE;
}
