#include "config.h"

#include "text/terms.h"

#include <libstemmer.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf8.h>
#include <xxhash.h>

/* What is kept of a term that is too long, in front of the hash in hexadecimal. */
#define KEPT_BYTES (TEXT_TERM_MAX - 2 * 16)
/* A character takes apart into so many units at most. */
#define DECOMPOSED_MAX 20
#define REPLACEMENT    0xFFFD

static bool is_ascii_word(int32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool text_is_delimiter(const struct text_language *l, int32_t c)
{
	static const UProperty properties[] = {UCHAR_WHITE_SPACE, UCHAR_DASH, UCHAR_HYPHEN,
	    UCHAR_QUOTATION_MARK, UCHAR_TERMINAL_PUNCTUATION, UCHAR_PATTERN_SYNTAX};

	if (is_ascii_word(c))
		return false;
	if (c == ' ' || c == 0)
		return true;
	if (c == '\'')
		return !l->apostrophes;
	for (size_t i = 0; i < ARRAY_LEN(properties); i++)
		if (u_hasBinaryProperty(c, properties[i]))
			return true;
	return false;
}

/* The character at *i, which becomes the place of the next. */
static int32_t next_character(struct view s, size_t *i)
{
	int32_t at = 0, len = (int32_t)MIN_OF(s.len - *i, (size_t)U8_MAX_LENGTH);
	const uint8_t *p = s.data + *i;
	UChar32 c;

	U8_NEXT(p, at, len, c);
	*i += (size_t)at;
	return c < 0 ? REPLACEMENT : c;
}

bool text_words_next(struct text_words *w, struct view *word)
{
	size_t i = 0, begin = 0, end = 0;

	while (i < w->rest.len) {
		size_t at = i;

		if (text_is_delimiter(w->language, next_character(w->rest, &i))) {
			if (end)
				break;
			continue;
		}
		if (!end)
			begin = at;
		end = i;
	}
	*word = view_of(w->rest.data + begin, end ? end - begin : 0);
	w->rest = view_of(w->rest.data + i, w->rest.len - i);
	return end > 0;
}

/* ----------------------------------------------------------------- folding */

static int32_t fold_case(const struct text_language *l, int32_t c)
{
	if (c < 0x80 && !l->dotless)
		return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
	return u_foldCase(c, l->dotless ? U_FOLD_CASE_EXCLUDE_SPECIAL_I : U_FOLD_CASE_DEFAULT);
}

static void append(struct buf *out, int32_t c)
{
	uint8_t bytes[U8_MAX_LENGTH];
	int32_t n = 0;

	U8_APPEND_UNSAFE(bytes, n, c);
	buf_append(out, bytes, (size_t)n);
}

/* What the character is without its diacritics: the letters it takes apart into. */
static void append_bare(struct buf *out, int32_t c)
{
	UErrorCode code = U_ZERO_ERROR;
	const UNormalizer2 *nfd = c < 0x80 ? NULL : unorm2_getNFDInstance(&code);
	UChar units[DECOMPOSED_MAX];
	int32_t n = -1, i = 0;

	if (nfd && U_SUCCESS(code))
		n = unorm2_getDecomposition(nfd, c, units, DECOMPOSED_MAX, &code);
	if (n < 0 || U_FAILURE(code)) {
		if (c < 0x80 || !u_hasBinaryProperty(c, UCHAR_DIACRITIC))
			append(out, c);
		return;
	}
	while (i < n) {
		UChar32 part;

		U16_NEXT(units, i, n, part);
		if (!u_hasBinaryProperty(part, UCHAR_DIACRITIC))
			append(out, part);
	}
}

void text_fold(
    const struct text_language *l, struct view text, unsigned int flags, struct buf *out)
{
	size_t i = 0;

	while (i < text.len) {
		int32_t c = next_character(text, &i);

		if (!(flags & TEXT_KEEP_CASE))
			c = fold_case(l, c);
		if (flags & TEXT_KEEP_DIACRITICS)
			append(out, c);
		else
			append_bare(out, c);
	}
}

/* ------------------------------------------------------------------- terms */

void text_maker_init(struct text_maker *m, struct memory_account *account)
{
	*m = (struct text_maker){0};
	buf_init(&m->word, account);
	buf_init(&m->folded, account);
	buf_init(&m->path, account);
}

void text_maker_clear(struct text_maker *m)
{
	buf_clear(&m->word);
	buf_clear(&m->folded);
	buf_clear(&m->path);
	sb_stemmer_delete(m->stemmer);
	m->stemmer = NULL;
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the terms of a text");
}

static int take_stemmer(
    struct text_maker *m, const struct text_language *l, struct status *st)
{
	if (m->stemmer && strcmp(m->stemmer_name, l->stemmer) == 0)
		return 0;
	sb_stemmer_delete(m->stemmer);
	m->stemmer_name = l->stemmer;
	m->stemmer = sb_stemmer_new(l->stemmer, "UTF_8");
	return m->stemmer ? 0 : no_memory(st);
}

static bool is_stop_word(const struct text_language *l, struct buf *folded)
{
	size_t n = strlen(l->stop_words);

	/* With the blanks around it, which no word has inside. */
	return folded->len < n && memmem(l->stop_words, n, folded->data, folded->len) != NULL;
}

/* In m->word, with the diacritics that the stemmer knows the language by. */
static int stem(struct text_maker *m, const struct text_language *l, struct status *st)
{
	const sb_symbol *stemmed;
	int err;

	/* Words are short; what is not has no stem. */
	if (m->word.len > TEXT_TERM_MAX)
		return 0;
	err = take_stemmer(m, l, st);
	if (err)
		return err;
	stemmed = sb_stemmer_stem(m->stemmer, m->word.data, (int)m->word.len);
	if (!stemmed)
		return no_memory(st);
	buf_reset(&m->word);
	buf_append(&m->word, stemmed, (size_t)sb_stemmer_length(m->stemmer));
	return m->word.failed ? no_memory(st) : 0;
}

/* The folded word in m->word; *stops when it is a stop word. */
static int fold_word(struct text_maker *m, const struct text_language *l, struct view word,
    unsigned int flags, bool *stops, struct status *st)
{
	*stops = false;
	buf_reset(&m->word);
	text_fold(l, word, (flags & TEXT_KEEP_CASE) | TEXT_KEEP_DIACRITICS, &m->word);
	if (l->stop_words) {
		buf_reset(&m->folded);
		buf_append_byte(&m->folded, ' ');
		text_fold(l, word, TEXT_KEEP_DIACRITICS, &m->folded);
		buf_append_byte(&m->folded, ' ');
	}
	if (m->word.failed || m->folded.failed)
		return no_memory(st);
	*stops = l->stop_words && is_stop_word(l, &m->folded);
	return 0;
}

static void cut(struct buf *term)
{
	XXH128_hash_t h = XXH3_128bits(term->data, term->len);

	term->len = KEPT_BYTES;
	buf_printf(term, "%016llx%016llx", (unsigned long long)h.high64,
	    (unsigned long long)h.low64);
}

int text_term(struct text_maker *m, const struct text_language *l, struct view word,
    unsigned int flags, struct view *term, struct status *st)
{
	struct buf *made = &m->word;
	bool stops;
	int err = fold_word(m, l, word, flags, &stops, st);

	*term = view_of(NULL, 0);
	if (err || stops)
		return err;
	if (l->stemmer)
		err = stem(m, l, st);
	if (err)
		return err;
	if (!(flags & TEXT_KEEP_DIACRITICS)) {
		made = &m->folded;
		buf_reset(made);
		text_fold(l, buf_view(&m->word), flags | TEXT_KEEP_CASE, made);
	}
	if (made->len > TEXT_TERM_MAX)
		cut(made);
	*term = buf_view(made);
	return made->failed ? no_memory(st) : 0;
}
