#include "support/unit.h"

#include "bson/builder.h"
#include "support/frames.h"

static struct status st;
static struct buf frame, packed, reply, decompressed;
static struct compress_context ctx;
static struct message msg;

static int setup(void **state)
{
	status_init(&st);
	buf_init(&frame, NULL);
	buf_init(&packed, NULL);
	buf_init(&reply, NULL);
	buf_init(&decompressed, NULL);
	compress_context_init(&ctx);
	return 0;
}

static int teardown(void **state)
{
	status_clear(&st);
	buf_clear(&frame);
	buf_clear(&packed);
	buf_clear(&reply);
	buf_clear(&decompressed);
	compress_context_clear(&ctx);
	return 0;
}

static int parse(const struct buf *bytes)
{
	return message_parse(buf_view(bytes), &msg, &ctx, &decompressed, &st);
}

static void a_plain_message(void **state)
{
	frames_ping(&frame);
	assert_int_equal(parse(&frame), 0);
	assert_int_equal(msg.opcode, OPCODE_MSG);
	assert_false(msg.was_compressed);
	assert_int_equal(msg.header.request_id, FRAMES_REQUEST_ID);
	assert_int_equal(doc_get(msg.msg.body, "ping").type, TYPE_INT32);
	assert_int_equal(decompressed.capacity, 0);
}

static void compressed_messages(void **state)
{
	frames_ping(&frame);
	for (int c = 0; c < COMPRESSOR_N; c++) {
		buf_reset(&packed);
		assert_int_equal(
		    compress_encode(&ctx, (enum compressor)c, buf_view(&frame), &packed, &st),
		    0);
		assert_int_equal(parse(&packed), 0);
		assert_int_equal(msg.header.opcode, OPCODE_COMPRESSED);
		assert_int_equal(msg.header.request_id, FRAMES_REQUEST_ID);
		assert_int_equal(msg.header.length, packed.len);
		assert_int_equal(msg.opcode, OPCODE_MSG);
		assert_true(msg.was_compressed);
		assert_int_equal(msg.compressor, c);
		assert_true(view_equal(buf_view(&frame), buf_view(&decompressed)));
		assert_int_equal(doc_get(msg.msg.body, "ping").type, TYPE_INT32);
	}
}

/* The checksum is of the message that was compressed. */
static void a_checksum_inside(void **state)
{
	frames_msg(&frame, OP_MSG_CHECKSUM_PRESENT, view_of("\5\0\0\0\0", 5));
	assert_int_equal(
	    compress_encode(&ctx, COMPRESSOR_SNAPPY, buf_view(&frame), &packed, &st), 0);
	assert_int_equal(parse(&packed), 0);
	assert_true(msg.msg.checksum_present);
}

static void a_query(void **state)
{
	struct builder b;

	builder_init(&b, &packed);
	builder_i32(&b, "isMaster", 1);
	builder_finish(&b);
	frames_query(&frame, "admin.$cmd", -1, buf_view(&packed));
	assert_int_equal(parse(&frame), 0);
	assert_int_equal(msg.opcode, OPCODE_QUERY);
	assert_true(view_equal(msg.query.query, buf_view(&packed)));
}

static void the_header_and_the_bytes_agree(void **state)
{
	frames_ping(&frame);
	buf_append_byte(&frame, 0);
	assert_int_equal(parse(&frame), ERR_CLOSE);
	frame.len -= 2;
	assert_int_equal(parse(&frame), ERR_CLOSE);
	frame.len = 15;
	assert_int_equal(parse(&frame), ERR_CLOSE);
	frame.len = 0;
	assert_int_equal(parse(&frame), ERR_CLOSE);
}

static void errors_come_back_as_op_msg(void **state)
{
	struct status error;
	struct op_msg answer;
	struct view expected;

	frames_msg(&frame, 0, view_of("\5\0\0\0\1", 5));
	assert_int_equal(parse(&frame), ERR_INVALID_BSON);
	status_init(&error);
	status_set(&error, ERR_INVALID_BSON, "what is this");
	assert_int_equal(message_write_error(&reply, &msg, 9, &error, &st), 0);
	assert_int_equal(frame_read_header(reply.data).response_to, FRAMES_REQUEST_ID);
	assert_int_equal(frame_read_header(reply.data).request_id, 9);
	assert_int_equal(op_msg_parse(buf_view(&reply), &answer, &st), 0);
	assert_true(read_double(doc_get(answer.body, "ok").data) == 0);
	expected = value_str(doc_get(answer.body, "errmsg"));
	assert_true(view_equal(expected, view_of_str("what is this")));
	assert_int_equal(read_i32(doc_get(answer.body, "code").data), 22);
	assert_true(view_equal(
	    value_str(doc_get(answer.body, "codeName")), view_of_str("InvalidBSON")));
}

/* flags and document of an OP_REPLY */
static struct view reply_document(uint32_t want_flags)
{
	struct frame_header h = frame_read_header(reply.data);

	assert_int_equal(h.opcode, OPCODE_REPLY);
	assert_int_equal(h.response_to, FRAMES_REQUEST_ID);
	assert_int_equal(h.length, reply.len);
	assert_int_equal(read_i32(reply.data + 16), want_flags);
	assert_int_equal(read_i32(reply.data + 32), 1);
	return view_of(reply.data + 36, reply.len - 36);
}

static void errors_come_back_as_op_reply(void **state)
{
	static const struct {
		const char *ns;
		bool is_command;
	} on[] = {{"admin.$cmd", true}, {"test.things", false}};

	for (size_t i = 0; i < ARRAY_LEN(on); i++) {
		struct view doc;

		buf_reset(&frame);
		buf_reset(&reply);
		frames_query(&frame, on[i].ns, -1, view_of("\5\0\0\0\0", 5));
		assert_int_equal(parse(&frame), ERR_UNSUPPORTED_OP_QUERY_COMMAND);
		assert_int_equal(message_write_error(&reply, &msg, 9, &st, NULL), 0);
		doc = reply_document(
		    on[i].is_command ? OP_REPLY_AWAIT_CAPABLE : OP_REPLY_QUERY_FAILURE);
		assert_int_equal(read_i32(doc_get(doc, "code").data), 352);
		assert_int_equal(
		    doc_get(doc, "$err").type, on[i].is_command ? TYPE_EOD : TYPE_STRING);
		assert_int_equal(
		    doc_get(doc, "errmsg").type, on[i].is_command ? TYPE_STRING : TYPE_EOD);
	}
}

static void get_more_is_refused_with_an_answer(void **state)
{
	frames_raw(
	    &frame, OPCODE_GET_MORE, view_of("\0\0\0\0a.b\0\0\0\0\0\1\0\0\0\0\0\0\0", 20));
	assert_int_equal(parse(&frame), ERR_UNSUPPORTED_OP_QUERY_COMMAND);
	assert_int_equal(message_write_error(&reply, &msg, 9, &st, NULL), 0);
	assert_int_equal(
	    doc_get(reply_document(OP_REPLY_QUERY_FAILURE), "$err").type, TYPE_STRING);
}

static void an_error_without_memory(void **state)
{
	frames_ping(&frame);
	assert_int_equal(parse(&frame), 0);
	reply.limit = 40;
	status_set(&st, ERR_INTERNAL_ERROR, "a text that does not fit in there");
	assert_int_equal(
	    message_write_error(&reply, &msg, 9, &st, NULL), ERR_EXCEEDED_MEMORY_LIMIT);
	assert_int_equal(reply.len, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_plain_message),
	    TEST(compressed_messages),
	    TEST(a_checksum_inside),
	    TEST(a_query),
	    TEST(the_header_and_the_bytes_agree),
	    TEST(errors_come_back_as_op_msg),
	    TEST(errors_come_back_as_op_reply),
	    TEST(get_more_is_refused_with_an_answer),
	    TEST(an_error_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
