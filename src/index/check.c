#include "index/check.h"

#include <stdlib.h>

#include "bson/validate.h"
#include "index/entry.h"
#include "storage/record.h"

#define LOOK_EVERY 64
/* Past this size no more are named: a reply has to hold all three. */
#define DETAILS_BYTES_MAX (1024 * 1024)

/* The phases: 0, the documents; then 1 + i, the entries of index i. */

static void details_init(struct check_details *d, struct memory_account *memory)
{
	buf_init(&d->buf, memory);
	builder_init(&d->b, &d->buf);
	builder_array_begin(&d->b, "found");
}

void index_check_init(
    struct index_check *k, struct store *s, struct collection *c, struct memory_account *memory)
{
	*k = (struct index_check){.store = s, .collection = collection_ref(c)};
	arena_init(&k->row, memory);
	arena_init(&k->arena, memory);
	keygen_init(&k->keygen, memory);
	buf_init(&k->scratch, memory);
	buf_init(&k->previous, memory);
	details_init(&k->missing, memory);
	details_init(&k->extra, memory);
	details_init(&k->corrupt, memory);
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
	buf_clear(&k->corrupt.buf);
	buf_clear(&k->extra.buf);
	buf_clear(&k->missing.buf);
	buf_clear(&k->previous);
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

/* --------------------------------------------------------------- details */

static void put_record_id(struct builder *b, const struct collection *c, struct view record_key)
{
	uint64_t n = 0;

	if (c->record_key == RECORD_KEY_ID || record_key.len != sizeof(n)) {
		builder_binary(b, "recordId", 0, record_key.data, record_key.len);
		return;
	}
	memcpy(&n, record_key.data, sizeof(n));
	builder_i64(b, "recordId", (int64_t)be64toh(n));
}

/* With the names of the key pattern; sort keys are no strings and stay bytes. */
static void put_index_key(
    struct builder *b, const struct index *ix, const struct index_key *key)
{
	struct builder_mark mark = builder_mark(b);

	if (!ix->collator) {
		builder_doc_begin(b, "indexKey");
		if (index_key_decode(ix, key->key, key->type_bits, b, NULL) == 0) {
			builder_doc_end(b);
			return;
		}
		builder_doc_end(b);
		builder_rewind(b, mark);
	}
	builder_binary(b, "indexKey", 0, key->key.data, key->key.len);
}

/* NULL: there is no more room. */
static struct builder *details_begin(struct check_details *d)
{
	if (d->buf.len > DETAILS_BYTES_MAX)
		d->full = true;
	if (d->full)
		return NULL;
	builder_doc_begin(&d->b, NULL);
	return &d->b;
}

static void tell_missing(
    struct index_check *k, const struct index *ix, const struct index_key *key)
{
	struct builder *b = details_begin(&k->missing);

	if (!b)
		return;
	builder_str(b, "indexName", ix->name);
	put_record_id(b, k->collection, iter_key(k->it));
	builder_doc_begin(b, "idKey");
	builder_value(b, "_id", doc_get(iter_value(k->it), "_id"));
	builder_doc_end(b);
	put_index_key(b, ix, key);
	builder_doc_end(b);
}

static void tell_extra(
    struct index_check *k, const struct index *ix, const struct index_entry *e)
{
	struct builder *b = details_begin(&k->extra);

	if (!b)
		return;
	builder_str(b, "indexName", ix->name);
	put_record_id(b, k->collection, e->record_key);
	put_index_key(b, ix, &e->key);
	builder_doc_end(b);
}

static void tell_corrupt(struct index_check *k)
{
	struct builder *b = details_begin(&k->corrupt);

	if (!b)
		return;
	put_record_id(b, k->collection, iter_key(k->it));
	builder_doc_end(b);
}

struct view check_details_found(struct check_details *d)
{
	return value_doc(doc_get(builder_view(&d->b), "found"));
}

static int finish_details(struct check_details *d, struct status *st)
{
	builder_array_end(&d->b);
	builder_finish(&d->b);
	return builder_failed(&d->b) ? no_memory(st) : 0;
}

/* ------------------------------------------------- what documents should have */

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

/* The keys; *refused: it is no document for this index. */
static int make_keys(struct index_check *k, const struct index *ix, struct view doc,
    struct index_keys *keys, bool *refused, struct status *st)
{
	int r = index_keys_make(&k->keygen, ix, doc, &k->row, keys, st);

	*refused = r && r != ERR_EXCEEDED_MEMORY_LIMIT;
	if (!*refused)
		return r;
	status_clear(st);
	return 0;
}

static int check_index(struct index_check *k, int i, struct status *st)
{
	const struct index *ix = k->collection->indexes[i];
	struct index_count *count = &k->counts[i];
	struct index_keys keys;
	bool refused;
	int r = make_keys(k, ix, iter_value(k->it), &keys, &refused, st);

	if (r || refused) {
		count->refused += refused;
		return r;
	}
	count->not_multikey |= (keys.multikey & ~atomic_load(&ix->multikey)) != 0;
	count->keys += keys.n;
	for (int n = 0; n < keys.n && !r; n++) {
		bool there = true;

		r = look_for_entry(k, ix, &keys.keys[n], &there, st);
		count->missing += !there;
		if (!r && !there)
			tell_missing(k, ix, &keys.keys[n]);
	}
	return r;
}

static int check_document(struct index_check *k, struct status *st)
{
	struct collection *c = k->collection;
	int r = 0;

	arena_reset(&k->row);
	k->documents++;
	if (bson_check(iter_value(k->it), NULL)) {
		k->invalid++;
		tell_corrupt(k);
		return 0;
	}
	if (c->record_key == RECORD_KEY_ID) {
		buf_reset(&k->scratch);
		record_key_of_id(&k->scratch, c, doc_get(iter_value(k->it), "_id"));
		k->misplaced += !view_equal(buf_view(&k->scratch), iter_key(k->it));
	}
	if (k->document)
		r = k->document(k->arg, iter_value(k->it), st);
	for (int i = 0; i < c->n_indexes && !r; i++)
		r = check_index(k, i, st);
	return r;
}

/* ------------------------------------------------------------ what there is */

static int compare_key(const void *key, const void *candidate)
{
	return view_compare(
	    *(const struct view *)key, ((const struct index_key *)candidate)->key);
}

static int has_key(struct index_check *k, const struct index *ix, const struct index_entry *e,
    bool *has, struct status *st)
{
	struct index_keys keys = {0};
	struct pinned p;
	bool refused;
	int r = record_get(k->store, k->snap, k->collection, e->record_key, READ_ANY, &p, st);

	*has = false;
	if (r == ERR_ABSENT)
		return 0;
	if (r)
		return r;
	arena_reset(&k->row);
	if (bson_check(p.bytes, NULL) == 0)
		r = make_keys(k, ix, p.bytes, &keys, &refused, st);
	*has = !r && keys.n &&
	       bsearch(&e->key.key, keys.keys, (size_t)keys.n, sizeof(*keys.keys), compare_key);
	pinned_release(&p);
	return r;
}

/* Unique, and yet side by side: their record keys are in them. */
static int check_double(struct index_check *k, struct index_count *count,
    const struct index_entry *e, struct status *st)
{
	count->doubles += k->previous.len && view_equal(buf_view(&k->previous), e->key.key);
	buf_reset(&k->previous);
	buf_append_view(&k->previous, e->key.key);
	return k->previous.failed ? no_memory(st) : 0;
}

static int check_entry(struct index_check *k, struct status *st)
{
	const struct index *ix = k->collection->indexes[k->phase - 1];
	struct index_count *count = &k->counts[k->phase - 1];
	struct index_entry e;
	bool has = true;
	int r;

	count->entries += !k->looking;
	if (index_entry_split(
		ix, k->collection->record_key, iter_key(k->it), iter_value(k->it), &e, NULL)) {
		count->unreadable += !k->looking;
		return 0;
	}
	if (!k->looking)
		return ix->unique ? check_double(k, count, &e, st) : 0;
	r = has_key(k, ix, &e, &has, st);
	if (!r && !has) {
		count->extra++;
		tell_extra(k, ix, &e);
	}
	return r;
}

/* The entries are gone through once more when there are others than those that were found from
 * the documents. */
static void end_phase(struct index_check *k)
{
	const struct index_count *n = k->phase ? &k->counts[k->phase - 1] : NULL;

	close_iter(k);
	buf_reset(&k->previous);
	if (n && !k->looking && n->entries != n->keys - n->missing) {
		k->looking = true;
		return;
	}
	k->looking = false;
	k->phase++;
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
			end_phase(k);
			continue;
		}
		if (!r)
			r = k->phase ? check_entry(k, st) : check_document(k, st);
		if (r)
			return STEP_ERROR;
		if (n % LOOK_EVERY == 0 && op_slice_over(op))
			return STEP_HANDOVER;
	}
	if (finish_details(&k->missing, st) || finish_details(&k->extra, st) ||
	    finish_details(&k->corrupt, st))
		return STEP_ERROR;
	return STEP_DONE;
}

bool index_count_is_clean(const struct index_count *n)
{
	return !n->missing && !n->extra && !n->unreadable && !n->doubles && !n->refused &&
	       !n->not_multikey && n->keys == n->entries;
}

bool index_check_is_clean(const struct index_check *k)
{
	for (int i = 0; i < k->collection->n_indexes; i++)
		if (!index_count_is_clean(&k->counts[i]))
			return false;
	return k->misplaced == 0 && k->invalid == 0;
}
