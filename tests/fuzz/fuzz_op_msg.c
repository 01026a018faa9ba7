/*
 * The inside of an OP_MSG: the input is flags and sections.  The header and,
 * where the flags announce it, a right checksum are put around it, which no
 * fuzzer would guess.
 */
#include <stdlib.h>

#include "bson/validate.h"
#include "util/crc32c.h"
#include "wire/op_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void add_checksum(struct buf *frame)
{
	buf_append_i32(frame, 0);
	buf_set_i32(frame, 0, (int32_t)frame->len);
	buf_set_i32(frame, frame->len - 4,
	    (int32_t)crc32c_portable(0, view_of(frame->data, frame->len - 4)));
}

/* What parsing promises: every document has been checked. */
static void check(const struct op_msg *m)
{
	must(bson_check(m->body, NULL) == 0);
	for (int i = 0; i < m->n_sequences; i++) {
		const struct op_msg_sequence *s = &m->sequences[i];
		struct op_msg_docs it = op_msg_docs(s);
		struct view doc;
		int n = 0;

		must(s->name.data[s->name.len] == 0);
		must(op_msg_find_sequence(m, (const char *)s->name.data) == s);
		for (; op_msg_docs_next(&it, &doc); n++)
			must(bson_check(doc, NULL) == 0);
		must(n == s->count);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op_msg m;
	struct buf frame;
	uint8_t *exact;
	int rc;

	buf_init(&frame, NULL);
	frame_begin(&frame);
	buf_append(&frame, data, size);
	buf_set_i32(&frame, 0, (int32_t)frame.len);
	buf_set_i32(&frame, 12, OPCODE_MSG);
	if (size && data[0] & OP_MSG_CHECKSUM_PRESENT)
		add_checksum(&frame);
	exact = malloc(frame.len);
	memcpy(exact, frame.data, frame.len);
	rc = op_msg_parse(view_of(exact, frame.len), &m, NULL);
	if (rc == 0)
		check(&m);
	else
		must(rc > 0 ? !m.more_to_come : rc == ERR_CLOSE);
	free(exact);
	buf_clear(&frame);
	return 0;
}
