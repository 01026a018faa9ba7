#include "bson/builder.h"
#include "storage/catalog.h"
#include "storage/engine.h"
#include "storage/iter.h"
#include "storage/log.h"
#include "storage/log_header.h"
#include "storage/record.h"
#include "util/arena.h"
#include "util/log.h"

/*
 * The counters of the collections (documents, bytes) live in memory.  Each
 * commit's header says what it changes of them; now and then all are put into
 * rows, in a commit that also says up to which sequence number they hold, and
 * at open the log from there on makes them exact.
 */

static const char counts_row[] = "counts";

/* ---- at open */

static int read_from(struct store *s, struct status *st)
{
	int64_t sequence = -1;
	struct arena a;
	struct view doc;
	int r;

	arena_init(&a, NULL);
	r = row_get(s, TABLE_CLUSTER_TIME, view_of_str(counts_row), READ_ANY, &a, &doc, st);
	if (r == 0 && (!value_to_i64(doc_get(doc, "sequence"), &sequence) || sequence < 0))
		r = status_set(st, ERR_UNSUPPORTED_FORMAT,
		    "the row that says how old the counters are is damaged");
	arena_clear(&a);
	if (r == ERR_ABSENT) {
		sequence = 0;
		r = 0;
	}
	s->counts.from = (uint64_t)sequence;
	return r;
}

static void apply(void *arg, const struct log_counts *counts)
{
	struct store *s = arg;
	struct collection *c = catalog_find_table(s->catalog, counts->table_id);

	if (!c)
		return; /* dropped since */
	if (counts->emptied) {
		atomic_store(&c->live->documents, 0);
		atomic_store(&c->live->bytes, 0);
	}
	atomic_fetch_add(&c->live->documents, counts->documents);
	atomic_fetch_add(&c->live->bytes, counts->bytes);
	collection_unref(c);
}

static int replay(struct store *s, struct status *st)
{
	struct log_reader *reader;
	struct log_entry e;
	int r = log_reader_open(s, s->counts.from + 1, &reader, st);

	if (r)
		return r;
	while (r == 0 && (r = log_reader_next(reader, &e, st)) == 0) {
		if (e.has_header)
			committer_raise_time(&s->committer, e.cluster_time);
		r = log_entry_counts(&e, apply, s, st);
	}
	log_reader_close(reader);
	return r == ERR_ABSENT ? 0 : r;
}

static bool count_again(void *arg, struct collection *c)
{
	struct iter_options o = {.tier = READ_ANY};
	struct store *s = arg;
	struct status st;
	struct iter *it;

	if (c->kind != KIND_COLLECTION)
		return true;
	status_init(&st);
	it = iter_open_records(s, c, &o);
	c->live->documents = c->live->bytes = 0;
	for (int r = it ? iter_first(it, &st) : ERR_ABSENT; r == 0; r = iter_next(it, &st)) {
		c->live->documents++;
		c->live->bytes += (int64_t)iter_value(it).len;
	}
	iter_close(it);
	status_clear(&st);
	return true;
}

int counts_recover(struct store *s, struct status *st)
{
	int r = read_from(s, st);

	s->counts.all = true;
	if (r || s->counts.from >= atomic_load(&s->committer.sequence))
		return r;
	catalog_skip_sequences(
	    s->catalog, atomic_load(&s->committer.sequence) - s->counts.from);
	if (replay(s, st) == 0)
		return 0;
	/* The documents are all there: it only takes longer. */
	log_write(LOG_STORAGE, LOG_WARNING, 1017,
	    "The log does not reach back to the counters: counting all documents",
	    (struct log_attr[]){{"reason", LOG_STR(st->message)}, {NULL}});
	status_clear(st);
	catalog_each(s->catalog, view_of(NULL, 0), count_again, s);
	return 0;
}

/* ---- now and then */

void counts_note(struct store *s, uint32_t table_id)
{
	buf_append(&s->counts.moved, &table_id, sizeof(table_id));
	if (s->counts.moved.failed)
		s->counts.all = true;
}

static void put_moved(struct store *s, struct batch *b)
{
	struct counts *counts = &s->counts;
	uint32_t table_id;

	if (counts->all)
		catalog_put_counts(s->catalog, b);
	for (size_t i = 0; !counts->all && i < counts->moved.len; i += sizeof(table_id)) {
		memcpy(&table_id, counts->moved.data + i, sizeof(table_id));
		catalog_put_counts_of(s->catalog, table_id, b);
	}
	buf_reset(&counts->moved);
	/* Until the commit has succeeded: what it had put may be lost. */
	counts->all = true;
}

/* Under the commit lock: no counter moves meanwhile. */
static int put_rows(struct commit *c, struct status *st)
{
	struct store *s = c->check_arg;
	struct builder doc;
	struct buf bytes;

	buf_init(&bytes, NULL);
	builder_init(&doc, &bytes);
	builder_i64(&doc, "sequence", (int64_t)s->committer.last_sequence);
	builder_finish(&doc);
	batch_put_row(
	    c->batch, TABLE_CLUSTER_TIME, view_of_str(counts_row), builder_view(&doc));
	buf_clear(&bytes);
	put_moved(s, c->batch);
	return 0;
}

int counts_write(struct store *s, struct status *st)
{
	struct batch *b = batch_new(s, NULL);
	uint64_t before = atomic_load(&s->committer.sequence);
	struct commit commit;
	int r;

	if (!b)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	commit_init(&commit, b);
	commit.check = put_rows;
	commit.check_arg = s;
	r = commit_blocking(s, &commit, st);
	if (r == 0) {
		s->counts.written = commit.sequence;
		s->counts.from = before;
		commit_lock(s);
		s->counts.all = s->counts.moved.failed;
		commit_unlock(s);
	}
	batch_free(b);
	return r;
}

bool counts_are_old(const struct store *s)
{
	return atomic_load(&s->committer.sequence) != s->counts.written;
}
