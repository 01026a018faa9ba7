/*
 * store_ceiling - what the store alone costs: the same operations straight on
 * RocksDB's C API, with the server's options and keys of the server's shape,
 * reading every byte of what it gets.
 *
 * A find is a pinned get; an update a get, a copy and a put; an insert a batch
 * with a put for each document, written at once; a range and a scan walk an
 * iterator.  No log header, no existence check, no lock, no BSON is read.
 * With --indexes an insert puts so many entries besides, each into a family of its own; with
 * --build-index the records are scanned, their entries sorted and written to a table file.
 * With --journal each thread's writes are synced one by one.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/index_kinds.h"
#include "bench/process.h"
#include "bench/run.h"
#include "server/limits.h"
#include "storage/engine.h"

#define KEY_BYTES 21 /* namespace, table, the type of _id, _id */

struct raw_store {
	struct engine_options options;
	rocksdb_t *db;
	/* default, documents, then of the indexes */
	rocksdb_column_family_handle_t *families[2 + INDEX_KINDS];
	int n_indexes;
	rocksdb_readoptions_t *read;
	size_t document_bytes;
	_Atomic uint64_t touched; /* so that reading is not optimised away */
	_Atomic uint64_t overhead_ns;
};

static const struct option_def option_table[] = {
#include "bench/run_options.def"
    {.name = "dir",
	.kind = OPTION_STR,
	.value_name = "DIR",
	.group = "The store",
	.help = "Where the database is made; must not be there."},
    {.name = "cache-size",
	.kind = OPTION_BYTES,
	.value_name = "BYTES",
	.fallback = "0",
	.least = 0,
	.most = INT64_C(1) << 50,
	.help = "As the server's."},
    {NULL},
};

static void check(char *error)
{
	if (!error)
		return;
	fprintf(stderr, "store_ceiling: %s\n", error);
	exit(EXIT_FAILURE);
}

static void open_store(struct raw_store *s, const struct options *o)
{
	struct memory_plan plan =
	    limits_plan_memory(limits_memory_bytes(), options_number(o, "cache-size"));
	const struct store_options options = {.cache_bytes = (size_t)plan.cache_bytes,
	    .memtable_bytes = (size_t)plan.memtable_bytes,
	    .background_jobs = limits_cores()};
	const char *names[2 + INDEX_KINDS] = {
	    "default", "documents", "index-1", "index-2", "index-3", "index-4", "index-5"};
	const rocksdb_options_t *each[2 + INDEX_KINDS];
	rocksdb_env_t *env;
	char *error = NULL;

	if (!engine_options_make(&s->options, &options))
		abort();
	/* Its log is RocksDB's own file, as a program has it that calls the C API. */
	env = rocksdb_create_default_env();
	rocksdb_options_set_env(s->options.db, env);
	rocksdb_env_destroy(env); /* the process's own stays */
	/* The server comes back later instead, which costs it no CPU either. */
	rocksdb_writeoptions_set_no_slowdown(s->options.write, 0);
	rocksdb_writeoptions_set_sync(s->options.write, options_flag(o, "journal"));
	s->n_indexes = (int)options_number(o, "indexes");
	for (int i = 0; i < 2 + s->n_indexes; i++)
		each[i] = i == 1 ? s->options.documents : s->options.db;
	s->db = rocksdb_open_column_families(s->options.db, options_str(o, "dir"),
	    2 + s->n_indexes, names, each, s->families, &error);
	check(error);
	s->read = rocksdb_readoptions_create();
	s->document_bytes = (size_t)options_number(o, "document-size");
}

static void close_store(struct raw_store *s)
{
	for (int i = 0; i < 2 + s->n_indexes; i++)
		rocksdb_column_family_handle_destroy(s->families[i]);
	rocksdb_readoptions_destroy(s->read);
	rocksdb_close(s->db);
	engine_options_clear(&s->options);
}

/* ---- operations */

struct raw_worker {
	struct worker *worker;
	struct raw_store *store;
	struct document_layout layout;
	struct buf doc;
	rocksdb_writebatch_t *batch;
	uint64_t touched;
	uint32_t n_updates;
};

static void make_key(uint8_t key[static KEY_BYTES], enum id_order order, uint64_t number)
{
	memcpy(key, "\0\0\0\1\0\0\0\1\x50", 9);
	document_id(key + 9, order, number);
}

static void touch(struct raw_worker *w, const char *bytes, size_t len)
{
	uint64_t sum = 0, word = 0;
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		memcpy(&word, bytes + i, 8);
		sum += word;
	}
	for (; i < len; i++)
		sum += (uint8_t)bytes[i];
	w->touched += sum;
}

static rocksdb_pinnableslice_t *get(
    struct raw_worker *w, const uint8_t *key, const char **bytes, size_t *len)
{
	struct raw_store *s = w->store;
	rocksdb_pinnableslice_t *pin;
	char *error = NULL;

	pin = rocksdb_get_pinned_cf(
	    s->db, s->read, s->families[1], (const char *)key, KEY_BYTES, &error);
	check(error);
	*bytes = pin ? rocksdb_pinnableslice_value(pin, len) : NULL;
	if (!pin)
		w->worker->tally->missing++;
	return pin;
}

static void write_batch(struct raw_worker *w)
{
	char *error = NULL;

	rocksdb_write(w->store->db, w->store->options.write, w->batch, &error);
	check(error);
	rocksdb_writebatch_clear(w->batch);
}

static void put(struct raw_worker *w, const uint8_t *key)
{
	rocksdb_writebatch_put_cf(w->batch, w->store->families[1], (const char *)key, KEY_BYTES,
	    (const char *)w->doc.data, w->doc.len);
}

/* index id, index key, record key */
#define ENTRY_MOST (4 + INDEX_KEY_MOST + KEY_BYTES - 8)

static size_t make_entry(uint8_t entry[static ENTRY_MOST], int kind, const uint8_t *doc,
    const struct document_layout *layout, const uint8_t *key)
{
	const uint32_t id = htobe32((uint32_t)kind + 2);
	size_t len = sizeof(id);

	memcpy(entry, &id, sizeof(id));
	len += index_entry_key(entry + len, kind, doc, layout);
	memcpy(entry + len, key + 8, KEY_BYTES - 8);
	return len + KEY_BYTES - 8;
}

static void put_entries(struct raw_worker *w, const uint8_t *key)
{
	uint8_t entry[ENTRY_MOST];

	for (int i = 0; i < w->store->n_indexes; i++) {
		size_t len = make_entry(entry, i, w->doc.data, &w->layout, key);

		rocksdb_writebatch_put_cf(
		    w->batch, w->store->families[2 + i], (const char *)entry, len, "", 0);
	}
}

static void find(struct raw_worker *w, uint64_t number)
{
	uint8_t key[KEY_BYTES];
	rocksdb_pinnableslice_t *pin;
	const char *bytes;
	size_t len;

	make_key(key, w->layout.order, number);
	pin = get(w, key, &bytes, &len);
	if (!pin)
		return;
	touch(w, bytes, len);
	rocksdb_pinnableslice_destroy(pin);
}

static void update(struct raw_worker *w, uint64_t number)
{
	uint8_t key[KEY_BYTES];
	rocksdb_pinnableslice_t *pin;
	const char *bytes;
	size_t len;

	make_key(key, w->layout.order, number);
	pin = get(w, key, &bytes, &len);
	if (!pin)
		return;
	assert(len == w->doc.len);
	memcpy(w->doc.data, bytes, len);
	rocksdb_pinnableslice_destroy(pin);
	buf_set_i32(&w->doc, w->layout.version, (int32_t)++w->n_updates);
	put(w, key);
	write_batch(w);
}

static void insert(struct raw_worker *w, uint64_t first, int count)
{
	uint8_t key[KEY_BYTES];

	for (int i = 0; i < count; i++) {
		document_become(w->doc.data, &w->layout, first + (uint64_t)i);
		make_key(key, w->layout.order, first + (uint64_t)i);
		put(w, key);
		put_entries(w, key);
	}
	write_batch(w);
}

/* number: from which key; count 0: all. */
static void walk(struct raw_worker *w, uint64_t number, int count)
{
	struct raw_store *s = w->store;
	uint8_t key[KEY_BYTES];
	rocksdb_iterator_t *it;
	size_t len;
	int n = 0;

	make_key(key, w->layout.order, number);
	it = rocksdb_create_iterator_cf(s->db, s->read, s->families[1]);
	if (count)
		rocksdb_iter_seek(it, (const char *)key, KEY_BYTES);
	else
		rocksdb_iter_seek_to_first(it);
	while (rocksdb_iter_valid(it) && (!count || n < count)) {
		const char *bytes = rocksdb_iter_value(it, &len);

		touch(w, bytes, len);
		n++;
		rocksdb_iter_next(it);
	}
	rocksdb_iter_destroy(it);
	if (n == 0)
		w->worker->tally->missing++;
}

static void carry_out(struct raw_worker *w, const struct operation *op)
{
	switch (op->kind) {
	case OP_FIND:
		find(w, op->key);
		break;
	case OP_RANGE:
		walk(w, op->key, op->count);
		break;
	case OP_SCAN:
		walk(w, 0, 0);
		break;
	case OP_INSERT:
		insert(w, op->key, op->count);
		break;
	case OP_UPDATE:
		update(w, op->key);
		break;
	default:
		find(w, op->key);
		update(w, op->key);
	}
}

/* ---- the run */

static void worker_init(struct raw_worker *w, struct worker *of)
{
	struct raw_store *s = of->run->shared;

	*w = (struct raw_worker){.worker = of, .store = s};
	w->batch = rocksdb_writebatch_create();
	buf_init(&w->doc, NULL);
	document_build(&w->doc, s->document_bytes, of->run->workload.mix->order, &w->layout);
}

static void worker_clear(struct raw_worker *w)
{
	atomic_fetch_add(&w->store->touched, w->touched);
	rocksdb_writebatch_destroy(w->batch);
	buf_clear(&w->doc);
}

/*
 * Choosing keys and making documents is work that the server does not have:
 * as much of it again, measured, to be taken off.
 */
static void measure_overhead(struct raw_worker *w)
{
	struct run *r = w->worker->run;
	uint64_t n =
	    MIN_OF(w->worker->tally->operations, r->workload.mix->batches ? 20 : 20000);
	struct timespec begin, end;
	struct operation op;
	double ns;

	if (!n)
		return;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	for (uint64_t i = 0; i < n; i++) {
		workload_next(&r->workload, &w->worker->rng, &op);
		for (int j = 0; op.kind == OP_INSERT && j < op.count; j++)
			document_become(w->doc.data, &w->layout, op.key + (uint64_t)j);
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	ns = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
	/* Once for the run, and once for this. */
	atomic_fetch_add(&w->store->overhead_ns,
	    (uint64_t)(ns / (double)n * (double)(w->worker->tally->operations + n)));
}

static void *body(void *arg)
{
	struct worker *of = arg;
	struct raw_worker w;
	struct operation op;

	worker_init(&w, of);
	while (run_take(of->run)) {
		uint64_t began = of->run->timed ? run_now_ns() : 0;

		workload_next(&of->run->workload, &of->rng, &op);
		carry_out(&w, &op);
		run_count(of, &op, began);
	}
	of->tally->last_ns = run_now_ns();
	measure_overhead(&w);
	worker_clear(&w);
	atomic_fetch_sub(&of->run->running, 1);
	return NULL;
}

static void flush(struct run *r)
{
	struct raw_store *s = r->shared;
	rocksdb_flushoptions_t *o = rocksdb_flushoptions_create();
	char *error = NULL;

	rocksdb_flush_cf(s->db, o, s->families[1], &error);
	check(error);
	rocksdb_flushoptions_destroy(o);
}

/* In batches, then into a table file, then read once, as the server's are. */
static void load_records(struct run *r)
{
	struct raw_store *s = r->shared;
	struct worker of = {.run = r};
	struct raw_worker w;
	uint64_t n;

	worker_init(&w, &of);
	rocksdb_writeoptions_set_sync(s->options.write, 0);
	for (uint64_t done = 0; done < r->workload.records; done += n) {
		n = MIN_OF(r->workload.records - done, (uint64_t)r->workload.batch);
		insert(&w, done, (int)n);
	}
	flush(r);
	if (r->workload.records)
		walk(&w, 0, 0);
	worker_clear(&w);
}

/* ---- building an index */

struct raw_entry {
	uint32_t len;
	uint8_t bytes[ENTRY_MOST];
};

static int compare_entries(const void *a, const void *b)
{
	const struct raw_entry *x = a, *y = b;
	int c = memcmp(x->bytes, y->bytes, MIN_OF(x->len, y->len));

	return c ? c : (x->len > y->len) - (x->len < y->len);
}

/* Returns how many. */
static uint64_t scan_entries(struct raw_worker *w, struct raw_entry *entries)
{
	struct raw_store *s = w->store;
	rocksdb_iterator_t *it = rocksdb_create_iterator_cf(s->db, s->read, s->families[1]);
	uint64_t n = 0;
	size_t len;

	rocksdb_iter_seek_to_first(it);
	for (; rocksdb_iter_valid(it); rocksdb_iter_next(it), n++) {
		const char *doc = rocksdb_iter_value(it, &len);
		const char *key;

		touch(w, doc, len);
		key = rocksdb_iter_key(it, &len);
		entries[n].len = (uint32_t)make_entry(entries[n].bytes, INDEX_BUILT,
		    (const uint8_t *)doc, &w->layout, (const uint8_t *)key);
	}
	rocksdb_iter_destroy(it);
	return n;
}

static void write_table(
    struct raw_store *s, const char *path, const struct raw_entry *entries, uint64_t n)
{
	rocksdb_envoptions_t *env = rocksdb_envoptions_create();
	rocksdb_sstfilewriter_t *writer = rocksdb_sstfilewriter_create(env, s->options.db);
	char *error = NULL;

	rocksdb_sstfilewriter_open(writer, path, &error);
	check(error);
	for (uint64_t i = 0; i < n; i++) {
		rocksdb_sstfilewriter_put(
		    writer, (const char *)entries[i].bytes, entries[i].len, "", 0, &error);
		check(error);
	}
	rocksdb_sstfilewriter_finish(writer, &error);
	check(error);
	rocksdb_sstfilewriter_destroy(writer);
	rocksdb_envoptions_destroy(env);
}

static void build_index(struct run *r, const char *dir)
{
	struct raw_entry *entries = calloc(r->workload.records, sizeof(*entries));
	struct worker of = {.run = r};
	uint64_t began = run_now_ns(), n;
	struct raw_worker w;
	char path[4096];

	if (!entries)
		abort();
	snprintf(path, sizeof(path), "%s/index.sst", dir);
	worker_init(&w, &of);
	n = scan_entries(&w, entries);
	qsort(entries, n, sizeof(*entries), compare_entries);
	write_table(r->shared, path, entries, n);
	printf("{\"entries\": %llu, \"build_seconds\": %.4f}\n", (unsigned long long)n,
	    (double)(run_now_ns() - began) / 1e9);
	worker_clear(&w);
	free(entries);
}

static int run(const struct options *o)
{
	struct raw_store store = {.db = NULL};
	struct run r = {.shared = &store, .pid = getpid(), .flush = flush};
	struct result *result = calloc(1, sizeof(*result));
	bool journal = options_flag(o, "journal");

	if (!result || !run_read_options(&r, o, 0))
		return EXIT_FAILURE;
	if (!options_str(o, "dir")) {
		fprintf(stderr, "store_ceiling: --dir is needed\n");
		return EXIT_FAILURE;
	}
	r.timed = journal;
	open_store(&store, o);
	load_records(&r);
	if (options_flag(o, "build-index")) {
		build_index(&r, options_str(o, "dir"));
	} else {
		rocksdb_writeoptions_set_sync(store.options.write, journal);
		run_all(&r, body, result);
		result->overhead_seconds = (double)atomic_load(&store.overhead_ns) / 1e9;
		run_print(&r, result);
	}
	close_store(&store);
	free(result);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options o;
	struct status st;
	int status = EXIT_FAILURE;

	status_init(&st);
	if (options_parse(&o, option_table, argc, (const char *const *)argv, 1, &st)) {
		fprintf(stderr, "store_ceiling: %s\n", st.message);
	} else if (options_flag(&o, "help")) {
		run_print_help("store_ceiling --dir DIR [OPTION]...", option_table);
		status = EXIT_SUCCESS;
	} else {
		status = run(&o);
	}
	options_clear(&o);
	return status;
}
