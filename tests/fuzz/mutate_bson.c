/*
 * How libFuzzer changes the inputs of targets that take documents, one behind
 * the other: element by element, so that the lengths stay right and nearly every
 * input gets past bson_check.  Now and then the bytes are changed blindly, as
 * libFuzzer does it by itself.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "bson/builder.h"
#include "bson/validate.h"
#include "expr/expr_op.h"
#include "expr/match_op.h"
#include "expr/schema_keyword.h"
#include "update/update_op.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#define WORDS_MAX 400

static const char *words[WORDS_MAX] = {"a", "b", "_id", "n", "n.m", "a.b", "a.0", "a.0.b", "0",
    "1", "a.$", "a.$[]", "a.$[e].b", "e", "e.b", "$each", "$slice", "$sort", "$position",
    "$meta", "$ref", "$id", "$db", "locale", "strength", "if", "then", "else", "vars", "in",
    "input", "as", "cond", "$$ROOT", "$$NOW", "$$x", "$a", "$a.b", "$n.m", "object", "array",
    "number", "string", "^a.*b$", "i", "en", "and", "or", "xor", "$type", "timestamp",
    "textScore", "limit", ""};
static size_t n_words;

static void add_word(const char *name)
{
	if (n_words < WORDS_MAX)
		words[n_words++] = name;
}

static void add_filter(void *arg, const struct match_op *op)
{
	add_word(op->name);
}

static void add_keyword(void *arg, const struct schema_keyword *keyword)
{
	add_word(keyword->name);
}

static void add_expression(void *arg, const struct expr_op *op)
{
	add_word(op->name);
}

static void add_update(void *arg, const struct update_op *op)
{
	add_word(op->name);
}

static void fill_words(void)
{
	while (words[n_words])
		n_words++;
	match_op_each(add_filter, NULL);
	schema_keyword_each(add_keyword, NULL);
	expr_op_each(add_expression, NULL);
	update_op_each(add_update, NULL);
}

static uint64_t state;

static uint32_t below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 11) % n;
}

static const char *word(void)
{
	return words[below((uint32_t)n_words)];
}

static void new_number(struct builder *b, const char *name)
{
	static const double doubles[] = {0.0, -0.0, 1.5, -1, 1e300, 0x1p63, 0x1p53, 0.1};
	static const int64_t integers[] = {
	    0, 1, -1, 2, 64, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1500001, 100, -2};

	switch (below(4)) {
	case 0:
		builder_double(b, name, below(9) ? doubles[below(8)] : (double)NAN);
		break;
	case 1:
		builder_i64(b, name, integers[below(12)]);
		break;
	default:
		builder_i32(
		    b, name, (int32_t)(below(3) ? (int64_t)below(6) : integers[below(12)]));
	}
}

static void new_string(struct builder *b, const char *name)
{
	char text[64] = "";

	if (below(2)) {
		builder_str(b, name, word());
		return;
	}
	builder_str_n(b, name, text, LLVMFuzzerMutate((uint8_t *)text, below(8), 24));
}

static void new_scalar(struct builder *b, const char *name)
{
	static const uint8_t bytes[16] = {1, 2, 3, 0xff};
	char pattern[16] = "";

	switch (below(10)) {
	case 0:
		builder_null(b, name);
		break;
	case 1:
		builder_bool(b, name, below(2));
		break;
	case 2:
		builder_date(b, name, (int64_t)state);
		break;
	case 3:
		LLVMFuzzerMutate((uint8_t *)pattern, below(6), sizeof(pattern) - 1);
		builder_regex(b, name, below(2) ? word() : pattern, below(2) ? "i" : "");
		break;
	case 4:
		builder_binary(b, name, (uint8_t)below(8), bytes, 4 + below(12));
		break;
	case 5:
		builder_oid(b, name, bytes);
		break;
	case 6:
		builder_value(b, name, below(2) ? value_min_key : value_max_key);
		break;
	case 7:
		builder_timestamp(b, name, below(2) ? 0 : state);
		break;
	default:
		new_string(b, name);
	}
}

static void new_element(struct builder *b, const char *name, int depth)
{
	uint32_t kind = below(depth > 0 ? 10 : 6);

	if (kind < 3) {
		new_number(b, name);
	} else if (kind < 6) {
		new_scalar(b, name);
	} else if (kind < 8) {
		builder_array_begin(b, name);
		for (uint32_t n = below(4); n > 0; n--)
			new_element(b, NULL, depth - 1);
		builder_array_end(b);
	} else {
		builder_doc_begin(b, name);
		for (uint32_t n = below(3); n > 0; n--)
			new_element(b, word(), depth - 1);
		builder_doc_end(b);
	}
}

/* A value picked from all of the input's documents, to stand somewhere else. */
static struct value picked;

struct rewrite {
	struct builder b;
	int64_t at; /* elements before the one to change */
};

static void copy_doc(struct rewrite *w, struct view doc, bool array);

static void copy_value(struct rewrite *w, const char *name, struct value v)
{
	if (v.type == TYPE_OBJECT) {
		builder_doc_begin(&w->b, name);
		copy_doc(w, value_doc(v), false);
		builder_doc_end(&w->b);
	} else if (v.type == TYPE_ARRAY) {
		builder_array_begin(&w->b, name);
		copy_doc(w, value_doc(v), true);
		builder_array_end(&w->b);
	} else {
		builder_value(&w->b, name, v);
	}
}

static void change_string(struct builder *b, const char *name, struct value v)
{
	struct view old = value_str(v);
	uint8_t text[256];
	size_t n = MIN_OF(old.len, sizeof(text));

	memcpy(text, old.data, n);
	n = LLVMFuzzerMutate(text, n, sizeof(text));
	builder_str_n(b, name, (const char *)text, n);
}

static void wrap(struct rewrite *w, const char *name, struct value v)
{
	if (below(2)) {
		builder_array_begin(&w->b, name);
		copy_value(w, NULL, v);
		builder_array_end(&w->b);
	} else {
		builder_doc_begin(&w->b, name);
		copy_value(w, word(), v);
		builder_doc_end(&w->b);
	}
}

static void change_element(struct rewrite *w, const char *name, struct value v)
{
	switch (below(10)) {
	case 0: /* gone */
		break;
	case 1:
		copy_value(w, name, v);
		new_element(&w->b, name ? word() : NULL, 2);
		break;
	case 2:
		copy_value(w, name, v);
		copy_value(w, name ? word() : NULL, v);
		break;
	case 3:
		copy_value(w, name ? word() : NULL, v);
		break;
	case 4:
	case 5:
		wrap(w, name, v);
		break;
	case 6:
		copy_value(w, name, picked);
		break;
	case 7:
		if (v.type == TYPE_STRING) {
			change_string(&w->b, name, v);
			break;
		}
		/* fall through */
	default:
		new_element(&w->b, name, 2);
	}
}

static void copy_doc(struct rewrite *w, struct view doc, bool array)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	/* The place behind the last element is one, too: an empty document may grow. */
	while (doc_next(&it, &e)) {
		const char *name = array ? NULL : e.name;

		if (w->at-- == 0)
			change_element(w, name, e.value);
		else
			copy_value(w, name, e.value);
	}
	if (w->at-- == 0)
		new_element(&w->b, array ? NULL : word(), 2);
}

static int64_t count_places(struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int64_t n = 1;

	for (; doc_next(&it, &e); n++) {
		if (below(8) == 0)
			picked = e.value;
		if (e.value.type == TYPE_OBJECT || e.value.type == TYPE_ARRAY)
			n += count_places(value_doc(e.value));
	}
	return n;
}

/* The documents that stand at the input's beginning; false when there is none. */
static bool split(struct view in, struct view *docs, int *n, int max)
{
	size_t len;

	for (*n = 0; in.len && *n < max; ++*n) {
		if (bson_frame(in, &len, NULL) != 0 || len > in.len)
			return false;
		docs[*n] = view_of(in.data, len);
		if (bson_check(docs[*n], NULL) != 0)
			return false;
		in = view_of(in.data + len, in.len - len);
	}
	return *n > 0;
}

static size_t rewrite(const struct view *docs, int n, int64_t at, uint8_t *out, size_t max)
{
	struct buf all;
	size_t len;

	buf_init(&all, NULL);
	for (int i = 0; i < n; i++) {
		struct rewrite w = {.at = at};
		struct buf one;

		buf_init(&one, NULL);
		builder_init(&w.b, &one);
		copy_doc(&w, docs[i], false);
		builder_finish(&w.b);
		at = w.at;
		if (builder_failed(&w.b))
			buf_append_view(&all, docs[i]);
		else
			buf_append_view(&all, builder_view(&w.b));
		buf_clear(&one);
	}
	len = all.len <= max ? all.len : 0;
	if (len)
		memcpy(out, all.data, len);
	buf_clear(&all);
	return len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct view docs[4];
	int64_t places = 0;
	uint8_t *copy;
	size_t len;
	int n;

	if (!n_words)
		fill_words();
	state = seed | (uint64_t)seed << 32 | 1;
	if (below(20) == 0 || !split(view_of(data, size), docs, &n, 4))
		return LLVMFuzzerMutate(data, size, max_size);
	copy = malloc(size);
	memcpy(copy, data, size);
	if (!split(view_of(copy, size), docs, &n, 4))
		abort();
	picked = value_null;
	for (int i = 0; i < n; i++)
		places += count_places(docs[i]);
	len = rewrite(docs, n, below((uint32_t)places), data, max_size);
	free(copy);
	return len ? len : LLVMFuzzerMutate(data, size, max_size);
}
