#include "support/unit.h"
#include "support/json.h"
#include "support/random_value.h"

#include "bson/key_encode.h"
#include "expr/collation.h"
#include "expr/match.h"

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

static const struct collator *parse(const char *text)
{
	const struct collator *c;
	struct status st;
	int err;

	status_init(&st);
	err = collation_parse(json_doc(&arena, text), &arena, &c, &st);
	if (err)
		fail_msg("%s: %d %s", text, err, st.message);
	return c;
}

/* ---- documents ---- */

#define REST(                                                                                  \
    case_level, case_first, strength, numeric, alternate, max, normalization, backwards)       \
	"'caseLevel': " case_level ", 'caseFirst': '" case_first "', 'strength': " strength    \
	", 'numericOrdering': " numeric ", 'alternate': '" alternate "', 'maxVariable': '" max \
	"', 'normalization': " normalization ", 'backwards': " backwards                       \
	", 'version': '57.1'}"

static void fills_in_defaults(void **state)
{
	static const struct {
		const char *given, *full;
	} cases[] = {
	    {"{'locale': 'en'}", "{'locale': 'en', " REST("false", "off", "3", "false",
				     "non-ignorable", "punct", "false", "false")},
	    {"{'strength': 1.9, 'locale': 'fr', 'version': '57.1'}",
		"{'locale': 'fr', " REST(
		    "false", "off", "1", "false", "non-ignorable", "punct", "false", "false")},
	    {"{'locale': 'da'}", "{'locale': 'da', " REST("false", "upper", "3", "false",
				     "non-ignorable", "punct", "false", "false")},
	    {"{'locale': 'fr_CA'}", "{'locale': 'fr_CA', " REST("false", "off", "3", "false",
					"non-ignorable", "punct", "false", "true")},
	    {"{'locale': 'th'}", "{'locale': 'th', " REST("false", "off", "3", "false",
				     "shifted", "punct", "true", "false")},
	    {"{'locale': 'de@collation=phonebook', 'strength': 5, 'caseLevel': true, "
	     "'caseFirst': "
	     "'lower', 'numericOrdering': true, 'alternate': 'shifted', 'maxVariable': "
	     "'space', "
	     "'normalization': true, 'backwards': true}",
		"{'locale': 'de@collation=phonebook', " REST(
		    "true", "lower", "5", "true", "shifted", "space", "true", "true")},
	    {"{'locale': 'en', 'caseLevel': null, 'caseFirst': null, 'strength': null, "
	     "'numericOrdering': null, 'alternate': null, 'maxVariable': null, "
	     "'normalization': null, 'version': null}",
		"{'locale': 'en', " REST(
		    "false", "off", "3", "false", "non-ignorable", "punct", "false", "false")},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct view doc = collation_document(parse(cases[i].given));
		const char *got = json_text(&arena, doc);

		assert_string_equal(got, json_text(&arena, json_doc(&arena, cases[i].full)));
		/* and what a document says is what it was made from */
		assert_true(collation_equal(parse(cases[i].given), parse(got)));
	}
}

static void simple_is_by_bytes(void **state)
{
	assert_null(parse("{'locale': 'simple'}"));
	assert_null(parse("{'locale': 'simple', 'normalization': true, 'strength': 1}"));
	assert_string_equal(json_text(&arena, collation_document(NULL)),
	    json_text(&arena, json_doc(&arena, "{'locale': 'simple'}")));
	assert_true(collation_equal(NULL, NULL));
	assert_false(collation_equal(NULL, parse("{'locale': 'en'}")));
}

static void refuses(void **state)
{
	static const struct {
		const char *doc;
		int code;
	} cases[] = {
	    {"{}", 40414},
	    {"{'strength': 1}", 40414},
	    {"{'locale': null}", 40414},
	    {"{'locale': 1}", 14},
	    {"{'locale': {'a': 1}}", 14},
	    {"{'locale': ''}", 2},
	    {"{'locale': 'invalid_locale_xyz'}", 2},
	    {"{'locale': 'EN'}", 2},
	    {"{'locale': 'en_'}", 2},
	    {"{'locale': 'en-US'}", 2},
	    {"{'locale': 'de@collation='}", 2},
	    {"{'locale': 'de@collation=unihan'}", 2},
	    {"{'locale': 'de@collation=phonebook2'}", 2},
	    {"{'locale': 'en', 'locale': 'de'}", 40413},
	    {"{'locale': 'en', 'Strength': 1}", 40415},
	    {"{'locale': 'simple', 'x': 1}", 40415},
	    {"{'locale': 'en', 'strength': 0}", 2},
	    {"{'locale': 'en', 'strength': 0.99}", 2},
	    {"{'locale': 'en', 'strength': 6}", 2},
	    {"{'locale': 'simple', 'strength': 6}", 2},
	    {"{'locale': 'en', 'strength': {'$numberDouble': 'NaN'}}", 2},
	    {"{'locale': 'en', 'strength': {'$numberDecimal': 'NaN'}}", 2},
	    {"{'locale': 'en', 'strength': {'$numberDecimal': '-Infinity'}}", 2},
	    {"{'locale': 'en', 'strength': {'$numberDecimal': '5.5'}}", 2},
	    {"{'locale': 'en', 'strength': {'$numberDecimal': '0.5'}}", 2},
	    {"{'locale': 'en', 'strength': '3'}", 14},
	    {"{'locale': 'en', 'strength': true}", 14},
	    {"{'locale': 'en', 'caseLevel': 1}", 14},
	    {"{'locale': 'en', 'backwards': null}", 14},
	    {"{'locale': 'en', 'caseFirst': 1}", 14},
	    {"{'locale': 'en', 'caseFirst': 'invalid'}", 2},
	    {"{'locale': 'en', 'caseFirst': ''}", 2},
	    {"{'locale': 'en', 'alternate': 'Shifted'}", 2},
	    {"{'locale': 'en', 'maxVariable': 'symbol'}", 2},
	    {"{'locale': 'en', 'version': 57.1}", 14},
	    {"{'locale': 'en', 'version': 'invalid'}", 161},
	    {"{'locale': 'en', 'strength': 2, 'caseFirst': 'upper'}", 2},
	    {"{'locale': 'en', 'strength': 1, 'backwards': true}", 2},
	    {"{'locale': 'da', 'strength': 2}", 2},
	    {"{'locale': 'fr_CA', 'strength': 1}", 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct collator *c;
		struct status st;
		int err;

		status_init(&st);
		err = collation_parse(json_doc(&arena, cases[i].doc), &arena, &c, &st);
		if (err != cases[i].code || st.code != err)
			fail_msg("%s: %d %s", cases[i].doc, err, st.message);
	}
}

static void rounds_strength(void **state)
{
	static const struct {
		const char *given;
		int strength;
	} cases[] = {
	    {"1.99", 1},
	    {"{'$numberLong': '4'}", 4},
	    {"5.9", 5},
	    {"{'$numberDecimal': '4.5'}", 4},
	    {"{'$numberDecimal': '3.5'}", 4},
	    {"{'$numberDecimal': '0.50000000000000000001'}", 1},
	    {"{'$numberDecimal': '5.499999999999999999999999999999999'}", 5},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct collator *c = parse(
		    arena_printf(&arena, "{'locale': 'en', 'strength': %s}", cases[i].given));

		assert_int_equal(read_i32(doc_get(collation_document(c), "strength").data),
		    cases[i].strength);
	}
}

/* Memory that a collation's end does not give back would stay in the account. */
static void is_charged(void **state)
{
	struct view doc = json_doc(&arena, "{'locale': 'en'}");
	struct memory_account account;
	const struct collator *c;
	struct arena a;

	memory_account_init(&account, NULL, 0);
	arena_init(&a, &account);
	assert_int_equal(collation_parse(doc, &a, &c, NULL), 0);
	arena_clear(&a);
	assert_int_equal(account.used_bytes, 0);

	memory_account_init(&account, NULL, 100);
	arena_init(&a, &account);
	assert_int_equal(collation_parse(doc, &a, &c, NULL), ERR_EXCEEDED_MEMORY_LIMIT);
	arena_clear(&a);
	assert_int_equal(account.used_bytes, 0);
}

/* Each of the arenas keeps it alive. */
static void is_shared(void **state)
{
	struct view doc = json_doc(&arena, "{'locale': 'en', 'strength': 1}");
	const struct collator *c;
	struct arena first, second;

	arena_init(&first, NULL);
	arena_init(&second, NULL);
	assert_int_equal(collation_parse(doc, &first, &c, NULL), 0);
	assert_true(collation_share(c, &second));
	assert_true(collation_share(NULL, &second));
	arena_clear(&first);
	assert_int_equal(c->compare(c, view_of_str("a"), view_of_str("A")), 0);
	assert_true(collation_equal(c, parse("{'locale': 'en', 'strength': 1}")));
	arena_clear(&second);
}

/* ---- strings ---- */

static void orders(void **state)
{
	/* from the least; each with its relation to the one before */
	static const struct {
		const char *collation;
		const char *strings[6];
	} cases[] = {
	    {"{'locale': 'en'}", {"<a", "<A", "<\u00e1", "<b", "<B"}},
	    {"{'locale': 'en', 'strength': 2}", {"<a", "=A", "<\u00e1", "<b"}},
	    {"{'locale': 'en', 'strength': 1}", {"<a", "=A", "=\u00e1", "<b"}},
	    {"{'locale': 'en', 'strength': 1, 'caseLevel': true}",
		{"<a", "=\u00e1", "<A", "<b"}},
	    {"{'locale': 'en', 'caseFirst': 'upper'}", {"<A", "<a", "<B", "<b"}},
	    {"{'locale': 'en', 'numericOrdering': true}", {"<1", "<2", "<10", "<a2", "<a10"}},
	    {"{'locale': 'en', 'alternate': 'shifted'}", {"<ab", "=a-b", "=a b", "<ac"}},
	    {"{'locale': 'en', 'alternate': 'shifted', 'maxVariable': 'space'}",
		{"<a-b", "<ab", "=a b", "<ac"}},
	    {"{'locale': 'en', 'alternate': 'shifted', 'maxVariable': 'space'}",
		{"<a\u00a0b", "<ab"}},
	    {"{'locale': 'en', 'alternate': 'shifted'}", {"<ab", "=a\u00a0b"}},
	    {"{'locale': 'en', 'strength': 4, 'alternate': 'shifted'}",
		{"<a_b", "<a-b", "<ab", "<ac"}},
	    {"{'locale': 'en'}", {"<abc", "=a\u200bbc", "<abd"}},
	    {"{'locale': 'en', 'strength': 5}", {"<abc", "<a\u200bbc", "<abd"}},
	    {"{'locale': 'fr'}", {"<cote", "<cot\u00e9", "<c\u00f4te", "<c\u00f4t\u00e9"}},
	    {"{'locale': 'fr_CA'}", {"<cote", "<c\u00f4te", "<cot\u00e9", "<c\u00f4t\u00e9"}},
	    {"{'locale': 'en'}", {"<\u00e9", "=e\u0301"}},
	    {"{'locale': 'de@collation=phonebook'}", {"<ad", "<\u00e4", "<af"}},
	    {"{'locale': 'sv'}", {"<z", "<\u00e5", "<\u00e4", "<\u00f6"}},
	    {"{'locale': 'en'}", {"<", "<a", "<aa"}},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct collator *c = parse(cases[i].collation);

		for (int k = 1; k < 6 && cases[i].strings[k]; k++) {
			const char *a = cases[i].strings[k - 1], *b = cases[i].strings[k];
			int got = c->compare(c, view_of_str(a + 1), view_of_str(b + 1));

			if ((*b == '=') != (got == 0) || got > 0)
				fail_msg("%s: %s %s: %d", cases[i].collation, a, b, got);
		}
	}
}

static const char *const collations[] = {
    "{'locale': 'en'}",
    "{'locale': 'en', 'strength': 1}",
    "{'locale': 'en', 'strength': 2}",
    "{'locale': 'en', 'strength': 4}",
    "{'locale': 'en', 'strength': 5}",
    "{'locale': 'en', 'strength': 1, 'caseLevel': true, 'caseFirst': 'upper'}",
    "{'locale': 'en', 'numericOrdering': true}",
    "{'locale': 'en', 'numericOrdering': true, 'strength': 5}",
    "{'locale': 'en', 'alternate': 'shifted'}",
    "{'locale': 'en', 'alternate': 'shifted', 'strength': 4, 'maxVariable': 'space'}",
    "{'locale': 'fr_CA'}",
    "{'locale': 'en', 'backwards': true, 'strength': 5, 'normalization': true}",
    "{'locale': 'th'}",
    "{'locale': 'vi'}",
    "{'locale': 'zh'}",
    "{'locale': 'ja', 'strength': 4}",
    "{'locale': 'da'}",
    "{'locale': 'ko@collation=search'}",
};

/* Pieces that make equal and nearly equal strings, good UTF-8 and not. */
static const char *const pieces[] = {"a", "A", "b", "B", "e", "\u00e9", "e\u0301", "\u0301",
    "\u0323", "\u00e1", "0", "1", "9", "10", "007", "\u0661", "-", " ", "_", "$", ".", "\u00a0",
    "\u200b", "\ufeff", "\u00df", "ss", "\u00c6", "ae", "aa", "\u00e5", "ch", "\ufb01", "fi",
    "\u4e00", "\u4e8c", "\u3042", "\u30a2", "\uac00", "\u1100\u1161", "\u0e40\u0e01", "\u0e01",
    "\ufffd", "\U0001f600", "\U00010400", "\xff", "\x80", "\xc3", "\xe2\x82", "\xed\xa0\x80",
    "\xf0\x9f\x98", "\xc0\x80", "\xf5", "\ufffe", "\uffff", "z", "\x02", "\x7f", "\u0314",
    "\u00ad", "\u0e57", "\u2005"};

static struct view random_string(struct rng *r)
{
	struct view s = {(const uint8_t *)"", 0};
	struct buf b;

	buf_init(&b, NULL);
	for (uint32_t n = rng_below(r, 6); n; n--) {
		uint32_t i = rng_below(r, ARRAY_LEN(pieces) + 1);

		if (i == ARRAY_LEN(pieces))
			buf_append_byte(&b, 0);
		else
			buf_append(&b, pieces[i], strlen(pieces[i]));
	}
	if (b.len)
		s = arena_dup(&arena, buf_view(&b));
	buf_clear(&b);
	return s;
}

static struct view key_of(const struct collator *c, struct view s)
{
	struct view key;
	struct buf b;

	buf_init(&b, NULL);
	c->sort_key(c, s, &b);
	assert_false(b.failed);
	key = arena_dup(&arena, b.len ? buf_view(&b) : view_of("", 0));
	buf_clear(&b);
	return key;
}

static int sign(int c)
{
	return (c > 0) - (c < 0);
}

#define N 250

static void keys_order_as_strings(void **state)
{
	for (size_t k = 0; k < ARRAY_LEN(collations); k++) {
		const struct collator *c = parse(collations[k]);
		struct rng r = {k + 1};
		struct view strings[N], keys[N];

		for (int i = 0; i < N; i++) {
			strings[i] = random_string(&r);
			keys[i] = key_of(c, strings[i]);
		}
		for (int i = 0; i < N; i++) {
			for (int j = 0; j < i; j++) {
				int by_string = sign(c->compare(c, strings[i], strings[j]));
				int by_key = sign(view_compare(keys[i], keys[j]));

				if (by_string != by_key)
					fail_msg("%s: %.*s and %.*s: %d, by key %d",
					    collations[k], (int)strings[i].len,
					    (const char *)strings[i].data, (int)strings[j].len,
					    (const char *)strings[j].data, by_string, by_key);
			}
		}
	}
}

/* Through the layers above: values, keys and hashes say the same. */
static void values_obey(void **state)
{
	const struct collator *c = parse("{'locale': 'en', 'strength': 1}");
	struct value a = json_value(&arena, "{'x': ['caf\u00e9', {'y': 'B'}]}");
	struct value b = json_value(&arena, "{'x': ['CAFE', {'y': 'b'}]}");
	struct value other_name = json_value(&arena, "{'X': ['CAFE', {'y': 'b'}]}");
	struct buf key_a, key_b;

	assert_true(value_equal(a, b, c));
	assert_false(value_equal(a, b, NULL));
	assert_false(value_equal(a, other_name, c));
	assert_int_equal(value_hash(a, c), value_hash(b, c));
	buf_init(&key_a, NULL);
	buf_init(&key_b, NULL);
	key_encode(&key_a, NULL, a, false, c);
	key_encode(&key_b, NULL, b, false, c);
	assert_true(view_equal(buf_view(&key_a), buf_view(&key_b)));
	buf_clear(&key_a);
	buf_clear(&key_b);
}

/* Which predicates ask the collation. */
static void filters_obey(void **state)
{
	static const struct {
		const char *filter, *doc;
		bool matches;
	} cases[] = {
	    {"{'x': 'APPLE'}", "{'x': 'apple'}", true},
	    {"{'x': 'APPLE'}", "{'x': ['pear', 'apple']}", true},
	    {"{'x': {'y': ['APPLE']}}", "{'x': {'y': ['apple']}}", true},
	    {"{'x': {'$ne': 'APPLE'}}", "{'x': 'apple'}", false},
	    {"{'x': {'$gt': 'APPLE'}}", "{'x': 'apple'}", false},
	    {"{'x': {'$lte': 'BANANA'}}", "{'x': 'banana'}", true},
	    {"{'x': {'$lt': 'Zebra'}}", "{'x': 'apple'}", true},
	    {"{'x': {'$in': ['Zebra', 'APPLE', 'b', 7]}}", "{'x': 'apple'}", true},
	    {"{'x': {'$nin': ['Zebra', 'APPLE']}}", "{'x': 'apple'}", false},
	    {"{'x': {'$all': ['B', 'A']}}", "{'x': ['a', 'b']}", true},
	    {"{'x': {'$elemMatch': {'$eq': 'A'}}}", "{'x': ['a']}", true},
	    {"{'x': {'$not': {'$eq': 'A'}}}", "{'x': 'a'}", false},
	    {"{'$or': [{'x': 'A'}, {'x': 'B'}]}", "{'x': 'b'}", true},
	    {"{'x': {'%regex': 'A'}}", "{'x': 'a'}", false},
	    {"{'x': {'$in': [{'$regularExpression': {'pattern': 'A', 'options': ''}}]}}",
		"{'x': 'a'}", false},
	    {"{'X': 'a'}", "{'x': 'a'}", false},
	    {"{'$expr': {'$eq': ['$x', 'APPLE']}}", "{'x': 'apple'}", true},
	    {"{'$expr': {'$in': ['APPLE', '$x']}}", "{'x': ['apple']}", true},
	    {"{'$expr': {'$in': ['$y', '$x']}}", "{'x': ['apple'], 'y': 'APPLE'}", true},
	    /* where MongoDB makes a predicate of it, which is by bytes */
	    {"{'$expr': {'$in': ['$x', ['APPLE']]}}", "{'x': 'apple'}", false},
	    {"{'$expr': {'$in': ['$x', ['APPLE', 'apple']]}}", "{'x': 'apple'}", true},
	    {"{'$expr': {'$and': [{'$in': ['$x', ['APPLE']]}, {'$gt': [1, 0]}]}}",
		"{'x': 'apple'}", false},
	    {"{'$expr': {'$or': [{'$in': ['$x', ['APPLE']]}, {'$eq': ['$x', 1]}]}}",
		"{'x': 'apple'}", false},
	    {"{'$expr': {'$or': [{'$in': ['$x', ['APPLE']]}, {'$eq': ['$x', '$y']}]}}",
		"{'x': 'apple'}", true},
	    {"{'$expr': {'$not': [{'$in': ['$x', ['APPLE']]}]}}", "{'x': 'apple'}", false},
	};
	struct filter_options o = {.collator = parse("{'locale': 'en', 'strength': 2}")};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct match_state ms = {.row = &arena, .array_index = -1};
		struct filter *f;
		struct status st;

		status_init(&st);
		if (filter_parse(json_doc(&arena, cases[i].filter), &o, &arena, &f, &st))
			fail_msg("%s: %s", cases[i].filter, st.message);
		if (filter_matches(f, json_doc(&arena, cases[i].doc), &ms) != cases[i].matches)
			fail_msg("%s on %s", cases[i].filter, cases[i].doc);
	}
}

/* Longer than what is kept on the stack, and with keys longer than a first guess. */
static void long_strings(void **state)
{
	const struct collator *c = parse("{'locale': 'ja', 'strength': 5}");
	char *s = arena_alloc(&arena, 30001), *t = arena_alloc(&arena, 30001);

	for (int i = 0; i < 30000; i += 3)
		memcpy(s + i, "\u30a2", 3);
	memcpy(t, s, 30000);
	memcpy(t + 29997, "\u30a4", 3);
	assert_true(c->compare(c, view_of(s, 30000), view_of(t, 30000)) < 0);
	assert_true(
	    view_compare(key_of(c, view_of(s, 30000)), key_of(c, view_of(t, 30000))) < 0);
}

/* A key that does not fit where it goes is a failure, not a shorter key. */
static void keys_are_bounded(void **state)
{
	const struct collator *c = parse("{'locale': 'en'}");
	struct memory_account account;
	struct buf b;

	memory_account_init(&account, NULL, 200);
	buf_init(&b, &account);
	c->sort_key(c, view_of(arena_calloc(&arena, 1, 1000), 1000), &b);
	assert_true(b.failed);
	buf_clear(&b);
	assert_int_equal(account.used_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(fills_in_defaults, setup, teardown),
	    cmocka_unit_test_setup_teardown(simple_is_by_bytes, setup, teardown),
	    cmocka_unit_test_setup_teardown(refuses, setup, teardown),
	    cmocka_unit_test_setup_teardown(rounds_strength, setup, teardown),
	    cmocka_unit_test_setup_teardown(is_charged, setup, teardown),
	    cmocka_unit_test_setup_teardown(is_shared, setup, teardown),
	    cmocka_unit_test_setup_teardown(orders, setup, teardown),
	    cmocka_unit_test_setup_teardown(keys_order_as_strings, setup, teardown),
	    cmocka_unit_test_setup_teardown(values_obey, setup, teardown),
	    cmocka_unit_test_setup_teardown(filters_obey, setup, teardown),
	    cmocka_unit_test_setup_teardown(long_strings, setup, teardown),
	    cmocka_unit_test_setup_teardown(keys_are_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
