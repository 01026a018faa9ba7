#include "support/unit.h"

#include "util/crc32c.h"

/* The vectors of RFC 3720, B.4, and the usual check value. */
static void known_vectors(void **state)
{
	uint8_t bytes[32];
	static const uint8_t iscsi_read[48] = {0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	    0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0,
	    0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0};

	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(crc32c(0, view_of(bytes, sizeof(bytes))), 0x8A9136AA);
	memset(bytes, 0xFF, sizeof(bytes));
	assert_int_equal(crc32c(0, view_of(bytes, sizeof(bytes))), 0x62A8AB43);
	for (int i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(crc32c(0, view_of(bytes, sizeof(bytes))), 0x46DD794E);
	assert_int_equal(crc32c(0, view_of(iscsi_read, sizeof(iscsi_read))), 0xD9963A56);
	assert_int_equal(crc32c(0, view_of_str("123456789")), 0xE3069283);
	assert_int_equal(crc32c(0, view_of(NULL, 0)), 0);
}

/* One bit at a time: slow and plainly right. */
static uint32_t bitwise(uint32_t crc, const uint8_t *p, size_t n)
{
	crc = ~crc;
	for (; n; n--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78u : 0);
	}
	return ~crc;
}

static void both_ways_agree_at_every_length_and_alignment(void **state)
{
	uint8_t bytes[200];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 131 + 17);
	for (size_t at = 0; at < 9; at++) {
		for (size_t len = 0; len + at <= sizeof(bytes); len++) {
			uint32_t want = bitwise(0, bytes + at, len);

			assert_int_equal(crc32c(0, view_of(bytes + at, len)), want);
			assert_int_equal(crc32c_portable(0, view_of(bytes + at, len)), want);
		}
	}
}

static void it_goes_on_where_it_stopped(void **state)
{
	const char *text = "the quick brown fox jumps over the lazy dog";
	uint32_t whole = crc32c(0, view_of_str(text));

	for (size_t cut = 0; cut <= strlen(text); cut++) {
		uint32_t crc = crc32c(0, view_of(text, cut));

		assert_int_equal(crc32c(crc, view_of_str(text + cut)), whole);
		assert_int_equal(crc32c_portable(crc, view_of_str(text + cut)), whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_vectors),
	    cmocka_unit_test(both_ways_agree_at_every_length_and_alignment),
	    cmocka_unit_test(it_goes_on_where_it_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
