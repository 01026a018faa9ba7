/*
 * Text: the input is a byte for language and flags, what is searched, a NUL and a string.  A
 * document of that string has terms; a search that is plain finds it just where they share one.
 */
#include "config.h"

#include <stdlib.h>

#include "bson/builder.h"
#include "text/scores.h"
#include "text/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const languages[] = {"none", "en", "fr", "de", "ru", "tr", "fi", "es"};

static struct view make_document(struct view string, struct buf *buf)
{
	struct builder b;

	builder_init(&b, buf);
	builder_str_n(&b, "a", (const char *)string.data, string.len);
	builder_finish(&b);
	return builder_view(&b);
}

static void check_terms(const struct text_score *list, int n)
{
	for (int i = 0; i < n; i++)
		if (!list[i].term.len || list[i].term.len > TEXT_TERM_MAX ||
		    !(list[i].score > 0))
			abort();
}

static bool shares_term(const struct text_list *keys, const struct text_score *list, int n)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; k < keys->n; k++)
			if (view_equal(list[i].term, keys->v[k]))
				return true;
	return false;
}

static void run(struct view search, struct view doc, const struct text_language *l,
    unsigned int flags, struct arena *a)
{
	struct text_weight weight = {view_of_str("a"), 1};
	struct text_spec spec = {.n = 1, .weights = &weight, .language = l};
	const struct text_score *list;
	struct text_scores scores;
	struct text_search s;
	struct text_maker m;
	struct buf scratch;
	bool yes;
	int n;

	spec.override = view_of_str("language");
	buf_init(&scratch, NULL);
	text_maker_init(&m, NULL);
	text_scores_init(&scores, a, NULL);
	if (text_scores_make(&scores, &m, &spec, doc, &list, &n, NULL) ||
	    text_search_parse(search, l, flags, a, &s, NULL))
		abort();
	check_terms(list, n);
	if (text_search_matches(&s, &spec, false, &m, doc, &scratch, &yes, NULL))
		abort();
	if (text_search_is_plain(&s) && yes != shares_term(&s.keys, list, n))
		abort();
	text_scores_clear(&scores);
	text_maker_clear(&m);
	buf_clear(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data + 1, 0, size - 1) : NULL;
	const struct text_language *l;
	struct arena a;
	struct buf buf;
	size_t n;

	if (!end || size > 1 << 16)
		return 0;
	n = (size_t)(end - data - 1);
	l = text_language_find(view_of_str(languages[data[0] % ARRAY_LEN(languages)]));
	arena_init(&a, NULL);
	buf_init(&buf, NULL);
	run(view_of(data + 1, n), make_document(view_of(end + 1, size - n - 2), &buf), l,
	    data[0] >> 6, &a);
	buf_clear(&buf);
	arena_clear(&a);
	return 0;
}
