/*
 * bench/workload.h - what is done in which proportion, with which keys: one
 * stream of operations for the load generator and for the store's ceiling.
 *
 * Threads: a workload is shared by all, struct rng is each thread's own.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "bench/document.h"
#include "bench/keys.h"

enum op_kind {
	OP_FIND, /* one document by _id */
	OP_RANGE, /* count documents from an _id on */
	OP_SCAN, /* all documents, 1 % selected by two fields */
	OP_INSERT, /* count documents with new keys, one request */
	OP_UPDATE, /* one field of one document by _id */
	OP_MODIFY, /* OP_FIND, then OP_UPDATE of the same one */
	OP_KINDS
};

enum key_choice {
	CHOOSE_UNIFORM,
	CHOOSE_ZIPF, /* scrambled: the wanted ones lie anywhere */
	CHOOSE_LATEST, /* the newest are the most wanted */
};

struct mix {
	const char *name, *help;
	int percent[OP_KINDS]; /* 100 together */
	enum key_choice choice;
	enum id_order order;
	bool batches; /* an OP_INSERT is a whole batch */
	bool starts_empty; /* nothing is loaded first */
	int range; /* documents in an OP_RANGE */
	bool range_varies; /* 1 to that many */
	bool scan_asks_all; /* OP_SCAN has a third condition, which all documents meet */
};

extern const struct mix mix_table[];
extern const size_t n_mixes;
const struct mix *mix_find(const char *name);
bool mix_writes(const struct mix *m);

struct workload {
	const struct mix *mix;
	uint64_t records; /* loaded: keys 0 to that */
	uint64_t in_flight; /* inserts that may not have been answered yet */
	int batch;
	struct zipf zipf;
	_Atomic uint64_t next_key;
};

struct operation {
	enum op_kind kind;
	uint64_t key;
	int count;
};

void workload_init(
    struct workload *w, const struct mix *mix, uint64_t records, int batch, uint64_t in_flight);
void workload_next(struct workload *w, struct rng *rng, struct operation *op);
/* Documents that the operation reads or writes. */
uint64_t workload_documents(const struct workload *w, const struct operation *op);

#endif
