/*
 * Every malformed message through message_parse, each in memory of just its
 * size, so that a sanitizer sees any read beyond it.
 */
#include "support/unit.h"

#include <stdlib.h>

#include "bson/value.h"
#include "support/malformed.h"

struct run {
	struct compress_context ctx;
	struct buf decompressed, reply;
	int closed, answered, accepted, wrong;
};

static const char *verdict(int rc)
{
	return rc == 0 ? "accepted" : rc == ERR_CLOSE ? "closed" : "answered";
}

/* The answer is itself a message that can be read. */
static void check_answer(struct run *run, const struct message *m, const struct status *error)
{
	struct status st;
	struct op_msg answer;

	status_init(&st);
	buf_reset(&run->reply);
	assert_int_equal(message_write_error(&run->reply, m, 1, error, &st), 0);
	assert_int_equal(frame_read_header(run->reply.data).length, run->reply.len);
	assert_int_equal(frame_read_header(run->reply.data).response_to, FRAMES_REQUEST_ID);
	if (m->opcode == OPCODE_MSG) {
		assert_int_equal(op_msg_parse(buf_view(&run->reply), &answer, &st), 0);
		assert_int_equal(read_i32(doc_get(answer.body, "code").data), error->code);
	} else {
		assert_int_equal(frame_read_header(run->reply.data).opcode, OPCODE_REPLY);
	}
}

static void parse_one(void *arg, const struct malformed *m)
{
	uint8_t *exact = malloc(m->bytes.len ? m->bytes.len : 1);
	struct run *run = arg;
	struct message msg;
	struct status st;
	bool as_expected;
	int rc;

	memcpy(exact, m->bytes.data, m->bytes.len);
	status_init(&st);
	rc = message_parse(
	    view_of(exact, m->bytes.len), &msg, &run->ctx, &run->decompressed, &st);
	as_expected = m->expect == MALFORMED_ANY_ERROR ? rc != 0 : rc == m->expect;
	if (!as_expected || (rc != 0 && (st.code == 0 || st.message[0] == 0))) {
		print_error("%s: %s (%d, %s), expected %d\n", m->name, verdict(rc), rc,
		    st.message, m->expect);
		run->wrong++;
	}
	if (rc > 0) {
		assert_int_equal(rc, st.code);
		check_answer(run, &msg, &st);
		run->answered++;
	} else if (rc == ERR_CLOSE) {
		run->closed++;
	} else {
		run->accepted++;
	}
	status_clear(&st);
	free(exact);
}

static void each_is_refused_as_it_should(void **state)
{
	struct run run = {.wrong = 0};
	int n;

	compress_context_init(&run.ctx);
	buf_init(&run.decompressed, NULL);
	buf_init(&run.reply, NULL);
	n = malformed_each(parse_one, &run);
	print_message("%d messages: %d closed, %d answered, %d left to the command\n", n,
	    run.closed, run.answered, run.accepted);
	assert_int_equal(run.wrong, 0);
	assert_int_equal(n, run.closed + run.answered + run.accepted);
	assert_true(run.answered > 150 && run.closed > 800);
	compress_context_clear(&run.ctx);
	buf_clear(&run.decompressed);
	buf_clear(&run.reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_is_refused_as_it_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
