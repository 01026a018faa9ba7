#include "util/arena.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CHUNK 4096
#define MOST_CHUNK  (256 * 1024)
#define ALIGN_TO    16
#ifdef __SANITIZE_ADDRESS__
#define SPARES_MOST 0
#else
#define SPARES_MOST 128
#endif

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* with this header */
};

struct arena_deferred {
	struct arena_deferred *next;
	void (*fn)(void *arg);
	void *arg;
};

void arena_init(struct arena *a, struct memory_account *account)
{
	*a = (struct arena){.account = account};
}

void arena_init_in(struct arena *a, struct memory_account *account, void *room, size_t size)
{
	*a = (struct arena){
	    .account = account, .room = room, .room_end = (uint8_t *)room + size};
	a->at = a->room;
	a->end = a->room_end;
}

/*
 * Chunks of the first size come and go with every request, and malloc takes long
 * for one: each thread keeps some.  Not under AddressSanitizer, which is to see what
 * is used after its end.
 */
struct spares {
	struct arena_chunk *chunks;
	int n;
};

static pthread_key_t spares_key;
static pthread_once_t spares_once = PTHREAD_ONCE_INIT;
static _Thread_local struct spares *spares;

static void free_spares(void *arg)
{
	struct spares *s = arg;

	while (s->chunks) {
		struct arena_chunk *c = s->chunks;

		s->chunks = c->next;
		free(c);
	}
	free(s);
}

static void make_key(void)
{
	if (pthread_key_create(&spares_key, free_spares))
		abort(); /* there are always more keys than this one */
}

/* NULL: none are kept. */
static struct spares *own_spares(void)
{
	if (SPARES_MOST == 0 || spares)
		return spares;
	pthread_once(&spares_once, make_key);
	spares = calloc(1, sizeof(*spares));
	if (spares && pthread_setspecific(spares_key, spares)) {
		free(spares);
		spares = NULL;
	}
	return spares;
}

static struct arena_chunk *new_chunk(size_t size)
{
	struct spares *s = size == FIRST_CHUNK ? own_spares() : NULL;
	struct arena_chunk *c;

	if (!s || !s->n)
		return malloc(size);
	c = s->chunks;
	s->chunks = c->next;
	s->n--;
	return c;
}

static void free_chunk(struct arena_chunk *c)
{
	struct spares *s = c->size == FIRST_CHUNK ? own_spares() : NULL;

	if (!s || s->n == SPARES_MOST) {
		free(c);
		return;
	}
	c->next = s->chunks;
	s->chunks = c;
	s->n++;
}

static void free_chunks(struct arena *a, struct arena_chunk *c)
{
	while (c) {
		struct arena_chunk *next = c->next;

		if (a->account)
			memory_release(a->account, c->size);
		free_chunk(c);
		c = next;
	}
}

bool arena_defer(struct arena *a, void (*fn)(void *arg), void *arg)
{
	struct arena_deferred *d = arena_alloc(a, sizeof(*d));

	if (!d)
		return false;
	*d = (struct arena_deferred){.next = a->deferred, .fn = fn, .arg = arg};
	a->deferred = d;
	return true;
}

static void run_deferred(struct arena *a)
{
	struct arena_deferred *d = a->deferred;

	a->deferred = NULL;
	for (; d; d = d->next)
		d->fn(d->arg);
}

void arena_clear(struct arena *a)
{
	run_deferred(a);
	free_chunks(a, a->chunks);
	*a = (struct arena){.account = a->account};
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *c = a->chunks;

	run_deferred(a);
	a->failed = false;
	if (a->room) {
		free_chunks(a, c);
		a->chunks = NULL;
		a->held_bytes = 0;
		a->at = a->room;
		a->end = a->room_end;
		return;
	}
	if (!c)
		return;
	free_chunks(a, c->next);
	c->next = NULL;
	a->held_bytes = c->size;
	a->at = (uint8_t *)(c + 1);
	a->end = (uint8_t *)c + c->size;
}

static bool add_chunk(struct arena *a, size_t need)
{
	size_t size = a->chunks ? MIN_OF(a->chunks->size * 2, MOST_CHUNK) : FIRST_CHUNK;
	struct arena_chunk *c;

	if (size < need + sizeof(*c))
		size = need + sizeof(*c);
	if (a->account && !memory_charge(a->account, size))
		return false;
	c = new_chunk(size);
	if (!c) {
		if (a->account)
			memory_release(a->account, size);
		return false;
	}
	c->next = a->chunks;
	c->size = size;
	a->held_bytes += size;
	a->chunks = c;
	a->at = (uint8_t *)(c + 1);
	a->end = (uint8_t *)c + size;
	return true;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p;

	if (size > SIZE_MAX / 2) {
		a->failed = true;
		return NULL;
	}
	size = (size + ALIGN_TO - 1) & ~(size_t)(ALIGN_TO - 1);
	if ((size_t)(a->end - a->at) < size && !add_chunk(a, size)) {
		a->failed = true;
		return NULL;
	}
	p = a->at;
	a->at += size;
	return p;
}

void *arena_calloc(struct arena *a, size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		a->failed = true;
		return NULL;
	}
	p = arena_alloc(a, bytes);
	return p ? memset(p, 0, bytes) : NULL;
}

struct view arena_dup(struct arena *a, struct view v)
{
	uint8_t *p = arena_alloc(a, v.len);

	if (!p)
		return (struct view){NULL, 0};
	if (v.len)
		memcpy(p, v.data, v.len);
	return view_of(p, v.len);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (!p)
		return NULL;
	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	return p;
}
