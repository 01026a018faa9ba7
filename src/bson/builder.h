/*
 * bson/builder.h - BSON written straight into a buffer.
 *
 * Documents nest in place: builder_doc_begin writes a length word that
 * builder_doc_end fills in.  Nothing is checked until the end: a failed
 * buffer stays failed and the result is looked at once (builder_failed).
 * Names of array elements are counted by the builder.
 *
 *     builder_init(&b, &buf);           {
 *     builder_str(&b, "a", "x");          a: "x",
 *     builder_array_begin(&b, "l");       l: [
 *     builder_i32(&b, NULL, 5);             5
 *     builder_array_end(&b);              ]
 *     builder_finish(&b);               }
 *
 * In an array the name is NULL; names may be given with a length where they
 * are no C strings (builder_value_n).
 *
 * Threads: a builder belongs to one request.
 */
#ifndef BSON_BUILDER_H
#define BSON_BUILDER_H

#include "bson/value.h"
#include "util/arena.h"
#include "util/buf.h"

#define BUILDER_DEPTH 208 /* 200 levels of a document and the reply around it */

struct builder {
	struct buf *buf;
	int depth;
	struct {
		size_t start; /* of the length word in buf */
		int32_t index; /* the next array index, or -1 in a document */
	} levels[BUILDER_DEPTH];
	bool failed; /* nested too deep */
};

/* Begins a document at the buffer's end. */
void builder_init(struct builder *b, struct buf *buf);
/* Ends the outermost document. */
void builder_finish(struct builder *b);
bool builder_failed(const struct builder *b);
/* The finished document; valid until the buffer grows. */
struct view builder_view(const struct builder *b);
/* Bytes in the outermost document so far, without what still closes it. */
size_t builder_size(const struct builder *b);

void builder_doc_begin(struct builder *b, const char *name);
void builder_doc_end(struct builder *b);
void builder_array_begin(struct builder *b, const char *name);
void builder_array_end(struct builder *b);
void builder_doc_begin_n(struct builder *b, const char *name, size_t name_len);
void builder_array_begin_n(struct builder *b, const char *name, size_t name_len);

void builder_i32(struct builder *b, const char *name, int32_t v);
void builder_i64(struct builder *b, const char *name, int64_t v);
/* int32 where it fits, else int64: how MongoDB reports many counts. */
void builder_int(struct builder *b, const char *name, int64_t v);
void builder_double(struct builder *b, const char *name, double v);
void builder_bool(struct builder *b, const char *name, bool v);
void builder_null(struct builder *b, const char *name);
void builder_date(struct builder *b, const char *name, int64_t ms);
void builder_timestamp(struct builder *b, const char *name, uint64_t ts);
void builder_str(struct builder *b, const char *name, const char *s);
void builder_str_n(struct builder *b, const char *name, const char *s, size_t len);
void builder_printf(struct builder *b, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);
void builder_oid(struct builder *b, const char *name, const uint8_t oid[static 12]);
void builder_binary(
    struct builder *b, const char *name, uint8_t subtype, const void *data, size_t len);
void builder_uuid(struct builder *b, const char *name, const uint8_t uuid[static 16]);
void builder_doc(struct builder *b, const char *name, struct view doc);
void builder_array(struct builder *b, const char *name, struct view array);
/* TYPE_STRING, TYPE_SYMBOL or TYPE_CODE. */
void builder_str_type(struct builder *b, const char *name, uint8_t type, struct view s);
void builder_regex(
    struct builder *b, const char *name, const char *pattern, const char *options);
/* Between them the scope's elements are written.  code_len is that of the code. */
void builder_scope_begin(struct builder *b, const char *name, struct view code);
void builder_scope_end(struct builder *b, size_t code_len);
void builder_min_key(struct builder *b, const char *name);
void builder_max_key(struct builder *b, const char *name);
/* A missing value writes nothing. */
void builder_value(struct builder *b, const char *name, struct value v);
void builder_value_n(struct builder *b, const char *name, size_t name_len, struct value v);
/* Elements one after another as they stand in a document, into the current one, which
 * is no array. */
void builder_fields(struct builder *b, struct view elements);
/* All elements of doc, as they are, into the current document. */
void builder_elements(struct builder *b, struct view doc);

/* Takes back what was written since mark (a value of builder_size taken at
 * the same depth, and the array index at that time). */
struct builder_mark {
	size_t len;
	int32_t index;
};
struct builder_mark builder_mark(const struct builder *b);
void builder_rewind(struct builder *b, struct builder_mark mark);

/* Single values made in an arena; data is NULL when there is no memory. */
struct value value_make_i32(struct arena *a, int32_t v);
struct value value_make_i64(struct arena *a, int64_t v);
struct value value_make_double(struct arena *a, double v);
struct value value_make_bool(struct arena *a, bool v);
struct value value_make_str(struct arena *a, struct view s);
struct value value_make_date(struct arena *a, int64_t ms);
struct value value_dup(struct arena *a, struct value v);
extern const struct value value_null, value_missing, value_true, value_false, value_min_key,
    value_max_key, value_zero, value_one; /* the last two int32 */

#endif
