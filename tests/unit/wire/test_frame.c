#include "support/unit.h"

#include "wire/frame.h"

static int check(int32_t length, int32_t opcode)
{
	struct frame_header h;
	struct status st;
	struct buf b;
	int rc;

	status_init(&st);
	buf_init(&b, NULL);
	buf_append_i32(&b, length);
	buf_append_i32(&b, 77);
	buf_append_i32(&b, -78);
	buf_append_i32(&b, opcode);
	rc = frame_check_header(b.data, &h, &st);
	assert_int_equal(h.length, length);
	assert_int_equal(h.request_id, 77);
	assert_int_equal(h.response_to, -78);
	assert_int_equal(h.opcode, opcode);
	assert_int_equal(st.code, rc ? ERR_PROTOCOL_ERROR : 0);
	buf_clear(&b);
	return rc;
}

static void lengths(void **state)
{
	assert_int_equal(check(16, OPCODE_MSG), 0);
	assert_int_equal(check(48000000, OPCODE_MSG), 0);
	assert_int_equal(check(15, OPCODE_MSG), ERR_CLOSE);
	assert_int_equal(check(0, OPCODE_MSG), ERR_CLOSE);
	assert_int_equal(check(-1, OPCODE_MSG), ERR_CLOSE);
	assert_int_equal(check(INT32_MIN, OPCODE_MSG), ERR_CLOSE);
	assert_int_equal(check(48000001, OPCODE_MSG), ERR_CLOSE);
	assert_int_equal(check(INT32_MAX, OPCODE_MSG), ERR_CLOSE);
}

static void opcodes(void **state)
{
	static const int32_t refused[] = {OPCODE_REPLY, OPCODE_UPDATE, OPCODE_INSERT,
	    OPCODE_DELETE, OPCODE_KILL_CURSORS, 0, -1, 1000, 2010, 2011, 2014, INT32_MAX,
	    INT32_MIN};

	assert_int_equal(check(100, OPCODE_QUERY), 0);
	assert_int_equal(check(100, OPCODE_GET_MORE), 0);
	assert_int_equal(check(100, OPCODE_COMPRESSED), 0);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		assert_int_equal(check(100, refused[i]), ERR_CLOSE);
}

static void written_frames_say_what_they_are(void **state)
{
	struct frame_header h;
	struct status st;
	struct buf b;
	size_t start;

	status_init(&st);
	buf_init(&b, NULL);
	buf_append(&b, "before", 6);
	start = frame_begin(&b);
	assert_int_equal(start, 6);
	buf_append(&b, "xyz", 3);
	assert_int_equal(frame_finish(&b, start, 5, 6, OPCODE_REPLY, &st), 0);
	assert_int_equal(b.len, 6 + 16 + 3);
	h = frame_read_header(b.data + start);
	assert_int_equal(h.length, 19);
	assert_int_equal(h.request_id, 5);
	assert_int_equal(h.response_to, 6);
	assert_int_equal(h.opcode, OPCODE_REPLY);
	buf_clear(&b);
}

static void a_frame_without_memory_is_taken_back(void **state)
{
	struct status st;
	struct buf b;
	size_t start;

	status_init(&st);
	buf_init(&b, NULL);
	b.limit = 30;
	buf_append(&b, "before", 6);
	start = frame_begin(&b);
	buf_append(&b, "123456789", 9);
	assert_int_equal(
	    frame_finish(&b, start, 5, 6, OPCODE_MSG, &st), ERR_EXCEEDED_MEMORY_LIMIT);
	assert_false(b.failed);
	assert_int_equal(b.len, 6);
	assert_int_equal(st.code, ERR_EXCEEDED_MEMORY_LIMIT);

	/* not even room for the header */
	buf_append(&b, "0123456789", 10);
	start = frame_begin(&b);
	assert_int_equal(
	    frame_finish(&b, start, 5, 6, OPCODE_MSG, &st), ERR_EXCEEDED_MEMORY_LIMIT);
	assert_int_equal(b.len, 16);
	buf_clear(&b);
}

static void a_frame_that_is_too_long_is_taken_back(void **state)
{
	struct status st;
	struct buf b;
	size_t start;

	status_init(&st);
	buf_init(&b, NULL);
	start = frame_begin(&b);
	assert_non_null(buf_extend(&b, FRAME_MAX_BYTES - FRAME_HEADER_BYTES));
	assert_int_equal(frame_finish(&b, start, 1, 2, OPCODE_MSG, &st), 0);
	assert_int_equal(frame_read_header(b.data).length, FRAME_MAX_BYTES);
	buf_append_byte(&b, 0);
	assert_int_equal(
	    frame_finish(&b, start, 1, 2, OPCODE_MSG, &st), ERR_BSON_OBJECT_TOO_LARGE);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lengths),
	    cmocka_unit_test(opcodes),
	    cmocka_unit_test(written_frames_say_what_they_are),
	    cmocka_unit_test(a_frame_without_memory_is_taken_back),
	    cmocka_unit_test(a_frame_that_is_too_long_is_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
