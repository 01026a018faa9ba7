/* $search: taken apart, and asked of documents. */
#include "support/json.h"
#include "support/unit.h"

#include "text/search.h"

static struct arena arena;
static struct text_weight weight;
static struct text_spec spec;

static int setup(void **state)
{
	arena_init(&arena, NULL);
	weight = (struct text_weight){view_of_str("a"), 1};
	spec = (struct text_spec){.n = 1, .weights = &weight, .language = text_language_default};
	spec.override = view_of_str("language");
	return 0;
}

static int teardown(void **state)
{
	arena_clear(&arena);
	return 0;
}

static struct text_search parse(const char *search, unsigned int flags)
{
	struct text_search s;

	assert_int_equal(text_search_parse(view_of_str(search), text_language_default, flags,
			     &arena, &s, NULL),
	    0);
	return s;
}

static void check_list(const struct text_list *list, const char *expected)
{
	struct buf text;

	buf_init(&text, NULL);
	for (int i = 0; i < list->n; i++)
		buf_printf(&text, "%s%.*s", i ? "|" : "", (int)list->v[i].len,
		    (const char *)list->v[i].data);
	buf_append_byte(&text, 0);
	assert_string_equal((char *)text.data, expected);
	buf_clear(&text);
}

static void test_parse(void **state)
{
	struct text_search s = parse("quick \"Brown Fox\" -\"red dog\" well-known -pre-market", 0);

	check_list(&s.keys, "brown|fox|known|quick|well");
	check_list(&s.phrases, "Brown Fox");
	check_list(&s.folded, "brown fox");
	check_list(&s.negated_phrases, "red dog");
	check_list(&s.negated, "market|pre");
	s = parse("Coffee coffee the", TEXT_KEEP_CASE);
	check_list(&s.keys, "coffe");
	check_list(&s.terms, "Coffe|coffe");
	s = parse("  -", 0);
	check_list(&s.keys, "");
	s = parse("open \"mark here", 0);
	check_list(&s.keys, "mark|open");
	check_list(&s.phrases, "");
	assert_true(text_search_is_plain(&s));
}

static void check(const char *search, unsigned int flags, const char *doc, bool expected)
{
	struct text_search s = parse(search, flags);
	struct text_maker maker;
	struct buf scratch;
	bool yes;

	buf_init(&scratch, NULL);
	text_maker_init(&maker, NULL);
	assert_int_equal(text_search_matches(&s, &spec, true, &maker, json_doc(&arena, doc), &scratch,
			     &yes, NULL),
	    0);
	if (yes != expected)
		fail_msg("%s of %s is %d", search, doc, yes);
	text_maker_clear(&maker);
	buf_clear(&scratch);
}

static void test_matches(void **state)
{
	check("\"brown fox\"", 0, "{'a': 'the quick Brown FOX'}", true);
	check("\"brown fox\"", 0, "{'a': 'the brown dog and fox'}", false);
	check("\"brown fox\" \"red dog\"", 0, "{'a': ['brown fox', 'red dog']}", true);
	check("\"brown fox\" \"red dog\"", 0, "{'a': 'brown fox'}", false);
	check("fox -quick", 0, "{'a': 'fox'}", true);
	check("fox -quick", 0, "{'a': ['fox', 'Quick']}", false);
	check("fox -\"red dog\"", 0, "{'a': 'fox red dog'}", false);
	check("fox -\"red dog\"", 0, "{'a': 'fox dog red'}", true);
}

static void test_sensitive(void **state)
{
	check("Coffee", TEXT_KEEP_CASE, "{'a': 'Coffee'}", true);
	check("Coffee", TEXT_KEEP_CASE, "{'a': 'coffee COFFEE'}", false);
	check("Cafe", TEXT_KEEP_CASE, "{'a': 'Caf\xc3\xa9'}", true);
	check("cafe", TEXT_KEEP_DIACRITICS, "{'a': 'Cafe'}", true);
	check("cafe", TEXT_KEEP_DIACRITICS, "{'a': 'caf\xc3\xa9'}", false);
	check("\"Brown fox\"", TEXT_KEEP_CASE, "{'a': 'brown fox Brown'}", false);
}

static void test_more_phrases_than_bits(void **state)
{
	struct buf search, doc;

	buf_init(&search, NULL);
	buf_init(&doc, NULL);
	buf_printf(&doc, "{'a': '");
	for (int i = 0; i < 130; i++) {
		buf_printf(&search, "\"w%d x\" ", i);
		buf_printf(&doc, "w%d x ", i);
	}
	buf_printf(&doc, "'}");
	buf_append_byte(&search, 0);
	buf_append_byte(&doc, 0);
	check((char *)search.data, 0, (char *)doc.data, true);
	memcpy(strstr((char *)doc.data, "w129"), "w12x", 4);
	check((char *)search.data, 0, (char *)doc.data, false);
	buf_clear(&search);
	buf_clear(&doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_matches),
	    cmocka_unit_test(test_sensitive),
	    cmocka_unit_test(test_more_phrases_than_bits),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
