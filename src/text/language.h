/*
 * text/language.h - the languages that text may be in.
 *
 * A language says how words are stemmed, which ones are left out, and what parts them.
 * "none" leaves every word as it is.
 *
 * Threads: a constant table.
 */
#ifndef TEXT_LANGUAGE_H
#define TEXT_LANGUAGE_H

#include "util/view.h"

struct text_language {
	const char *name, *code; /* "english", "en" */
	const char *stemmer; /* libstemmer's name; NULL: words are not stemmed */
	const char *stop_words; /* " a about after ... "; NULL: none */
	bool apostrophes; /* they are part of a word, as in "don't" */
	bool dotless; /* I without a dot and with one are two letters */
};

/* By name or code, in any case; NULL when it is not known. */
const struct text_language *text_language_find(struct view name);
/* "english". */
extern const struct text_language *const text_language_default;

#endif
