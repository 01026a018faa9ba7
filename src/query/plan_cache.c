#include "query/plan_cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "util/clock.h"
#include "util/hash.h"
#include "util/thread_slot.h"

#define STRIPES_MOST    64
#define STRIPE_LEAST    (64 * 1024) /* bytes: fewer stripes rather than smaller ones */
#define FIRST_BUCKETS   16
#define MALLOC_OVERHEAD 16
/* How often one that has been asked for may be passed over for one put. */
#define SECOND_CHANCES 8

struct entry {
	struct entry *next; /* in its bucket */
	struct entry *older, *newer;
	uint64_t hash;
	struct plan_cache_key key;
	struct plan_cache_plan plan;
	int64_t works, created_ms;
	size_t size;
	bool active;
	bool used; /* asked for since its turn came last */
	uint8_t bytes[]; /* of key and plan */
};

struct stripe {
	_Alignas(CACHE_LINE) pthread_mutex_t lock;
	struct entry **buckets;
	size_t n_buckets; /* a power of two; 0: none yet */
	size_t n, bytes, capacity;
	struct entry *oldest, *newest;
	int64_t hits, misses, replanned;
};

struct plan_cache {
	unsigned int n_stripes; /* a power of two */
	struct stripe stripes[];
};

/* ------------------------------------------------------- making and ending */

struct plan_cache *plan_cache_new(size_t capacity_bytes)
{
	struct plan_cache *pc;
	unsigned int n = STRIPES_MOST;
	size_t bytes;

	while (n > 1 && capacity_bytes / n < STRIPE_LEAST)
		n /= 2;
	bytes = sizeof(*pc) + n * sizeof(pc->stripes[0]);
	pc = aligned_alloc(CACHE_LINE, bytes);
	if (!pc)
		return NULL;
	memset(pc, 0, bytes);
	pc->n_stripes = n;
	for (unsigned int i = 0; i < n; i++) {
		pthread_mutex_init(&pc->stripes[i].lock, NULL);
		pc->stripes[i].capacity = capacity_bytes / n;
	}
	return pc;
}

void plan_cache_free(struct plan_cache *pc)
{
	if (!pc)
		return;
	for (unsigned int i = 0; i < pc->n_stripes; i++) {
		struct stripe *s = &pc->stripes[i];

		for (struct entry *e = s->oldest, *newer; e; e = newer) {
			newer = e->newer;
			free(e);
		}
		free(s->buckets);
		pthread_mutex_destroy(&s->lock);
	}
	free(pc);
}

/* --------------------------------------------------------------- an entry */

static uint64_t hash_of(const struct plan_cache_key *key)
{
	return hash128_bytes(key->table_id ^ key->restriction << 32, key->shape).low ^
	       (key->rest.len ? hash_bytes(key->rest) : 0);
}

/* Of the same queries, whatever the version. */
static bool is_for(const struct entry *e, uint64_t hash, const struct plan_cache_key *key)
{
	return e->hash == hash && e->key.table_id == key->table_id &&
	       e->key.restriction == key->restriction && view_equal(e->key.shape, key->shape) &&
	       view_equal(e->key.rest, key->rest);
}

/* The views that are copied with a key and a plan. */
static size_t list_views(struct plan_cache_key *key, struct plan_cache_plan *p, bool whole,
    struct view *out[static 16])
{
	size_t n = 0;

	out[n++] = &key->shape;
	out[n++] = &key->rest;
	out[n++] = &p->choice;
	if (!whole) {
		p->query = p->sort = p->projection = p->collation = view_of(NULL, 0);
		p->cached_plan = p->exec_stats = p->scores = view_of(NULL, 0);
		return n;
	}
	out[n++] = &p->query;
	out[n++] = &p->sort;
	out[n++] = &p->projection;
	out[n++] = &p->collation;
	out[n++] = &p->cached_plan;
	out[n++] = &p->exec_stats;
	out[n++] = &p->scores;
	return n;
}

static void copy_view(uint8_t **to, struct view *v)
{
	if (v->len)
		memcpy(*to, v->data, v->len);
	*v = view_of(*to, v->len);
	*to += v->len;
}

static void copy_text(uint8_t **to, const char **text)
{
	size_t len = strlen(*text) + 1;

	memcpy(*to, *text, len);
	*text = (const char *)*to;
	*to += len;
}

static struct entry *make_entry(uint64_t hash, const struct plan_cache_key *key,
    const struct plan_cache_plan *plan, bool whole)
{
	struct plan_cache_key k = *key;
	struct plan_cache_plan p = *plan;
	struct view *views[16];
	size_t n = list_views(&k, &p, whole, views);
	size_t len = strlen(p.shape_hash) + strlen(p.key_hash) + 2;
	struct entry *e;
	uint8_t *to;

	for (size_t i = 0; i < n; i++)
		len += views[i]->len;
	e = malloc(sizeof(*e) + len);
	if (!e)
		return NULL;
	to = e->bytes;
	for (size_t i = 0; i < n; i++)
		copy_view(&to, views[i]);
	copy_text(&to, &p.shape_hash);
	copy_text(&to, &p.key_hash);
	e->hash = hash;
	e->key = k;
	e->plan = p;
	e->created_ms = clock_wall_ms();
	e->size = sizeof(*e) + len + MALLOC_OVERHEAD;
	e->used = false;
	return e;
}

/* ------------------------------------------- a stripe's table, under its lock */

/* The low bits say which stripe, so the buckets go by the high ones. */
static struct stripe *stripe_of(struct plan_cache *pc, uint64_t hash)
{
	return &pc->stripes[hash & (pc->n_stripes - 1)];
}

static struct entry **bucket_of(const struct stripe *s, uint64_t hash)
{
	return &s->buckets[(hash >> 32) & (s->n_buckets - 1)];
}

/* False only when there is not a single bucket. */
static bool grow(struct stripe *s)
{
	size_t n_old = s->n_buckets;
	struct entry **old = s->buckets;
	struct entry **more = calloc(n_old ? n_old * 2 : FIRST_BUCKETS, sizeof(*more));

	if (!more)
		return n_old > 0;
	s->buckets = more;
	s->n_buckets = n_old ? n_old * 2 : FIRST_BUCKETS;
	for (struct entry *e = s->oldest; e; e = e->newer) {
		struct entry **to = bucket_of(s, e->hash);

		e->next = *to;
		*to = e;
	}
	free(old);
	return true;
}

static void unqueue(struct stripe *s, struct entry *e)
{
	*(e->older ? &e->older->newer : &s->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &s->newest) = e->older;
}

static void queue(struct stripe *s, struct entry *e)
{
	e->older = s->newest;
	e->newer = NULL;
	*(s->newest ? &s->newest->newer : &s->oldest) = e;
	s->newest = e;
}

static void drop(struct stripe *s, struct entry *e)
{
	struct entry **at = bucket_of(s, e->hash);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	unqueue(s, e);
	s->n--;
	s->bytes -= e->size;
	free(e);
}

/* What has been asked for since it came up last goes to the end once more. */
static void make_room(struct stripe *s, size_t size)
{
	int chances = SECOND_CHANCES;

	while (s->oldest && s->bytes + size > s->capacity) {
		struct entry *e = s->oldest;

		if (!e->used || chances-- <= 0) {
			drop(s, e);
			continue;
		}
		e->used = false;
		unqueue(s, e);
		queue(s, e);
	}
}

static void add(struct stripe *s, struct entry *e)
{
	struct entry **bucket;

	make_room(s, e->size);
	if (e->size > s->capacity || (s->n >= s->n_buckets && !grow(s))) {
		free(e);
		return;
	}
	bucket = bucket_of(s, e->hash);
	e->next = *bucket;
	*bucket = e;
	queue(s, e);
	s->n++;
	s->bytes += e->size;
}

/* Of any version but an older one, which goes. */
static struct entry *find_any(struct stripe *s, uint64_t hash, const struct plan_cache_key *key)
{
	struct entry *e = s->n_buckets ? *bucket_of(s, hash) : NULL;

	while (e && !is_for(e, hash, key))
		e = e->next;
	if (!e || e->key.version >= key->version)
		return e;
	drop(s, e);
	return NULL;
}

static struct entry *find(struct stripe *s, uint64_t hash, const struct plan_cache_key *key)
{
	struct entry *e = find_any(s, hash, key);

	return e && e->key.version == key->version ? e : NULL;
}

/* ------------------------------------------------------- what the header says */

bool plan_cache_find(struct plan_cache *pc, const struct plan_cache_key *key, struct arena *a,
    struct view *choice, int64_t *works)
{
	uint64_t hash = hash_of(key);
	struct stripe *s = stripe_of(pc, hash);
	struct entry *e;
	bool found;

	pthread_mutex_lock(&s->lock);
	e = find(s, hash, key);
	found = e && e->active;
	if (e)
		e->used = true;
	if (found) {
		*choice = arena_dup(a, e->plan.choice);
		*works = e->works;
	}
	s->hits += found;
	s->misses += !found;
	pthread_mutex_unlock(&s->lock);
	return found && choice->data;
}

/*
 * What becomes of the entry that is there, for a new one with such works: true, the new one
 * takes its place.
 */
static bool gives_way(struct entry *old, uint64_t version, int64_t works)
{
	if (old->key.version > version)
		return false;
	if (works <= old->works)
		return true;
	if (!old->active && __builtin_mul_overflow(old->works, 2, &old->works))
		old->works = INT64_MAX;
	return false;
}

void plan_cache_put(struct plan_cache *pc, const struct plan_cache_key *key,
    const struct plan_cache_plan *plan, int64_t works)
{
	uint64_t hash = hash_of(key);
	struct stripe *s = stripe_of(pc, hash);
	struct entry *old, *e;
	bool first;

	works = MAX_OF(works, 1);
	pthread_mutex_lock(&s->lock);
	old = find_any(s, hash, key);
	first = !old;
	if (!old || gives_way(old, key->version, works)) {
		e = make_entry(hash, key, plan, s->bytes < s->capacity / 2);
		if (e) {
			e->works = works;
			e->active = !first;
			if (old)
				drop(s, old);
			add(s, e);
		}
	}
	pthread_mutex_unlock(&s->lock);
}

static bool is_too_much(int64_t works, int64_t promised)
{
	return promised <= INT64_MAX / PLAN_CACHE_REPLAN &&
	       works > promised * PLAN_CACHE_REPLAN;
}

bool plan_cache_note(struct plan_cache *pc, const struct plan_cache_key *key, int64_t works)
{
	uint64_t hash = hash_of(key);
	struct stripe *s = stripe_of(pc, hash);
	struct entry *e;
	bool bad;

	pthread_mutex_lock(&s->lock);
	e = find(s, hash, key);
	bad = e && e->active && is_too_much(works, e->works);
	if (bad) {
		e->active = false;
		s->replanned++;
	}
	pthread_mutex_unlock(&s->lock);
	return !bad;
}

/* shape.data NULL: any. */
static void clear(struct plan_cache *pc, uint32_t table_id, struct view shape)
{
	for (unsigned int i = 0; i < pc->n_stripes; i++) {
		struct stripe *s = &pc->stripes[i];

		pthread_mutex_lock(&s->lock);
		for (struct entry *e = s->oldest, *newer; e; e = newer) {
			newer = e->newer;
			if (e->key.table_id == table_id &&
			    (!shape.data || view_equal(e->key.shape, shape)))
				drop(s, e);
		}
		pthread_mutex_unlock(&s->lock);
	}
}

void plan_cache_clear(struct plan_cache *pc, uint32_t table_id)
{
	clear(pc, table_id, view_of(NULL, 0));
}

void plan_cache_clear_shape(struct plan_cache *pc, uint32_t table_id, struct view shape)
{
	clear(pc, table_id, shape);
}

static bool copy_entry(const struct entry *e, struct arena *a, struct plan_cache_entry **list)
{
	struct plan_cache_entry *copy = arena_new(a, struct plan_cache_entry);
	struct plan_cache_key key = e->key;
	struct view *views[16];
	size_t n;

	if (!copy)
		return false;
	copy->plan = e->plan;
	n = list_views(&key, &copy->plan, true, views);
	for (size_t i = 0; i < n; i++)
		*views[i] = arena_dup(a, *views[i]);
	copy->plan.shape_hash = arena_strdup(a, e->plan.shape_hash);
	copy->plan.key_hash = arena_strdup(a, e->plan.key_hash);
	copy->active = e->active;
	copy->works = e->works;
	copy->created_ms = e->created_ms;
	copy->bytes = (int64_t)e->size;
	copy->next = *list;
	*list = copy;
	return !arena_failed(a);
}

bool plan_cache_list(struct plan_cache *pc, uint32_t table_id, uint64_t version,
    struct arena *a, struct plan_cache_entry **out)
{
	bool good = true;

	*out = NULL;
	for (unsigned int i = 0; i < pc->n_stripes && good; i++) {
		struct stripe *s = &pc->stripes[i];

		pthread_mutex_lock(&s->lock);
		for (struct entry *e = s->oldest; e && good; e = e->newer)
			if (e->key.table_id == table_id && e->key.version == version)
				good = copy_entry(e, a, out);
		pthread_mutex_unlock(&s->lock);
	}
	return good;
}

void plan_cache_stats(struct plan_cache *pc, struct plan_cache_stats *out)
{
	*out = (struct plan_cache_stats){0};
	for (unsigned int i = 0; i < pc->n_stripes; i++) {
		struct stripe *s = &pc->stripes[i];

		pthread_mutex_lock(&s->lock);
		out->bytes += (int64_t)s->bytes;
		out->entries += (int64_t)s->n;
		out->hits += s->hits;
		out->misses += s->misses;
		out->replanned += s->replanned;
		pthread_mutex_unlock(&s->lock);
	}
}
