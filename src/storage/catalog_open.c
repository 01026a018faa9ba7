#include "storage/catalog_internal.h"

#include "storage/iter.h"
#include "util/clock.h"
#include "util/log.h"

/* The next record key is above the highest there is, and above what the
 * counters' row says, which may be less (a crash) or more (removed records).  The highest
 * of those that begin with a time says nothing of that: catalog_skip_sequences does. */
static int restore_sequence(struct store *s, struct collection *c, struct status *st)
{
	struct iter_options o = {.tier = READ_ANY, .reverse = true};
	struct iter *it;
	uint64_t last;
	int r;

	if (c->kind == KIND_VIEW || c->record_key != RECORD_KEY_SEQUENCE)
		return 0;
	it = iter_open_records(s, c, &o);
	if (!it)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the catalog");
	r = iter_first(it, st);
	if (!r && iter_key(it).len == sizeof(last)) {
		memcpy(&last, iter_key(it).data, sizeof(last));
		last = be64toh(last);
		if ((int64_t)last >= c->live->next_sequence)
			c->live->next_sequence = (int64_t)last + 1;
	}
	iter_close(it);
	return r == ERR_ABSENT ? 0 : r;
}

static int restore(struct catalog *cat, struct status *st)
{
	int64_t now = clock_wall_ms();
	struct collection *c;
	struct database *db;

	for (db = cat->databases; db; db = db->next) {
		for (c = db->collections; c; c = c->links[BY_DATABASE].next) {
			int r = restore_sequence(cat->store, c, st);

			if (r)
				return r;
			for (int i = 0; i < c->n_indexes; i++)
				c->indexes[i]->created_ms = now;
		}
	}
	return 0;
}

int catalog_open(struct store *s, struct catalog **out, struct status *st)
{
	struct catalog *cat = catalog_new(s);
	int r;

	*out = NULL;
	if (!cat)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the catalog");
	r = rows_read(cat, st);
	if (!r)
		r = restore(cat, st);
	if (r) {
		catalog_close(cat);
		return r;
	}
	*out = cat;
	return 0;
}

void catalog_skip_sequences(struct catalog *cat, uint64_t n)
{
	struct collection *c;
	struct database *db;

	for (db = cat->databases; db; db = db->next) {
		for (c = db->collections; c; c = c->links[BY_DATABASE].next) {
			if (c->record_key != RECORD_KEY_ID)
				c->live->next_sequence += (int64_t)n;
		}
	}
}

static bool put_counts(void *arg, struct collection *c)
{
	c->live->counts_noted = false;
	/* One whose drop is committed but not published yet has no row any more. */
	if (c->kind != KIND_VIEW && !c->live->dropped)
		rows_put_counts(arg, c);
	return true;
}

void catalog_put_counts(struct catalog *cat, struct batch *b)
{
	catalog_each(cat, (struct view){NULL, 0}, put_counts, b);
}

void catalog_put_counts_of(struct catalog *cat, uint32_t table_id, struct batch *b)
{
	struct collection *c = catalog_find_table(cat, table_id);

	if (!c)
		return;
	put_counts(b, c);
	collection_unref(c);
}

/* ------------------------------------------------------------ sweeping */

static void put_sweep(struct catalog *cat, struct batch *b)
{
	for (int i = 0; i < cat->n_unfinished; i++) {
		struct index *ix = cat->unfinished[i];

		if (ix->family)
			batch_remove_index(b, ix);
		rows_remove_index(b, ix);
	}
}

static void forget_unfinished(struct catalog *cat)
{
	for (int i = 0; i < cat->n_unfinished; i++) {
		cat->unfinished[i]->dropped = true;
		index_unref(cat->unfinished[i]);
	}
	cat->n_unfinished = 0;
}

int catalog_sweep(struct catalog *cat, struct status *st)
{
	struct commit commit;
	struct batch *b;
	int r;

	if (!cat->n_unfinished)
		return 0;
	b = batch_new(cat->store, NULL);
	if (!b)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the catalog");
	put_sweep(cat, b);
	commit_init(&commit, b);
	r = commit_blocking(cat->store, &commit, st);
	batch_free(b);
	if (r)
		return r;
	log_write(LOG_INDEX, LOG_INFO, 5101, "Unfinished index builds swept",
	    (struct log_attr[]){{"indexes", LOG_NUM(cat->n_unfinished)}, {NULL}});
	forget_unfinished(cat);
	return 0;
}
