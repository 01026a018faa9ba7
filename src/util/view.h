/*
 * util/view.h - bytes that belong to somebody else.
 *
 * A view is valid as long as its lender says; who must keep the bytes longer
 * copies them (arena_dup and friends name the life they are copied into).
 */
#ifndef UTIL_VIEW_H
#define UTIL_VIEW_H

#include <string.h>

#include "util/util.h"

struct view {
	const uint8_t *data;
	size_t len;
};

static inline struct view view_of(const void *data, size_t len)
{
	return (struct view){(const uint8_t *)data, len};
}

/* The bytes of a C string, without its NUL. */
static inline struct view view_of_str(const char *s)
{
	return view_of(s, strlen(s));
}

static inline bool view_equal(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* memcmp order; of two where one begins with the other the shorter is less. */
static inline int view_compare(struct view a, struct view b)
{
	size_t n = MIN_OF(a.len, b.len);
	int c = n ? memcmp(a.data, b.data, n) : 0;

	return c ? c : (a.len > b.len) - (a.len < b.len);
}

#endif
