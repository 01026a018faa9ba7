#include "support/unit.h"

#include "commands/collation.h"
#include "support/json.h"

static struct arena arena;

static int validate(const char *json, bool *simple)
{
	struct status st;
	int err;

	status_init(&st);
	err = collation_validate(json_doc(&arena, json), simple, &st);
	assert_int_equal(err, st.code);
	assert_true(!err || st.message[0]);
	status_clear(&st);
	return err;
}

static void collations_are_checked(void **state)
{
	static const struct {
		const char *json;
		int code;
	} cases[] = {
	    {"{'locale': 'en'}", 0},
	    {"{'locale': 'fr_CA', 'strength': 2.9, 'caseLevel': true, 'caseFirst': 'upper'}",
		0},
	    {"{'locale': 'de', 'backwards': true, 'normalization': null, 'version': '57.1'}",
		0},
	    {"{'locale': 'de', 'strength': {'$numberDecimal': '0.5'}}", ERR_BAD_VALUE},
	    {"{'locale': 'de', 'strength': {'$numberDecimal': '5.5'}}", ERR_BAD_VALUE},
	    {"{'locale': 'de', 'strength': 6}", ERR_BAD_VALUE},
	    {"{'locale': 'de', 'strength': true}", ERR_TYPE_MISMATCH},
	    {"{'locale': 'de', 'strength': 1, 'backwards': true}", ERR_BAD_VALUE},
	    {"{'locale': 'de', 'strength': 2, 'caseFirst': 'lower'}", ERR_BAD_VALUE},
	    {"{'locale': 'de', 'strength': 2, 'caseFirst': 'off'}", 0},
	    {"{'locale': 'de', 'caseFirst': 'other'}", ERR_BAD_VALUE},
	    {"{'locale': 'de', 'alternate': 'other'}", ERR_BAD_VALUE},
	    {"{'locale': 'de', 'maxVariable': 'other'}", ERR_BAD_VALUE},
	    {"{'locale': 'de', 'backwards': null}", ERR_TYPE_MISMATCH},
	    {"{'locale': 'de', 'numericOrdering': 1}", ERR_TYPE_MISMATCH},
	    {"{'locale': 'de', 'version': '1'}", ERR_INCOMPATIBLE_COLLATION_VERSION},
	    {"{'locale': 'de', 'Strength': 3}", ERR_UNKNOWN_FIELD},
	    {"{'locale': 5}", ERR_TYPE_MISMATCH},
	    {"{'locale': 'xx_YY'}", ERR_BAD_VALUE},
	    {"{}", ERR_MISSING_FIELD},
	    {"{'strength': 3}", ERR_MISSING_FIELD},
	    {"{'locale': 'simple', 'strength': 3}", ERR_BAD_VALUE},
	};
	bool simple;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int code = validate(cases[i].json, &simple);

		if (code != cases[i].code)
			fail_msg("%s: %d, not %d", cases[i].json, code, cases[i].code);
		assert_false(simple);
	}
	assert_int_equal(validate("{'locale': 'simple'}", &simple), 0);
	assert_true(simple);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(collations_are_checked),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
