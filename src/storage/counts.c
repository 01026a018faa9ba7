#include "bson/builder.h"
#include "storage/catalog.h"
#include "storage/engine.h"

/*
 * The counters of the collections (documents, bytes) live in memory.  Each
 * commit's header says what it changes of them; now and then all are put into
 * rows, in a commit that also says up to which sequence number they hold, and
 * at open the log from there on makes them exact.
 */

static const char counts_row[] = "counts";

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
	catalog_put_counts(s->catalog, c->batch);
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
	}
	batch_free(b);
	return r;
}

bool counts_are_old(const struct store *s)
{
	return atomic_load(&s->committer.sequence) != s->counts.written;
}
