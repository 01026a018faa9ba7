#include "config.h"

#include "text/search.h"

#include <stdlib.h>

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a search in text");
}

/* ----------------------------------------------------------------- parsing */

struct parser {
	struct text_search *s;
	struct text_maker maker;
	struct arena *a;
	struct status *st;
};

static int add(struct parser *p, struct text_list *list, struct view v)
{
	struct view *grown = list->v;

	if (list->n == list->capacity) {
		list->capacity = list->n ? 2 * list->n : 8;
		grown = arena_new_array(p->a, (size_t)list->capacity, struct view);
		if (!grown)
			return no_memory(p->st);
		if (list->n)
			memcpy(grown, list->v, (size_t)list->n * sizeof(*grown));
		list->v = grown;
	}
	list->v[list->n] = arena_dup(p->a, v);
	return list->v[list->n++].data ? 0 : no_memory(p->st);
}

static int add_term(
    struct parser *p, struct text_list *list, struct view word, unsigned int flags)
{
	struct view term;
	int err = text_term(&p->maker, p->s->language, word, flags, &term, p->st);

	return err || !term.len ? err : add(p, list, term);
}

static int add_words(struct parser *p, struct view text, bool negated)
{
	struct text_words words = {.rest = text, .language = p->s->language};
	struct view word;
	int err = 0;

	while (!err && text_words_next(&words, &word)) {
		if (negated) {
			err = add_term(p, &p->s->negated, word, p->s->flags);
			continue;
		}
		err = add_term(p, &p->s->terms, word, p->s->flags);
		if (!err)
			err = add_term(p, &p->s->keys, word, 0);
	}
	return err;
}

static int add_phrase(struct parser *p, struct view phrase, bool negated)
{
	struct text_search *s = p->s;
	struct buf folded;
	int err;

	if (!phrase.len)
		return 0;
	buf_init(&folded, p->a->account);
	text_fold(s->language, phrase, s->flags, &folded);
	err = folded.failed ? no_memory(p->st) : 0;
	if (!err)
		err = add(p, negated ? &s->negated_phrases : &s->phrases, phrase);
	if (!err)
		err = add(
		    p, negated ? &s->negated_folded : &s->folded, buf_view(&folded));
	buf_clear(&folded);
	return err || negated ? err : add_words(p, phrase, false);
}

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Up to white space or a quotation mark. */
static size_t end_of_chunk(struct view text, size_t i)
{
	while (i < text.len && !is_space(text.data[i]) && text.data[i] != '"')
		i++;
	return i;
}

static const uint8_t *closing_mark(struct view text, size_t i)
{
	return i < text.len ? memchr(text.data + i, '"', text.len - i) : NULL;
}

static int parse_all(struct parser *p, struct view text)
{
	bool starts = true; /* nothing or white space is in front */
	size_t i = 0;
	int err = 0;

	while (!err && i < text.len) {
		const uint8_t *close;
		bool negated = false;
		size_t end;

		if (is_space(text.data[i])) {
			starts = true;
			i++;
			continue;
		}
		if (starts && text.data[i] == '-') {
			negated = true;
			i++;
		}
		starts = false;
		if (i < text.len && text.data[i] == '"') {
			i++;
			close = closing_mark(text, i);
			if (!close)
				continue;
			end = (size_t)(close - text.data);
			err = add_phrase(p, view_of(text.data + i, end - i), negated);
			i = end + 1;
			continue;
		}
		end = end_of_chunk(text, i);
		err = add_words(p, view_of(text.data + i, end - i), negated);
		i = end;
	}
	return err;
}

static int compare_views(const void *a, const void *b)
{
	return view_compare(*(const struct view *)a, *(const struct view *)b);
}

static void sort_unique(struct text_list *list)
{
	int kept = 0;

	if (!list->n)
		return;
	qsort(list->v, (size_t)list->n, sizeof(*list->v), compare_views);
	for (int i = 0; i < list->n; i++)
		if (!kept || !view_equal(list->v[kept - 1], list->v[i]))
			list->v[kept++] = list->v[i];
	list->n = kept;
}

int text_search_parse(struct view search, const struct text_language *language,
    unsigned int flags, struct arena *a, struct text_search *out, struct status *st)
{
	struct parser p = {.s = out, .a = a, .st = st};
	int err;

	*out = (struct text_search){.language = language, .flags = flags};
	text_maker_init(&p.maker, a->account);
	err = parse_all(&p, search);
	text_maker_clear(&p.maker);
	sort_unique(&out->keys);
	sort_unique(&out->terms);
	sort_unique(&out->negated);
	return err;
}

bool text_search_is_plain(const struct text_search *s)
{
	return !s->flags && !s->negated.n && !s->phrases.n && !s->negated_phrases.n;
}

/* ------------------------------------------------------------------ asking */

struct asking {
	const struct text_search *s;
	struct text_maker *maker;
	struct buf *scratch;
	bool ask_terms; /* it is not known that there is one */
	bool has_term, is_out;
	uint64_t phrases; /* bit of each that has been met, of a group of 64 */
	int group;
};

static bool has(const struct text_list *list, struct view term)
{
	return list->n && bsearch(&term, list->v, (size_t)list->n, sizeof(*list->v),
			      compare_views) != NULL;
}

static int ask_words(struct asking *k, struct view string, const struct text_language *l,
    struct status *st)
{
	struct text_words words = {.rest = string, .language = l};
	struct view word, term;

	while (!k->is_out && text_words_next(&words, &word)) {
		int err = text_term(k->maker, l, word, k->s->flags, &term, st);

		if (err)
			return err;
		k->has_term |= term.len && has(&k->s->terms, term);
		k->is_out |= term.len && has(&k->s->negated, term);
	}
	return 0;
}

static bool contains(const struct buf *text, struct view phrase)
{
	return text->len >= phrase.len &&
	       memmem(text->data, text->len, phrase.data, phrase.len) != NULL;
}

static int ask_phrases(struct asking *k, struct view string, struct status *st)
{
	const struct text_list *wanted = &k->s->folded, *out = &k->s->negated_folded;

	buf_reset(k->scratch);
	text_fold(k->s->language, string, k->s->flags, k->scratch);
	if (k->scratch->failed)
		return no_memory(st);
	for (int i = 0; i < 64 && k->group + i < wanted->n; i++)
		if (contains(k->scratch, wanted->v[k->group + i]))
			k->phrases |= UINT64_C(1) << i;
	for (int i = 0; i < out->n; i++)
		k->is_out |= contains(k->scratch, out->v[i]);
	return 0;
}

static int ask_string(void *arg, struct view string, double weight,
    const struct text_language *l, struct status *st)
{
	struct asking *k = arg;
	int err = 0;

	if (k->group == 0 && (k->ask_terms || k->s->negated.n))
		err = ask_words(k, string, l, st);
	if (!err && (k->s->phrases.n || k->s->negated_phrases.n))
		err = ask_phrases(k, string, st);
	return err;
}

int text_search_matches(const struct text_search *s, const struct text_spec *spec,
    bool has_key, struct text_maker *m, struct view doc, struct buf *scratch, bool *yes, struct status *st)
{
	struct asking k = {
	    .s = s, .maker = m, .scratch = scratch, .ask_terms = !has_key || s->flags};
	int n = s->folded.n;

	*yes = false;
	do {
		int in_group = MIN_OF(n - k.group, 64), err;

		k.phrases = 0;
		err = text_spec_each(spec, doc, &m->path, ask_string, &k, st);
		if (err)
			return err;
		if (k.is_out || (k.ask_terms && !k.has_term) ||
		    __builtin_popcountll(k.phrases) != in_group)
			return 0;
		k.group += 64;
	} while (k.group < n);
	*yes = true;
	return 0;
}
