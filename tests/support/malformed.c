#include "support/malformed.h"

#include <stdio.h>
#include <stdlib.h>

#include "bson/builder.h"
#include "bson/validate.h"

/* MongoDB's numbers that have no names. */
enum {
	ERR_SECOND_BODY = 40430,
	ERR_SEQUENCE_TWICE = 40431,
	ERR_SECTION_KIND = 40432,
	ERR_SEQUENCE_AND_FIELD = 40433,
	ERR_NO_BODY = 40587,
	ERR_NUMBER_TO_RETURN = 16979,
};

/* Where an OP_COMPRESSED has what. */
enum { ORIGINAL_OPCODE_AT = 16, SIZE_AT = 20, COMPRESSOR_AT = 24 };

struct generator {
	void (*each)(void *arg, const struct malformed *m);
	void *arg;
	int n;
	struct buf frame; /* the one being made */
	struct buf ping; /* {ping: 1, $db: "admin"} */
	struct buf other; /* whatever else is needed beside */
	struct compress_context ctx;
};

static void emit_view(struct generator *g, const char *name, struct view bytes, int expect)
{
	struct malformed m = {.name = name, .bytes = bytes, .expect = expect, .cut = true};
	struct frame_header h;

	/* Only a header that a server goes along with makes it wait for the rest. */
	if (bytes.len >= FRAME_HEADER_BYTES)
		m.cut = frame_check_header(bytes.data, &h, NULL) == 0 &&
			(size_t)h.length > bytes.len;
	g->each(g->arg, &m);
	g->n++;
}

static void emit(struct generator *g, int expect, const char *name)
{
	emit_view(g, name, buf_view(&g->frame), expect);
	buf_reset(&g->frame);
	buf_reset(&g->other);
}

static void emit_number(struct generator *g, int expect, const char *what, long number)
{
	char name[160];

	snprintf(name, sizeof(name), "%s %ld", what, number);
	emit(g, expect, name);
}

/* The frame cut to each shorter length: as it stands, so that its header
 * announces more, and with the header's length made right. */
static void emit_cut_everywhere(struct generator *g, int expect_whole, const char *what)
{
	char name[120];

	for (size_t n = 0; n < g->frame.len; n++) {
		snprintf(name, sizeof(name), "%s, cut at byte %zu", what, n);
		emit_view(g, name, view_of(g->frame.data, n), ERR_CLOSE);
	}
	for (size_t n = g->frame.len - 1; n >= FRAME_HEADER_BYTES; n--) {
		buf_set_i32(&g->frame, 0, (int32_t)n);
		snprintf(name, sizeof(name), "%s, cut at byte %zu and saying so", what, n);
		emit_view(g, name, view_of(g->frame.data, n), expect_whole);
	}
	buf_reset(&g->frame);
	buf_reset(&g->other);
}

static void headers(struct generator *g)
{
	static const int32_t lengths[] = {
	    0, 1, 15, -1, -16, INT32_MIN, FRAME_MAX_BYTES + 1, INT32_MAX};
	static const int32_t opcodes[] = {OPCODE_REPLY, OPCODE_UPDATE, OPCODE_INSERT,
	    OPCODE_DELETE, OPCODE_KILL_CURSORS, 0, -1, 1000, 2010, 2011, 2014, INT32_MIN,
	    INT32_MAX};
	static const int32_t read[] = {OPCODE_MSG, OPCODE_QUERY, OPCODE_COMPRESSED};

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		frames_ping(&g->frame);
		buf_set_i32(&g->frame, 0, lengths[i]);
		emit_number(g, ERR_CLOSE, "a header with the length", lengths[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		frames_ping(&g->frame);
		buf_set_i32(&g->frame, 12, opcodes[i]);
		emit_number(g, ERR_CLOSE, "a header with the opcode", opcodes[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(read); i++) {
		frames_raw(&g->frame, read[i], view_of(NULL, 0));
		emit_number(g, ERR_CLOSE, "nothing but a header with the opcode", read[i]);
	}
	frames_raw(&g->frame, OPCODE_GET_MORE, view_of(NULL, 0));
	emit(g, ERR_UNSUPPORTED_OP_QUERY_COMMAND, "OP_GET_MORE");
	frames_ping(&g->frame);
	buf_set_i32(&g->frame, 0, 20);
	emit(g, ERR_CLOSE, "a header whose length ends within the message");
}

static void flags(struct generator *g)
{
	for (int bit = 2; bit < 16; bit++) {
		frames_msg(&g->frame, 1u << bit, buf_view(&g->ping));
		emit_number(g, ERR_CLOSE, "the unknown required flag", bit);
	}
	frames_msg(&g->frame, 0xFFFFFFFEu, buf_view(&g->ping));
	emit(g, ERR_CLOSE, "all flags but the checksum's");
	frames_msg(&g->frame, OP_MSG_MORE_TO_COME, view_of("\4\0\0\0\0", 5));
	emit(g, ERR_CLOSE, "invalid BSON to which no answer may be sent");
}

static void checksums(struct generator *g)
{
	for (int bit = 0; bit < 32; bit++) {
		frames_msg(&g->frame, OP_MSG_CHECKSUM_PRESENT, buf_view(&g->ping));
		g->frame.data[g->frame.len - 4 + bit / 8] ^= (uint8_t)(1u << bit % 8);
		emit_number(g, ERR_CLOSE, "a checksum wrong in bit", bit);
	}
	frames_msg(&g->frame, 0, buf_view(&g->ping));
	g->frame.data[FRAME_HEADER_BYTES] = OP_MSG_CHECKSUM_PRESENT;
	emit(g, ERR_CLOSE, "a checksum announced and not there");
	frames_msg(&g->frame, OP_MSG_CHECKSUM_PRESENT, buf_view(&g->ping));
	g->frame.data[30] ^= 1;
	emit(g, ERR_CLOSE, "a byte changed under a checksum");
}

/* Two empty documents. */
static const struct view two_docs = {(const uint8_t *)"\5\0\0\0\0\5\0\0\0\0", 10};

/* A message with a sequence "d" of two documents whose size is a lie. */
static void sequence_of_size(struct generator *g, int32_t size)
{
	size_t start = frames_msg_begin(&g->frame, 0);
	size_t sequence = g->frame.len;

	frames_sequence(&g->frame, "d", two_docs);
	buf_set_i32(&g->frame, sequence + 1, size);
	frames_body(&g->frame, buf_view(&g->ping));
	frames_msg_end(&g->frame, start);
}

static void sequence_sizes(struct generator *g)
{
	/* it has 16: its own four bytes, "d" and its NUL, and ten */
	static const int32_t out_of_bounds[] = {INT32_MIN, -1, 0, 1, 3, 4, 5, 1000, INT32_MAX};
	static const int32_t within[] = {7, 10, 15, 17, 20};

	for (size_t i = 0; i < ARRAY_LEN(out_of_bounds); i++) {
		sequence_of_size(g, out_of_bounds[i]);
		emit_number(g, ERR_OVERFLOW, "a sequence of the size", out_of_bounds[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(within); i++) {
		sequence_of_size(g, within[i]);
		emit_number(g, ERR_INVALID_BSON, "a sequence of the size", within[i]);
	}
}

/* A message with one sequence, or two of the same name. */
static void sequences(struct generator *g, int n, const char *name, struct view docs)
{
	size_t start = frames_msg_begin(&g->frame, 0);

	while (n--)
		frames_sequence(&g->frame, name, docs);
	frames_body(&g->frame, buf_view(&g->ping));
	frames_msg_end(&g->frame, start);
}

static void section_kinds(struct generator *g)
{
	static const int kinds[] = {2, 3, 16, 127, 128, 255};
	size_t start;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		start = frames_msg_begin(&g->frame, 0);
		frames_body(&g->frame, buf_view(&g->ping));
		buf_append_byte(&g->frame, (uint8_t)kinds[i]);
		buf_append_view(&g->frame, buf_view(&g->ping));
		frames_msg_end(&g->frame, start);
		emit_number(g, ERR_SECTION_KIND, "a section of the kind", kinds[i]);
	}
	start = frames_msg_begin(&g->frame, 0);
	frames_msg_end(&g->frame, start);
	emit(g, ERR_NO_BODY, "no section");
	start = frames_msg_begin(&g->frame, 0);
	frames_sequence(&g->frame, "documents", two_docs);
	frames_msg_end(&g->frame, start);
	emit(g, ERR_NO_BODY, "a sequence and no body");
	start = frames_msg_begin(&g->frame, 0);
	frames_body(&g->frame, buf_view(&g->ping));
	frames_body(&g->frame, buf_view(&g->ping));
	frames_msg_end(&g->frame, start);
	emit(g, ERR_SECOND_BODY, "two bodies");
}

static void sequence_names(struct generator *g)
{
	size_t start, name_at;

	sequences(g, 2, "documents", two_docs);
	emit(g, ERR_SEQUENCE_TWICE, "two sequences of one name");
	sequences(g, 1, "$db", two_docs);
	emit(g, ERR_SEQUENCE_AND_FIELD, "a sequence named like a field");

	start = frames_msg_begin(&g->frame, 0);
	for (int i = 0; i <= OP_MSG_SEQUENCES_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%d", i);
		frames_sequence(&g->frame, name, two_docs);
	}
	frames_body(&g->frame, buf_view(&g->ping));
	frames_msg_end(&g->frame, start);
	emit(g, ERR_PROTOCOL_ERROR, "a sequence too many");

	start = frames_msg_begin(&g->frame, 0);
	frames_body(&g->frame, buf_view(&g->ping));
	name_at = g->frame.len + 5;
	frames_sequence(&g->frame, "documents", view_of(NULL, 0));
	memset(g->frame.data + name_at, 'x', g->frame.len - name_at);
	frames_msg_end(&g->frame, start);
	emit(g, ERR_OVERFLOW, "a sequence whose name does not end");

	sequences(g, 1, "documents", two_docs);
	g->frame.data[FRAME_HEADER_BYTES + 4 + 5 + 4] = 0;
	emit(g, ERR_INVALID_BSON, "a NUL in a sequence's name");
}

/* Documents that are none, one flaw each. */
static const struct {
	const char *flaw;
	const char *bytes;
	size_t len;
} flawed[] = {
#define FLAWED(flaw, bytes)                                                                    \
	{                                                                                      \
		flaw, bytes, sizeof(bytes) - 1                                                 \
	}
    FLAWED("of no bytes", ""),
    FLAWED("of three bytes", "\5\0\0"),
    FLAWED("of four bytes", "\4\0\0\0"),
    FLAWED("with the length 0", "\0\0\0\0\0"),
    FLAWED("with the length 4", "\4\0\0\0\0"),
    FLAWED("with the length -1", "\xFF\xFF\xFF\xFF\0"),
    FLAWED("with the lowest length", "\0\0\0\x80\0"),
    FLAWED("with the highest length", "\xFF\xFF\xFF\x7F\0"),
    FLAWED("with a length one too high", "\6\0\0\0\0"),
    FLAWED("that ends before its length", "\7\0\0\0\0\0\0"),
    FLAWED("that does not end with NUL", "\5\0\0\0\1"),
    FLAWED("with an element that has no name", "\6\0\0\0\x0A\0"),
    FLAWED("with a name that does not end", "\x09\0\0\0\x0A"
					    "abc"
					    "\1"),
    FLAWED("with a NUL in a name", "\x0E\0\0\0\x10"
				   "a\0b\0\1\0\0\0\0"),
    FLAWED("with an unknown type", "\x08\0\0\0\x20"
				   "a\0\0"),
    FLAWED("with an int32 cut off", "\x0A\0\0\0\x10"
				    "a\0\1\0\0"),
    FLAWED("with a double cut off", "\x0A\0\0\0\1"
				    "a\0\1\0\0"),
    FLAWED("with a decimal cut off", "\x10\0\0\0\x13"
				     "a\0\0\0\0\0\0\0\0\0\0"),
    FLAWED("with an object id cut off", "\x0A\0\0\0\7"
					"a\0\1\0\0"),
    FLAWED("with the bool 2", "\x09\0\0\0\x08"
			      "a\0\2\0"),
    FLAWED("with a string of the length 0", "\x0D\0\0\0\2"
					    "a\0\0\0\0\0\0\0"),
    FLAWED("with a string of the length -1", "\x0D\0\0\0\2"
					     "a\0\xFF\xFF\xFF\xFF\0\0"),
    FLAWED("with a string of the highest length", "\x0D\0\0\0\2"
						  "a\0\xFF\xFF\xFF\x7F\0\0"),
    FLAWED("with a string one byte too long", "\x0E\0\0\0\2"
					      "a\0\3\0\0\0x\0\0"),
    FLAWED("with a string that does not end with NUL", "\x0E\0\0\0\2"
						       "a\0\2\0\0\0xy\0"),
    FLAWED("with a string's length cut off", "\x0A\0\0\0\2"
					     "a\0\2\0\0"),
    FLAWED("with a binary of the length -1", "\x0D\0\0\0\5"
					     "a\0\xFF\xFF\xFF\xFF\0\0"),
    FLAWED("with a binary of the highest length", "\x0D\0\0\0\5"
						  "a\0\xFF\xFF\xFF\x7F\0\0"),
    FLAWED("with a regex without options", "\x0B\0\0\0\x0B"
					   "a\0xy\0\0"),
    FLAWED("with a regex that does not end", "\x0B\0\0\0\x0B"
					     "a\0xyz\0"),
    FLAWED("with a document of the length 4", "\x0D\0\0\0\3"
					      "a\0\4\0\0\0\0\0"),
    FLAWED("with a document of the length -1", "\x0D\0\0\0\3"
					       "a\0\xFF\xFF\xFF\xFF\0\0"),
    FLAWED("with a document longer than itself", "\x0D\0\0\0\3"
						 "a\0\7\0\0\0\0\0"),
    FLAWED("with an array of the highest length", "\x0D\0\0\0\4"
						  "a\0\xFF\xFF\xFF\x7F\0\0"),
    FLAWED("with a scope longer than its code", "\x17\0\0\0\x0F"
						"a\0\x0F\0\0\0\2\0\0\0x\0\6\0\0\0\0\0"),
    FLAWED("with code of the size 0", "\x17\0\0\0\x0F"
				      "a\0\0\0\0\0\2\0\0\0x\0\5\0\0\0\0\0"),
#undef FLAWED
};

/* {insert: "c", documents: [doc], $db: "test"}, with doc as it is. */
static void insert_in_body(struct generator *g, struct view doc)
{
	struct builder b;

	builder_init(&b, &g->other);
	builder_str(&b, "insert", "c");
	builder_array_begin(&b, "documents");
	builder_doc(&b, NULL, doc);
	builder_array_end(&b);
	builder_str(&b, "$db", "test");
	builder_finish(&b);
	frames_msg(&g->frame, 0, buf_view(&g->other));
}

static void bson(struct generator *g)
{
	char name[120];

	for (size_t i = 0; i < ARRAY_LEN(flawed); i++) {
		struct view doc = view_of(flawed[i].bytes, flawed[i].len);

		frames_msg(&g->frame, 0, doc);
		snprintf(name, sizeof(name), "a body %s", flawed[i].flaw);
		emit(g, ERR_INVALID_BSON, name);
		if (doc.len) {
			sequences(g, 1, "documents", doc);
			snprintf(
			    name, sizeof(name), "a sequence's document %s", flawed[i].flaw);
			emit(g, ERR_INVALID_BSON, name);
		}
		frames_query(&g->frame, "admin.$cmd", -1, doc);
		snprintf(name, sizeof(name), "an OP_QUERY's document %s", flawed[i].flaw);
		emit(g, ERR_INVALID_BSON, name);
		if (doc.len > 5) {
			insert_in_body(g, doc);
			snprintf(name, sizeof(name), "an inner document %s", flawed[i].flaw);
			emit(g, ERR_INVALID_BSON, name);
		}
	}
	frames_msg(&g->frame, 0, two_docs);
	emit(g, ERR_SECTION_KIND, "a second document behind the body without a section");
}

static void depth(struct generator *g)
{
	static const int depths[] = {BSON_DEPTH_MAX + 1, 300, 100000};

	for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
		frames_nested(&g->other, depths[i]);
		frames_msg(&g->frame, 0, buf_view(&g->other));
		emit_number(g, ERR_OVERFLOW, "a body of the depth", depths[i]);
		frames_nested(&g->other, depths[i]);
		sequences(g, 1, "documents", buf_view(&g->other));
		emit_number(g, ERR_OVERFLOW, "a sequence's document of the depth", depths[i]);
	}
}

static void sizes(struct generator *g)
{
	struct builder b;
	uint8_t *filling;

	/* {"": <binary>}: 4 of length, 2 of type and name, 5 and the bytes, 1 */
	buf_append_i32(&g->other, BSON_INTERNAL_SIZE_MAX + 1);
	buf_append(&g->other, "\5", 2);
	buf_append_i32(&g->other, BSON_INTERNAL_SIZE_MAX + 1 - 12);
	filling = buf_extend(&g->other, BSON_INTERNAL_SIZE_MAX + 1 - 10);
	if (filling)
		memset(filling, 0, BSON_INTERNAL_SIZE_MAX + 1 - 10);
	frames_msg(&g->frame, 0, buf_view(&g->other));
	emit(g, ERR_BSON_OBJECT_TOO_LARGE, "a body one byte too long");

	builder_init(&b, &g->other);
	builder_finish(&b);
	frames_msg(&g->frame, 0, buf_view(&g->other));
	emit(g, 0, "a command without a name");
}

static void cut_messages(struct generator *g)
{
	frames_ping(&g->frame);
	emit_cut_everywhere(g, MALFORMED_ANY_ERROR, "a ping");
	sequences(g, 1, "documents", two_docs);
	emit_cut_everywhere(g, MALFORMED_ANY_ERROR, "a message with a sequence");
	frames_msg(&g->frame, OP_MSG_CHECKSUM_PRESENT, buf_view(&g->ping));
	emit_cut_everywhere(g, ERR_CLOSE, "a message with a checksum");
	frames_query(&g->frame, "admin.$cmd", -1, buf_view(&g->ping));
	emit_cut_everywhere(g, MALFORMED_ANY_ERROR, "an OP_QUERY");
}

/* {isMaster: 1} */
static const struct view is_master = {(const uint8_t *)"\x13\0\0\0\x10"
						       "isMaster\0\1\0\0\0\0",
    19};

static void query(struct generator *g, int expect, const char *name, const char *ns,
    int32_t n_to_return, struct view doc)
{
	frames_query(&g->frame, ns, n_to_return, doc);
	emit(g, expect, name);
}

static void queries(struct generator *g)
{
	struct builder b;

	query(g, ERR_INVALID_NAMESPACE, "an OP_QUERY on ''", "", -1, is_master);
	query(
	    g, ERR_INVALID_NAMESPACE, "an OP_QUERY without a database", ".$cmd", -1, is_master);
	query(g, ERR_INVALID_NAMESPACE, "an OP_QUERY without a dot", "admin", -1, is_master);
	query(g, ERR_UNSUPPORTED_OP_QUERY_COMMAND, "an OP_QUERY on a collection", "a.b", -1,
	    is_master);
	query(g, ERR_UNSUPPORTED_OP_QUERY_COMMAND, "an OP_QUERY on a longer name", "a.$cmd.x",
	    -1, is_master);
	query(g, ERR_UNSUPPORTED_OP_QUERY_COMMAND, "a ping in an OP_QUERY", "admin.$cmd", -1,
	    buf_view(&g->ping));
	query(g, ERR_UNSUPPORTED_OP_QUERY_COMMAND, "nothing in an OP_QUERY", "admin.$cmd", 1,
	    view_of("\5\0\0\0\0", 5));
	query(g, ERR_NUMBER_TO_RETURN, "a command asked for twice", "admin.$cmd", 2, is_master);

	builder_init(&b, &g->other);
	builder_doc(&b, "$query", buf_view(&g->ping));
	builder_finish(&b);
	query(g, ERR_UNSUPPORTED_OP_QUERY_COMMAND, "a ping in $query in an OP_QUERY",
	    "admin.$cmd", -1, buf_view(&g->other));

	frames_query(&g->frame, "admin.$cmd", -1, is_master);
	g->frame.data[FRAME_HEADER_BYTES + 4 + 5] = 0;
	emit(g, MALFORMED_ANY_ERROR, "a NUL in an OP_QUERY's namespace");
	buf_append_view(&g->other, is_master);
	buf_append_view(&g->other, two_docs);
	query(g, ERR_PROTOCOL_ERROR, "a third document in an OP_QUERY", "admin.$cmd", -1,
	    buf_view(&g->other));
	buf_append_view(&g->other, is_master);
	buf_append_byte(&g->other, 0);
	query(g, ERR_INVALID_BSON, "a byte behind an OP_QUERY", "admin.$cmd", -1,
	    buf_view(&g->other));
	memset(buf_extend(&g->other, 1000), 'x', 1000);
	frames_raw(&g->frame, OPCODE_QUERY, buf_view(&g->other));
	emit(g, ERR_CLOSE, "an OP_QUERY whose namespace does not end");
}

/* What stands in other becomes the frame, compressed. */
static void pack(struct generator *g, int compressor)
{
	if (compress_encode(&g->ctx, (enum compressor)compressor, buf_view(&g->other),
		&g->frame, NULL) != 0)
		abort();
	buf_reset(&g->other);
}

static void pack_ping(struct generator *g, int compressor)
{
	frames_ping(&g->other);
	pack(g, compressor);
}

static void compressed_lies(struct generator *g, int c)
{
	static const int32_t sizes_added[] = {-1, 1, 100, 1000000};
	static const int32_t lengths[] = {-1, INT32_MIN, INT32_MAX, 0, 1, FRAME_MAX_BYTES - 16,
	    FRAME_MAX_BYTES - 15, FRAME_MAX_BYTES};
	static const int32_t opcodes[] = {
	    OPCODE_COMPRESSED, OPCODE_INSERT, OPCODE_REPLY, 0, -1};
	char name[120];

	for (size_t i = 0; i < ARRAY_LEN(sizes_added); i++) {
		pack_ping(g, c);
		buf_set_i32(
		    &g->frame, SIZE_AT, read_i32(g->frame.data + SIZE_AT) + sizes_added[i]);
		snprintf(name, sizeof(name), "%s: a size wrong by", compressor_name(c));
		emit_number(g, ERR_CLOSE, name, sizes_added[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		pack_ping(g, c);
		buf_set_i32(&g->frame, SIZE_AT, lengths[i]);
		snprintf(name, sizeof(name), "%s: a size of", compressor_name(c));
		emit_number(g, ERR_CLOSE, name, lengths[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		pack_ping(g, c);
		buf_set_i32(&g->frame, ORIGINAL_OPCODE_AT, opcodes[i]);
		snprintf(name, sizeof(name), "%s: an original opcode of", compressor_name(c));
		emit_number(g, ERR_CLOSE, name, opcodes[i]);
	}
	pack_ping(g, c);
	buf_append_byte(&g->frame, 0);
	buf_set_i32(&g->frame, 0, (int32_t)g->frame.len);
	snprintf(name, sizeof(name), "%s: a byte behind", compressor_name(c));
	emit(g, ERR_CLOSE, name);
}

/* Whole as OP_COMPRESSED, wrong inside. */
static void compressed_wrong_inside(struct generator *g, int c)
{
	char name[120];

	frames_msg(&g->other, 0, view_of("\4\0\0\0\0", 5));
	pack(g, c);
	snprintf(name, sizeof(name), "%s: invalid BSON inside", compressor_name(c));
	emit(g, ERR_INVALID_BSON, name);
	frames_msg(&g->other, 1u << 9, buf_view(&g->ping));
	pack(g, c);
	snprintf(name, sizeof(name), "%s: an unknown flag inside", compressor_name(c));
	emit(g, ERR_CLOSE, name);
	frames_query(&g->other, "admin.$cmd", -1, buf_view(&g->ping));
	pack(g, c);
	snprintf(name, sizeof(name), "%s: a ping in an OP_QUERY inside", compressor_name(c));
	emit(g, ERR_UNSUPPORTED_OP_QUERY_COMMAND, name);
}

static void compressed(struct generator *g)
{
	static const int ids[] = {COMPRESSOR_N, 100, 255};
	char name[120];

	for (int c = 0; c < COMPRESSOR_N; c++) {
		compressed_lies(g, c);
		compressed_wrong_inside(g, c);
		pack_ping(g, c);
		snprintf(name, sizeof(name), "%s", compressor_name(c));
		emit_cut_everywhere(g, ERR_CLOSE, name);
	}
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		pack_ping(g, COMPRESSOR_NOOP);
		g->frame.data[COMPRESSOR_AT] = (uint8_t)ids[i];
		emit_number(g, ERR_CLOSE, "a compressor of the id", ids[i]);
	}
	for (int c = 0; c < COMPRESSOR_N; c++) {
		memset(buf_extend(&g->other, 200), 0xA5, 200);
		frames_compressed(&g->frame, OPCODE_MSG, 200 + c, c, buf_view(&g->other));
		snprintf(name, sizeof(name), "%s: rubbish", compressor_name(c));
		emit(g, ERR_CLOSE, name);
	}
}

/* 8 MiB of zeros in a few bytes: it unpacks, and is no message. */
static void bomb(struct generator *g, int c)
{
	struct buf zeros;
	char name[120];

	buf_init(&zeros, NULL);
	memset(buf_extend(&zeros, 8 << 20), 0, 8 << 20);
	frames_raw(&g->other, OPCODE_MSG, buf_view(&zeros));
	buf_clear(&zeros);
	pack(g, c);
	snprintf(name, sizeof(name), "%s: eight mebibytes of zeros", compressor_name(c));
	emit(g, ERR_INVALID_BSON, name);
}

/* Whole and valid as messages: what they ask for cannot be. */
static void names(struct generator *g)
{
	static const struct {
		const char *name;
		const char *collection;
		size_t collection_len;
		const char *db;
		size_t db_len;
	} asked[] = {
	    {"a NUL in a collection's name", "a\0b", 3, "test", 4},
	    {"a NUL in a database's name", "a", 1, "te\0st", 5},
	    {"a collection without a name", "", 0, "test", 4},
	    {"a database without a name", "a", 1, "", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		struct builder b;

		builder_init(&b, &g->other);
		builder_str_n(&b, "find", asked[i].collection, asked[i].collection_len);
		builder_str_n(&b, "$db", asked[i].db, asked[i].db_len);
		builder_finish(&b);
		frames_msg(&g->frame, 0, buf_view(&g->other));
		emit(g, 0, asked[i].name);
	}
	frames_command(&g->frame, "noSuchCommand", NULL, "test");
	emit(g, 0, "an unknown command");
	frames_command(&g->frame, "ping", NULL, NULL);
	emit(g, 0, "a command without $db");
}

int malformed_each(void (*each)(void *arg, const struct malformed *m), void *arg)
{
	struct generator g = {.each = each, .arg = arg};
	struct builder b;

	buf_init(&g.frame, NULL);
	buf_init(&g.ping, NULL);
	buf_init(&g.other, NULL);
	compress_context_init(&g.ctx);
	builder_init(&b, &g.ping);
	builder_i32(&b, "ping", 1);
	builder_str(&b, "$db", "admin");
	builder_finish(&b);

	headers(&g);
	flags(&g);
	checksums(&g);
	section_kinds(&g);
	sequence_sizes(&g);
	sequence_names(&g);
	bson(&g);
	depth(&g);
	sizes(&g);
	queries(&g);
	names(&g);
	cut_messages(&g);
	compressed(&g);
	for (int c = COMPRESSOR_SNAPPY; c < COMPRESSOR_N; c++)
		bomb(&g, c);

	compress_context_clear(&g.ctx);
	buf_clear(&g.frame);
	buf_clear(&g.ping);
	buf_clear(&g.other);
	return g.n;
}
