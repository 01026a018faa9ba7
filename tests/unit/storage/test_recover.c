#include "support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "storage/ddl.h"
#include "storage/engine.h"
#include "storage/iter.h"
#include "storage/log.h"
#include "storage/log_file.h"
#include "storage/log_files.h"
#include "storage/record.h"
#include "support/park.h"
#include "support/store_fixture.h"
#include "util/crc32c.h"

/*
 * Crashes: a child process opens the store, works and ends without closing it.
 * The parent never opens one itself, for RocksDB's threads do not live on in
 * the child of a process that has some.  A child whose check fails exits with
 * a line on standard error.
 */
#define CHECK(x)                                                                               \
	do {                                                                                   \
		if (!(x)) {                                                                    \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x);        \
			_exit(1);                                                              \
		}                                                                              \
	} while (0)

struct life {
	char dir[256];
	struct store_options options;
	struct store *store; /* in the child */
	int from, to;	     /* documents */
	int sync_from;	     /* sync before this one */
	bool switch_logs; /* every 20 documents, without writing these out */
	bool flush_in_the_middle, counts_in_the_middle;
	int expect_documents;
	int expect_error;
};

static void run(void (*child)(struct life *l), struct life *l)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		child(l);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void life_init(struct life *l)
{
	*l = (struct life){.options = {
		.cache_bytes = 4 << 20,
		.memtable_bytes = 1 << 20,
		.background_jobs = 2,
		.sync_interval_ms = 1000000,
	    }};
	fixture_make_dir(l->dir);
}

/* ---- what children do */

static int try_open(struct life *l, struct status *st)
{
	l->options.dir = l->dir;
	status_init(st);
	return store_open(&l->options, &l->store, st);
}

static void child_open(struct life *l)
{
	struct status st;

	if (try_open(l, &st) != 0) {
		fprintf(stderr, "store_open: %s\n", st.message);
		_exit(1);
	}
}

static struct collection *find(struct life *l)
{
	return catalog_find(
	    store_catalog(l->store), view_of_str("shop"), view_of_str("orders"));
}

static struct collection *make_collection(struct life *l)
{
	const struct create_spec spec = {.db = view_of_str("shop"),
	    .name = view_of_str("orders"),
	    .kind = KIND_COLLECTION,
	    .record_key = RECORD_KEY_ID};
	struct collection *c = find(l);
	struct test_op t;
	struct status st;
	struct ddl d;

	if (c)
		return c;
	status_init(&st);
	test_op_init(&t);
	ddl_init(&d, l->store);
	CHECK(TEST_OP_RUN(&t, ddl_create(&d, &spec, &t.op, &st)) == STEP_DONE);
	ddl_clear(&d);
	test_op_clear(&t);
	return find(l);
}

static int try_insert(
    struct life *l, struct collection *c, int64_t id, struct status *st)
{
	struct batch *b = batch_new(l->store, NULL);
	struct commit commit;
	struct fake_key key;
	struct view doc;
	struct buf buf;
	int r;

	buf_init(&buf, NULL);
	doc = fake_doc(&buf, id, 50);
	batch_insert(b, c, fake_key(&key, (uint64_t)id), doc_get(doc, "_id"), doc);
	commit_init(&commit, b);
	r = commit_blocking(l->store, &commit, st);
	buf_clear(&buf);
	batch_free(b);
	return r;
}

static void insert_one(struct life *l, struct collection *c, int64_t id)
{
	struct status st;

	status_init(&st);
	CHECK(try_insert(l, c, id, &st) == 0);
}

static void sync_now(struct life *l, bool flush)
{
	struct status st;

	status_init(&st);
	CHECK(store_sync_now(l->store, flush, &st) == 0);
}

static void write_counts(struct life *l)
{
	struct status st;

	status_init(&st);
	CHECK(counts_write(l->store, &st) == 0);
}

/* Only the family of the system rows: the log file is changed, and those before
 * are still needed for the documents. */
static void flush_system(struct life *l)
{
	rocksdb_flushoptions_t *o = rocksdb_flushoptions_create();
	char *text = NULL;

	write_counts(l); /* something to flush */
	rocksdb_flush_cf(l->store->db, o, l->store->families.system->handle, &text);
	CHECK(!text);
	rocksdb_flushoptions_destroy(o);
}

/* Inserts and ends without a word. */
static void insert_and_crash(struct life *l)
{
	struct collection *c;

	child_open(l);
	c = make_collection(l);
	for (int i = l->from; i < l->to; i++) {
		if (l->sync_from && i == l->sync_from)
			sync_now(l, false);
		if (l->flush_in_the_middle && i == (l->from + l->to) / 2)
			sync_now(l, true);
		if (l->switch_logs && i % 20 == 10)
			flush_system(l);
		if (l->counts_in_the_middle && i == (l->from + l->to) / 2)
			write_counts(l);
		insert_one(l, c, i);
	}
	_exit(0);
}

static int count_documents(struct life *l, struct collection *c, int64_t *bytes)
{
	struct iter_options o = {.tier = READ_ANY};
	struct iter *it = iter_open_records(l->store, c, &o);
	struct status st;
	int n = 0;

	status_init(&st);
	*bytes = 0;
	for (int r = iter_first(it, &st); r == 0; r = iter_next(it, &st)) {
		n++;
		*bytes += (int64_t)iter_value(it).len;
	}
	iter_close(it);
	return n;
}

static int take_id(void *arg, const struct log_change *c)
{
	int64_t id, *next = arg;

	if (c->kind != CHANGE_INSERT)
		return 0;
	CHECK(value_to_i64(c->id, &id));
	CHECK(id == *next);
	(*next)++;
	return 0;
}

/* The log holds an insert for each document, 0, 1, 2, ..., and no other. */
static int64_t count_in_log(struct life *l)
{
	struct log_reader *reader;
	struct log_entry e;
	struct status st;
	int64_t next = 0;
	int r;

	status_init(&st);
	CHECK(log_reader_open(l->store, 0, &reader, &st) == 0);
	while ((r = log_reader_next(reader, &e, &st)) == 0)
		CHECK(log_entry_changes(&e, take_id, &next, &st) == 0);
	if (r != ERR_ABSENT)
		fprintf(stderr, "%s\n", st.message);
	CHECK(r == ERR_ABSENT);
	log_reader_close(reader);
	return next;
}

/* Documents, counters and log say the same. */
static void check_and_close(struct life *l)
{
	struct collection *c;
	int64_t bytes;
	int n;

	child_open(l);
	c = find(l);
	CHECK(c);
	n = count_documents(l, c, &bytes);
	CHECK(c->live->documents == n);
	CHECK(c->live->bytes == bytes);
	CHECK(count_in_log(l) == n);
	if (l->expect_documents >= 0)
		CHECK(n == l->expect_documents);
	/* It goes on from there. */
	insert_one(l, c, n);
	sync_now(l, false);
	CHECK(count_in_log(l) == n + 1);
	CHECK(c->live->documents == n + 1);
	collection_unref(c);
	store_close(l->store);
}

static void check_refusal(struct life *l)
{
	struct status st;

	CHECK(try_open(l, &st) == l->expect_error);
	CHECK(strstr(st.message, "damaged") || strstr(st.message, "Corruption"));
	status_clear(&st);
}

/* ---- what happens to files in between */

static off_t size_of(const char *path)
{
	struct stat sb;

	assert_int_equal(stat(path, &sb), 0);
	return sb.st_size;
}

/* Where its records end: behind them there may be zeros. */
static off_t end_of(const char *path)
{
	struct log_file f;
	struct view record;
	off_t end;

	assert_true(log_file_init(&f, open(path, O_RDONLY), 0));
	while (log_file_next(&f, &record) == LOG_READ_OK)
		;
	end = (off_t)f.at;
	log_file_clear(&f);
	return end;
}

static void newest_log(const struct life *l, char path[static 512], off_t *end)
{
	char db[300];
	const char *dirs[] = {db};
	struct log_names names;
	struct status st;

	snprintf(db, sizeof(db), "%s/db", l->dir);
	status_init(&st);
	assert_int_equal(log_names_list(&names, dirs, 1, &st), 0);
	assert_true(names.n > 0);
	snprintf(path, 512, "%s", names.names[names.n - 1].path);
	log_names_clear(&names);
	*end = end_of(path);
}

static void spoil(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x41;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* ---- tests */

static void a_crash_loses_nothing(void **state)
{
	struct life l;

	life_init(&l);
	for (int round = 0; round < 3; round++) {
		l.from = l.to;
		l.to = l.from + 100;
		l.flush_in_the_middle = round == 1;
		l.counts_in_the_middle = round >= 1;
		run(insert_and_crash, &l);
		l.expect_documents = l.to;
		run(check_and_close, &l);
		l.to++; /* the one that the check has inserted */
	}
	fixture_remove_tree(l.dir);
}

/* A power loss tears the log behind what is synced, anywhere: what is left is
 * the beginning of what was committed, and nothing comes back later. */
static void torn_logs_lose_only_the_end(void **state)
{
	for (int cut = 0; cut < 2; cut++) {
		char path[512];
		struct life l;
		off_t size;

		life_init(&l);
		l.to = 100;
		l.sync_from = 50;
		run(insert_and_crash, &l);
		newest_log(&l, path, &size);
		assert_int_equal(truncate(path, size - 1 - cut * 3500), 0);
		l.expect_documents = -1;
		run(check_and_close, &l);
		run(check_and_close, &l);
		fixture_remove_tree(l.dir);
	}
}

/* A hole behind what is synced: RocksDB stops there, and what follows in the
 * file must not come back as commits that the store does not hold. */
static void holes_make_no_phantoms(void **state)
{
	for (int at = 0; at < 2; at++) {
		char path[512];
		struct life l;
		off_t size;

		life_init(&l);
		l.to = 100;
		l.sync_from = 40;
		run(insert_and_crash, &l);
		newest_log(&l, path, &size);
		spoil(path, size - 2000 - at * 2500);
		l.expect_documents = -1;
		run(check_and_close, &l);
		run(check_and_close, &l);
		fixture_remove_tree(l.dir);
	}
}

/* A hole in a log file before the newest, of which later tables have been written
 * out: RocksDB itself will not open that, and changes nothing either. */
static void holes_before_written_tables_are_refused(void **state)
{
	char db[300], path[512];
	const char *dirs[] = {db};
	struct log_names names;
	struct status st;
	struct stat sb;
	struct life l;

	life_init(&l);
	l.options.memtable_bytes = 16 << 20;
	l.to = 100;
	l.switch_logs = true;
	run(insert_and_crash, &l);
	snprintf(db, sizeof(db), "%s/db", l.dir);
	status_init(&st);
	assert_int_equal(log_names_list(&names, dirs, 1, &st), 0);
	assert_true(names.n >= 3);
	snprintf(path, sizeof(path), "%s", names.names[names.n - 2].path);
	log_names_clear(&names);
	assert_int_equal(stat(path, &sb), 0);
	spoil(path, sb.st_size / 2);
	l.expect_error = ERR_OPERATION_FAILED;
	run(check_refusal, &l);
	spoil(path, sb.st_size / 2);
	l.expect_documents = 100;
	run(check_and_close, &l);
	fixture_remove_tree(l.dir);
}

static void synced_commits_that_are_missing_are_refused(void **state)
{
	char path[512];
	off_t end, size;
	struct life l;

	life_init(&l);
	l.to = 100;
	l.sync_from = 90;
	run(insert_and_crash, &l);
	newest_log(&l, path, &end);
	size = size_of(path);
	spoil(path, end / 2);
	l.expect_error = ERR_OPERATION_FAILED;
	run(check_refusal, &l);
	/* Nothing has been changed: refused again, and repaired it opens. */
	assert_int_equal(size_of(path), size);
	run(check_refusal, &l);
	spoil(path, end / 2);
	l.expect_documents = 100;
	run(check_and_close, &l);
	fixture_remove_tree(l.dir);
}

static void damage_can_be_accepted(void **state)
{
	char path[512];
	struct life l;
	off_t size;

	life_init(&l);
	l.to = 100;
	l.sync_from = 90;
	run(insert_and_crash, &l);
	newest_log(&l, path, &size);
	assert_int_equal(truncate(path, size / 2), 0);
	l.expect_error = ERR_OPERATION_FAILED;
	run(check_refusal, &l);
	l.options.accept_damage = true;
	l.expect_documents = -1;
	run(check_and_close, &l);
	l.options.accept_damage = false;
	run(check_and_close, &l);
	fixture_remove_tree(l.dir);
}

static void a_missing_database_is_damage(void **state)
{
	char db[300];
	struct life l;

	life_init(&l);
	l.to = 10;
	l.sync_from = 9;
	run(insert_and_crash, &l);
	snprintf(db, sizeof(db), "%s/db", l.dir);
	fixture_remove_tree(db);
	l.expect_error = ERR_OPERATION_FAILED;
	run(check_refusal, &l);
	fixture_remove_tree(l.dir);
}

static void open_and_crash(struct life *l)
{
	child_open(l);
	_exit(0);
}

/* From the first opening on: whichever slot a power loss tears while it is
 * written, the other is whole. */
static void a_torn_watermark_leaves_the_other(void **state)
{
	for (int slot = 0; slot < 2; slot++) {
		char path[300];
		struct life l;

		life_init(&l);
		run(open_and_crash, &l);
		snprintf(path, sizeof(path), "%s/SYNCED", l.dir);
		spoil(path, slot * 512 + 10);
		run(open_and_crash, &l);
		fixture_remove_tree(l.dir);
	}
}

static void put_u32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, 4);
}

/* A record as RocksDB writes one that fits into its block; the rest of a block
 * that has no room for it is zeros. */
static void write_record(int fd, struct view record)
{
	off_t at = lseek(fd, 0, SEEK_END), room = LOG_BLOCK_BYTES - at % LOG_BLOCK_BYTES;
	uint8_t *bytes = calloc(1, record.len + 7);
	uint32_t crc;

	if (room < (off_t)record.len + 7)
		assert_int_equal(ftruncate(fd, at + room), 0);
	bytes[4] = (uint8_t)record.len;
	bytes[5] = (uint8_t)(record.len >> 8);
	bytes[6] = 1;
	memcpy(bytes + 7, record.data, record.len);
	crc = crc32c(0, view_of(bytes + 6, record.len + 1));
	put_u32(bytes, ((crc >> 15) | (crc << 17)) + 0xa282ead8u);
	lseek(fd, 0, SEEK_END);
	assert_int_equal(write(fd, bytes, record.len + 7), record.len + 7);
	free(bytes);
}

/* As if the log had been changed behind its n-th record, and the end of the
 * first file had not reached the disk: the k records from there on. */
static void make_hole(const struct life *l, int n, int k)
{
	char path[512], next[512];
	struct log_file f;
	struct view record;
	off_t size, end = 0;
	int fd;

	newest_log(l, path, &size);
	snprintf(next, sizeof(next), "%s/db/%06d.log", l->dir, 900000);
	fd = open(next, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(log_file_init(&f, open(path, O_RDONLY), 1));
	for (int i = 0; log_file_next(&f, &record) == LOG_READ_OK; i++) {
		if (i < n)
			end = (off_t)f.at;
		else if (i >= n + k)
			write_record(fd, record);
	}
	log_file_clear(&f);
	assert_true(lseek(fd, 0, SEEK_END) > 1000);
	close(fd);
	assert_int_equal(truncate(path, end), 0);
}

/* The same in one file, whose pages are zeros in the middle: to the end of a block,
 * where RocksDB looks again. */
static void make_hole_in_file(const struct life *l, int n, int k)
{
	char path[512], next[512];
	uint8_t bytes[4096];
	off_t end;
	ssize_t got;
	int from, to;

	newest_log(l, path, &end);
	make_hole(l, n, k);
	newest_log(l, next, &end);
	end = end_of(path);
	assert_int_equal(truncate(path, end + LOG_BLOCK_BYTES - end % LOG_BLOCK_BYTES), 0);
	from = open(next, O_RDONLY);
	to = open(path, O_WRONLY | O_APPEND);
	while ((got = read(from, bytes, sizeof(bytes))) > 0)
		assert_int_equal(write(to, bytes, (size_t)got), got);
	close(from);
	close(to);
	assert_int_equal(unlink(next), 0);
}

/* The end of one log file is lost and the next is there, or pages of one file: nothing
 * is torn, so RocksDB would go on behind the hole. */
static void check_hole(void (*make)(const struct life *l, int n, int k))
{
	struct life l;

	life_init(&l);
	l.to = 100;
	l.sync_from = 40;
	run(insert_and_crash, &l);
	make(&l, 70, 5);
	l.expect_documents = -1;
	run(check_and_close, &l);
	run(check_and_close, &l);
	fixture_remove_tree(l.dir);
}

static void a_hole_between_log_files_is_the_end(void **state)
{
	check_hole(make_hole);
}

static void a_hole_of_zeros_is_the_end(void **state)
{
	check_hole(make_hole_in_file);
}

static void check_synced_hole(void (*make)(const struct life *l, int n, int k))
{
	char path[512];
	off_t end, size;
	struct life l;

	life_init(&l);
	l.to = 100;
	l.sync_from = 90;
	run(insert_and_crash, &l);
	make(&l, 70, 5);
	newest_log(&l, path, &end);
	size = size_of(path);
	l.expect_error = ERR_OPERATION_FAILED;
	run(check_refusal, &l);
	assert_int_equal(size_of(path), size);
	l.options.accept_damage = true;
	l.expect_documents = -1;
	run(check_and_close, &l);
	fixture_remove_tree(l.dir);
}

static void a_hole_in_what_was_synced_is_damage(void **state)
{
	check_synced_hole(make_hole);
	check_synced_hole(make_hole_in_file);
}

static void check_counters(struct life *l)
{
	struct collection *c;
	int64_t bytes;

	child_open(l);
	c = find(l);
	CHECK(c);
	CHECK(count_documents(l, c, &bytes) == l->expect_documents);
	CHECK(c->live->documents == l->expect_documents);
	CHECK(c->live->bytes == bytes);
	collection_unref(c);
	store_close(l->store);
}

/* Without the log since the counters were put, all documents are counted. */
static void lost_history_costs_a_count(void **state)
{
	char dir[300];
	struct life l;

	life_init(&l);
	l.to = 60;
	l.flush_in_the_middle = true;
	run(insert_and_crash, &l);
	snprintf(dir, sizeof(dir), "%s/history", l.dir);
	fixture_remove_tree(dir);
	snprintf(dir, sizeof(dir), "%s/db/archive", l.dir);
	fixture_remove_tree(dir);
	l.expect_documents = 60;
	run(check_counters, &l);
	fixture_remove_tree(l.dir);
}

static void wait_for_spares(struct life *l)
{
	struct store_stats stats = {.spare_families = 0};

	for (int i = 0; i < 12000 && stats.spare_families < 8; i++) {
		usleep(5000);
		store_stats(l->store, &stats);
	}
	CHECK(stats.spare_families >= 8);
}

/* The log file cannot grow any more: nobody can say what became of the write
 * that met it, and nothing is written after it. */
static void insert_until_it_fails(struct life *l)
{
	struct collection *c;
	struct rlimit limit;
	struct status st;
	char path[512];
	int64_t bytes;
	off_t size;
	int i;

	status_init(&st);
	signal(SIGXFSZ, SIG_IGN);
	child_open(l);
	c = make_collection(l);
	for (i = 0; i < 20; i++)
		insert_one(l, c, i);
	wait_for_spares(l); /* the limit is for the log alone */
	newest_log(l, path, &size);
	limit = (struct rlimit){(rlim_t)size + 500, RLIM_INFINITY};
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	while (try_insert(l, c, i, &st) == 0)
		i++;
	limit.rlim_cur = RLIM_INFINITY;
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(i < 40);
	CHECK(st.code == ERR_UNKNOWN_ERROR);
	CHECK(try_insert(l, c, i, &st) == ERR_OPERATION_FAILED);
	CHECK(store_writable(l->store, &st) == ERR_OPERATION_FAILED);
	/* Writing tables out would begin with the log file that has failed. */
	CHECK(store_sync_now(l->store, true, &st) == ERR_OPERATION_FAILED);
	CHECK(count_documents(l, c, &bytes) == i);
	CHECK(c->live->documents == i);
	/* What was acknowledged can still be put on disk, and it ends in order. */
	sync_now(l, false);
	collection_unref(c);
	store_close(l->store);
}

static void a_failed_write_ends_all_writing(void **state)
{
	struct life l;

	life_init(&l);
	run(insert_until_it_fails, &l);
	l.expect_documents = -1;
	run(check_and_close, &l);
	fixture_remove_tree(l.dir);
}

/* RocksDB leaves no error behind but a full disk: then the server must not say
 * that it takes no writes "for now". */
static void fail_to_write_a_table(struct life *l)
{
	struct rlimit limit = {500, RLIM_INFINITY};
	struct collection *c;
	struct status st;
	int64_t bytes;

	status_init(&st);
	signal(SIGXFSZ, SIG_IGN);
	child_open(l);
	c = make_collection(l);
	for (int i = 0; i < 20; i++)
		insert_one(l, c, i);
	wait_for_spares(l);
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(store_sync_now(l->store, true, &st) == ERR_OPERATION_FAILED);
	limit.rlim_cur = RLIM_INFINITY;
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(store_writable(l->store, &st) == ERR_OPERATION_FAILED);
	CHECK(strstr(st.message, "until it is started again"));
	CHECK(count_documents(l, c, &bytes) == 20);
	sync_now(l, false);
	collection_unref(c);
	store_close(l->store);
}

static void a_table_that_fails_ends_all_writing(void **state)
{
	struct life l;

	life_init(&l);
	run(fail_to_write_a_table, &l);
	l.expect_documents = 20;
	run(check_and_close, &l);
	fixture_remove_tree(l.dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_crash_loses_nothing),
	    cmocka_unit_test(torn_logs_lose_only_the_end),
	    cmocka_unit_test(holes_make_no_phantoms),
	    cmocka_unit_test(holes_before_written_tables_are_refused),
	    cmocka_unit_test(synced_commits_that_are_missing_are_refused),
	    cmocka_unit_test(damage_can_be_accepted),
	    cmocka_unit_test(a_missing_database_is_damage),
	    cmocka_unit_test(a_torn_watermark_leaves_the_other),
	    cmocka_unit_test(a_hole_between_log_files_is_the_end),
	    cmocka_unit_test(a_hole_of_zeros_is_the_end),
	    cmocka_unit_test(a_hole_in_what_was_synced_is_damage),
	    cmocka_unit_test(lost_history_costs_a_count),
	    cmocka_unit_test(a_failed_write_ends_all_writing),
	    cmocka_unit_test(a_table_that_fails_ends_all_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
