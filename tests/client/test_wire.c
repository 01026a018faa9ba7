/*
 * What a server speaks on the wire, looked at frame by frame.
 */
#include "support/unit.h"

#include <unistd.h>

#include "bson/builder.h"
#include "support/peer.h"

static struct test_server *server;
static struct peer peer;
static struct buf frame, doc;

static int start(void **state)
{
	server = server_new(NULL);
	return 0;
}

static int stop(void **state)
{
	server_free(server);
	return 0;
}

static int setup(void **state)
{
	peer_open(&peer, server);
	buf_init(&frame, NULL);
	buf_init(&doc, NULL);
	return 0;
}

static int teardown(void **state)
{
	peer_close(&peer);
	buf_clear(&frame);
	buf_clear(&doc);
	return 0;
}

static struct view ping_doc(void)
{
	struct builder b;

	buf_reset(&doc);
	builder_init(&b, &doc);
	builder_i32(&b, "ping", 1);
	builder_str(&b, "$db", "admin");
	builder_finish(&b);
	return buf_view(&doc);
}

static void byte_by_byte(void **state)
{
	frames_ping(&frame);
	for (size_t i = 0; i < frame.len; i++) {
		assert_true(peer_send(&peer, view_of(frame.data + i, 1)));
		usleep(1000);
	}
	assert_true(peer_receive(&peer, "a slow ping"));
	assert_true(peer_says_ok(&peer));
}

static void many_at_once_are_answered_in_order(void **state)
{
	for (int i = 0; i < 200; i++) {
		if (i % 3)
			frames_ping(&frame);
		else
			frames_command(&frame, "noSuchCommand", NULL, "admin");
	}
	assert_true(peer_send(&peer, buf_view(&frame)));
	for (int i = 0; i < 200; i++) {
		assert_true(peer_receive(&peer, "many at once"));
		assert_int_equal(peer_says_ok(&peer), i % 3 != 0);
	}
	assert_true(peer_is_silent(&peer, 20));
}

static void a_reply_is_compressed_like_its_request(void **state)
{
	struct compress_context ctx;
	struct buf packed;

	compress_context_init(&ctx);
	buf_init(&packed, NULL);
	frames_ping(&frame);
	for (int c = COMPRESSOR_SNAPPY; c < COMPRESSOR_N; c++) {
		buf_reset(&packed);
		assert_int_equal(
		    compress_encode(&ctx, (enum compressor)c, buf_view(&frame), &packed, NULL),
		    0);
		assert_true(peer_send(&peer, buf_view(&packed)));
		assert_true(peer_receive(&peer, compressor_name((enum compressor)c)));
		assert_true(peer_says_ok(&peer));
		assert_int_equal(peer.compressor, c);
		assert_int_equal(peer.opcode, OPCODE_MSG);
		/* and what was not, is not */
		peer_check_ping(&peer, "a compressed ping");
		assert_int_equal(peer.compressor, -1);
	}
	compress_context_clear(&ctx);
	buf_clear(&packed);
}

static void checksums_are_understood(void **state)
{
	frames_msg(&frame, OP_MSG_CHECKSUM_PRESENT, ping_doc());
	assert_true(peer_send(&peer, buf_view(&frame)));
	assert_true(peer_receive(&peer, "a ping with a checksum"));
	assert_true(peer_says_ok(&peer));
}

static void no_answer_when_more_is_to_come(void **state)
{
	frames_msg(&frame, OP_MSG_MORE_TO_COME, ping_doc());
	frames_command(&frame, "noSuchCommand", NULL, "admin");
	assert_true(peer_send(&peer, buf_view(&frame)));
	assert_true(peer_receive(&peer, "the second message"));
	assert_int_equal(peer_error_code(&peer, "the second message"), ERR_COMMAND_NOT_FOUND);
	assert_true(peer_is_silent(&peer, 20));
}

static void the_first_hello_of_old_drivers(void **state)
{
	struct builder b;

	builder_init(&b, &doc);
	builder_i32(&b, "isMaster", 1);
	builder_bool(&b, "helloOk", true);
	builder_finish(&b);
	frames_query(&frame, "admin.$cmd", -1, buf_view(&doc));
	assert_true(peer_send(&peer, buf_view(&frame)));
	assert_true(peer_receive(&peer, "isMaster"));
	assert_int_equal(peer.opcode, OPCODE_REPLY);
	assert_int_equal(peer.flags & OP_REPLY_QUERY_FAILURE, 0);
	assert_true(peer_says_ok(&peer));
	assert_int_equal(doc_get(peer.doc, "ismaster").type, TYPE_BOOL);
	assert_int_equal(doc_get(peer.doc, "helloOk").type, TYPE_BOOL);
	assert_int_equal(
	    read_i32(doc_get(peer.doc, "maxMessageSizeBytes").data), FRAME_MAX_BYTES);
}

/* A hello that streams: {hello: 1, topologyVersion: <the last>, maxAwaitTimeMS} */
static void ask_to_stream(struct view topology_version)
{
	struct builder b;
	struct buf hello;

	buf_init(&hello, NULL);
	builder_init(&b, &hello);
	builder_i32(&b, "hello", 1);
	builder_doc(&b, "topologyVersion", topology_version);
	builder_i64(&b, "maxAwaitTimeMS", 50);
	builder_str(&b, "$db", "admin");
	builder_finish(&b);
	buf_reset(&frame);
	frames_msg(&frame, OP_MSG_EXHAUST_ALLOWED, buf_view(&hello));
	buf_clear(&hello);
	assert_true(peer_send(&peer, buf_view(&frame)));
}

static void hello_streams(void **state)
{
	int32_t answered;

	frames_command(&frame, "hello", NULL, "admin");
	assert_true(peer_send(&peer, buf_view(&frame)));
	assert_true(peer_receive(&peer, "hello"));
	assert_int_equal(peer.flags & OP_MSG_MORE_TO_COME, 0);
	buf_append_view(&doc, value_doc(doc_get(peer.doc, "topologyVersion")));
	ask_to_stream(buf_view(&doc));
	answered = FRAMES_REQUEST_ID;
	for (int i = 0; i < 4; i++) {
		assert_true(peer_receive(&peer, "a streaming hello"));
		assert_true(peer_says_ok(&peer));
		assert_true(peer.flags & OP_MSG_MORE_TO_COME);
		assert_int_equal(peer.header.response_to, answered);
		answered = peer.header.request_id;
	}
}

static void a_document_sequence_is_refused_where_none_belongs(void **state)
{
	size_t at = frames_msg_begin(&frame, 0);

	frames_body(&frame, ping_doc());
	frames_sequence(&frame, "documents", view_of("\5\0\0\0\0", 5));
	frames_msg_end(&frame, at);
	assert_true(peer_send(&peer, buf_view(&frame)));
	assert_true(peer_receive(&peer, "a ping with documents"));
	assert_false(peer_says_ok(&peer));
	peer_check_ping(&peer, "a ping with documents");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(byte_by_byte),
	    TEST(many_at_once_are_answered_in_order),
	    TEST(a_reply_is_compressed_like_its_request),
	    TEST(checksums_are_understood),
	    TEST(no_answer_when_more_is_to_come),
	    TEST(the_first_hello_of_old_drivers),
	    TEST(hello_streams),
	    TEST(a_document_sequence_is_refused_where_none_belongs),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
