/*
 * aggregate/window.h - the outputs of $setWindowFields: each a function of the documents in a
 * window around the one that gets its value.
 *
 *     window.c             what is written: functions and their windows
 *     window_frame.c       which documents are in a window
 *     window_accumulate.c  accumulators over windows, and those that need no accumulator there
 *     window_order.c       functions of a document's place: ranks, $shift, $expMovingAvg, ...
 *     window_slope.c       functions of lines between documents: $derivative, $integral, ...
 *
 * Windows go forward: neither of their ends ever lies before where it lay for the document
 * before.
 *
 * Threads: read-only once parsed; runs belong to one node.
 */
#ifndef AGGREGATE_WINDOW_H
#define AGGREGATE_WINDOW_H

#include "aggregate/accumulator.h"
#include "aggregate/partition.h"
#include "bson/date.h"
#include "expr/project.h"

struct window_output;
struct window_part;
struct window_run;

struct window_parser {
	const struct expression_options *options;
	const struct sort_spec *sort; /* NULL: no order is given */
	struct arena *arena;
	struct status *status;
};

struct window_function {
	const char *name; /* "$rank" */
	const char *help;
	int code_of_more; /* where the output has more than it and a window; 0: 9 */
	size_t state_size; /* of a run's state; accumulators have their own */
	enum { WINDOW_MAY_BE, WINDOW_MUST_NOT_BE, WINDOW_MUST_BE } window;
	int (*parse)(
	    const struct window_parser *p, struct value spec, struct window_output *out);
	/* A partition's begin, with the values of its documents; the run's own part is zeroed.
	 * NULL: nothing. */
	int (*begin)(struct window_run *r, struct window_part *p, struct status *st);
	/* Of document i, which follows i - 1; valid until the next call of any. */
	int (*value)(struct window_run *r, struct window_part *p, size_t i, struct value *out,
	    struct status *st);
};

extern const struct window_function *const window_table[];
/* What accumulators are run by. */
extern const struct window_function window_accumulate;

struct window_bound {
	bool unbounded;
	int64_t n; /* documents, or units of time, from the current one */
	struct value distance; /* of a range of numbers */
};

struct window_output {
	struct path path;
	const struct window_function *function;
	const struct accumulator *accumulator; /* window_accumulate's */
	struct accumulator_operand operand; /* value: of each document; NULL: none */
	bool has_window, is_range;
	struct window_bound lower, upper;
	bool has_unit; /* the range's */
	enum date_unit unit;
	/* The functions' own. */
	int64_t by; /* $shift */
	struct value fallback; /* $shift; missing: none */
	double alpha; /* $expMovingAvg */
	int64_t unit_ms; /* $derivative, $integral; 0: none */
};

/* One output, {$sum: "$n", window: {documents: [-1, 0]}}: 9, 5339900, 5339901, ..., and those of
 * expressions and accumulators. */
MUST_CHECK int window_parse(
    const struct window_parser *p, const struct element *e, struct window_output *out);

/* A whole partition, in order. */
struct window_part {
	const struct partition *docs;
	size_t n;
	struct value *places; /* what a sort by one field goes by; NULL: there is no such */
	struct arena *arena; /* until the partition ends */
	struct arena *row; /* until the document does */
	struct buf *result; /* for a value that is built */
	const struct collator *collator;
	const struct variables *let;
	struct op *op;
};

/* An output on its way through a partition. */
struct window_run {
	const struct window_output *output;
	struct value *values; /* of each document; NULL: the function has no input */
	size_t from, to; /* the window's documents */
	void *state; /* the function's or accumulator's */
	struct arena kept;
	struct buf scratch;
	/* What a partition begins with as zero. */
	struct window_own {
		size_t from, to; /* what state knows of */
		bool begun;
		int64_t rank, dense_rank;
		struct value last; /* $expMovingAvg, $locf */
		size_t before, after; /* $linearFill: places of values, and one more */
		size_t *queue; /* $min, $max: what may yet be the best, the best first */
		size_t head, tail;
		struct area *areas; /* $integral */
	} own;
};

/* Sets the run's from and to for document i.  5429413, ... where documents have no place in a
 * range. */
MUST_CHECK int window_frame(
    struct window_run *r, const struct window_part *p, size_t i, struct status *st);

static inline bool window_is_nothing(struct value v)
{
	return v.type == TYPE_NULL || v.type == TYPE_UNDEFINED || value_is_missing(v);
}

int window_no_memory(struct status *st);
/* One expression. */
MUST_CHECK int window_parse_input(
    const struct window_parser *p, struct value spec, struct window_output *out);
/* What is asked of an operand that is a document: 9 for what is not among the n names. */
MUST_CHECK int window_options(const struct window_parser *p, const char *function,
    struct value spec, const char *const *names, int n, struct value *values);
/* 9 for anything but exactly one field to sort by. */
MUST_CHECK int window_needs_place(const struct window_parser *p, const char *function);

#endif
