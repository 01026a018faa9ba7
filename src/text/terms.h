/*
 * text/terms.h - from text to terms: words are parted, folded and stemmed.
 *
 * What parts words: Unicode's White_Space, Dash, Hyphen, Quotation_Mark, Terminal_Punctuation
 * and Pattern_Syntax, and NUL; an apostrophe is part of a word where the language has it so.
 *
 * A term is a word in lower case, stemmed, without diacritics; searches may want the case or
 * the diacritics kept.  Whether it is a stop word is looked at in lower case.
 *
 * Threads: a maker belongs to one caller.
 */
#ifndef TEXT_TERMS_H
#define TEXT_TERMS_H

#include "text/language.h"
#include "util/buf.h"
#include "util/status.h"

enum text_flags { TEXT_KEEP_CASE = 1, TEXT_KEEP_DIACRITICS = 2 };

/* Longer ones are cut, and their hash stands for the rest. */
#define TEXT_TERM_MAX 256

/* Does this character part words? */
bool text_is_delimiter(const struct text_language *l, int32_t c);

struct text_words {
	struct view rest;
	const struct text_language *language;
};
/* The next word as it stands; false at the end. */
bool text_words_next(struct text_words *w, struct view *word);

struct sb_stemmer;
struct text_maker {
	struct buf word, folded;
	struct buf path; /* for text_spec_each */
	const char *stemmer_name; /* of the stemmer that is here */
	struct sb_stemmer *stemmer;
};

/* Allocates nothing yet. */
void text_maker_init(struct text_maker *m, struct memory_account *account);
void text_maker_clear(struct text_maker *m);

/* The term of a word, valid until the next call; empty where it is a stop word.  0, or no
 * memory. */
MUST_CHECK int text_term(struct text_maker *m, const struct text_language *l, struct view word,
    unsigned int flags, struct view *term, struct status *st);

/* The text folded as the flags have it, appended to out; what is no UTF-8 becomes U+FFFD. */
void text_fold(
    const struct text_language *l, struct view text, unsigned int flags, struct buf *out);

#endif
