#include "config.h"

#include "bench/run.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/process.h"

enum {
	POLL_MS = 2,
	SETTLE_MS = 10000,
};

uint64_t run_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void sleep_ms(int ms)
{
	const struct timespec ts = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&ts, NULL);
}

bool run_read_options(struct run *r, const struct options *o, int in_flight)
{
	const struct mix *mix = mix_find(options_str(o, "mix"));

	if (!mix) {
		fprintf(stderr, "there is no mix '%s'\n", options_str(o, "mix"));
		return false;
	}
	workload_init(&r->workload, mix, (uint64_t)options_number(o, "records"),
	    (int)options_number(o, "batch"), (uint64_t)in_flight);
	r->threads = (int)options_number(o, "threads");
	r->duration_ms = (int)options_number(o, "duration");
	r->operations = (uint64_t)options_number(o, "operations");
	r->warm_up_ms = (int)options_number(o, "warm-up");
	r->seed = (uint64_t)options_number(o, "seed");
	return true;
}

void run_print_help(const char *program, const struct option_def *table)
{
	printf("Usage: %s\n", program);
	options_print_help(stdout, table);
	printf("\nMixes:\n");
	for (size_t i = 0; i < n_mixes; i++)
		printf("  %-16s %s\n", mix_table[i].name, mix_table[i].help);
}

bool run_take(struct run *r)
{
	if (atomic_load_explicit(&r->stopping, memory_order_relaxed))
		return false;
	if (!r->operations)
		return true;
	return atomic_fetch_add_explicit(&r->taken, 1, memory_order_relaxed) < r->operations;
}

void run_count(struct worker *w, const struct operation *op, uint64_t began_ns)
{
	struct tally *t = w->tally;

	if (!atomic_load_explicit(&w->run->measuring, memory_order_relaxed))
		return;
	t->operations++;
	t->documents += workload_documents(&w->run->workload, op);
	if (!began_ns)
		return;
	t->last_ns = run_now_ns();
	histogram_add(&t->latency, t->last_ns - began_ns);
}

static void merge(struct tally *to, const struct tally *from)
{
	to->operations += from->operations;
	to->documents += from->documents;
	to->errors += from->errors;
	to->missing += from->missing;
	to->last_ns = MAX_OF(to->last_ns, from->last_ns);
	histogram_merge(&to->latency, &from->latency);
}

static void start(struct run *r, struct worker *workers, void *(*body)(void *))
{
	atomic_init(&r->running, r->threads);
	atomic_init(&r->measuring, r->warm_up_ms == 0);
	for (int i = 0; i < r->threads; i++) {
		workers[i] = (struct worker){.run = r, .number = i};
		workers[i].rng.state = scatter(r->seed * 1000 + (uint64_t)i + 1);
		workers[i].tally = calloc(1, sizeof(*workers[i].tally));
		if (!workers[i].tally ||
		    pthread_create(&workers[i].thread, NULL, body, &workers[i]))
			abort();
	}
}

static void wait_for_end(struct run *r)
{
	uint64_t until = r->begin_ns + (uint64_t)r->duration_ms * 1000000;

	while (atomic_load(&r->running) && run_now_ns() < until)
		sleep_ms(POLL_MS);
	atomic_store(&r->stopping, true);
}

static void read_cost(struct run *r, const struct cpu_time *before, struct result *out)
{
	struct cpu_time after;

	process_cpu(r->pid, &after);
	out->foreground_seconds = after.total - before->total;
	if (r->pid && mix_writes(r->workload.mix)) {
		r->flush(r);
		process_settle(r->pid, SETTLE_MS);
	}
	process_cpu(r->pid, &after);
	out->cpu_seconds = after.total - before->total;
	out->user_seconds = after.user - before->user;
	out->system_seconds = after.system - before->system;
}

void run_all(struct run *r, void *(*body)(void *worker), struct result *out)
{
	struct worker *workers = calloc((size_t)r->threads, sizeof(*workers));
	struct cpu_time before;
	uint64_t end_ns;

	if (!workers)
		abort();
	memset(out, 0, sizeof(*out));
	process_settle(r->pid, SETTLE_MS);
	process_cpu(r->pid, &before);
	r->begin_ns = run_now_ns();
	start(r, workers, body);
	if (r->warm_up_ms) {
		sleep_ms(r->warm_up_ms);
		process_cpu(r->pid, &before);
		r->begin_ns = run_now_ns();
		atomic_store(&r->measuring, true);
	}
	wait_for_end(r);
	for (int i = 0; i < r->threads; i++) {
		pthread_join(workers[i].thread, NULL);
		merge(&out->total, workers[i].tally);
		free(workers[i].tally);
	}
	end_ns = out->total.last_ns ? out->total.last_ns : run_now_ns();
	out->seconds = (double)(end_ns - r->begin_ns) / 1e9;
	read_cost(r, &before, out);
	free(workers);
}

static void print_latency(const struct histogram *h)
{
	static const struct {
		const char *name;
		double share;
	} list[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};

	printf(", \"latency_us\": {\"mean\": %.1f", histogram_mean(h) / 1e3);
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		printf(", \"%s\": %.1f", list[i].name,
		    (double)histogram_quantile(h, list[i].share) / 1e3);
	printf("}");
}

void run_print(const struct run *r, const struct result *res)
{
	const struct tally *t = &res->total;

	printf("{\"mix\": \"%s\", \"operations\": %" PRIu64 ", \"documents\": %" PRIu64
	       ", \"errors\": %" PRIu64 ", \"missing\": %" PRIu64 ", \"seconds\": %.4f",
	    r->workload.mix->name, t->operations, t->documents, t->errors, t->missing,
	    res->seconds);
	if (r->pid)
		printf(", \"cpu_seconds\": %.6f, \"user_seconds\": %.2f"
		       ", \"system_seconds\": %.2f, \"foreground_seconds\": %.6f"
		       ", \"overhead_seconds\": %.6f",
		    res->cpu_seconds, res->user_seconds, res->system_seconds,
		    res->foreground_seconds, res->overhead_seconds);
	if (t->latency.n)
		print_latency(&t->latency);
	printf("}\n");
}
