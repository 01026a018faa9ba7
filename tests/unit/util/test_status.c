#include "support/unit.h"

#include "util/status.h"

static void codes_are_sorted_and_unique(void **state)
{
	static const int numbers[] = {
#define ERROR_CODE(name, number, code_name, labels) number,
#include "util/error_codes.def"
#undef ERROR_CODE
	};

	for (size_t i = 1; i < ARRAY_LEN(numbers); i++)
		assert_true(numbers[i - 1] < numbers[i]);
}

static void names(void **state)
{
	char buf[32];

	assert_string_equal(error_code_name(11000, buf), "DuplicateKey");
	assert_string_equal(error_code_name(40571, buf), "Location40571");
	assert_string_equal(error_code_name(987654, buf), "Location987654");
	assert_int_equal(error_code_labels(112), LABEL_TRANSIENT_TRANSACTION);
}

static void set_and_prefix(void **state)
{
	struct status st;

	status_init(&st);
	assert_int_equal(status_set(&st, ERR_BAD_VALUE, "%s is wrong", "x"), 2);
	status_prefix(&st, "in %d", 3);
	assert_string_equal(st.message, "in 3: x is wrong");
	status_clear(&st);
	assert_int_equal(st.code, 0);
}

static void a_cut_leaves_whole_characters(void **state)
{
	static char text[2048];
	struct status st;
	size_t len;

	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xC3\xA9", 2);
	status_init(&st);
	status_set(&st, ERR_BAD_VALUE, "a%s", text);
	len = strlen(st.message);
	assert_true(len >= sizeof(st.message) - 4);
	assert_int_equal((unsigned char)st.message[len - 1], 0xA9);
	status_clear(&st);
}

static void extra_is_a_copy(void **state)
{
	uint8_t doc[5] = {5, 0, 0, 0, 0};
	struct status a, b;

	status_init(&a);
	status_init(&b);
	status_set(&a, ERR_DUPLICATE_KEY, "twice");
	status_set_extra(&a, view_of(doc, sizeof(doc)));
	doc[0] = 9;
	assert_int_equal(a.extra[0], 5);
	status_copy(&b, &a);
	status_clear(&a);
	assert_int_equal(b.extra_len, 5);
	assert_int_equal(b.code, ERR_DUPLICATE_KEY);
	status_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(codes_are_sorted_and_unique),
	    cmocka_unit_test(names),
	    cmocka_unit_test(set_and_prefix),
	    cmocka_unit_test(a_cut_leaves_whole_characters),
	    cmocka_unit_test(extra_is_a_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
