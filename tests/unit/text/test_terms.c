/* Words, terms, and the table of languages. */
#include "support/unit.h"

#include "text/stop_words.h"
#include "text/terms.h"

static struct text_maker maker;

static int setup(void **state)
{
	text_maker_init(&maker, NULL);
	return 0;
}

static int teardown(void **state)
{
	text_maker_clear(&maker);
	return 0;
}

static const struct text_language *language(const char *name)
{
	const struct text_language *l = text_language_find(view_of_str(name));

	assert_non_null(l);
	return l;
}

/* The terms of a text, with blanks between them. */
static void check(const char *name, const char *text, unsigned int flags, const char *expected)
{
	struct text_words words = {.rest = view_of_str(text), .language = language(name)};
	struct view word, term;
	struct buf out;

	buf_init(&out, NULL);
	while (text_words_next(&words, &word)) {
		assert_int_equal(
		    text_term(&maker, words.language, word, flags, &term, NULL), 0);
		if (!term.len)
			continue;
		if (out.len)
			buf_append_byte(&out, ' ');
		buf_append_view(&out, term);
	}
	buf_append_byte(&out, 0);
	assert_string_equal((char *)out.data, expected);
	buf_clear(&out);
}

static void test_words(void **state)
{
	check("none", "a well-known fact", 0, "a well known fact");
	check("none", "$price #tag hello@world NYC_Coffee", 0, "price tag hello world nyc_coffee");
	check("none", "qu'il \xc2\xab\xc3\xa9tait\xc2\xbb", 0, "qu il etait");
	check("none", "\xe6\x95\xb0\xe6\x8d\xae\xe3\x80\x82\xe5\xba\x93", 0,
	    "\xe6\x95\xb0\xe6\x8d\xae \xe5\xba\x93");
	check("none", " \t--\"'", 0, "");
	check("english", "I can't say don't", 0, "say");
}

static void test_stems(void **state)
{
	check("english", "Running blueberries tags", 0, "run blueberri tag");
	check("none", "Running", 0, "running");
	check("fr", "je cours courant", 0, "cour cour");
	check("es", "corriendo correr", 0, "corr corr");
	check("ENGLISH", "the quick fox", 0, "quick fox");
}

static void test_flags(void **state)
{
	check("english", "Caf\xc3\xa9", 0, "cafe");
	check("english", "Caf\xc3\xa9", TEXT_KEEP_CASE, "Cafe");
	check("english", "Caf\xc3\xa9", TEXT_KEEP_DIACRITICS, "caf\xc3\xa9");
	check("english", "Caf\xc3\xa9", TEXT_KEEP_CASE | TEXT_KEEP_DIACRITICS, "Caf\xc3\xa9");
	/* A stop word is one in any case. */
	check("english", "The fox", TEXT_KEEP_CASE, "fox");
	/* Turkish has two letters i. */
	check("tr", "I\xc4\xb0", TEXT_KEEP_DIACRITICS, "\xc4\xb1i");
}

static void test_broken_utf8(void **state)
{
	check("none", "a\xff\xc3", 0, "a\xef\xbf\xbd\xef\xbf\xbd");
}

static void test_long_terms_are_cut(void **state)
{
	char long_word[601];
	struct view a, b;
	uint8_t first[TEXT_TERM_MAX];

	memset(long_word, 'x', 600);
	long_word[600] = 0;
	assert_int_equal(
	    text_term(&maker, language("en"), view_of(long_word, 600), 0, &a, NULL), 0);
	assert_int_equal(a.len, TEXT_TERM_MAX);
	memcpy(first, a.data, a.len);
	assert_int_equal(
	    text_term(&maker, language("en"), view_of(long_word, 599), 0, &b, NULL), 0);
	assert_int_equal(b.len, TEXT_TERM_MAX);
	assert_memory_equal(first, b.data, TEXT_TERM_MAX - 32);
	assert_memory_not_equal(first, b.data, TEXT_TERM_MAX);
}

static void test_languages(void **state)
{
	static const char *const codes[] = {"da", "nl", "en", "fi", "fr", "de", "hu", "it", "nb",
	    "pt", "ro", "ru", "es", "sv", "tr"};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		const struct text_language *l = language(codes[i]);

		assert_ptr_equal(language(l->name), l);
		assert_int_equal(l->stop_words[0], ' ');
		assert_int_equal(l->stop_words[strlen(l->stop_words) - 1], ' ');
		check(codes[i], l->stop_words, 0, "");
	}
	assert_null(text_language_find(view_of_str("klingon")));
	assert_null(text_language_find(view_of_str("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_stems),
	    cmocka_unit_test(test_flags),
	    cmocka_unit_test(test_broken_utf8),
	    cmocka_unit_test(test_long_terms_are_cut),
	    cmocka_unit_test(test_languages),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
