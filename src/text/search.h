/*
 * text/search.h - what $text looks for: $search taken apart, and asked of documents.
 *
 * Words are looked for each by itself: a document has to have one of them.  "A phrase" has to
 * be there as it stands, every one of them, and its words count as words.  A minus in front of
 * a word or phrase, behind white space or at the begin: it must not be there.  Inside a
 * word it parts it, as other punctuation does; a quotation mark that is not closed does nothing.
 *
 * The index finds what has a term in lower case without diacritics; the rest is asked of the
 * document's strings.
 *
 * Threads: read-only once parsed; asking belongs to one caller.
 */
#ifndef TEXT_SEARCH_H
#define TEXT_SEARCH_H

#include "text/spec.h"
#include "text/terms.h"

struct text_list {
	int n, capacity;
	struct view *v;
};

struct text_search {
	const struct text_language *language;
	unsigned int flags; /* TEXT_KEEP_CASE, TEXT_KEEP_DIACRITICS */
	struct text_list keys; /* as the index has them, sorted */
	struct text_list terms, negated; /* as the flags have them, sorted */
	struct text_list phrases, negated_phrases; /* as they were given */
	struct text_list folded, negated_folded; /* the same, as they are compared */
};

MUST_CHECK int text_search_parse(struct view search, const struct text_language *language,
    unsigned int flags, struct arena *a, struct text_search *out, struct status *st);

/* Are the index's keys all there is to it? */
bool text_search_is_plain(const struct text_search *s);

/* Does the document match?  has_key: the index has found that it has one of the keys.
 * scratch: a buffer of the caller's. */
MUST_CHECK int text_search_matches(const struct text_search *s, const struct text_spec *spec,
    bool has_key, struct text_maker *m, struct view doc, struct buf *scratch, bool *yes, struct status *st);

#endif
