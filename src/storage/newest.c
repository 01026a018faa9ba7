#include "storage/newest.h"

#include <pthread.h>
#include <stdlib.h>

#include "storage/iter.h"
#include "util/hash.h"

#define KEY_MOST      31 /* of a longer key only so much is told from others */
#define CLAIMS_BEFORE 64 /* so that a collection with few inserts has no tables */
#define CLAIMS_LEAST  256
#define CLAIMS_MOST   4096

/* A record key, or the beginning of one, which then counts as higher than all that begin so. */
struct bound {
	uint8_t len;
	uint8_t bytes[KEY_MOST];
};

/* Claims one after the other, up to half the slots. */
struct generation {
	uint32_t *slots; /* hashes; 0: free */
	size_t n_slots, n;
	struct bound top; /* no claim in here or before is higher */
};

enum newest_state { UNKNOWN, NOTING, KNOWN };

struct newest {
	pthread_mutex_t lock;
	enum newest_state state;
	size_t n_before; /* claims while unknown */
	struct bound floor, top; /* top: of all claims */
	struct generation older, newer;
};

struct newest *newest_new(void)
{
	struct newest *n = calloc(1, sizeof(*n));

	if (n)
		pthread_mutex_init(&n->lock, NULL);
	return n;
}

void newest_free(struct newest *n)
{
	if (!n)
		return;
	free(n->older.slots);
	free(n->newer.slots);
	pthread_mutex_destroy(&n->lock);
	free(n);
}

/* ---- bounds */

static bool is_above(struct view key, const struct bound *b)
{
	size_t n = MIN_OF(key.len, b->len);
	int c = memcmp(key.data, b->bytes, n);

	/* A whole bound is above all that begins like it. */
	if (c == 0)
		return key.len > b->len && b->len < KEY_MOST;
	return c > 0;
}

static void raise(struct bound *b, struct view key)
{
	if (!is_above(key, b))
		return;
	b->len = (uint8_t)MIN_OF(key.len, KEY_MOST);
	memcpy(b->bytes, key.data, b->len);
}

static void raise_to(struct bound *b, const struct bound *other)
{
	if (is_above(view_of(other->bytes, other->len), b))
		*b = *other;
}

/* ---- generations */

static uint32_t hash_of(struct view key)
{
	uint32_t h = (uint32_t)hash_bytes(key);

	return h ? h : 1;
}

/* The key's slot, or the free one where it would be. */
static uint32_t *slot_of(const struct generation *g, uint32_t hash)
{
	size_t at = hash & (g->n_slots - 1);

	while (g->slots[at] && g->slots[at] != hash)
		at = (at + 1) & (g->n_slots - 1);
	return &g->slots[at];
}

static bool holds(const struct generation *g, uint32_t hash)
{
	return g->n && *slot_of(g, hash) == hash;
}

/* A newer generation, twice as large as the last as long as that is not large.  Without memory
 * all begins anew, as if nobody had claimed anything but the highest. */
static void begin_generation(struct newest *n)
{
	size_t n_slots = n->newer.n_slots ? 2 * n->newer.n_slots : 2 * CLAIMS_LEAST;

	raise_to(&n->floor, &n->older.top);
	free(n->older.slots);
	n->older = n->newer;
	n->older.top = n->top;
	n_slots = MIN_OF(n_slots, 2 * CLAIMS_MOST);
	n->newer = (struct generation){.slots = calloc(n_slots, sizeof(uint32_t))};
	n->newer.n_slots = n_slots;
	if (n->newer.slots)
		return;
	free(n->older.slots);
	n->older = n->newer = (struct generation){.n = 0};
	n->state = UNKNOWN;
	n->n_before = 0;
}

static void keep(struct newest *n, uint32_t hash)
{
	if (n->newer.n == n->newer.n_slots / 2)
		begin_generation(n);
	if (n->state == UNKNOWN)
		return;
	*slot_of(&n->newer, hash) = hash;
	n->newer.n++;
}

/* ---- claims, under the lock */

/* What was claimed before this is not above the floor, whatever the store says. */
static void begin_noting(struct newest *n)
{
	n->state = NOTING;
	n->floor = n->top;
	begin_generation(n);
}

static bool claim(struct newest *n, struct view key)
{
	uint32_t hash = hash_of(key);
	bool is_held;

	if (n->state == UNKNOWN && n->n_before++ >= CLAIMS_BEFORE)
		begin_noting(n);
	if (n->state == UNKNOWN || !is_above(key, &n->floor)) {
		raise(&n->top, key);
		return false;
	}
	is_held = holds(&n->newer, hash) || holds(&n->older, hash);
	if (!is_held)
		keep(n, hash);
	raise(&n->top, key);
	return !is_held && n->state == KNOWN;
}

/* ---- the store's highest key */

static int find_floor(struct newest *n, struct store *s, const struct collection *c,
    enum read_tier tier, struct status *st)
{
	struct iter_options o = {.tier = tier, .reverse = true};
	struct iter *it = iter_open_records(s, c, &o);
	int r;

	if (!it)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an iterator");
	r = iter_first(it, st);
	pthread_mutex_lock(&n->lock);
	if (r == 0)
		raise(&n->floor, iter_key(it));
	if ((r == 0 || r == ERR_ABSENT) && n->state == NOTING)
		n->state = KNOWN;
	pthread_mutex_unlock(&n->lock);
	iter_close(it);
	return r == ERR_ABSENT ? 0 : r;
}

int newest_claim(struct store *s, const struct collection *c, struct view record_key,
    enum read_tier tier, bool *is_new, struct status *st)
{
	struct newest *n = c->live->newest;
	bool noting;

	pthread_mutex_lock(&n->lock);
	*is_new = claim(n, record_key);
	noting = n->state == NOTING;
	pthread_mutex_unlock(&n->lock);
	return noting ? find_floor(n, s, c, tier, st) : 0;
}
