/*
 * support/json.h - documents for tests, written as (extended) JSON with single
 * quotes instead of double ones.  %type, %regex and %options stand for the
 * operators of those names, which extended JSON keeps for itself.
 *
 * A header alone: the test that includes it has libbson and an arena.
 */
#ifndef SUPPORT_JSON_H
#define SUPPORT_JSON_H

#include <bson/bson.h>
#include <stdio.h>
#include <stdlib.h>

#include "bson/value.h"
#include "util/arena.h"

static inline void json_operators(uint8_t *bytes, size_t len)
{
	static const char *const names[] = {"%type", "%regex", "%options"};

	for (size_t i = 0; i < len; i++)
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (len - i > strlen(names[k]) &&
			    memcmp(bytes + i, names[k], strlen(names[k]) + 1) == 0)
				bytes[i] = '$';
}

/* The document, in a; ends the test when the text is no JSON. */
static inline struct view json_doc(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text);
	bson_error_t error;
	struct view doc;
	bson_t *b;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	b = bson_new_from_json((const uint8_t *)copy, -1, &error);
	if (!b) {
		fprintf(stderr, "%s: %s\n", text, error.message);
		abort();
	}
	doc = arena_dup(a, view_of(bson_get_data(b), b->len));
	bson_destroy(b);
	json_operators((uint8_t *)(uintptr_t)doc.data, doc.len);
	return doc;
}

/* The value of {v: text}. */
static inline struct value json_value(struct arena *a, const char *text)
{
	return doc_get(json_doc(a, arena_printf(a, "{'v': %s}", text)), "v");
}

/* As relaxed extended JSON with single quotes, in a. */
static inline char *json_text(struct arena *a, struct view doc)
{
	bson_t b;
	char *json, *copy;

	if (!bson_init_static(&b, doc.data, doc.len))
		return arena_strdup(a, "(no BSON)");
	json = bson_as_relaxed_extended_json(&b, NULL);
	copy = arena_strdup(a, json ? json : "(no JSON)");
	bson_free(json);
	for (char *c = copy; *c; c++)
		if (*c == '"')
			*c = '\'';
	return copy;
}

#endif
