/*
 * bench/indexes.h - secondary indexes: those that a collection is given before a run, and
 * runs that make indexes instead of a mix.
 *
 * Each run prints one line of JSON and returns an exit status.
 */
#ifndef BENCH_INDEXES_H
#define BENCH_INDEXES_H

#include "bench/client.h"

struct indexes_options {
	const struct addrinfo *address;
	const char *db, *collection;
	int duration_ms;
	pid_t pid;
};

/* The first n kinds (bench/index_kinds.h), in one command; false with words on stderr. */
MUST_CHECK bool indexes_create(const struct indexes_options *o, int n);
/* Builds an index of the collection and drops it, again and again until the time is over. */
int indexes_build(const struct indexes_options *o);
/* n indexes, 50 to a collection, one by one. */
int indexes_many(const struct indexes_options *o, int n);
/* An index of an empty collection comes and goes until the time is over. */
int indexes_churn(const struct indexes_options *o);

#endif
