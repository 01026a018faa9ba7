#include "support/unit.h"

#include <stdlib.h>

#include "bson/builder.h"
#include "support/frames.h"
#include "wire/op_query.h"

static struct status st;
static struct buf frame, doc;
static struct op_query query;
static uint8_t *exact;

static int setup(void **state)
{
	status_init(&st);
	buf_init(&frame, NULL);
	buf_init(&doc, NULL);
	return 0;
}

static int teardown(void **state)
{
	status_clear(&st);
	buf_clear(&frame);
	buf_clear(&doc);
	free(exact);
	exact = NULL;
	return 0;
}

/* {<name>: 1} */
static struct view command(const char *name)
{
	struct builder b;

	buf_reset(&doc);
	builder_init(&b, &doc);
	builder_i32(&b, name, 1);
	builder_finish(&b);
	return buf_view(&doc);
}

static int parse_frame(void)
{
	free(exact);
	exact = malloc(frame.len);
	memcpy(exact, frame.data, frame.len);
	status_clear(&st);
	return op_query_parse(view_of(exact, frame.len), &query, &st);
}

static int parse(const char *ns, int32_t n_to_return, struct view command_doc)
{
	buf_reset(&frame);
	frames_query(&frame, ns, n_to_return, command_doc);
	return parse_frame();
}

static void what_drivers_send_first(void **state)
{
	assert_int_equal(parse("admin.$cmd", -1, command("isMaster")), 0);
	assert_string_equal((const char *)query.ns.data, "admin.$cmd");
	assert_int_equal(query.ns.len, 10);
	assert_int_equal(query.db.len, 5);
	assert_memory_equal(query.db.data, "admin", 5);
	assert_true(query.is_command);
	assert_int_equal(query.skip, 0);
	assert_int_equal(query.n_to_return, -1);
	assert_true(view_equal(query.query, buf_view(&doc)));
	assert_null(query.read_preference.data);
	assert_int_equal(parse("test.$cmd", 1, command("ismaster")), 0);
	assert_int_equal(parse("test.$cmd", 1, command("hello")), 0);
}

static void a_projection_may_follow(void **state)
{
	command("hello");
	buf_append(&doc, "\5\0\0\0\0", 5);
	assert_int_equal(parse("admin.$cmd", -1, buf_view(&doc)), 0);
	assert_int_equal(query.query.len, doc.len - 5);
	buf_append(&doc, "\5\0\0\0\0", 5);
	assert_int_equal(parse("admin.$cmd", -1, buf_view(&doc)), ERR_PROTOCOL_ERROR);
}

static struct view wrapped(struct buf *out, const char *wrapper, struct view inner, bool mode)
{
	struct builder b;

	buf_reset(out);
	builder_init(&b, out);
	builder_doc(&b, wrapper, inner);
	if (mode) {
		builder_doc_begin(&b, "$readPreference");
		builder_str(&b, "mode", "secondary");
		builder_doc_end(&b);
	}
	builder_finish(&b);
	return buf_view(out);
}

static void the_command_is_taken_out_of_its_wrapper(void **state)
{
	struct buf outer;

	buf_init(&outer, NULL);
	assert_int_equal(
	    parse("admin.$cmd", -1, wrapped(&outer, "$query", command("hello"), true)), 0);
	assert_true(view_equal(query.query, buf_view(&doc)));
	assert_non_null(query.read_preference.data);
	assert_memory_equal(
	    value_str(doc_get(query.read_preference, "mode")).data, "secondary", 9);
	assert_int_equal(
	    parse("admin.$cmd", -1, wrapped(&outer, "query", command("hello"), false)), 0);
	assert_true(view_equal(query.query, buf_view(&doc)));
	assert_null(query.read_preference.data);
	assert_int_equal(
	    parse("admin.$cmd", -1, wrapped(&outer, "$query", command("find"), true)),
	    ERR_UNSUPPORTED_OP_QUERY_COMMAND);
	assert_non_null(strstr(st.message, "'find'"));
	buf_clear(&outer);
}

static void nothing_else_is_served(void **state)
{
	assert_int_equal(
	    parse("admin.$cmd", -1, command("ping")), ERR_UNSUPPORTED_OP_QUERY_COMMAND);
	assert_true(query.is_command);
	assert_int_equal(
	    parse("admin.$cmd", -1, command("ISMASTER")), ERR_UNSUPPORTED_OP_QUERY_COMMAND);
	assert_int_equal(
	    parse("test.things", -1, command("isMaster")), ERR_UNSUPPORTED_OP_QUERY_COMMAND);
	assert_false(query.is_command);
	assert_int_equal(
	    parse("test.a.$cmd", -1, command("isMaster")), ERR_UNSUPPORTED_OP_QUERY_COMMAND);
	assert_false(query.is_command);
}

static void namespaces(void **state)
{
	assert_int_equal(parse("admin", -1, command("hello")), ERR_INVALID_NAMESPACE);
	assert_int_equal(parse(".$cmd", -1, command("hello")), ERR_INVALID_NAMESPACE);
	assert_int_equal(parse("", -1, command("hello")), ERR_INVALID_NAMESPACE);
}

static void numbers_to_return(void **state)
{
	static const int32_t wrong[] = {0, 2, -2, INT32_MIN, INT32_MAX};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(parse("admin.$cmd", wrong[i], command("hello")), 16979);
}

static void truncated_at_every_byte(void **state)
{
	size_t length;

	frames_query(&frame, "admin.$cmd", -1, command("hello"));
	length = frame.len;
	for (size_t n = FRAME_HEADER_BYTES; n < length; n++) {
		frame.len = n;
		/* up to the document nothing can be followed, then it is no document */
		assert_int_equal(
		    parse_frame(), n < FRAME_HEADER_BYTES + 23 ? ERR_CLOSE : ERR_INVALID_BSON);
		frame.len = length;
	}
	assert_int_equal(parse_frame(), 0);
}

static void replies(void **state)
{
	static const uint8_t want[] = {41, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0,
	    0, /* header */
	    8, 0, 0, 0, /* flags */
	    0, 0, 0, 0, 0, 0, 0, 0, /* cursor */
	    0, 0, 0, 0, 1, 0, 0, 0, /* from the first on, one */
	    5, 0, 0, 0, 0};
	size_t start = op_reply_begin(&frame);

	buf_append(&frame, "\5\0\0\0\0", 5);
	assert_int_equal(op_reply_finish(&frame, start, 3, 4, OP_REPLY_AWAIT_CAPABLE, &st), 0);
	assert_int_equal(frame.len, sizeof(want));
	assert_memory_equal(frame.data, want, sizeof(want));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_drivers_send_first),
	    TEST(a_projection_may_follow),
	    TEST(the_command_is_taken_out_of_its_wrapper),
	    TEST(nothing_else_is_served),
	    TEST(namespaces),
	    TEST(numbers_to_return),
	    TEST(truncated_at_every_byte),
	    TEST(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
