#include "bson/builder.h"
#include "storage/engine.h"
#include "storage/record.h"
#include "util/arena.h"
#include "util/log.h"

/* ---- the database, against the watermark */

static int damaged(const struct store *s, uint64_t synced, uint64_t recovered, struct status *st)
{
	return status_set(st, ERR_OPERATION_FAILED,
	    "the data directory %s is damaged: commits up to number %llu were on disk, and only "
	    "those up to %llu can be read back",
	    s->datadir.dir, (unsigned long long)synced, (unsigned long long)recovered);
}

/*
 * Everything up to the watermark was on disk, so RocksDB must be able to read
 * that much back, without a hole.  Asked before the database is opened for
 * writing, which would put what is there in order and make it harder to repair.
 */
static int check_damage(struct store *s, const struct watermark *w, const struct log_break *b,
    struct status *st)
{
	uint64_t recovered;
	int r;

	if (s->options.accept_damage)
		return 0;
	r = families_probe(s, &recovered, st);
	if (r == 0 && b->found)
		recovered = MIN_OF(recovered, b->last);
	if (r == 0 && recovered < w->sequence)
		r = damaged(s, w->sequence, recovered, st);
	return r;
}

/* What the last opening, which was not closed in order, has left in the log. */
static int prepare_log(
    struct store *s, const struct watermark *w, struct log_break *b, struct status *st)
{
	int r = log_break_find(s, w->sequence, b, st);

	if (r == 0)
		r = check_damage(s, w, b, st);
	if (r == 0 && b->found)
		r = log_break_cut(s, b, st);
	if (r == 0)
		r = log_break_rewrite(s, b, st);
	/* RocksDB puts what it reads there into tables, which it syncs, and has
	 * no use for the log then; but the log is history. */
	return r ? r : history_sync_log(s, st);
}

/* None yet: all zero, which promises nothing. */
static int read_watermark(struct store *s, struct watermark *w, struct status *st)
{
	int r = watermark_read(&s->datadir, w, st);

	if (r == 0)
		return 0;
	*w = (struct watermark){.sequence = 0};
	if (r != ERR_ABSENT && !s->options.accept_damage)
		return r;
	status_clear(st);
	return 0;
}

/* A log file is synced before what is in it is written out to tables: no power
 * loss leaves tables ahead of a hole in the log. */
static int compare_tables(
    struct store *s, const struct log_break *b, uint64_t recovered, struct status *st)
{
	if (!b->found || recovered <= b->last || s->options.accept_damage)
		return 0;
	return status_set(st, ERR_OPERATION_FAILED,
	    "the data directory %s is damaged: tables hold commits up to number %llu, and the "
	    "log has lost those after %llu",
	    s->datadir.dir, (unsigned long long)recovered, (unsigned long long)b->last);
}

static int compare(struct store *s, const struct watermark *w, uint64_t recovered,
    struct status *st)
{
	if (recovered >= w->sequence)
		return 0;
	if (!s->options.accept_damage)
		return damaged(s, w->sequence, recovered, st);
	log_write(LOG_STORAGE, LOG_WARNING, 1002, "Opened although synced commits are missing",
	    (struct log_attr[]){{"synced", LOG_NUM(w->sequence)},
		{"recovered", LOG_NUM(recovered)}, {NULL}});
	return 0;
}

int recover_database(struct store *s, struct status *st)
{
	struct log_break b = {.found = false};
	struct watermark w;
	uint64_t recovered;
	int r = read_watermark(s, &w, st);

	if (r)
		return r;
	if (!engine_options_make(&s->engine, &s->options))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	r = w.clean ? 0 : prepare_log(s, &w, &b, st);
	if (r)
		return r;
	door_listen(s->engine.db, &s->health.listener);
	r = families_open(s, st);
	if (r)
		return r;
	recovered = rocksdb_get_latest_sequence_number(s->db);
	r = compare(s, &w, recovered, st);
	if (r == 0)
		r = compare_tables(s, &b, recovered, st);
	if (r == 0)
		r = history_clean_up(s, recovered, st);
	s->term = w.term;
	s->committer.last_sequence = recovered;
	committer_raise_time(&s->committer, w.cluster_time);
	atomic_store(&s->committer.sequence, recovered);
	atomic_store(&s->syncer.sequence, recovered);
	return r;
}

/* ---- the term */

static const char term_row[] = "term";

int recover_term(struct store *s, struct status *st)
{
	struct arena a;
	struct view doc;
	int64_t term, time;
	int r;

	arena_init(&a, NULL);
	r = row_get(s, TABLE_CLUSTER_TIME, view_of_str(term_row), READ_ANY, &a, &doc, st);
	if (r == 0) {
		if (!value_to_i64(doc_get(doc, "term"), &term) || term < 0 ||
		    term >= UINT32_MAX || !value_to_i64(doc_get(doc, "time"), &time))
			r = status_set(st, ERR_UNSUPPORTED_FORMAT,
			    "the row that holds the store's term is damaged");
		else {
			/* The watermark may know of a later one, of which the
			 * row has been lost. */
			s->term = MAX_OF(s->term, (uint32_t)term);
			committer_raise_time(&s->committer, (uint64_t)time);
		}
	} else if (r == ERR_ABSENT) {
		r = 0;
	}
	arena_clear(&a);
	return r;
}

/* The first commit of this opening: from now on nothing can be mistaken for
 * what an earlier one lost. */
int raise_term(struct store *s, struct status *st)
{
	struct batch *b = batch_new(s, NULL);
	struct commit commit;
	struct builder doc;
	struct buf bytes;
	int r;

	if (!b)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	s->term++;
	buf_init(&bytes, NULL);
	builder_init(&doc, &bytes);
	builder_i64(&doc, "term", s->term);
	builder_i64(&doc, "time", (int64_t)atomic_load(&s->committer.cluster_time));
	builder_finish(&doc);
	batch_put_row(b, TABLE_CLUSTER_TIME, view_of_str(term_row), builder_view(&doc));
	commit_init(&commit, b);
	r = commit_blocking(s, &commit, st);
	buf_clear(&bytes);
	batch_free(b);
	if (r)
		return r;
	sync_log(s);
	/* From here on a crash leaves more than the last orderly end. */
	return watermark_sync(&s->datadir, st);
}
