/*
 * aggregate/sorted_input.h - all rows of a node's input in the order of keys that the
 * node makes: for stages that sort by what is no field.
 *
 * As $sort it has 100 MB of memory, and spills to disk beyond where it may.
 *
 * Threads: belongs to one node.
 */
#ifndef AGGREGATE_SORTED_INPUT_H
#define AGGREGATE_SORTED_INPUT_H

#include "aggregate/stage.h"
#include "util/sorter.h"

struct sorted_input {
	struct sorter *sorter;
	struct memory_account memory;
	struct buf key; /* of the row that is put */
	bool loaded;
};

/* limit: rows wanted; 0: all.  False when there is no memory. */
MUST_CHECK bool sorted_input_init(struct sorted_input *s, const struct stage_context *cx,
    int64_t limit, struct memory_account *account);
void sorted_input_clear(struct sorted_input *s);

/* Appends the key of a row of e's input to the sorted input's, and says what is to be kept. */
typedef int sorted_input_put(
    struct exec *e, const struct row *in, struct sorter_row *out, struct status *st);

/* Reads all of e's input, in as many calls as it takes.  DONE: the sorter may be asked. */
MUST_CHECK enum step sorted_input_load(
    struct sorted_input *s, struct exec *e, struct exec_context *cx, sorted_input_put *put);

#endif
