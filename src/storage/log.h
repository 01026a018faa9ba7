/*
 * storage/log.h - the write-ahead log read back: every commit in order, with
 * its header.
 *
 * The reader reads RocksDB's WAL files itself (32 KiB blocks of checksummed
 * records), the live ones, the archived ones and those kept in our own history
 * directory; it never shows anything beyond what is synced.  From it come the
 * clean-up at open, the counters after a crash, change streams, the oplog and
 * point-in-time restore.
 *
 * Header v1: doc/format.md.
 *
 * Threads: a reader belongs to one thread.
 */
#ifndef STORAGE_LOG_H
#define STORAGE_LOG_H

#include "storage/batch.h"
#include "storage/store.h"

enum log_change_kind {
	CHANGE_INSERT = 1,
	CHANGE_REPLACE = 2,
	CHANGE_REMOVE = 3,
	CHANGE_MARKER = 4,
};

struct log_change {
	enum log_change_kind kind;
	uint8_t uuid[16];
	uint32_t table_id;
	uint64_t catalog_version;
	struct value id;       /* the document's _id; missing for markers */
	struct view document;  /* insert, replace: the record put */
	struct view delta;     /* replace: may be empty */
	struct view pre_image; /* may be empty */
	enum log_marker marker;
	struct view note; /* marker: its document */
};

/* One commit.  All views are valid until the reader moves. */
struct log_entry {
	uint64_t sequence; /* of its first key */
	int32_t n_keys;
	bool has_header; /* our own commits do; false: RocksDB's own writes */
	uint32_t term;
	uint64_t cluster_time;
	int64_t wall_ms;
	bool has_session;
	struct log_session session;
	struct view ops; /* its part of the RocksDB batch, which may hold several commits */
	struct view header;
};

struct log_reader;

/* Reads the store's log from the commit that holds sequence (0: from the oldest
 * there is).  ERR_CHANGE_STREAM_HISTORY_LOST when that is gone. */
MUST_CHECK int log_reader_open(
    struct store *s, uint64_t sequence, struct log_reader **out, struct status *st);
/* Reads the files of a directory at rest (restore, tests, the clean-up). */
MUST_CHECK int log_reader_open_dir(
    const char *const *dirs, int n_dirs, uint64_t sequence, struct log_reader **out,
    struct status *st);
void log_reader_close(struct log_reader *r);
/* 0 and the next commit; ERR_ABSENT at the end (there may be more later); else
 * an error. */
MUST_CHECK int log_reader_next(struct log_reader *r, struct log_entry *e, struct status *st);

/* Calls each with the changes of a commit in order; stops when it returns not
 * 0 and returns that. */
int log_entry_changes(const struct log_entry *e,
    int (*each)(void *arg, const struct log_change *change), void *arg, struct status *st);

#endif
