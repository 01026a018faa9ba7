#include "support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "storage/engine.h"
#include "storage/log.h"
#include "storage/log_file.h"
#include "storage/log_files.h"
#include "storage/record.h"
#include "support/store_fixture.h"

/* ---- what is written, and is expected back */

enum { EVENTS_MAX = 4000 };

struct event {
	uint64_t sequence; /* of the commit's last key */
	uint64_t time;
	enum log_change_kind kind;
	uint32_t table_id;
	int64_t id;
	size_t doc_len, delta_len, pre_image_len;
	enum log_marker marker;
	int64_t txn_number; /* -1: no session */
};

struct ledger {
	int n;
	struct event events[EVENTS_MAX];
};

struct work {
	struct store_fixture f;
	struct fake_collection collections[3];
	struct ledger ledger;
	uint32_t seed;
	struct buf doc, old;
};

static uint32_t next_random(struct work *w)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 17;
	w->seed ^= w->seed << 5;
	return w->seed;
}

static struct event *add_event(struct work *w, enum log_change_kind kind)
{
	struct event *e = &w->ledger.events[w->ledger.n++];

	assert_true(w->ledger.n < EVENTS_MAX);
	*e = (struct event){.kind = kind, .txn_number = -1};
	return e;
}

static void change_something(struct work *w, struct batch *b)
{
	struct fake_collection *c = &w->collections[next_random(w) % 3];
	int64_t id = next_random(w) % 100;
	/* Now and then one that spans blocks of the log. */
	size_t len = next_random(w) % (next_random(w) % 16 ? 300 : 70000);
	struct view doc = fake_doc(&w->doc, id, len), old = fake_doc(&w->old, id, 33);
	struct view delta = next_random(w) % 2 ? doc_empty : view_of(NULL, 0);
	struct value id_value = doc_get(doc, "_id");
	struct fake_key key;
	struct event *e;

	fake_key(&key, (uint64_t)id);
	switch (next_random(w) % 4) {
	case 0:
		e = add_event(w, CHANGE_REPLACE);
		batch_replace(b, &c->c, view_of(key.bytes, 8), id_value, old, doc, delta);
		e->doc_len = doc.len;
		e->delta_len = delta.len;
		e->pre_image_len = c->c.pre_images ? old.len : 0;
		break;
	case 1:
		e = add_event(w, CHANGE_REMOVE);
		batch_remove(b, &c->c, view_of(key.bytes, 8), id_value, old);
		e->pre_image_len = c->c.pre_images ? old.len : 0;
		break;
	default:
		e = add_event(w, CHANGE_INSERT);
		batch_insert(b, &c->c, view_of(key.bytes, 8), id_value, doc);
		e->doc_len = doc.len;
	}
	e->table_id = c->c.table_id;
	e->id = id;
}

static void note_something(struct work *w, struct batch *b)
{
	struct event *e = add_event(w, CHANGE_MARKER);

	e->marker = MARKER_NOOP;
	e->id = next_random(w) % 1000;
	fake_doc(&w->doc, e->id, 5);
	e->doc_len = w->doc.len;
	batch_note(b, MARKER_NOOP, w->collections[0].c.uuid, buf_view(&w->doc));
}

static void commit_something(struct work *w, struct batch *b)
{
	static const int32_t stmt_ids[] = {0, 1, 7};
	static const uint8_t lsid[48] = {1, 2, 3};
	int first = w->ledger.n, n = 1 + (int)(next_random(w) % 5);
	int64_t txn_number = -1;
	struct commit c;

	batch_reset(b);
	if (next_random(w) % 8 == 0)
		note_something(w, b);
	for (int i = 0; i < n && next_random(w) % 10; i++)
		change_something(w, b);
	if (next_random(w) % 4 == 0) {
		txn_number = next_random(w);
		batch_set_session(b,
		    &(struct log_session){
			.lsid = view_of(lsid, 48), txn_number, 3, stmt_ids});
	}
	fixture_commit(w->f.store, b, &c);
	for (int i = first; i < w->ledger.n; i++) {
		w->ledger.events[i].sequence = c.sequence;
		w->ledger.events[i].time = c.cluster_time;
		w->ledger.events[i].txn_number = txn_number;
	}
}

static void work_init(struct work *w, uint32_t seed)
{
	memset(w, 0, sizeof(*w));
	w->seed = seed;
	fixture_init(&w->f);
	buf_init(&w->doc, NULL);
	buf_init(&w->old, NULL);
	for (int i = 0; i < 3; i++)
		fake_collection_init(&w->collections[i], 20 + (uint32_t)i);
	w->collections[1].c.pre_images = true;
}

static void work_some(struct work *w, int commits)
{
	struct batch *b = batch_new(w->f.store, NULL);

	for (int i = 0; i < commits; i++)
		commit_something(w, b);
	batch_free(b);
}

static void sync_and_flush(struct work *w, bool flush)
{
	struct status st;

	status_init(&st);
	assert_int_equal(store_sync_now(w->f.store, flush, &st), 0);
}

static void work_clear(struct work *w)
{
	fixture_clear(&w->f);
	buf_clear(&w->doc);
	buf_clear(&w->old);
}

/* ---- reading back */

struct reading {
	const struct ledger *ledger;
	const struct log_entry *entry;
	int at;
};

static int check_change(void *arg, const struct log_change *c)
{
	struct reading *r = arg;
	const struct event *e = &r->ledger->events[r->at];
	int64_t id;

	/* The store's own commits have no changes; a marker of them is not ours. */
	if (c->kind == CHANGE_MARKER && c->marker != MARKER_NOOP)
		return 0;
	assert_true(r->at < r->ledger->n);
	assert_int_equal(c->kind, e->kind);
	assert_int_equal(r->entry->sequence + (uint64_t)r->entry->n_keys - 1, e->sequence);
	assert_int_equal(r->entry->cluster_time, e->time);
	assert_int_equal(
	    r->entry->has_session ? r->entry->session.txn_number : -1, e->txn_number);
	if (r->entry->has_session) {
		assert_int_equal(r->entry->session.lsid.len, 48);
		assert_int_equal(r->entry->session.n_stmt_ids, 3);
		assert_int_equal(r->entry->session.stmt_ids[2], 7);
	}
	assert_int_equal(c->kind == CHANGE_MARKER ? c->note.len : c->document.len, e->doc_len);
	assert_int_equal(c->delta.len, e->delta_len);
	assert_int_equal(c->pre_image.len, e->pre_image_len);
	if (c->kind == CHANGE_MARKER) {
		assert_true(value_to_i64(doc_get(c->note, "_id"), &id));
	} else {
		assert_int_equal(c->table_id, e->table_id);
		assert_int_equal(c->uuid[5], e->table_id);
		assert_true(value_to_i64(c->id, &id));
	}
	assert_int_equal(id, e->id);
	r->at++;
	return 0;
}

/* Reads all there is; returns the reader's last word. */
static int read_all(struct log_reader *reader, struct reading *r, struct status *st)
{
	struct log_entry e;
	int error;

	r->entry = &e;
	while ((error = log_reader_next(reader, &e, st)) == 0)
		assert_int_equal(log_entry_changes(&e, check_change, r, st), 0);
	return error;
}

static void check_all(struct work *w)
{
	struct reading r = {.ledger = &w->ledger};
	struct log_reader *reader;
	struct status st;

	status_init(&st);
	assert_int_equal(log_reader_open(w->f.store, 0, &reader, &st), 0);
	if (read_all(reader, &r, &st) != ERR_ABSENT)
		fail_msg("%s", st.message);
	assert_int_equal(r.at, w->ledger.n);
	log_reader_close(reader);
}

static void what_is_committed_is_read_back(void **state)
{
	static struct work w;

	work_init(&w, 12345);
	/* All of it is kept. */
	store_close(w.f.store);
	w.f.options.log_retention_ms = 1000000000;
	fixture_open(&w.f);
	for (int round = 0; round < 4; round++) {
		work_some(&w, 60);
		sync_and_flush(&w, round % 2 == 0);
		work_some(&w, 60);
		sync_and_flush(&w, false);
		check_all(&w);
		fixture_reopen(&w.f);
		check_all(&w);
	}
	work_clear(&w);
}

static void reading_begins_where_it_is_asked_to(void **state)
{
	static struct work w;
	struct status st;

	status_init(&st);
	work_init(&w, 777);
	for (int i = 0; i < 3; i++) {
		work_some(&w, 40);
		sync_and_flush(&w, true);
	}
	for (int i = 0; i < w.ledger.n; i += 7) {
		struct reading r = {.ledger = &w.ledger, .at = i};
		struct log_reader *reader;

		while (r.at > 0 && w.ledger.events[r.at - 1].sequence ==
				       w.ledger.events[i].sequence)
			r.at--;
		assert_int_equal(log_reader_open(
				     w.f.store, w.ledger.events[i].sequence, &reader, &st),
		    0);
		assert_int_equal(read_all(reader, &r, &st), ERR_ABSENT);
		assert_int_equal(r.at, w.ledger.n);
		log_reader_close(reader);
	}
	work_clear(&w);
}

static void shows_only_what_is_synced(void **state)
{
	static struct work w;
	struct reading r = {.ledger = &w.ledger};
	struct log_reader *reader;
	struct status st;
	int before;

	status_init(&st);
	work_init(&w, 99);
	store_close(w.f.store);
	w.f.options.sync_interval_ms = 1000000;
	fixture_open(&w.f);
	assert_int_equal(log_reader_open(w.f.store, 0, &reader, &st), 0);
	/* The first commit of all wakes the sync thread; the rest waits for it. */
	for (int i = 0; i < 5; i++) {
		struct store_stats stats;

		work_some(&w, 20);
		before = r.at;
		assert_int_equal(read_all(reader, &r, &st), ERR_ABSENT);
		/* Looked at afterwards: the sync thread may come in between. */
		store_stats(w.f.store, &stats);
		for (int j = before; j < r.at; j++)
			assert_true(w.ledger.events[j].sequence <= stats.synced_sequence);
		/* ... and in the first turn it may come as late as here. */
		assert_true(i == 0 || r.at < w.ledger.n);
		sync_and_flush(&w, i % 2 == 0);
		assert_int_equal(read_all(reader, &r, &st), ERR_ABSENT);
		assert_int_equal(r.at, w.ledger.n);
	}
	log_reader_close(reader);
	work_clear(&w);
}

static int newest_file(struct work *w, struct log_names *l)
{
	char db[300];
	const char *dirs[] = {db};
	struct status st;

	snprintf(db, sizeof(db), "%s/db", w->f.dir);
	status_init(&st);
	assert_int_equal(log_names_list(l, dirs, 1, &st), 0);
	return l->n - 1;
}

/* The bytes of the newest log file, and of those the ones that hold records. */
static void measure(struct work *w, off_t *size, off_t *records)
{
	struct log_names l;
	int i = newest_file(w, &l);
	struct log_file f;
	struct view record;
	struct stat sb;

	assert_int_equal(stat(l.names[i].path, &sb), 0);
	assert_true(log_file_init(&f, open(l.names[i].path, O_RDONLY), l.names[i].number));
	while (log_file_next(&f, &record) == LOG_READ_OK)
		;
	*size = sb.st_size;
	*records = (off_t)f.at;
	log_file_clear(&f);
	log_names_clear(&l);
}

/* Where syncs come often the log is zeros ahead of what is written: a reader that has
 * seen them sees what takes their place; the file of a store that is closed has none. */
static void zeros_are_written_ahead_and_read_over(void **state)
{
	static struct work w;
	struct reading r = {.ledger = &w.ledger};
	struct log_reader *reader;
	off_t size, records;
	struct status st;
	int ahead = 0;

	status_init(&st);
	work_init(&w, 4711);
	assert_int_equal(log_reader_open(w.f.store, 0, &reader, &st), 0);
	for (int i = 0; i < 150; i++) {
		work_some(&w, 1 + i % 3);
		sync_and_flush(&w, false);
		assert_int_equal(read_all(reader, &r, &st), ERR_ABSENT);
		assert_int_equal(r.at, w.ledger.n);
		measure(&w, &size, &records);
		ahead += size > records + 1000;
	}
	assert_true(ahead > 100);
	log_reader_close(reader);
	store_close(w.f.store);
	measure(&w, &size, &records);
	assert_int_equal(size, records);
	fixture_open(&w.f);
	check_all(&w);
	work_clear(&w);
}

/* ---- history */

static void old_files_are_dropped_when_nobody_needs_them(void **state)
{
	const char *dirs[1];
	struct log_reader *reader;
	static struct work w;
	struct log_names l;
	struct status st;
	int kept;

	status_init(&st);
	work_init(&w, 4242);
	dirs[0] = w.f.store->datadir.history;
	for (int i = 0; i < 4; i++) {
		work_some(&w, 20);
		sync_and_flush(&w, true);
	}
	/* Over all of them the counters reach back: none goes. */
	w.f.store->options.log_retention_ms = -1000000;
	history_tend(w.f.store);
	assert_int_equal(log_names_list(&l, dirs, 1, &st), 0);
	kept = l.n;
	assert_true(kept >= 4);
	log_names_clear(&l);
	assert_int_equal(counts_write(w.f.store, &st), 0);
	history_tend(w.f.store);
	assert_int_equal(log_names_list(&l, dirs, 1, &st), 0);
	assert_true(l.n < kept && l.n >= 1);
	log_names_clear(&l);
	/* RocksDB may have them still; without those the reader says it. */
	assert_int_equal(log_reader_open_dir(dirs, 1, 2, &reader, &st),
	    ERR_CHANGE_STREAM_HISTORY_LOST);
	status_clear(&st);
	work_clear(&w);
}

/* ---- damage: copies of the log files, cut and spoilt */

struct copy {
	char dir[256];
	int n;
	struct {
		char path[512];
		size_t size;
	} files[64];
};

static void copy_file(const char *from, const char *to, size_t *size)
{
	char bytes[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	*size = 0;
	while ((n = read(in, bytes, sizeof(bytes))) > 0) {
		assert_int_equal(write(out, bytes, (size_t)n), n);
		*size += (size_t)n;
	}
	close(in);
	close(out);
}

static void copy_logs(struct work *w, struct copy *c)
{
	const char *dirs[] = {w->f.store->datadir.history, w->f.store->datadir.db,
	    w->f.store->datadir.archive};
	struct log_names l;
	struct status st;

	status_init(&st);
	assert_int_equal(log_names_list(&l, dirs, 3, &st), 0);
	assert_true(l.n < 64);
	c->n = l.n;
	for (int i = 0; i < l.n; i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%06llu.log", c->dir,
		    (unsigned long long)l.names[i].number);
		memcpy(c->files[i].path, path, sizeof(path));
		copy_file(l.names[i].path, c->files[i].path, &c->files[i].size);
	}
	log_names_clear(&l);
}

static int read_copy(struct work *w, struct copy *c, int *shown)
{
	const char *dirs[] = {c->dir};
	struct reading r = {.ledger = &w->ledger};
	struct log_reader *reader;
	struct status st;
	int e;

	status_init(&st);
	assert_int_equal(log_reader_open_dir(dirs, 1, 0, &reader, &st), 0);
	e = read_all(reader, &r, &st);
	status_clear(&st);
	log_reader_close(reader);
	*shown = r.at;
	return e;
}

static void torn_tails_end_the_log(void **state)
{
	static struct work w;
	struct copy c;
	int shown, last;

	work_init(&w, 31337);
	for (int i = 0; i < 3; i++) {
		work_some(&w, 30);
		sync_and_flush(&w, i < 2);
	}
	fixture_make_dir(c.dir);
	copy_logs(&w, &c);
	assert_int_equal(read_copy(&w, &c, &shown), ERR_ABSENT);
	assert_int_equal(shown, w.ledger.n);
	last = shown;
	for (size_t size = c.files[c.n - 1].size; size > 0; size -= MIN_OF(size, 997)) {
		assert_int_equal(truncate(c.files[c.n - 1].path, (off_t)size), 0);
		assert_int_equal(read_copy(&w, &c, &shown), ERR_ABSENT);
		assert_true(shown <= last);
		last = shown;
	}
	fixture_remove_tree(c.dir);
	work_clear(&w);
}

static void spoil(const char *path, size_t at)
{
	int fd = open(path, O_RDWR);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= 0x41;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

static void holes_are_noticed(void **state)
{
	static struct work w;
	struct copy c;
	int shown;

	work_init(&w, 271828);
	for (int i = 0; i < 3; i++) {
		work_some(&w, 30);
		sync_and_flush(&w, i < 2);
	}
	fixture_make_dir(c.dir);
	copy_logs(&w, &c);
	/* check_change compares each with what was written: nothing is shown that
	 * was not, and nothing is left out in the middle. */
	for (int i = 0; i < 60; i++) {
		int file = (int)(next_random(&w) % (uint32_t)c.n);
		size_t at = c.files[file].size ? next_random(&w) % c.files[file].size : 0;
		int e;

		if (c.files[file].size == 0)
			continue;
		spoil(c.files[file].path, at);
		e = read_copy(&w, &c, &shown);
		if (e == ERR_ABSENT && file < c.n - 2)
			assert_int_equal(shown, w.ledger.n);
		spoil(c.files[file].path, at);
	}
	/* A file that is missing in the middle. */
	assert_int_equal(remove(c.files[c.n / 2].path), 0);
	assert_int_equal(read_copy(&w, &c, &shown), ERR_CHANGE_STREAM_HISTORY_LOST);
	fixture_remove_tree(c.dir);
	work_clear(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_committed_is_read_back),
	    cmocka_unit_test(reading_begins_where_it_is_asked_to),
	    cmocka_unit_test(shows_only_what_is_synced),
	    cmocka_unit_test(zeros_are_written_ahead_and_read_over),
	    cmocka_unit_test(old_files_are_dropped_when_nobody_needs_them),
	    cmocka_unit_test(torn_tails_end_the_log),
	    cmocka_unit_test(holes_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
