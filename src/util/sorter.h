/*
 * util/sorter.h - rows in, the same rows out in the order of their keys.
 *
 *     sorter_add ... sorter_add      with sorter_spill whenever sorter_is_full
 *     sorter_rewind
 *     sorter_next ... until DONE
 *
 * Rows are collected in small sorted runs and merged when they come out, so
 * that no call takes long.  When the memory limit is reached the runs are
 * merged into a file.  A small limit on the rows wanted keeps no more than these.
 *
 * Rows with equal keys come out in the order in which they came in.
 *
 * Threads: belongs to one request at a time; spilling and reading back is
 * for the executor.
 */
#ifndef UTIL_SORTER_H
#define UTIL_SORTER_H

#include "util/op.h"
#include "util/view.h"

struct sorter;

struct sorter_options {
	int64_t limit; /* rows wanted; 0: all */
	size_t memory_bytes; /* before it spills */
	const char *spill_dir; /* NULL: it may not, and fails with 292 */
	struct memory_account *account; /* may be NULL */
};

#define SORTER_PARTS 5

/* What the caller's rows are made of: five strings of bytes and a number; and the key, which
 * sorter_next gives and sorter_add has by itself. */
struct sorter_row {
	struct view parts[SORTER_PARTS];
	int64_t number;
	struct view key;
};

struct sorter_stats {
	int64_t rows, spilled_rows, spilled_bytes, spills, peak_bytes;
};

struct sorter *sorter_new(const struct sorter_options *o); /* NULL: no memory */
void sorter_free(struct sorter *s);

/* Copies the row. */
MUST_CHECK int sorter_add(
    struct sorter *s, struct view key, const struct sorter_row *row, struct status *st);
bool sorter_is_full(const struct sorter *s);
/* Again after HANDOVER, until DONE. */
MUST_CHECK enum step sorter_spill(struct sorter *s, struct op *op, struct status *st);
MUST_CHECK int sorter_rewind(struct sorter *s, struct status *st);
/* ROW (valid until the next call), DONE, ERROR. */
MUST_CHECK enum step sorter_next(struct sorter *s, struct sorter_row *row, struct status *st);

void sorter_stats(const struct sorter *s, struct sorter_stats *out);

#endif
