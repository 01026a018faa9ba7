/*
 * aggregate/partition.h - documents that come sorted by a field, a partition at a time:
 * those that have the same value there.
 *
 * Those that are read wait in a queue until they are dropped.  The first one of the next
 * partition has to be read to see where one ends; it is kept apart until partition_begin.
 *
 * Threads: belongs to one node.
 */
#ifndef AGGREGATE_PARTITION_H
#define AGGREGATE_PARTITION_H

#include "aggregate/stage.h"

/* Of documents that wait. */
#define PARTITION_BYTES (100 * 1024 * 1024)

struct partition {
	const char *stage; /* for errors */
	const char *field; /* of the partition's value; NULL: all are one */
	const struct collator *collator;
	bool ended; /* no more of the partition comes */
	bool read_all; /* nor of any other */
	struct buf docs; /* one after the other */
	struct buf places; /* size_t each: where they are in docs */
	struct buf ahead; /* the first document of the next partition; empty: none */
	struct buf value; /* the partition's, behind its type; empty: nothing has been read */
};

void partition_init(struct partition *p, const char *stage, const char *field,
    const struct collator *collator, struct memory_account *account);
void partition_clear(struct partition *p);

size_t partition_n(const struct partition *p); /* documents that wait */
struct view partition_at(const struct partition *p, size_t i);

/* DONE: one document more, or the partition's end.  Reads e's child. */
MUST_CHECK enum step partition_read(
    struct partition *p, struct exec *e, struct exec_context *cx);
/* Forgets the first n. */
void partition_drop(struct partition *p, size_t n);
/* The partition whose first document is ahead; nothing of the one before is there any more. */
MUST_CHECK int partition_begin(struct partition *p, struct status *st);
/* 292, in words. */
int partition_no_memory(const struct partition *p, struct status *st);

#endif
