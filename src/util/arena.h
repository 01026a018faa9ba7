/*
 * util/arena.h - memory that ends together.
 *
 * Three lives use them: a row's arena is reset for each document, a request's
 * when it is answered, a cursor's when it is closed.  A pointer reaches a
 * longer life only by arena_dup into that life's arena.
 *
 * An arena is charged to a memory account.  A failed allocation (the account
 * is full, or the system is) returns NULL and makes the arena sticky-failed:
 * callers that build many small things may check arena_failed once, as long
 * as they do not dereference a NULL before.
 *
 * Threads: an arena belongs to one request at a time.
 */
#ifndef UTIL_ARENA_H
#define UTIL_ARENA_H

#include "util/memory.h"
#include "util/view.h"

struct arena_chunk;
struct arena_deferred;

struct arena {
	struct arena_chunk *chunks; /* the newest first */
	struct arena_deferred *deferred;
	uint8_t *at, *end;	    /* the free part of the newest chunk */
	size_t held_bytes; /* in chunks */
	struct memory_account *account;
	uint8_t *room, *room_end; /* the owner's memory, which comes first; or NULL */
	bool failed;
};

/* Allocates nothing yet.  account may be NULL (in tests). */
void arena_init(struct arena *a, struct memory_account *account);
/* What is small needs no memory but the size bytes at room, which are the owner's,
 * not charged, aligned to 16, and live as long as the arena. */
void arena_init_in(struct arena *a, struct memory_account *account, void *room, size_t size);
/* Frees all. */
void arena_clear(struct arena *a);
/* Forgets all but keeps one chunk for what comes next. */
void arena_reset(struct arena *a);

/*
 * Calls fn(arg) when the arena is cleared or reset, the latest first: for what
 * another library allocates on behalf of something in the arena.  False when
 * there is no memory; fn is then not called at all.
 */
MUST_CHECK bool arena_defer(struct arena *a, void (*fn)(void *arg), void *arg);

static inline bool arena_failed(const struct arena *a)
{
	return a->failed;
}

/* Aligned for every type (16 bytes), not zeroed.  NULL when there is no memory. */
void *arena_alloc(struct arena *a, size_t size);
/* Zeroed; n * size is checked against overflow. */
void *arena_calloc(struct arena *a, size_t n, size_t size);
/* A copy of the bytes; data is NULL when there is no memory. */
struct view arena_dup(struct arena *a, struct view v);
/* A copy with a NUL behind it. */
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3);

#define arena_new(a, type)	    ((type *)arena_calloc(a, 1, sizeof(type)))
#define arena_new_array(a, n, type) ((type *)arena_calloc(a, n, sizeof(type)))

#endif
