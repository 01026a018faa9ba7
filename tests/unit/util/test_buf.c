#include "support/unit.h"

#include "util/buf.h"

static void appends(void **state)
{
	static const uint8_t want[] = {'a', 1, 0, 0, 0, 0, 0, 0, 2, '7', '!'};
	struct buf b;

	buf_init(&b, NULL);
	buf_append_byte(&b, 'a');
	buf_append_i32(&b, 1);
	buf_append_be32(&b, 2);
	buf_printf(&b, "%d!", 7);
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(b.data, want, sizeof(want));
	buf_clear(&b);
}

static void the_failure_is_sticky(void **state)
{
	struct buf b;

	buf_init(&b, NULL);
	b.limit = 1000;
	buf_append(&b, "xyz", 3);
	assert_null(buf_extend(&b, 998));
	assert_true(b.failed);
	buf_append_byte(&b, 1);
	assert_int_equal(b.len, 3);
	buf_reset(&b);
	assert_non_null(buf_extend(&b, 1000));
	buf_clear(&b);
}

static void growth_is_charged(void **state)
{
	struct memory_account account;
	struct buf b;

	memory_account_init(&account, NULL, 4096);
	buf_init(&b, &account);
	assert_non_null(buf_extend(&b, 4000));
	assert_null(buf_extend(&b, 4000));
	buf_clear(&b);
	assert_int_equal(account.used_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(appends),
	    cmocka_unit_test(the_failure_is_sticky),
	    cmocka_unit_test(growth_is_charged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
