/*
 * bench/run.h - one measured run: threads that take operations until the time
 * or their number is over, what they did, and what it cost the process that
 * was measured.
 *
 * The cost of writes is not over with the last answer: RocksDB still has to
 * flush them.  So after a run that writes all is flushed, and the process's CPU
 * time read when it has become quiet.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <pthread.h>
#include <sys/types.h>

#include "bench/histogram.h"
#include "bench/workload.h"
#include "util/options.h"

/* What one thread has done while it was measured. */
struct tally {
	uint64_t operations, documents;
	uint64_t errors;
	uint64_t missing; /* documents that should have been found or changed */
	uint64_t last_ns; /* when the last one was over */
	struct histogram latency; /* ns */
};

struct run {
	/* Set by the caller. */
	struct workload workload;
	int threads;
	int duration_ms;
	uint64_t operations; /* 0: no limit */
	int warm_up_ms;
	uint64_t seed;
	bool timed; /* latencies are taken */
	pid_t pid; /* whose CPU time; 0: nobody's */
	void (*flush)(struct run *r); /* what was written goes to table files */
	void *shared; /* the program's own */

	/* The run's. */
	_Atomic bool measuring, stopping;
	_Atomic uint64_t taken;
	_Atomic int running;
	uint64_t begin_ns;
};

struct worker {
	struct run *run;
	int number;
	struct rng rng;
	struct tally *tally;
	pthread_t thread;
};

struct result {
	struct tally total;
	double seconds;
	double cpu_seconds, user_seconds, system_seconds; /* of run.pid, when it is quiet */
	double foreground_seconds; /* the same, when the last operation was over */
	double overhead_seconds; /* the ceiling's own making of keys and documents */
};

/* Reads what run_options.def has.  False with words on stderr: the mix is unknown. */
MUST_CHECK bool run_read_options(struct run *r, const struct options *o, int in_flight);
void run_print_help(const char *program, const struct option_def *table);

/* Runs body in each thread and fills in out (which is large: not on a stack). */
void run_all(struct run *r, void *(*body)(void *worker), struct result *out);

/* May one more operation begin? */
bool run_take(struct run *r);
/* It is over; began_ns 0: not timed. */
void run_count(struct worker *w, const struct operation *op, uint64_t began_ns);

/* One line of JSON. */
void run_print(const struct run *r, const struct result *res);

uint64_t run_now_ns(void);

#endif
