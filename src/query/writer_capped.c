/*
 * query/writer_capped.c - collections with a bound: the oldest make room.
 *
 * Whoever writes to one holds its append lock until the commit, so that the
 * counters are exact, insertion order is commit order, and the oldest may be
 * removed without record locks.
 *
 * A document that is itself larger than the bound comes in and is then alone,
 * until the next one; a change may let one grow, and the next insert makes room.
 */
#include "storage/iter.h"
#include "storage/record.h"

#include "query/writer_parts.h"

/* As many leave with one batch; the rest (after the bound was lowered) with
 * the next ones. */
#define TRIM_DOCS_MOST  10000
#define TRIM_BYTES_MOST (16 * 1024 * 1024)
/* More than this is not for a loop. */
#define LOOP_DOCS 16

struct hash128 writer_append_lock(const struct collection *c)
{
	/* No record has an empty key. */
	return lock_key(c->table_id, (struct view){NULL, 0});
}

static bool too_much(const struct collection *c, int64_t n, int64_t bytes)
{
	return (c->capped_bytes && bytes > c->capped_bytes) ||
	       (c->capped_documents && n > c->capped_documents);
}

/* The record keys begin where the last trimming ended; without that bound each
 * search would go through all the tombstones in front. */
static struct iter *open_oldest(struct writer *w)
{
	struct collection *c = w->collection;
	struct iter_options o = {.tier = read_tier_of(w->op)};
	int64_t first = atomic_load(&c->live->capped_first);

	buf_reset(&w->scratch);
	if (first) {
		buf_append_be64(&w->scratch, (uint64_t)first);
		o.lower = buf_view(&w->scratch);
	}
	return iter_open_records(w->store, c, &o);
}

static int64_t sequence_of(struct view record_key)
{
	uint64_t v = 0;

	for (size_t i = 0; i < record_key.len; i++)
		v = v << 8 | record_key.data[i];
	return (int64_t)v;
}

int writer_capped_trim(struct writer *w, int64_t n, int64_t bytes, struct status *st)
{
	struct collection *c = w->collection;
	int64_t removed_bytes = 0;
	struct iter *it;
	int r, removed = 0;

	n += atomic_load(&c->live->documents);
	bytes += atomic_load(&c->live->bytes);
	if (!too_much(c, n, bytes))
		return 0;
	it = open_oldest(w);
	if (!it)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an iterator");
	for (r = iter_first(it, st); r == 0; r = iter_next(it, st)) {
		struct view doc = iter_value(it);

		if (w->op->on_loop && removed == LOOP_DOCS) {
			r = ERR_WOULD_BLOCK;
			break;
		}
		w->capped_first = sequence_of(iter_key(it));
		if (!too_much(c, n, bytes) || removed == TRIM_DOCS_MOST ||
		    removed_bytes > TRIM_BYTES_MOST)
			break;
		r = writer_put_removal(w, iter_key(it), doc, st);
		if (r)
			break;
		n--;
		bytes -= (int64_t)doc.len;
		removed++;
		removed_bytes += (int64_t)doc.len;
		w->capped_first++;
	}
	iter_close(it);
	return r == ERR_ABSENT ? 0 : r;
}

void writer_capped_committed(struct writer *w)
{
	/* Still under the append lock. */
	if (w->capped_first)
		atomic_store(&w->collection->live->capped_first, w->capped_first);
}
