#include "index/rebuild.h"

#include <stdio.h>

#include "index/entry.h"
#include "storage/iter.h"
#include "util/log.h"

#define GROUP_BYTES (1024 * 1024)

struct rebuild {
	struct store *store;
	struct status *st;
	struct collection *collection;
	struct index *index;
	struct batch *batch;
	struct keygen keygen;
	struct arena arena; /* of one document's keys */
	struct buf scratch;
	int64_t keys;
	char from[32]; /* the version that it is of */
	int err; /* of the first index that failed */
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory to rebuild an index");
}

static int commit(struct rebuild *b)
{
	struct commit commit;
	int r;

	if (batch_is_empty(b->batch))
		return 0;
	commit_init(&commit, b->batch);
	r = commit_blocking(b->store, &commit, b->st);
	batch_reset(b->batch);
	return r;
}

static int put_keys(struct rebuild *b, struct view record_key, struct view doc)
{
	struct index_keys keys;
	int r;

	arena_reset(&b->arena);
	r = index_keys_make(&b->keygen, b->index, doc, &b->arena, &keys, b->st);
	if (r)
		return r;
	for (int i = 0; i < keys.n; i++)
		index_entry_put(b->batch, b->index, &keys.keys[i], record_key, &b->scratch);
	b->keys += keys.n;
	return batch_bytes(b->batch) > GROUP_BYTES ? commit(b) : 0;
}

static int fill(struct rebuild *b)
{
	const struct iter_options o = {.tier = READ_ANY};
	struct iter *it = iter_open_records(b->store, b->collection, &o);
	int r;

	if (!it)
		return no_memory(b->st);
	for (r = iter_first(it, b->st); r == 0; r = iter_next(it, b->st)) {
		r = put_keys(b, iter_key(it), iter_value(it));
		if (r)
			break;
	}
	iter_close(it);
	return r == ERR_ABSENT ? commit(b) : r;
}

/* Two with the same key: one entry less where there is no record key in it, and
 * otherwise side by side. */
static int look_for_doubles(struct rebuild *b, bool *found)
{
	const struct iter_options o = {.tier = READ_ANY};
	struct iter *it = iter_open_entries(b->store, b->index, &o);
	struct index_entry e;
	int64_t n = 0;
	int r;

	*found = false;
	if (!it)
		return no_memory(b->st);
	buf_reset(&b->scratch);
	for (r = iter_first(it, b->st); r == 0 && !*found; r = iter_next(it, b->st)) {
		r = index_entry_split(b->index, b->collection->record_key, iter_key(it),
		    iter_value(it), &e, b->st);
		if (r)
			break;
		*found = n > 0 && view_equal(buf_view(&b->scratch), e.key.key);
		buf_reset(&b->scratch);
		buf_append_view(&b->scratch, e.key.key);
		n++;
	}
	iter_close(it);
	if (r && r != ERR_ABSENT)
		return r;
	*found |= n != b->keys;
	return b->scratch.failed ? no_memory(b->st) : 0;
}

static int check_unique(struct rebuild *b)
{
	bool found;
	int r = b->index->unique ? look_for_doubles(b, &found) : 0;

	if (r || !b->index->unique || !found)
		return r;
	return status_set(b->st, ERR_DUPLICATE_KEY,
	    "the index %s of %s is unique, but to ICU %s, other than to ICU %s with which it "
	    "was made, two of its documents have the same key",
	    b->index->name, b->collection->ns, store_collation_version(b->store), b->from);
}

/* From here on no version of ICU takes the entries for its own. */
static int empty(struct rebuild *b)
{
	batch_remove_index(b->batch, b->index);
	catalog_put_collation_version(b->batch, b->collection, b->index, "");
	return commit(b);
}

static int rebuild(struct rebuild *b)
{
	const char *to = store_collation_version(b->store);
	struct view old = b->index->collation_version;
	int r;

	snprintf(b->from, sizeof(b->from), "%.*s", (int)old.len, (const char *)old.data);
	log_write(LOG_INDEX, LOG_INFO, 5110,
	    "An index is rebuilt, since its sort keys are of another version of ICU",
	    (struct log_attr[]){{"ns", LOG_STR(b->collection->ns)},
		{"index", LOG_STR(b->index->name)}, {"from", LOG_STR(b->from)},
		{"to", LOG_STR(to)}, {NULL}});
	b->keys = 0;
	r = empty(b);
	if (!r)
		r = fill(b);
	if (!r)
		r = check_unique(b);
	if (r)
		return r;
	catalog_put_collation_version(b->batch, b->collection, b->index, to);
	return commit(b);
}

static bool is_outdated(const struct rebuild *b, const struct index *ix)
{
	return ix->collator && !view_equal(ix->collation_version,
				   view_of_str(store_collation_version(b->store)));
}

static bool rebuild_collection(void *arg, struct collection *c)
{
	struct rebuild *b = arg;

	b->collection = c;
	for (int i = 0; i < c->n_indexes && !b->err; i++) {
		b->index = c->indexes[i];
		if (is_outdated(b, b->index))
			b->err = rebuild(b);
	}
	return !b->err;
}

int index_rebuild_outdated(struct store *s, struct status *st)
{
	struct rebuild b = {.store = s, .st = st, .batch = batch_new(s, NULL)};

	if (!b.batch)
		return no_memory(st);
	arena_init(&b.arena, NULL);
	keygen_init(&b.keygen, NULL);
	buf_init(&b.scratch, NULL);
	catalog_each(store_catalog(s), (struct view){NULL, 0}, rebuild_collection, &b);
	buf_clear(&b.scratch);
	keygen_clear(&b.keygen);
	arena_clear(&b.arena);
	batch_free(b.batch);
	return b.err;
}
