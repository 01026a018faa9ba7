/*
 * expr/match_text.h - $text: what is searched, and the text index that gives it a meaning.
 *
 * The parser knows the words; what they are as terms, and which strings are text, the index
 * says: the planner sets that before anything is matched.
 *
 * Threads: set by one request, which is the one that matches with it.
 */
#ifndef EXPR_MATCH_TEXT_H
#define EXPR_MATCH_TEXT_H

#include "expr/match.h"
#include "text/search.h"

struct text_filter {
	struct view search;
	const struct text_language *language; /* NULL: the index's */
	unsigned int flags;
	/* Set by the planner (text_filter_set). */
	const struct text_spec *spec; /* NULL: not yet, and nothing matches */
	struct text_search terms;
	struct text_maker maker; /* for matching, which allocates nothing for a document */
	struct buf scratch;
};

/* The index that gives it a meaning; spec outlives a. */
MUST_CHECK int text_filter_set(struct text_filter *t, const struct text_spec *spec,
    struct arena *a, struct status *st);

/* NULL: this is another node. */
struct text_filter *filter_text(const struct filter *f);
/* The filter's $text, wherever it stands; NULL: there is none. */
struct text_filter *filter_find_text(const struct filter *f);

#endif
