/* Which strings are text, and what their terms are worth. */
#include "support/json.h"
#include "support/unit.h"

#include "text/scores.h"

static struct arena arena;

static int setup(void **state)
{
	arena_init(&arena, NULL);
	return 0;
}

static int teardown(void **state)
{
	arena_clear(&arena);
	return 0;
}

#define INDEX(weights)                                                                         \
	"{'weights': " weights ", 'default_language': 'english', "                            \
	"'language_override': 'language'}"

/* The term's score; 0 where the document does not have it.  code: what is expected to be
 * said of the document. */
static double score_of(const char *index, const char *doc, const char *term, int code)
{
	const struct text_score *list;
	struct text_scores scores;
	struct text_maker maker;
	struct text_spec spec;
	double found = 0;
	int n;

	text_maker_init(&maker, NULL);
	text_scores_init(&scores, &arena, NULL);
	assert_int_equal(text_spec_parse(json_doc(&arena, index), &arena, &spec, NULL), 0);
	assert_int_equal(text_scores_make(&scores, &maker, &spec, json_doc(&arena, doc), &list,
			     &n, NULL),
	    code);
	for (int i = 0; i < n; i++)
		if (view_equal(list[i].term, view_of_str(term)))
			found = list[i].score;
	text_scores_clear(&scores);
	text_maker_clear(&maker);
	return found;
}

static void check(const char *index, const char *doc, const char *term, double expected)
{
	double d = score_of(index, doc, term, 0);

	if (d < expected - 1e-9 || d > expected + 1e-9)
		fail_msg("%s of %s: %.17g, not %.17g", term, doc, d, expected);
}

static void test_formula(void **state)
{
	check(INDEX("{'a': 1}"), "{'a': 'hello world'}", "hello", 0.75);
	check(INDEX("{'a': 1}"), "{'a': 'cakes and ale'}", "cake", 0.75);
	check(INDEX("{'a': 1}"), "{'a': 'more cakes'}", "cake", 1);
	check(INDEX("{'a': 1}"), "{'a': 'Bread'}", "bread", 1.1);
	check(INDEX("{'a': 1}"), "{'a': 'apple apple apple'}", "appl", 1.75);
	check(INDEX("{'a': 1}"), "{'a': 'one two tree'}", "tree", 0.5 / 3 + 0.5);
	check(INDEX("{'a': 10, 'b': 3}"), "{'a': 'dog', 'b': 'dog cat'}", "dog", 11 + 2.25);
	check(INDEX("{'a': 1}"), "{'a': 'the'}", "the", 0);
}

static void test_places(void **state)
{
	check(INDEX("{'a.b': 1}"), "{'a': {'b': 'x y'}}", "x", 0.75);
	check(INDEX("{'a.b': 1}"), "{'a': [{'b': 'x y'}, {'b': 'x y'}]}", "x", 1.5);
	check(INDEX("{'a': 1}"), "{'a': [1, 'x y', true, ['x y']]}", "x", 1.5);
	check(INDEX("{'a': 1}"), "{'a': {'b': 'x'}, 'ab': 'x', 'b': 'x'}", "x", 0);
	check(INDEX("{'a': 1}"), "{'a': 5}", "5", 0);
	check(INDEX("{'$**': 1}"), "{'a': {'b': 'x y'}, 'c': ['x y'], 'd': 1}", "x", 1.5);
	check(INDEX("{'$**': 1, 'c': 4}"), "{'a': 'x y', 'c': 'x y'}", "x", 0.75 * 5);
	/* The field that says the language is no text itself. */
	check(INDEX("{'$**': 1}"), "{'language': 'french'}", "french", 0);
}

static void test_languages(void **state)
{
	check(INDEX("{'a': 1}"), "{'language': 'none', 'a': 'running late'}", "running", 0.75);
	check(INDEX("{'$**': 1}"),
	    "{'a': {'language': 'none', 'b': 'running the'}, 'c': 'running late'}", "running",
	    0.75);
	check(INDEX("{'$**': 1}"),
	    "{'a': {'language': 'none', 'b': 'running the'}, 'c': 'running late'}", "run", 0.75);
	score_of(INDEX("{'a': 1}"), "{'language': 'klingon', 'a': 'x'}", "x", 17262);
	score_of(INDEX("{'a': 1}"), "{'language': 1, 'a': 'x'}", "x", 17261);
}

static void test_many_strings(void **state)
{
	struct buf text;

	buf_init(&text, NULL);
	buf_printf(&text, "{'a': ['all w0 w1'");
	for (int i = 0; i < 2000; i++)
		buf_printf(&text, ", 'w%d x'", i);
	buf_printf(&text, "]}");
	buf_append_byte(&text, 0);
	check(INDEX("{'a': 1}"), (char *)text.data, "x", 0.75 * 2000);
	check(INDEX("{'a': 1}"), (char *)text.data, "w1999", 0.75);
	check(INDEX("{'a': 1}"), (char *)text.data, "w1", 0.75 + 0.75);
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_formula),
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_languages),
	    cmocka_unit_test(test_many_strings),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
