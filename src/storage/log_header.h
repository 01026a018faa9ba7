/*
 * storage/log_header.h - the bytes of log header v1, which a batch carries as
 * RocksDB's log data: what the commit was, when, and what its puts and
 * deletes mean.  doc/format.md, "Log header".
 *
 * Written in two steps: the tagged fields while the batch is filled, the fixed
 * part in front of them under the commit lock.  Read as a list of fields;
 * unknown ones are skipped.  Reading believes nothing: every length is checked.
 *
 * Threads: pure.
 */
#ifndef STORAGE_LOG_HEADER_H
#define STORAGE_LOG_HEADER_H

#include "storage/batch.h"
#include "util/buf.h"

#define LOG_HEADER_VERSION 1

enum {
	LOG_HEADER_FIXED = 28,
	LOG_HEADER_FIRST = 1, /* flag: the first commit of its term */
};

enum log_field {
	FIELD_TABLE = 1,
	FIELD_CHANGE = 2,
	FIELD_MARKER = 3,
	FIELD_SESSION = 4,
	FIELD_COUNTS = 5,
};

struct log_header {
	uint8_t version, flags;
	uint32_t term;
	uint64_t cluster_time;
	int64_t wall_ms;
	/* From the last key of the commit before to this one's first: 1, unless
	 * sequence numbers were used for what is not in the log.  A reader that
	 * meets another distance has a hole in its log. */
	uint32_t gap;
};

/* Room for the fixed part; then fields; then, under the lock, the fixed part. */
void log_header_begin(struct buf *b);
void log_header_complete(struct buf *b, const struct log_header *h);

struct log_table {
	uint32_t table_id;
	const uint8_t *uuid; /* 16 */
	uint64_t version;
};
void log_header_table(struct buf *b, const struct log_table *t);

/* table: the place of its FIELD_TABLE among those of this header. */
struct log_header_change {
	uint8_t kind;
	uint32_t table;
	struct value id; /* of a removed document; else missing: it is in the document */
	struct view delta, pre_image;
};
void log_header_change(struct buf *b, const struct log_header_change *c);

struct log_header_marker {
	uint8_t kind;
	const uint8_t *uuid;
	struct view doc;
};
void log_header_marker(struct buf *b, const struct log_header_marker *m);

void log_header_session(struct buf *b, const struct log_session *s);

struct log_counts {
	uint32_t table_id;
	bool emptied; /* before the changes of this commit: they were 0 then */
	int64_t documents, bytes;
};
void log_header_counts(struct buf *b, const struct log_counts *c);

/* ---- reading */

/* False: no header of a version that is known.  fields: what follows. */
MUST_CHECK bool log_header_parse(
    struct view bytes, struct log_header *h, struct view *fields);
/* 1 with the next field, 0 at the end, -1 when the bytes are damaged. */
MUST_CHECK int log_field_next(struct view *fields, uint8_t *tag, struct view *field);
/* A field's contents; false when damaged.  Views into it. */
MUST_CHECK bool log_table_parse(struct view f, struct log_table *t);
MUST_CHECK bool log_change_parse(struct view f, struct log_header_change *c);
MUST_CHECK bool log_marker_parse(struct view f, struct log_header_marker *m);
/* stmt_ids points into f, unaligned: read with read_i32. */
MUST_CHECK bool log_session_parse(struct view f, struct view *lsid, int64_t *txn_number,
    struct view *stmt_ids);
MUST_CHECK bool log_counts_parse(struct view f, struct log_counts *c);

/* The counts in a commit's header, in order. */
struct log_entry;
MUST_CHECK int log_entry_counts(const struct log_entry *e,
    void (*each)(void *arg, const struct log_counts *counts), void *arg, struct status *st);

/* Unsigned LEB128, as RocksDB's batches have it too. */
void append_varint(struct buf *b, uint64_t v);
MUST_CHECK bool take_varint(struct view *v, uint64_t *out);
/* That many bytes off the front. */
MUST_CHECK bool take_bytes(struct view *v, uint64_t n, struct view *out);

#endif
