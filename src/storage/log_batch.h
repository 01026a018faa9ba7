/*
 * storage/log_batch.h - a RocksDB write batch as its bytes stand in the log.
 *
 * Reading believes nothing: every length is checked against what is left.
 *
 * Threads: pure.
 */
#ifndef STORAGE_LOG_BATCH_H
#define STORAGE_LOG_BATCH_H

#include "util/view.h"

enum { LOG_BATCH_HEADER = 12 }; /* sequence of the first key, number of keys */

enum log_op_kind {
	LOG_OP_PUT,
	LOG_OP_DELETE,
	LOG_OP_DELETE_RANGE, /* value: the end of the range */
	LOG_OP_DATA,	     /* value: the log data */
	LOG_OP_OTHER,	     /* nothing of ours; skipped by its length */
};

struct log_op {
	enum log_op_kind kind;
	uint32_t family;
	struct view key, value;
};

/* False: too short to be a batch, or with a sequence number that there is not. */
MUST_CHECK bool log_batch_parse(
    struct view bytes, uint64_t *sequence, uint32_t *n_keys, struct view *ops);
/* 1 with the next operation, 0 at the end, -1: no batch of a kind that is known. */
MUST_CHECK int log_op_next(struct view *ops, struct log_op *op);
/* The first log data, which is the first commit's header; empty: there is none.
 * False: no batch of a kind that is known. */
MUST_CHECK bool log_batch_header(struct view ops, struct view *header);

#endif
