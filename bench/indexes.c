#include "config.h"

#include "bench/indexes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/index_kinds.h"
#include "bench/process.h"
#include "bench/requests.h"
#include "bson/builder.h"
#include "wire/op_msg.h"

#define TO_A_COLLECTION 50
#define BUILDS_MOST     100

/* ---- commands */

struct connection {
	int fd;
	struct buf frame, in;
	size_t start;
	struct builder b;
	struct answer answer;
};

static bool connection_open(struct connection *c, const struct indexes_options *o)
{
	buf_init(&c->frame, NULL);
	buf_init(&c->in, NULL);
	c->fd = client_connect(o->address);
	return c->fd >= 0;
}

static void connection_close(struct connection *c)
{
	if (c->fd >= 0)
		close(c->fd);
	buf_clear(&c->frame);
	buf_clear(&c->in);
}

static struct builder *command_begin(struct connection *c)
{
	buf_reset(&c->frame);
	c->start = op_msg_begin(&c->frame);
	builder_init(&c->b, &c->frame);
	return &c->b;
}

/* Sends it; its answer has to be that all is well. */
static bool command_send(struct connection *c, const char *db)
{
	struct status st;

	status_init(&st);
	builder_str(&c->b, "$db", db);
	builder_finish(&c->b);
	if (op_msg_finish(&c->frame, c->start, 1, 0, 0, &st))
		abort();
	if (!client_exchange(c->fd, buf_view(&c->frame), &c->in))
		return false;
	if (answer_read(buf_view(&c->in), 1, &c->answer, &st) || !c->answer.ok) {
		fprintf(stderr, "a command failed: %s\n", st.message);
		return false;
	}
	return true;
}

static void put_kind(struct builder *b, const struct index_kind *k)
{
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "key");
	for (int i = 0; i < 2 && k->fields[i].direction; i++)
		builder_i32(b, index_field_name(k, i), k->fields[i].direction);
	builder_doc_end(b);
	builder_str(b, "name", k->name);
	builder_doc_end(b);
}

static bool create_kinds(
    struct connection *c, const struct indexes_options *o, const struct index_kind *k, int n)
{
	struct builder *b = command_begin(c);

	builder_str(b, "createIndexes", o->collection);
	builder_array_begin(b, "indexes");
	for (int i = 0; i < n; i++)
		put_kind(b, &k[i]);
	builder_array_end(b);
	return command_send(c, o->db);
}

static bool create_named(
    struct connection *c, const struct indexes_options *o, const char *coll, const char *field)
{
	struct builder *b = command_begin(c);

	builder_str(b, "createIndexes", coll);
	builder_array_begin(b, "indexes");
	builder_doc_begin(b, NULL);
	builder_doc_begin(b, "key");
	builder_i32(b, field, 1);
	builder_doc_end(b);
	builder_str(b, "name", field);
	builder_doc_end(b);
	builder_array_end(b);
	return command_send(c, o->db);
}

static bool drop_named(
    struct connection *c, const struct indexes_options *o, const char *coll, const char *name)
{
	struct builder *b = command_begin(c);

	builder_str(b, "dropIndexes", coll);
	builder_str(b, "index", name);
	return command_send(c, o->db);
}

bool indexes_create(const struct indexes_options *o, int n)
{
	struct connection c;
	bool ok = connection_open(&c, o) && create_kinds(&c, o, index_kinds, n);

	connection_close(&c);
	return ok;
}

/* From serverStatus; -1: the server has no such figure. */
static int64_t longest_fence_us(struct connection *c)
{
	struct value section;
	int64_t us = -1;

	builder_i32(command_begin(c), "serverStatus", 1);
	if (!command_send(c, "admin"))
		return -1;
	section = doc_get(c->answer.body, "dolmen");
	if (section.type == TYPE_OBJECT)
		(void)value_to_i64(doc_get(value_doc(section), "longestFenceMicros"), &us);
	return us;
}

static void print_latency(const struct histogram *h)
{
	printf("\"latency_us\": {\"mean\": %.1f, \"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f}",
	    histogram_mean(h) / 1e3, (double)histogram_quantile(h, 0.5) / 1e3,
	    (double)histogram_quantile(h, 0.99) / 1e3, (double)h->max / 1e3);
}

/* ---- the runs */

int indexes_build(const struct indexes_options *o)
{
	uint64_t until = run_now_ns() + (uint64_t)o->duration_ms * 1000000;
	const struct index_kind *k = &index_kinds[INDEX_BUILT];
	double seconds[BUILDS_MOST];
	struct connection c;
	bool ok = connection_open(&c, o);
	int n = 0;

	while (ok && n < BUILDS_MOST && (n == 0 || run_now_ns() < until)) {
		uint64_t began = run_now_ns();

		ok = create_kinds(&c, o, k, 1);
		seconds[n] = (double)(run_now_ns() - began) / 1e9;
		n += ok;
		ok = ok && drop_named(&c, o, o->collection, k->name);
	}
	if (ok) {
		printf("{\"builds\": %d, \"longest_fence_us\": %" PRId64
		       ", \"rss_bytes\": %" PRId64 ", \"build_seconds\": [",
		    n, longest_fence_us(&c), process_rss_bytes(o->pid));
		for (int i = 0; i < n; i++)
			printf("%s%.4f", i ? ", " : "", seconds[i]);
		printf("]}\n");
	}
	connection_close(&c);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int indexes_many(const struct indexes_options *o, int n)
{
	struct histogram *h = calloc(1, sizeof(*h));
	uint64_t began = run_now_ns();
	struct connection c;
	bool ok = connection_open(&c, o);

	if (!h)
		abort();
	for (int i = 0; ok && i < n; i++) {
		uint64_t at = run_now_ns();
		char coll[32], field[32];

		snprintf(coll, sizeof(coll), "many%d", i / TO_A_COLLECTION);
		snprintf(field, sizeof(field), "f%d", i % TO_A_COLLECTION);
		ok = create_named(&c, o, coll, field);
		histogram_add(h, run_now_ns() - at);
	}
	if (ok) {
		printf("{\"indexes\": %d, \"seconds\": %.3f, \"rss_bytes\": %" PRId64 ", ", n,
		    (double)(run_now_ns() - began) / 1e9, process_rss_bytes(o->pid));
		print_latency(h);
		printf("}\n");
	}
	connection_close(&c);
	free(h);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int indexes_churn(const struct indexes_options *o)
{
	uint64_t until = run_now_ns() + (uint64_t)o->duration_ms * 1000000;
	struct histogram *h = calloc(1, sizeof(*h));
	struct connection c;
	bool ok = connection_open(&c, o);

	if (!h)
		abort();
	while (ok && run_now_ns() < until) {
		uint64_t at = run_now_ns();

		ok = create_named(&c, o, "churn", "x");
		histogram_add(h, run_now_ns() - at);
		ok = ok && drop_named(&c, o, "churn", "x");
	}
	if (ok) {
		printf("{\"longest_fence_us\": %" PRId64 ", \"rss_bytes\": %" PRId64 ", ",
		    longest_fence_us(&c), process_rss_bytes(o->pid));
		print_latency(h);
		printf("}\n");
	}
	connection_close(&c);
	free(h);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
