#include "index/check.h"

#include "index/entry.h"
#include "storage/record.h"

#define LOOK_EVERY 64

/* The phases: 0, the documents; then 1 + i, the entries of index i. */

void index_check_init(
    struct index_check *k, struct store *s, struct collection *c, struct memory_account *memory)
{
	*k = (struct index_check){.store = s, .collection = collection_ref(c)};
	arena_init(&k->row, memory);
	arena_init(&k->arena, memory);
	keygen_init(&k->keygen, memory);
	buf_init(&k->scratch, memory);
}

static void close_iter(struct index_check *k)
{
	if (k->it)
		iter_close(k->it);
	k->it = NULL;
}

void index_check_clear(struct index_check *k)
{
	close_iter(k);
	if (k->snap)
		snapshot_release(k->snap);
	buf_clear(&k->scratch);
	keygen_clear(&k->keygen);
	arena_clear(&k->arena);
	arena_clear(&k->row);
	collection_unref(k->collection);
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a check of indexes");
}

static int begin(struct index_check *k, struct status *st)
{
	if (k->snap)
		return 0;
	k->counts = arena_new_array(
	    &k->arena, (size_t)k->collection->n_indexes + 1, struct index_count);
	k->snap = snapshot_take(k->store);
	return k->counts && k->snap ? 0 : no_memory(st);
}

/* The entry as index_entry_put would have it. */
static int look_for_entry(struct index_check *k, const struct index *ix,
    const struct index_key *key, bool *there, struct status *st)
{
	struct view record_key = iter_key(k->it), value = key->type_bits;
	struct pinned p;
	int r;

	buf_reset(&k->scratch);
	if (ix->layout == LAYOUT_UNIQUE) {
		buf_append_view(&k->scratch, record_key);
		buf_append_view(&k->scratch, key->type_bits);
		value = buf_view(&k->scratch);
		r = entry_get(k->store, k->snap, ix, key->key, READ_ANY, &p, st);
	} else {
		buf_append_view(&k->scratch, key->key);
		buf_append_view(&k->scratch, record_key);
		r = entry_get(k->store, k->snap, ix, buf_view(&k->scratch), READ_ANY, &p, st);
	}
	*there = r == 0 && view_equal(p.bytes, value);
	if (!r)
		pinned_release(&p);
	return r == ERR_ABSENT ? 0 : r;
}

static int check_index(struct index_check *k, int i, struct status *st)
{
	const struct index *ix = k->collection->indexes[i];
	struct index_count *count = &k->counts[i];
	struct index_keys keys;
	int r = index_keys_make(&k->keygen, ix, iter_value(k->it), &k->row, &keys, st);

	if (r)
		return r;
	count->not_multikey |= (keys.multikey & ~atomic_load(&ix->multikey)) != 0;
	count->keys += keys.n;
	for (int n = 0; n < keys.n && !r; n++) {
		bool there = true;

		r = look_for_entry(k, ix, &keys.keys[n], &there, st);
		count->missing += !there;
	}
	return r;
}

static int check_document(struct index_check *k, struct status *st)
{
	struct collection *c = k->collection;
	int r = 0;

	arena_reset(&k->row);
	k->documents++;
	if (c->record_key == RECORD_KEY_ID) {
		buf_reset(&k->scratch);
		record_key_of_id(&k->scratch, c, doc_get(iter_value(k->it), "_id"));
		k->misplaced += !view_equal(buf_view(&k->scratch), iter_key(k->it));
	}
	for (int i = 0; i < c->n_indexes && !r; i++)
		r = check_index(k, i, st);
	return r;
}

static int advance(struct index_check *k, struct status *st)
{
	struct iter_options o = {.snap = k->snap, .tier = READ_ANY};

	if (k->it)
		return iter_next(k->it, st);
	k->it = k->phase ? iter_open_entries(k->store, k->collection->indexes[k->phase - 1], &o)
			 : iter_open_records(k->store, k->collection, &o);
	return k->it ? iter_first(k->it, st) : no_memory(st);
}

enum step index_check_run(struct index_check *k, struct op *op, struct status *st)
{
	if (op->on_loop)
		return STEP_HANDOVER;
	if (begin(k, st))
		return STEP_ERROR;
	for (int n = 1; k->phase <= k->collection->n_indexes; n++) {
		int r = op_check(op, st);

		if (!r)
			r = advance(k, st);
		if (r == ERR_ABSENT) {
			close_iter(k);
			k->phase++;
			continue;
		}
		if (!r && !k->phase)
			r = check_document(k, st);
		else if (!r)
			k->counts[k->phase - 1].entries++;
		if (r)
			return STEP_ERROR;
		if (n % LOOK_EVERY == 0 && op_slice_over(op))
			return STEP_HANDOVER;
	}
	return STEP_DONE;
}

bool index_check_is_clean(const struct index_check *k)
{
	for (int i = 0; i < k->collection->n_indexes; i++) {
		const struct index_count *c = &k->counts[i];

		if (c->missing || c->not_multikey || c->keys != c->entries)
			return false;
	}
	return k->misplaced == 0;
}
