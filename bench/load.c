/*
 * load - sends requests to a server that speaks OP_MSG and says what came back,
 * how fast, and how much CPU time the server has used for it.
 *
 * Frames are made once and sockets are plain, so that one thread of this is
 * faster than what it measures.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/client.h"
#include "bench/idle.h"
#include "bench/index_kinds.h"
#include "bench/indexes.h"
#include "bench/requests.h"
#include "server/limits.h"

static const struct option_def option_table[] = {
#include "bench/run_options.def"
    {.name = "uri",
	.kind = OPTION_STR,
	.value_name = "URI",
	.fallback = "mongodb://127.0.0.1:27017/",
	.group = "The server",
	.help = "Where it listens: its host and port."},
    {.name = "pid",
	.kind = OPTION_INT,
	.value_name = "PID",
	.fallback = "0",
	.least = 0,
	.most = 2147483647,
	.help = "The process whose CPU time and memory are measured."},
    {.name = "db",
	.kind = OPTION_STR,
	.value_name = "NAME",
	.fallback = "bench",
	.help = "The database."},
    {.name = "collection",
	.kind = OPTION_STR,
	.value_name = "NAME",
	.fallback = "docs",
	.help = "The collection. Inserts of one run stand in the way of those of the next."},
    {.name = "connections",
	.kind = OPTION_INT,
	.value_name = "N",
	.fallback = "64",
	.least = 1,
	.most = 100000,
	.group = "The load",
	.help = "Connections of all threads together."},
    {.name = "rate",
	.kind = OPTION_INT,
	.value_name = "N",
	.fallback = "0",
	.least = 0,
	.most = 100000000,
	.help = "Open loop: so many requests a second, at fixed times. 0: closed loop, each "
		"connection sends when it has its answer."},
    {.name = "sessions", .kind = OPTION_FLAG, .help = "Each connection sends an lsid."},
    {.name = "load",
	.kind = OPTION_FLAG,
	.help = "First inserts the records, has them flushed to table files and scans them."},
    {.name = "idle",
	.kind = OPTION_INT,
	.value_name = "N",
	.fallback = "0",
	.least = 0,
	.most = 1000000,
	.help =
	    "Instead of a mix: so many connections that do nothing, for the run's duration."},
    {.name = "many-indexes",
	.kind = OPTION_INT,
	.value_name = "N",
	.fallback = "0",
	.least = 0,
	.most = 100000,
	.help = "Instead of a mix: so many indexes are made, 50 to a collection."},
    {.name = "churn-indexes",
	.kind = OPTION_FLAG,
	.help = "Instead of a mix: an index of an empty collection comes and goes, for the "
		"run's duration."},
    {NULL},
};

/* All records in batches, over one connection. */
static bool insert_records(struct run *r, struct requests *set, int fd, struct buf *in)
{
	static const uint8_t session[SESSION_BYTES];
	uint64_t done = 0;
	struct answer a;
	struct status st;

	status_init(&st);
	while (done < r->workload.records) {
		bool whole = r->workload.records - done >= (uint64_t)r->workload.batch;
		struct operation op = {OP_INSERT, done, whole ? r->workload.batch : 1};

		if (!client_exchange(fd, requests_make(set, &op, OP_INSERT, 1, session), in))
			return false;
		if (answer_read(buf_view(in), 1, &a, &st) || !a.ok || a.n != op.count) {
			fprintf(stderr, "loading failed after %llu documents: %s\n",
			    (unsigned long long)done, st.message);
			return false;
		}
		done += (uint64_t)op.count;
	}
	return true;
}

static bool flush(int fd, struct buf *in)
{
	struct buf frame;
	struct answer a;
	struct status st;
	bool ok;

	status_init(&st);
	buf_init(&frame, NULL);
	requests_command(&frame, "fsync");
	ok = client_exchange(fd, buf_view(&frame), in) &&
	     !answer_read(buf_view(in), 1, &a, &st) && a.ok;
	buf_clear(&frame);
	return ok;
}

/* A server that knows no fsync has its own ways. */
static void flush_after(struct run *r)
{
	const struct client_options *o = r->shared;
	int fd = client_connect(o->address);
	struct buf in;

	buf_init(&in, NULL);
	if (fd < 0 || !flush(fd, &in))
		fprintf(stderr, "the server did not flush what was written\n");
	buf_clear(&in);
	if (fd >= 0)
		close(fd);
}

/* Once through all, so that what is measured is cached. */
static bool warm_cache(struct requests *set, int fd, struct buf *in)
{
	static const uint8_t session[SESSION_BYTES];
	const struct operation scan = {OP_SCAN, 0, 1};
	struct answer a;
	struct status st;

	status_init(&st);
	return client_exchange(fd, requests_make(set, &scan, OP_SCAN, 1, session), in) &&
	       !answer_read(buf_view(in), 1, &a, &st) && a.ok;
}

static bool load_records(struct run *r, const struct client_options *o)
{
	int fd = client_connect(o->address);
	struct requests *set;
	struct buf in;
	bool ok;

	if (fd < 0)
		return false;
	set = requests_new(o->requests);
	buf_init(&in, NULL);
	ok = insert_records(r, set, fd, &in) && flush(fd, &in) && warm_cache(set, fd, &in);
	buf_clear(&in);
	requests_free(set);
	close(fd);
	return ok;
}

static void read_requests(
    struct requests_options *q, const struct run *r, const struct options *o)
{
	*q = (struct requests_options){
	    .db = options_str(o, "db"),
	    .collection = options_str(o, "collection"),
	    .document_bytes = (size_t)options_number(o, "document-size"),
	    .order = r->workload.mix->order,
	    .batch = r->workload.batch,
	    .journal = options_flag(o, "journal"),
	    .sessions = options_flag(o, "sessions"),
	    .scan_asks_all = r->workload.mix->scan_asks_all,
	};
}

static struct indexes_options read_indexes(
    const struct options *o, const struct client_options *client)
{
	return (struct indexes_options){
	    .address = client->address,
	    .db = options_str(o, "db"),
	    .collection = options_str(o, "collection"),
	    .duration_ms = (int)options_number(o, "duration"),
	    .pid = (pid_t)options_number(o, "pid"),
	};
}

/* Those that a mix has to keep up. */
static bool make_indexes(const struct options *o, const struct client_options *client)
{
	const struct indexes_options indexes = read_indexes(o, client);
	int n = (int)options_number(o, "indexes");

	return n == 0 || indexes_create(&indexes, n);
}

static int run_mix(const struct options *o, struct client_options *client)
{
	struct run r = {.shared = client, .timed = true, .flush = flush_after};
	struct result *result = calloc(1, sizeof(*result));
	struct requests_options requests;
	int status = EXIT_FAILURE;

	if (!result)
		abort();
	if (!run_read_options(&r, o, client->connections))
		goto out;
	r.pid = (pid_t)options_number(o, "pid");
	read_requests(&requests, &r, o);
	client->requests = &requests;
	if (!make_indexes(o, client) || (options_flag(o, "load") && !load_records(&r, client)))
		goto out;
	limits_raise_files();
	run_all(&r, client_body, result);
	run_print(&r, result);
	status = result->total.errors ? EXIT_FAILURE : EXIT_SUCCESS;
out:
	free(result);
	return status;
}

static int run(const struct options *o)
{
	struct client_options client = {
	    .connections = (int)options_number(o, "connections"),
	    .rate = options_number(o, "rate"),
	};
	struct addrinfo *address = client_resolve(options_str(o, "uri"));
	int idle = (int)options_number(o, "idle"), status;
	struct indexes_options indexes;

	if (!address)
		return EXIT_FAILURE;
	client.address = address;
	indexes = read_indexes(o, &client);
	if (idle)
		status = idle_run(address, idle, (int)options_number(o, "duration"),
		    (pid_t)options_number(o, "pid"));
	else if (options_number(o, "many-indexes"))
		status = indexes_many(&indexes, (int)options_number(o, "many-indexes"));
	else if (options_flag(o, "churn-indexes"))
		status = indexes_churn(&indexes);
	else if (options_flag(o, "build-index"))
		status = indexes_build(&indexes);
	else
		status = run_mix(o, &client);
	freeaddrinfo(address);
	return status;
}

int main(int argc, char **argv)
{
	struct options o;
	struct status st;
	int status = EXIT_FAILURE;

	status_init(&st);
	if (options_parse(&o, option_table, argc, (const char *const *)argv, 1, &st)) {
		fprintf(stderr, "load: %s\n", st.message);
	} else if (options_flag(&o, "help")) {
		run_print_help("load [OPTION]...", option_table);
		status = EXIT_SUCCESS;
	} else {
		status = run(&o);
	}
	options_clear(&o);
	return status;
}
