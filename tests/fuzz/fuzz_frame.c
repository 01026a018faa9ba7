/*
 * What a connection reads: frames, one behind the other, as a server takes them
 * apart.  Each that is refused with an answer gets one, and that can be read.
 */
#include <stdlib.h>

#include "bson/value.h"
#include "wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_answer(const struct message *m, const struct status *error)
{
	struct op_msg answer;
	struct buf reply;

	buf_init(&reply, NULL);
	must(message_write_error(&reply, m, 1, error, NULL) == 0);
	if (m->opcode == OPCODE_MSG)
		must(op_msg_parse(buf_view(&reply), &answer, NULL) == 0);
	buf_clear(&reply);
}

/* Every name and every value's bytes at this level are there and within. */
static void walk(struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		must(strlen(e.name) == e.name_len);
		must(e.value.data + e.value.len < doc.data + doc.len);
	}
}

static void check_message(const struct message *m)
{
	if (m->opcode == OPCODE_QUERY) {
		walk(m->query.query);
		return;
	}
	walk(m->msg.body);
	for (int i = 0; i < m->msg.n_sequences; i++) {
		struct op_msg_docs it = op_msg_docs(&m->msg.sequences[i]);
		struct view doc;
		int n = 0;

		for (; op_msg_docs_next(&it, &doc); n++)
			walk(doc);
		must(n == m->msg.sequences[i].count);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct compress_context ctx;
	static struct buf decompressed;
	struct frame_header header;
	struct message m;

	if (!ctx.enabled) {
		compress_context_init(&ctx);
		buf_init(&decompressed, NULL);
		decompressed.limit = 1 << 20;
	}
	while (size >= FRAME_HEADER_BYTES && frame_check_header(data, &header, NULL) == 0) {
		size_t length = MIN_OF((size_t)header.length, size);
		struct status st;
		int rc;

		status_init(&st);
		rc = message_parse(view_of(data, length), &m, &ctx, &decompressed, &st);
		must(rc == 0 || st.code != 0);
		must(rc == 0 || rc == ERR_CLOSE || rc == st.code);
		if (rc == 0)
			check_message(&m);
		else if (rc > 0)
			check_answer(&m, &st);
		else
			break;
		data += length;
		size -= length;
	}
	return 0;
}
