/*
 * bson/path.h - dotted paths through documents and arrays.
 *
 * "a.b.c" goes into documents by name.  At an array, the next part may be a
 * place in it ("a.0.b") and is also looked up in every element that is a
 * document (implicit traversal).  What values a path reaches, in which order,
 * and whether an array at its end counts as itself, as its elements or both,
 * differs between filters, sort keys, index keys and updates; the walker says
 * what it meets and the caller decides.
 *
 * Threads: pure; a compiled path is read-only.
 */
#ifndef BSON_PATH_H
#define BSON_PATH_H

#include "bson/value.h"
#include "util/arena.h"

struct path_part {
	const char *name;
	uint32_t len;
	int32_t index; /* the number, when the part is one ("0", "12", not "01"); else -1 */
};

struct path {
	struct view text;
	int n;
	const struct path_part *parts;
};

/* Splits at dots.  Parts may be empty ("a..b"): the caller decides whether
 * that is an error.  False when there is no memory.  The text is copied. */
MUST_CHECK bool path_parse(struct path *p, struct view text, struct arena *a);

/* The value straight down the path, through documents only; array parts by
 * number when through_arrays.  Missing when there is none. */
struct value path_get(struct view doc, const struct path *p, bool through_arrays);

/*
 * Calls visit for each value that p reaches in doc under the rules for filters:
 * implicit traversal of arrays, numeric parts as places and as names.  At the
 * end of the path an array is visited as a whole (in_array false) and, with
 * expand_last, then each element of it (in_array true); an array that the last
 * part reached as a place in another array is only visited as a whole
 * ({"a.0": 5} does not meet {a: [[5]]}).
 *
 * Where the path is not there, visit gets a missing value, once for each
 * document in which it ends.  Elements of an implicitly traversed array that
 * are no documents are passed over: {a: [1, 2]} has nothing at "a.b", not even
 * a missing value.
 *
 * Stops when visit returns true, and returns that.
 */
typedef bool path_visit(void *arg, struct value v, bool in_array);
bool path_walk(
    struct view doc, const struct path *p, bool expand_last, path_visit *visit, void *arg);

#endif
