#include "query/index_filters.h"

#include <pthread.h>
#include <stdlib.h>

#include "util/hash.h"

#define BUCKETS 64

struct entry {
	struct entry *next;
	uint64_t hash, id;
	struct view shape;
	struct index_filter filter;
	struct arena arena;
};

struct index_filters {
	struct live_extra extra; /* the collection's */
	pthread_rwlock_t lock;
	struct entry *buckets[BUCKETS];
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an index filter");
}

static void free_entry(struct entry *e)
{
	arena_clear(&e->arena);
	free(e);
}

static void free_all(struct live_extra *extra)
{
	struct index_filters *fs = container_of(extra, struct index_filters, extra);

	for (int i = 0; i < BUCKETS; i++)
		for (struct entry *e = fs->buckets[i], *next; e; e = next) {
			next = e->next;
			free_entry(e);
		}
	pthread_rwlock_destroy(&fs->lock);
	free(fs);
}

static struct index_filters *find_filters(const struct collection *c)
{
	struct live_extra *extra = atomic_load_explicit(&c->live->extra, memory_order_acquire);

	return extra ? container_of(extra, struct index_filters, extra) : NULL;
}

/* Made by the first who wants to set one. */
static struct index_filters *take_filters(const struct collection *c)
{
	struct index_filters *fs = find_filters(c);
	struct live_extra *none = NULL;

	if (fs)
		return fs;
	fs = calloc(1, sizeof(*fs));
	if (!fs)
		return NULL;
	fs->extra.free = free_all;
	pthread_rwlock_init(&fs->lock, NULL);
	if (atomic_compare_exchange_strong(&c->live->extra, &none, &fs->extra))
		return fs;
	free_all(&fs->extra);
	return find_filters(c);
}

/* Where it is, or where one of that shape would be. */
static struct entry **find_place(struct index_filters *fs, uint64_t hash, struct view shape)
{
	struct entry **at = &fs->buckets[hash % BUCKETS];

	while (*at && ((*at)->hash != hash || !view_equal((*at)->shape, shape)))
		at = &(*at)->next;
	return at;
}

static void copy_filter(
    struct arena *a, const struct index_filter *from, struct index_filter *to)
{
	to->query = arena_dup(a, from->query);
	to->sort = arena_dup(a, from->sort);
	to->projection = arena_dup(a, from->projection);
	to->collation = arena_dup(a, from->collation);
	to->indexes = arena_dup(a, from->indexes);
}

static struct entry *make_entry(uint64_t hash, struct view shape, const struct index_filter *f)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	arena_init(&e->arena, NULL);
	e->hash = hash;
	e->id = restriction_draw_id();
	e->shape = arena_dup(&e->arena, shape);
	copy_filter(&e->arena, f, &e->filter);
	if (!arena_failed(&e->arena))
		return e;
	free_entry(e);
	return NULL;
}

int index_filters_set(const struct collection *c, struct view shape,
    const struct index_filter *f, struct status *st)
{
	uint64_t hash = hash_bytes(shape);
	struct index_filters *fs = take_filters(c);
	struct entry *e = fs ? make_entry(hash, shape, f) : NULL;
	struct entry **at, *old;

	if (!e)
		return no_memory(st);
	pthread_rwlock_wrlock(&fs->lock);
	at = find_place(fs, hash, shape);
	old = *at;
	e->next = old ? old->next : NULL;
	*at = e;
	pthread_rwlock_unlock(&fs->lock);
	if (old)
		free_entry(old);
	return 0;
}

static struct restriction *make_restriction(const struct entry *e, struct arena *a)
{
	struct restriction *r = arena_new(a, struct restriction);

	if (!r)
		return NULL;
	r->id = e->id;
	r->index_filter = true;
	r->indexes = arena_dup(a, e->filter.indexes);
	return arena_failed(a) ? NULL : r;
}

int index_filters_find(const struct collection *c, struct view shape, struct arena *a,
    const struct restriction **out, struct status *st)
{
	struct index_filters *fs = find_filters(c);
	const struct entry *e;

	*out = NULL;
	if (!fs)
		return 0;
	pthread_rwlock_rdlock(&fs->lock);
	e = *find_place(fs, hash_bytes(shape), shape);
	if (e)
		*out = make_restriction(e, a);
	pthread_rwlock_unlock(&fs->lock);
	return e && !*out ? no_memory(st) : 0;
}

void index_filters_clear(const struct collection *c, struct view shape)
{
	struct index_filters *fs = find_filters(c);
	struct entry *gone = NULL;

	if (!fs)
		return;
	pthread_rwlock_wrlock(&fs->lock);
	for (int i = 0; i < BUCKETS; i++)
		for (struct entry **at = &fs->buckets[i]; *at;) {
			struct entry *e = *at;

			if (shape.data && !view_equal(e->shape, shape)) {
				at = &e->next;
				continue;
			}
			*at = e->next;
			e->next = gone;
			gone = e;
		}
	pthread_rwlock_unlock(&fs->lock);
	for (struct entry *next; gone; gone = next) {
		next = gone->next;
		free_entry(gone);
	}
}

int index_filters_list(
    const struct collection *c, struct arena *a, struct index_filter **out, struct status *st)
{
	struct index_filters *fs = find_filters(c);

	*out = NULL;
	if (!fs)
		return 0;
	pthread_rwlock_rdlock(&fs->lock);
	for (int i = 0; i < BUCKETS; i++)
		for (struct entry *e = fs->buckets[i]; e && !arena_failed(a); e = e->next) {
			struct index_filter *copy = arena_new(a, struct index_filter);

			if (!copy)
				break;
			copy_filter(a, &e->filter, copy);
			copy->next = *out;
			*out = copy;
		}
	pthread_rwlock_unlock(&fs->lock);
	return arena_failed(a) ? no_memory(st) : 0;
}
