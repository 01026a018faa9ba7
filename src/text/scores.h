/*
 * text/scores.h - the terms of a document and how much each counts.
 *
 * Of each string that is text: a term's first occurrence counts 1, the next one half of
 * that, and so on; what a term comes to is multiplied by half of its share of the string's terms
 * plus one half, by 1.1 where the string is the term and nothing else, and by the weight of the
 * field.  A document's score for a term is the sum over its strings; stop words are no terms.
 *
 * Threads: belongs to one caller.
 */
#ifndef TEXT_SCORES_H
#define TEXT_SCORES_H

#include "text/spec.h"
#include "text/terms.h"

struct text_scores {
	struct arena *arena; /* for the terms */
	struct buf list; /* of struct text_score */
	struct buf slots; /* uint32_t: places in the list plus 1 */
	uint32_t string; /* the number of the one under way */
	uint32_t first; /* of its terms: the place plus 1; 0: none */
};

struct text_score {
	struct view term;
	double score;
	/* In the string under way. */
	uint32_t string, count, after; /* after: as first */
	double frequency, next;
};

void text_scores_init(struct text_scores *s, struct arena *a, struct memory_account *account);
void text_scores_clear(struct text_scores *s);

/* All terms of a document, in no order.  The list is valid until the next call. */
MUST_CHECK int text_scores_make(struct text_scores *s, struct text_maker *m,
    const struct text_spec *spec, struct view doc, const struct text_score **list, int *n,
    struct status *st);

/* Sums of another kind: a key's score gets more, whatever the key is. */
MUST_CHECK int text_scores_add(
    struct text_scores *s, struct view key, double score, struct status *st);
const struct text_score *text_scores_list(const struct text_scores *s, int *n);

#endif
