/*
 * support/random_doc.h - random values of few kinds and few names, so that
 * random filters and updates meet them often.
 *
 * A header alone; seeded by the test, the same on every machine.
 */
#ifndef SUPPORT_RANDOM_DOC_H
#define SUPPORT_RANDOM_DOC_H

#include <math.h>

#include "bson/builder.h"

struct random {
	uint64_t state;
};

static inline uint32_t random_below(struct random *r, uint32_t n)
{
	r->state = r->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(r->state >> 33) % n;
}

static inline const char *random_name(struct random *r)
{
	static const char *const names[] = {"a", "b", "c", "0", "1"};

	return names[random_below(r, 5)];
}

static inline void random_doc_fields(struct random *r, struct builder *b, int depth);

/* 0, 1, 2, 0.5, NaN */
static inline void random_decimal(struct random *r, struct builder *b, const char *name)
{
	static const struct {
		uint8_t digit, low, high;
	} kinds[] = {
	    {0, 0x40, 0x30}, {1, 0x40, 0x30}, {2, 0x40, 0x30}, {5, 0x3E, 0x30}, {0, 0, 0x7C}};
	uint32_t k = random_below(r, 5);
	uint8_t bytes[16] = {kinds[k].digit};

	bytes[14] = kinds[k].low;
	bytes[15] = kinds[k].high;
	builder_value(b, name, (struct value){bytes, sizeof(bytes), TYPE_DECIMAL128});
}

/* What is rare besides. */
static inline void random_odd(struct random *r, struct builder *b, const char *name)
{
	static const uint8_t bytes[] = {5, 1};

	switch (random_below(r, 4)) {
	case 0:
		builder_regex(b, name, "^x", "");
		break;
	case 1:
		builder_binary(b, name, 0, bytes, random_below(r, 3));
		break;
	default:
		random_decimal(r, b, name);
	}
}

/* name NULL inside an array */
static inline void random_value(
    struct random *r, struct builder *b, const char *name, int depth)
{
	switch (random_below(r, depth > 0 ? 15 : 10)) {
	case 0:
	case 1:
	case 2:
		builder_i32(b, name, (int32_t)random_below(r, 4) - 1);
		break;
	case 3:
		builder_double(b, name, random_below(r, 4) / 2.0);
		break;
	case 4:
		builder_null(b, name);
		break;
	case 5:
		builder_str(b, name, random_below(r, 2) ? "x" : "y");
		break;
	case 6:
		builder_i64(b, name, (int64_t)random_below(r, 3));
		break;
	case 7:
		builder_bool(b, name, random_below(r, 2));
		break;
	case 8:
		builder_double(b, name, NAN);
		break;
	case 9:
		random_odd(r, b, name);
		break;
	case 10:
	case 11:
		builder_doc_begin(b, name);
		random_doc_fields(r, b, depth - 1);
		builder_doc_end(b);
		break;
	default:
		builder_array_begin(b, name);
		for (uint32_t n = random_below(r, 4); n > 0; n--)
			random_value(r, b, NULL, depth - 1);
		builder_array_end(b);
		break;
	}
}

/* Each name at most once, in any order. */
static inline void random_doc_fields(struct random *r, struct builder *b, int depth)
{
	static const char *const names[] = {"a", "b", "c", "0"};
	uint32_t first = random_below(r, 4);

	for (uint32_t i = 0; i < 4; i++)
		if (random_below(r, 2))
			random_value(r, b, names[(first + i) % 4], depth);
}

static inline struct view random_finish(struct builder *b, struct buf *buf, struct arena *a)
{
	struct view doc;

	builder_finish(b);
	doc = arena_dup(a, builder_view(b));
	buf_clear(buf);
	return doc;
}

static inline struct view random_doc(struct random *r, struct arena *a, int depth)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	random_doc_fields(r, &b, depth);
	return random_finish(&b, &buf, a);
}

/* "a", "b.0", "a.b.c" */
static inline void random_path(struct random *r, char path[static 16])
{
	path[0] = '\0';
	for (uint32_t n = 1 + random_below(r, 3); n > 0; n--) {
		strcat(path, random_name(r));
		if (n > 1)
			strcat(path, ".");
	}
}

#endif
