/*
 * util/util.h - the few macros that every file may use.
 */
#ifndef UTIL_UTIL_H
#define UTIL_UTIL_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The result says whether it worked and may not be dropped. */
#define MUST_CHECK	   __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a)  __attribute__((format(printf, f, a)))

#define ARRAY_LEN(a)	   (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b)	   ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b)	   ((a) > (b) ? (a) : (b))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))

#endif
