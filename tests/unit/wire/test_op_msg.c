#include "support/unit.h"

#include <stdlib.h>

#include "bson/builder.h"
#include "bson/validate.h"
#include "support/frames.h"
#include "wire/op_msg.h"

static struct status st;
static struct buf frame, body, docs;
static struct op_msg msg;
static uint8_t *exact;

static int setup(void **state)
{
	struct builder b;

	status_init(&st);
	buf_init(&frame, NULL);
	buf_init(&body, NULL);
	buf_init(&docs, NULL);
	builder_init(&b, &body);
	builder_str(&b, "insert", "c");
	builder_str(&b, "$db", "test");
	builder_finish(&b);
	for (int i = 0; i < 3; i++) {
		builder_init(&b, &docs);
		builder_i32(&b, "_id", i);
		builder_finish(&b);
	}
	return 0;
}

static int teardown(void **state)
{
	status_clear(&st);
	buf_clear(&frame);
	buf_clear(&body);
	buf_clear(&docs);
	free(exact);
	exact = NULL;
	return 0;
}

/* What is in frame, from memory of just its size. */
static int parse(void)
{
	free(exact);
	exact = malloc(frame.len);
	memcpy(exact, frame.data, frame.len);
	status_clear(&st);
	return op_msg_parse(view_of(exact, frame.len), &msg, &st);
}

static void begin(uint32_t flags)
{
	buf_reset(&frame);
	assert_int_equal(frames_msg_begin(&frame, flags), 0);
}

static void a_body(void **state)
{
	frames_msg(&frame, 0, buf_view(&body));
	assert_int_equal(parse(), 0);
	assert_int_equal(msg.flags, 0);
	assert_false(msg.checksum_present || msg.more_to_come || msg.exhaust_allowed);
	assert_true(view_equal(msg.body, buf_view(&body)));
	assert_ptr_equal(msg.body.data, exact + 21);
	assert_int_equal(msg.n_sequences, 0);
}

static void check_sequence(const struct op_msg_sequence *s, const char *name)
{
	struct op_msg_docs it = op_msg_docs(s);
	struct view doc;
	int n = 0;

	assert_string_equal((const char *)s->name.data, name);
	assert_int_equal(s->name.len, strlen(name));
	assert_int_equal(s->count, 3);
	for (; op_msg_docs_next(&it, &doc); n++)
		assert_int_equal(read_i32(doc_get(doc, "_id").data), n);
	assert_int_equal(n, 3);
}

static void sequences_before_and_behind_the_body(void **state)
{
	for (int body_at = 0; body_at < 3; body_at++) {
		begin(0);
		for (int i = 0; i < 3; i++) {
			if (i == body_at)
				frames_body(&frame, buf_view(&body));
			else
				frames_sequence(&frame,
				    i == (body_at + 1) % 3 ? "ops" : "nsInfo", buf_view(&docs));
		}
		frames_msg_end(&frame, 0);
		assert_int_equal(parse(), 0);
		assert_true(view_equal(msg.body, buf_view(&body)));
		assert_int_equal(msg.n_sequences, 2);
		check_sequence(op_msg_find_sequence(&msg, "ops"), "ops");
		check_sequence(op_msg_find_sequence(&msg, "nsInfo"), "nsInfo");
		assert_null(op_msg_find_sequence(&msg, "op"));
		assert_null(op_msg_find_sequence(&msg, "documents"));
	}
}

static void a_sequence_may_be_empty(void **state)
{
	struct op_msg_docs it;
	struct view doc;

	begin(0);
	frames_body(&frame, buf_view(&body));
	frames_sequence(&frame, "documents", view_of(NULL, 0));
	frames_msg_end(&frame, 0);
	assert_int_equal(parse(), 0);
	assert_int_equal(msg.sequences[0].count, 0);
	it = op_msg_docs(&msg.sequences[0]);
	assert_false(op_msg_docs_next(&it, &doc));
}

static void as_many_sequences_as_allowed(void **state)
{
	char name[3] = "a";

	for (int n = 1; n <= OP_MSG_SEQUENCES_MAX + 1; n++) {
		begin(0);
		for (int i = 0; i < n; i++) {
			name[0] = (char)('a' + i);
			frames_sequence(&frame, name, buf_view(&docs));
		}
		frames_body(&frame, buf_view(&body));
		frames_msg_end(&frame, 0);
		if (n <= OP_MSG_SEQUENCES_MAX) {
			assert_int_equal(parse(), 0);
			assert_int_equal(msg.n_sequences, n);
		} else {
			assert_int_equal(parse(), ERR_PROTOCOL_ERROR);
		}
	}
}

static void flags(void **state)
{
	for (int bit = 0; bit < 32; bit++) {
		bool known = bit < 2 || bit >= 16;

		buf_reset(&frame);
		frames_msg(&frame, 1u << bit, buf_view(&body));
		assert_int_equal(parse(), known ? 0 : ERR_CLOSE);
		assert_int_equal(msg.flags, 1u << bit);
		assert_int_equal(msg.checksum_present, bit == 0);
		assert_int_equal(msg.more_to_come, bit == 1);
		assert_int_equal(msg.exhaust_allowed, bit == 16);
	}
}

/* The bytes of {ping: 1} with a checksum, written out. */
static void a_checksum_written_out(void **state)
{
	static const uint8_t bytes[] = {0x28, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xDD, 7, 0, 0, 1,
	    0, 0, 0, 0, 0x0F, 0, 0, 0, 0x10, 'p', 'i', 'n', 'g', 0, 1, 0, 0, 0, 0, 0xAD, 0x90,
	    0xAA, 0x79};

	buf_append(&frame, bytes, sizeof(bytes));
	assert_int_equal(parse(), 0);
	assert_true(msg.checksum_present);
	assert_int_equal(msg.body.len, 15);
	for (size_t at = 0; at < frame.len; at++) {
		/* not the length and the flags, which fail for reasons of their own */
		if (at >= 4 && (at < 16 || at >= 20)) {
			frame.data[at] ^= 0x10;
			assert_int_equal(parse(), ERR_CLOSE);
			frame.data[at] ^= 0x10;
		}
	}
	assert_int_equal(parse(), 0);
}

static void what_is_written_can_be_read(void **state)
{
	static const uint32_t all_flags[] = {0, OP_MSG_CHECKSUM_PRESENT, OP_MSG_MORE_TO_COME,
	    OP_MSG_CHECKSUM_PRESENT | OP_MSG_MORE_TO_COME};

	for (size_t i = 0; i < ARRAY_LEN(all_flags); i++) {
		struct frame_header h;
		struct builder b;
		size_t start;

		buf_reset(&frame);
		start = op_msg_begin(&frame);
		builder_init(&b, &frame);
		builder_double(&b, "ok", 1);
		builder_finish(&b);
		assert_int_equal(op_msg_finish(&frame, start, 4, 5, all_flags[i], &st), 0);
		h = frame_read_header(frame.data);
		assert_int_equal(h.length, frame.len);
		assert_int_equal(h.request_id, 4);
		assert_int_equal(h.response_to, 5);
		assert_int_equal(h.opcode, OPCODE_MSG);
		assert_int_equal(parse(), 0);
		assert_int_equal(msg.flags, all_flags[i]);
		assert_true(read_double(doc_get(msg.body, "ok").data) == 1);
	}
}

static void two_frames_in_one_buffer(void **state)
{
	size_t second;

	assert_int_equal(op_msg_begin(&frame), 0);
	buf_append_view(&frame, buf_view(&body));
	assert_int_equal(op_msg_finish(&frame, 0, 1, 0, OP_MSG_CHECKSUM_PRESENT, &st), 0);
	second = op_msg_begin(&frame);
	buf_append_view(&frame, buf_view(&body));
	assert_int_equal(op_msg_finish(&frame, second, 2, 0, OP_MSG_CHECKSUM_PRESENT, &st), 0);
	assert_int_equal(op_msg_parse(view_of(frame.data, second), &msg, &st), 0);
	assert_int_equal(
	    op_msg_parse(view_of(frame.data + second, frame.len - second), &msg, &st), 0);
}

static void a_reply_without_memory_leaves_the_buffer_usable(void **state)
{
	size_t start;

	frame.limit = 60;
	buf_append(&frame, "before", 6);
	for (size_t filled = 0; filled < 54; filled++) {
		start = op_msg_begin(&frame);
		for (int i = 0; i < 3; i++)
			buf_append_view(&frame, buf_view(&body));
		assert_int_equal(
		    op_msg_finish(&frame, start, 1, 2, 1, &st), ERR_EXCEEDED_MEMORY_LIMIT);
		assert_false(frame.failed);
		assert_int_equal(frame.len, 6 + filled);
		buf_append_byte(&frame, 'x');
	}
}

/* Cut behind each byte, with a header that goes along with it: never accepted
 * but where a section ends and the body is there. */
static void truncated_at_every_byte(void **state)
{
	size_t with_body, length;

	begin(0);
	frames_body(&frame, buf_view(&body));
	with_body = frame.len;
	frames_sequence(&frame, "documents", buf_view(&docs));
	frames_msg_end(&frame, 0);
	length = frame.len;
	for (size_t n = FRAME_HEADER_BYTES; n <= length; n++) {
		buf_set_i32(&frame, 0, (int32_t)n);
		frame.len = n;
		if (n == with_body || n == length)
			assert_int_equal(parse(), 0);
		else
			assert_int_not_equal(parse(), 0);
		frame.len = length;
	}
}

static void without_an_answer_wrong_messages_close(void **state)
{
	frames_msg(&frame, 0, view_of("\5\0\0\0\1", 5));
	assert_int_equal(parse(), ERR_INVALID_BSON);
	buf_reset(&frame);
	frames_msg(&frame, OP_MSG_MORE_TO_COME, view_of("\5\0\0\0\1", 5));
	assert_int_equal(parse(), ERR_CLOSE);
	assert_int_equal(st.code, ERR_INVALID_BSON);
	buf_reset(&frame);
	begin(OP_MSG_MORE_TO_COME);
	frames_msg_end(&frame, 0);
	assert_int_equal(parse(), ERR_CLOSE);
}

static void the_error_names_the_document(void **state)
{
	buf_append(&docs, "\5\0\0\0\1", 5);
	begin(0);
	frames_body(&frame, buf_view(&body));
	frames_sequence(&frame, "documents", buf_view(&docs));
	frames_msg_end(&frame, 0);
	assert_int_equal(parse(), ERR_INVALID_BSON);
	assert_non_null(strstr(st.message, "document 3 of the sequence 'documents'"));
}

static void nesting_to_the_limit(void **state)
{
	buf_reset(&body);
	frames_nested(&body, BSON_DEPTH_MAX);
	frames_msg(&frame, 0, buf_view(&body));
	assert_int_equal(parse(), 0);
	buf_reset(&body);
	buf_reset(&frame);
	frames_nested(&body, BSON_DEPTH_MAX + 1);
	frames_msg(&frame, 0, buf_view(&body));
	assert_int_equal(parse(), ERR_OVERFLOW);
}

/* {"": <binary>} of exactly size bytes. */
static void make_body_of(int32_t size)
{
	uint8_t *filling;

	buf_reset(&body);
	buf_append_i32(&body, size);
	buf_append(&body, "\5", 2);
	buf_append_i32(&body, size - 12);
	filling = buf_extend(&body, (size_t)size - 10);
	memset(filling, 0, (size_t)size - 10);
}

static void documents_to_the_size_limit(void **state)
{
	make_body_of(BSON_INTERNAL_SIZE_MAX);
	frames_msg(&frame, 0, buf_view(&body));
	assert_int_equal(parse(), 0);
	buf_reset(&frame);
	make_body_of(BSON_INTERNAL_SIZE_MAX + 1);
	frames_msg(&frame, 0, buf_view(&body));
	assert_int_equal(parse(), ERR_BSON_OBJECT_TOO_LARGE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_body),
	    TEST(sequences_before_and_behind_the_body),
	    TEST(a_sequence_may_be_empty),
	    TEST(as_many_sequences_as_allowed),
	    TEST(flags),
	    TEST(a_checksum_written_out),
	    TEST(what_is_written_can_be_read),
	    TEST(two_frames_in_one_buffer),
	    TEST(a_reply_without_memory_leaves_the_buffer_usable),
	    TEST(truncated_at_every_byte),
	    TEST(without_an_answer_wrong_messages_close),
	    TEST(the_error_names_the_document),
	    TEST(nesting_to_the_limit),
	    TEST(documents_to_the_size_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
