/*
 * text/spec.h - which strings of a document are text, how much each weighs and in which
 * language it is.
 *
 * A document says its language in a field of its own (language_override), and so does
 * each document inside of it, for itself and what is inside it.  An array's elements stand for
 * the array.  "$**" is every string, but for those fields that say the language.
 *
 * Threads: read-only once parsed.
 */
#ifndef TEXT_SPEC_H
#define TEXT_SPEC_H

#include "bson/value.h"
#include "text/language.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/status.h"

struct text_spec {
	int n;
	struct text_weight {
		struct view path;
		double weight;
	} * weights;
	bool wildcard;
	double wildcard_weight;
	const struct text_language *language;
	struct view override; /* the field that says a document's language */
};

/* Of an index's specification, as it is stored: weights, default_language,
 * language_override.  Views of it stay in use. */
MUST_CHECK int text_spec_parse(
    struct view index, struct arena *a, struct text_spec *out, struct status *st);

/* Is given a string that is text; not 0 ends it. */
typedef int text_each(void *arg, struct view string, double weight,
    const struct text_language *language, struct status *st);

/* All of them; path: a buffer of the caller's.  17261 and 17262 for a language that is no string, or not known. */
MUST_CHECK int text_spec_each(const struct text_spec *spec, struct view doc, struct buf *path,
    text_each *each, void *arg, struct status *st);

#endif
