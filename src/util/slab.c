#include "util/slab.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)	  ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define CHUNK_BYTES ((size_t)2 << 20)
#define RUN_BYTES   ((size_t)64 << 10)
#define RUNS	    (CHUNK_BYTES / RUN_BYTES)
#define ALL_RUNS    UINT32_MAX /* a bit for each */
#define LEAST	    64	       /* the smallest class */
#define CLASSES	    64
#define SMALL_CHUNKS 4 /* so many are not worth a huge page each */

static_assert(RUNS == 32, "a chunk's runs are the bits of 32");

struct chunk {
	struct chunk *next, *prev; /* of those with free runs */
	uint8_t *base;
	uint32_t free_runs;
};

/* At the beginning of its 64 KiB. */
struct run {
	struct slab *slab;
	struct chunk *chunk;
	struct run *next, *prev; /* of its class, with free objects */
	struct free_object *free;
	uint32_t n_used, n_begun; /* the others have never been taken */
	uint32_t capacity;
	int class;
	_Alignas(8) uint8_t objects[];
};

struct free_object {
	struct free_object *next;
};

struct slab {
	pthread_mutex_t lock;
	struct run *runs[CLASSES];
	struct chunk *chunks;
	size_t n_chunks;
};

struct slab *slab_new(void)
{
	struct slab *s = calloc(1, sizeof(*s));

	if (s)
		pthread_mutex_init(&s->lock, NULL);
	return s;
}

void slab_free(struct slab *s)
{
	if (!s)
		return;
	assert(s->n_chunks == 0);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* ---- classes: 64, 72, 80 ... 120, 128, 144 ... */

static int class_of(size_t n)
{
	int doubling;
	size_t above;

	if (n <= LEAST)
		return 0;
	doubling = 63 - __builtin_clzll((n - 1) / LEAST);
	above = n - 1 - ((size_t)LEAST << doubling);
	return 8 * doubling + (int)(above >> (doubling + 3)) + 1;
}

static size_t class_size(int class)
{
	return (size_t)(LEAST + 8 * (class % 8)) << (class / 8);
}

size_t slab_size(size_t n)
{
	return class_size(class_of(n));
}

/* ---- chunks */

/* Twice as much is asked for, for where it begins is not ours to say. */
static uint8_t *map_chunk(void)
{
	uint8_t *p = mmap(NULL, 2 * CHUNK_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before;

	if (p == MAP_FAILED)
		return NULL;
	before = (CHUNK_BYTES - (uintptr_t)p % CHUNK_BYTES) % CHUNK_BYTES;
	if (before)
		munmap(p, before);
	munmap(p + before + CHUNK_BYTES, CHUNK_BYTES - before);
	return p + before;
}

static void put_chunk(struct slab *s, struct chunk *c)
{
	c->prev = NULL;
	c->next = s->chunks;
	if (c->next)
		c->next->prev = c;
	s->chunks = c;
}

static void take_chunk_out(struct slab *s, struct chunk *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		s->chunks = c->next;
	if (c->next)
		c->next->prev = c->prev;
}

static struct chunk *new_chunk(struct slab *s)
{
	struct chunk *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->base = map_chunk();
	if (!c->base) {
		free(c);
		return NULL;
	}
	/* Without it, all is only slower. */
	if (s->n_chunks >= SMALL_CHUNKS)
		(void)madvise(c->base, CHUNK_BYTES, MADV_HUGEPAGE);
	c->free_runs = ALL_RUNS;
	s->n_chunks++;
	put_chunk(s, c);
	return c;
}

static void free_chunk(struct slab *s, struct chunk *c)
{
	take_chunk_out(s, c);
	s->n_chunks--;
	ASAN_UNPOISON_MEMORY_REGION(c->base, CHUNK_BYTES);
	munmap(c->base, CHUNK_BYTES);
	free(c);
}

/* ---- runs */

static void put_run(struct slab *s, struct run *r)
{
	r->prev = NULL;
	r->next = s->runs[r->class];
	if (r->next)
		r->next->prev = r;
	s->runs[r->class] = r;
}

static void take_run_out(struct slab *s, struct run *r)
{
	if (r->prev)
		r->prev->next = r->next;
	else
		s->runs[r->class] = r->next;
	if (r->next)
		r->next->prev = r->prev;
}

static struct run *new_run(struct slab *s, int class)
{
	struct chunk *c = s->chunks ? s->chunks : new_chunk(s);
	struct run *r;
	int place;

	if (!c)
		return NULL;
	place = __builtin_ctz(c->free_runs);
	c->free_runs &= ~(UINT32_C(1) << place);
	if (!c->free_runs)
		take_chunk_out(s, c);
	r = (struct run *)(c->base + (size_t)place * RUN_BYTES);
	ASAN_UNPOISON_MEMORY_REGION(r, sizeof(*r));
	*r = (struct run){.slab = s,
	    .chunk = c,
	    .capacity = (uint32_t)((RUN_BYTES - sizeof(*r)) / class_size(class)),
	    .class = class};
	ASAN_POISON_MEMORY_REGION(r->objects, RUN_BYTES - sizeof(*r));
	put_run(s, r);
	return r;
}

static void free_run(struct slab *s, struct run *r)
{
	struct chunk *c = r->chunk;
	bool was_full = !c->free_runs;

	take_run_out(s, r);
	c->free_runs |= UINT32_C(1) << (size_t)((uint8_t *)r - c->base) / RUN_BYTES;
	if (was_full)
		put_chunk(s, c);
	if (c->free_runs == ALL_RUNS)
		free_chunk(s, c);
}

/* ---- objects */

static void *take_from(struct slab *s, struct run *r)
{
	size_t size = class_size(r->class);
	struct free_object *o = r->free;

	if (o) {
		ASAN_UNPOISON_MEMORY_REGION(o, size);
		r->free = o->next;
	} else {
		o = (struct free_object *)(r->objects + r->n_begun++ * size);
		ASAN_UNPOISON_MEMORY_REGION(o, size);
	}
	if (++r->n_used == r->capacity)
		take_run_out(s, r);
	return o;
}

void *slab_take(struct slab *s, size_t n)
{
	int class = class_of(n);
	struct run *r;
	void *o = NULL;

	assert(n <= SLAB_MOST);
	pthread_mutex_lock(&s->lock);
	r = s->runs[class] ? s->runs[class] : new_run(s, class);
	if (r)
		o = take_from(s, r);
	pthread_mutex_unlock(&s->lock);
	return o;
}

void slab_give(void *object)
{
	struct run *r = (struct run *)((uintptr_t)object & ~(RUN_BYTES - 1));
	struct free_object *o = object;
	struct slab *s = r->slab;

	pthread_mutex_lock(&s->lock);
	o->next = r->free;
	r->free = o;
	ASAN_POISON_MEMORY_REGION(o, class_size(r->class));
	if (r->n_used-- == r->capacity)
		put_run(s, r);
	if (r->n_used == 0)
		free_run(s, r);
	pthread_mutex_unlock(&s->lock);
}

size_t slab_bytes(struct slab *s)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = s->n_chunks * CHUNK_BYTES;
	pthread_mutex_unlock(&s->lock);
	return n;
}
