#include "storage/record_cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "util/hash.h"
#include "util/slab.h"
#include "util/thread_slot.h"

#define STRIPES_MOST    64
#define STRIPE_LEAST    (256 * 1024) /* bytes: fewer stripes rather than smaller ones */
#define FIRST_SLOTS     16
#define SEEN_SLOTS      4096 /* of each stripe: what has been asked for once */
#define SECOND_CHANCES  8
#define MALLOC_OVERHEAD 16
#define SLOT_BYTES      24 /* a slot and a half */
#define PREFETCH_BYTES  1152 /* of a record: its head, and most documents */

struct cached_record {
	struct cached_record *older, *newer;
	uint64_t hash;
	/* What a find looks at stands together. */
	_Atomic uint32_t refs; /* one is the stripe's */
	uint32_t key_len, doc_len;
	bool used; /* asked for since its turn came last */
	bool in_slab; /* else malloc's */
	uint8_t bytes[]; /* the key, the document */
};

/* The hash stands beside the record, whose own memory is far away. */
struct slot {
	uint64_t hash;
	struct cached_record *record; /* NULL: free */
};

struct stripe {
	_Alignas(CACHE_LINE) pthread_mutex_t lock;
	uint64_t version; /* raised by each write; begins at 1 */
	unsigned int writers; /* between begin_write and end_write */
	struct slot *slots; /* a record is in the first free one from its own on */
	size_t n_slots; /* a power of two; 0: none yet */
	size_t n;
	size_t bytes, capacity;
	struct cached_record *oldest, *newest;
	uint16_t *seen; /* NULL until it is full */
	int64_t hits, misses;
};

struct record_cache {
	struct slab *slab;
	unsigned int n_stripes; /* a power of two */
	struct stripe stripes[];
};

/* ---- making and ending */

struct record_cache *record_cache_new(size_t capacity_bytes)
{
	struct record_cache *rc;
	unsigned int n = STRIPES_MOST;
	size_t bytes;

	while (n > 1 && capacity_bytes / n < STRIPE_LEAST)
		n /= 2;
	bytes = sizeof(*rc) + n * sizeof(rc->stripes[0]);
	rc = aligned_alloc(CACHE_LINE, bytes);
	if (!rc)
		return NULL;
	memset(rc, 0, bytes);
	rc->slab = slab_new();
	if (!rc->slab) {
		free(rc);
		return NULL;
	}
	rc->n_stripes = n;
	for (unsigned int i = 0; i < n; i++) {
		pthread_mutex_init(&rc->stripes[i].lock, NULL);
		rc->stripes[i].version = 1;
		rc->stripes[i].capacity = capacity_bytes / n;
	}
	return rc;
}

void record_cache_release(struct cached_record *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (r->in_slab)
		slab_give(r);
	else
		free(r);
}

void record_cache_free(struct record_cache *rc)
{
	if (!rc)
		return;
	for (unsigned int i = 0; i < rc->n_stripes; i++) {
		struct stripe *s = &rc->stripes[i];

		for (struct cached_record *r = s->oldest, *newer; r; r = newer) {
			newer = r->newer;
			record_cache_release(r);
		}
		free(s->slots);
		free(s->seen);
		pthread_mutex_destroy(&s->lock);
	}
	slab_free(rc->slab);
	free(rc);
}

uint64_t record_cache_hash(struct view key)
{
	return hash_bytes(key);
}

struct cached_record *record_cache_make(
    struct record_cache *rc, struct view key, struct view doc)
{
	size_t size = sizeof(struct cached_record) + key.len + doc.len;
	struct cached_record *r;

	if (doc.len > RECORD_CACHE_DOC_MAX)
		return NULL;
	r = size <= SLAB_MOST ? slab_take(rc->slab, size) : malloc(size);
	if (!r)
		return NULL;
	r->in_slab = size <= SLAB_MOST;
	r->hash = record_cache_hash(key);
	atomic_init(&r->refs, 1);
	r->used = false;
	r->key_len = (uint32_t)key.len;
	r->doc_len = (uint32_t)doc.len;
	memcpy(r->bytes, key.data, key.len);
	memcpy(r->bytes + key.len, doc.data, doc.len);
	return r;
}

/* ---- a stripe's tables, under its lock */

/* The low bits say which stripe, so the slots go by the high ones. */
static struct stripe *stripe_of(struct record_cache *rc, uint64_t hash)
{
	return &rc->stripes[hash & (rc->n_stripes - 1)];
}

static size_t slot_of(const struct stripe *s, uint64_t hash)
{
	return (hash >> 32) & (s->n_slots - 1);
}

static size_t next_slot(const struct stripe *s, size_t at)
{
	return (at + 1) & (s->n_slots - 1);
}

static size_t cost(size_t key_len, size_t doc_len)
{
	size_t size = sizeof(struct cached_record) + key_len + doc_len;

	return SLOT_BYTES + (size <= SLAB_MOST ? slab_size(size) : size + MALLOC_OVERHEAD);
}

static size_t cost_of(const struct cached_record *r)
{
	return cost(r->key_len, r->doc_len);
}

static void put_newest(struct stripe *s, struct cached_record *r)
{
	r->newer = NULL;
	r->older = s->newest;
	if (s->newest)
		s->newest->newer = r;
	else
		s->oldest = r;
	s->newest = r;
}

static void take_from_ages(struct stripe *s, struct cached_record *r)
{
	if (r->older)
		r->older->newer = r->newer;
	else
		s->oldest = r->newer;
	if (r->newer)
		r->newer->older = r->older;
	else
		s->newest = r->older;
}

static void fill_slot(struct stripe *s, struct cached_record *r)
{
	size_t at = slot_of(s, r->hash);

	while (s->slots[at].record)
		at = next_slot(s, at);
	s->slots[at] = (struct slot){.hash = r->hash, .record = r};
}

/* At most two thirds are full.  False: no memory for more. */
static bool make_slots(struct stripe *s)
{
	size_t n_old = s->n_slots;
	struct slot *old = s->slots, *slots;

	if (3 * (s->n + 1) <= 2 * n_old)
		return true;
	slots = calloc(n_old ? 2 * n_old : FIRST_SLOTS, sizeof(*slots));
	if (!slots)
		return false;
	/* record_cache_prefetch looks at these without the lock. */
	__atomic_store_n(&s->slots, slots, __ATOMIC_RELAXED);
	__atomic_store_n(&s->n_slots, n_old ? 2 * n_old : FIRST_SLOTS, __ATOMIC_RELAXED);
	for (size_t i = 0; i < n_old; i++)
		if (old[i].record)
			fill_slot(s, old[i].record);
	free(old);
	return true;
}

/* Those behind it that could not have their own place move up. */
static void empty_slot(struct stripe *s, size_t at)
{
	for (size_t i = next_slot(s, at); s->slots[i].record; i = next_slot(s, i)) {
		size_t from = slot_of(s, s->slots[i].hash);

		/* Is its own place outside of what lies between the hole and it? */
		if (((i - from) & (s->n_slots - 1)) >= ((i - at) & (s->n_slots - 1))) {
			s->slots[at] = s->slots[i];
			at = i;
		}
	}
	s->slots[at].record = NULL;
}

static void drop(struct stripe *s, size_t at)
{
	struct cached_record *r = s->slots[at].record;

	empty_slot(s, at);
	take_from_ages(s, r);
	s->n--;
	s->bytes -= cost_of(r);
	record_cache_release(r);
}

static void drop_oldest(struct stripe *s)
{
	size_t at = slot_of(s, s->oldest->hash);

	while (s->slots[at].record != s->oldest)
		at = next_slot(s, at);
	drop(s, at);
}

/* Whoever has been asked for since has another turn; not all of them, so that
 * this is short. */
static void make_room(struct stripe *s)
{
	int chances = SECOND_CHANCES;

	while (s->bytes > s->capacity && s->oldest) {
		struct cached_record *r = s->oldest;

		if (r->used && chances-- > 0) {
			r->used = false;
			take_from_ages(s, r);
			put_newest(s, r);
		} else {
			drop_oldest(s);
		}
	}
}

/* The stripe's from now on, or gone. */
static void insert(struct stripe *s, struct cached_record *r)
{
	if (!make_slots(s)) {
		record_cache_release(r);
		return;
	}
	fill_slot(s, r);
	put_newest(s, r);
	s->n++;
	s->bytes += cost_of(r);
	make_room(s);
}

/* By the whole hash alone: who takes one out too many does no harm. */
static bool drop_hash(struct stripe *s, uint64_t hash)
{
	size_t at = slot_of(s, hash);
	bool found = false;

	while (s->n && s->slots[at].record) {
		if (s->slots[at].hash == hash) {
			drop(s, at);
			found = true; /* and another one may have moved up */
		} else {
			at = next_slot(s, at);
		}
	}
	return found;
}

/* A record lies anywhere in memory, and all of it is about to be read: the misses are better
 * waited for together. */
static void prefetch(const struct cached_record *r)
{
	const uint8_t *from = (const uint8_t *)&r->refs;

	for (size_t i = 0; i < PREFETCH_BYTES; i += CACHE_LINE)
		__builtin_prefetch(from + i);
}

static struct cached_record *find(const struct stripe *s, struct view key, uint64_t hash)
{
	if (!s->n)
		return NULL;
	for (size_t at = slot_of(s, hash); s->slots[at].record; at = next_slot(s, at)) {
		struct cached_record *r = s->slots[at].record;

		if (s->slots[at].hash != hash)
			continue;
		prefetch(r);
		if (r->key_len == key.len && memcmp(r->bytes, key.data, key.len) == 0)
			return r;
	}
	return NULL;
}

/* ---- reading */

/* Without the lock: where it looks may be of the past, but nothing there is read. */
void record_cache_prefetch(struct record_cache *rc, uint64_t hash)
{
	struct stripe *s = stripe_of(rc, hash);
	const struct slot *slots = __atomic_load_n(&s->slots, __ATOMIC_RELAXED);
	size_t n_slots = __atomic_load_n(&s->n_slots, __ATOMIC_RELAXED);

	__builtin_prefetch(&s->lock, 1);
	if (n_slots)
		__builtin_prefetch(slots + (hash >> 32 & (n_slots - 1)));
}

struct cached_record *record_cache_find(
    struct record_cache *rc, struct view key, uint64_t hash, struct view *doc)
{
	struct stripe *s = stripe_of(rc, hash);
	struct cached_record *r;

	pthread_mutex_lock(&s->lock);
	r = find(s, key, hash);
	if (r) {
		if (!r->used)
			r->used = true;
		atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
		s->hits++;
	} else {
		s->misses++;
	}
	pthread_mutex_unlock(&s->lock);
	if (r)
		*doc = view_of(r->bytes + r->key_len, r->doc_len);
	return r;
}

uint64_t record_cache_begin_read(struct record_cache *rc, uint64_t hash)
{
	struct stripe *s = stripe_of(rc, hash);
	uint64_t ticket;

	pthread_mutex_lock(&s->lock);
	ticket = s->writers ? 0 : s->version;
	pthread_mutex_unlock(&s->lock);
	return ticket;
}

/* Under the lock.  A full stripe wants to have seen it before. */
static bool is_welcome(struct stripe *s, uint64_t hash, size_t bytes)
{
	uint16_t mark = (uint16_t)((hash >> 48) | 1), *slot;

	if (bytes > s->capacity / 4)
		return false;
	if (s->bytes + bytes <= s->capacity)
		return true;
	if (!s->seen)
		s->seen = calloc(SEEN_SLOTS, sizeof(*s->seen));
	if (!s->seen)
		return true;
	slot = &s->seen[(hash >> 16) & (SEEN_SLOTS - 1)];
	if (*slot == mark) {
		*slot = 0;
		return true;
	}
	*slot = mark;
	return false;
}

void record_cache_end_read(
    struct record_cache *rc, struct view key, uint64_t hash, struct view doc, uint64_t ticket)
{
	struct stripe *s = stripe_of(rc, hash);
	struct cached_record *r;
	bool wanted;

	if (!ticket || doc.len > RECORD_CACHE_DOC_MAX)
		return;
	pthread_mutex_lock(&s->lock);
	wanted = s->version == ticket && is_welcome(s, hash, cost(key.len, doc.len));
	pthread_mutex_unlock(&s->lock);
	r = wanted ? record_cache_make(rc, key, doc) : NULL;
	if (!r)
		return;
	pthread_mutex_lock(&s->lock);
	if (s->version == ticket && !find(s, key, hash)) {
		insert(s, r);
		r = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	record_cache_release(r);
}

/* ---- writing */

void record_cache_begin_write(struct record_cache *rc, struct record_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct stripe *s = stripe_of(rc, changes[i].hash);

		pthread_mutex_lock(&s->lock);
		s->version++;
		s->writers++;
		changes[i].was_cached = drop_hash(s, changes[i].hash);
		pthread_mutex_unlock(&s->lock);
	}
}

/* In the order of the changes: of two of the same record the later one stays. */
void record_cache_end_write(
    struct record_cache *rc, struct record_change *changes, size_t n, bool done)
{
	for (size_t i = 0; i < n; i++) {
		struct stripe *s = stripe_of(rc, changes[i].hash);
		struct record_change *c = &changes[i];

		pthread_mutex_lock(&s->lock);
		assert(s->writers > 0);
		s->version++;
		s->writers--;
		if (done && drop_hash(s, c->hash))
			c->was_cached = true;
		if (done && c->was_cached && c->fresh) {
			insert(s, c->fresh);
			c->fresh = NULL;
		}
		pthread_mutex_unlock(&s->lock);
	}
}

void record_cache_stats(struct record_cache *rc, struct record_cache_stats *out)
{
	*out = (struct record_cache_stats){0};
	for (unsigned int i = 0; i < rc->n_stripes; i++) {
		struct stripe *s = &rc->stripes[i];

		pthread_mutex_lock(&s->lock);
		out->used_bytes += (int64_t)s->bytes;
		out->capacity_bytes += (int64_t)s->capacity;
		out->records += (int64_t)s->n;
		out->hits += s->hits;
		out->misses += s->misses;
		pthread_mutex_unlock(&s->lock);
	}
}
