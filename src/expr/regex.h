/*
 * expr/regex.h - regular expressions over PCRE2, with its JIT.
 *
 * Patterns and subjects are UTF-8; bytes of a subject that are none match
 * nothing.  How long a match may search is bounded: past that it fails instead
 * of keeping a thread.
 *
 * Threads: a compiled expression is read-only; each thread has scratch space of its own.
 */
#ifndef EXPR_REGEX_H
#define EXPR_REGEX_H

#include "util/arena.h"
#include "util/status.h"

struct regex;

enum { ERR_REGEX_INVALID = 51091, ERR_REGEX_FLAG = 51108, ERR_REGEX_FAILED = 51156 };

/* options: letters of "imsxu".  Fails with 51108 for
 * another letter, 51091 for a pattern that is none or too long.  Ends with a. */
MUST_CHECK int regex_compile(struct view pattern, struct view options, struct arena *a,
    struct regex **out, struct status *st);
/* How many groups its pattern has. */
int regex_groups(const struct regex *r);
/* Where the match, and each group, is: bytes of the subject; REGEX_UNSET: the group took no
 * part. */
struct regex_span {
	size_t start, end;
};
#define REGEX_UNSET ((size_t)-1)
/* The first match that begins at from or behind it; spans has room for the match and all
 * groups.  Fails as regex_matches does. */
MUST_CHECK int regex_find(const struct regex *r, struct view subject, size_t from,
    struct regex_span *spans, bool *found, struct status *st);
/* st may be NULL.  Fails with 51156 when the search takes too long. */
MUST_CHECK int regex_matches(
    const struct regex *r, struct view subject, bool *found, struct status *st);

#endif
