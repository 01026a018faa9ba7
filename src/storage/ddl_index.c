#include "storage/ddl_internal.h"

#include "storage/iter.h"
#include "util/clock.h"
#include "util/log.h"

/* ------------------------------------------- what is there, what is new */

static struct value option_of(struct view spec, const char *name)
{
	struct value v = doc_get(spec, name);

	/* What is false is as good as not there. */
	return v.type == TYPE_BOOL && !value_bool(v) ? (struct value){0} : v;
}

static bool same_option(struct view a, struct view b, const char *name)
{
	struct value x = option_of(a, name), y = option_of(b, name);

	return x.type == y.type && view_equal(view_of(x.data, x.len), view_of(y.data, y.len));
}

/* The same documents may be said in another order. */
static bool same_filter(const struct index *ix, const struct index_spec *spec)
{
	struct value x = doc_get(ix->spec, "partialFilterExpression");
	struct value y = doc_get(spec->spec, "partialFilterExpression");

	if (x.type != TYPE_OBJECT || y.type != TYPE_OBJECT)
		return x.type == y.type;
	return spec->same_filter(value_doc(x), value_doc(y));
}

/* Would the two hold the same entries? */
static bool same_entries(const struct index *ix, const struct index_spec *spec)
{
	static const char *const options[] = {"unique", "sparse", "collation"};

	if (!view_equal(ix->key_pattern, spec->key) || !same_filter(ix, spec))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (!same_option(ix->spec, spec->spec, options[i]))
			return false;
	}
	return true;
}

/* The options that say nothing of the entries. */
static bool same_rest(const struct index *ix, const struct index_spec *spec)
{
	static const char *const options[] = {
	    "hidden", "expireAfterSeconds", "prepareUnique", "storageEngine"};

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (!same_option(ix->spec, spec->spec, options[i]))
			return false;
	}
	return true;
}

/* 0; ERR_ABSENT when the two have nothing to do with each other; an error when
 * they are in each other's way. */
static int index_match(const struct index *ix, const struct index_spec *spec, struct status *st)
{
	bool same = same_entries(ix, spec);

	if (view_equal(view_of_str(ix->name), spec->name)) {
		if (same && same_rest(ix, spec))
			return 0;
		return status_set(st,
		    same ? ERR_INDEX_OPTIONS_CONFLICT : ERR_INDEX_KEY_SPECS_CONFLICT,
		    "there is already an index named '%s' with %s", ix->name,
		    same ? "other options" : "another key or other entries");
	}
	if (!same)
		return ERR_ABSENT;
	return status_set(st, ERR_INDEX_OPTIONS_CONFLICT,
	    "there is already such an index with another name: '%s'", ix->name);
}

static bool is_record_key(const struct collection *c, const struct index_spec *spec)
{
	struct value id_key = doc_get(id_index_spec, "key");

	return c->record_key == RECORD_KEY_ID && view_equal(spec->key, value_doc(id_key));
}

/* ERR_ABSENT: it is new. */
static int find_same(
    struct ddl *d, const struct collection *c, const struct index_spec *spec, struct status *st)
{
	int r = ERR_ABSENT;

	if (is_record_key(c, spec))
		return 0;
	for (int i = 0; r == ERR_ABSENT && i < c->n_indexes; i++)
		r = index_match(c->indexes[i], spec, st);
	for (int i = 0; r == ERR_ABSENT && i < d->n_new; i++)
		r = index_match(d->new_indexes[i], spec, st);
	return r;
}

/* An index that does not say otherwise has the collation of its collection. */
static int take_collation(
    struct ddl *d, const struct collection *c, struct index_spec *spec, struct status *st)
{
	struct builder b;
	struct buf buf;

	if (spec->own_collation || !c->collator)
		return 0;
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_elements(&b, spec->spec);
	builder_doc(&b, "collation", c->collation);
	builder_finish(&b);
	spec->spec = builder_failed(&b) ? (struct view){NULL, 0}
					: arena_dup(&d->arena, builder_view(&b));
	buf_clear(&buf);
	return spec->spec.data ? 0 : ddl_no_memory(st);
}

static int check_id_collation(
    const struct collection *c, const struct index_spec *spec, struct status *st)
{
	struct value id_key = doc_get(id_index_spec, "key");

	if (!view_equal(spec->key, value_doc(id_key)) ||
	    same_option(spec->spec, collection_id_spec(c), "collation"))
		return 0;
	return status_set(
	    st, ERR_BAD_VALUE, "the index on _id must have the collation of its collection");
}

static int add_new(struct ddl *d, const struct collection *c, const struct index_spec *given,
    struct status *st)
{
	struct index_spec completed = *given, *spec = &completed;
	int r = take_collation(d, c, spec, st);

	if (!r)
		r = check_id_collation(c, spec, st);
	if (!r)
		r = find_same(d, c, spec, st);
	if (r != ERR_ABSENT)
		return r;
	if (c->capped && !value_is_missing(doc_get(spec->spec, "expireAfterSeconds")))
		return status_set(st, ERR_CANNOT_CREATE_INDEX,
		    "'%s' is capped: its documents cannot have an age to be removed at", c->ns);
	if (collection_count_indexes(c) + d->n_new >= INDEXES_MAX)
		return status_set(st, ERR_CANNOT_CREATE_INDEX,
		    "'%s' has %d indexes already, as many as there can be", c->ns, INDEXES_MAX);
	r = ddl_make_index(d, spec, c->table_id, &d->new_indexes[d->n_new], st);
	if (!r)
		d->n_new++;
	return r;
}

/* The next version with the new indexes behind the old ones. */
static int add_version(struct ddl *d, struct collection *before, struct status *st)
{
	struct collection *after = collection_next(before);
	struct index *all[2 * INDEXES_MAX];
	int n = 0, r;

	r = ddl_add_change(d, collection_ref(before), after, st);
	if (r || !after)
		return r ? r : ddl_no_memory(st);
	for (int i = 0; i < after->n_indexes; i++)
		all[n++] = after->indexes[i];
	for (int i = 0; i < d->n_new; i++)
		all[n++] = index_ref(d->new_indexes[i]);
	collection_set_indexes(after, n, all);
	return arena_failed(&after->arena) ? ddl_no_memory(st) : 0;
}

static int not_on_a_view(const struct collection *c, struct status *st)
{
	if (c->kind != KIND_VIEW)
		return 0;
	return status_set(
	    st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW, "'%s' is a view: it has no indexes", c->ns);
}

static int build_prepare(
    struct ddl *d, struct view db, struct view name, struct index_build *b, struct status *st)
{
	struct collection *c;
	int r = ddl_find(d, db, name, &c, st);

	if (r)
		return r;
	d->collection = c;
	d->indexes_before = collection_count_indexes(c);
	d->new_indexes = arena_new_array(&d->arena, (size_t)b->n, struct index *);
	r = not_on_a_view(c, st);
	if (!r && b->n && !d->new_indexes)
		r = ddl_no_memory(st);
	for (int i = 0; !r && i < b->n; i++)
		r = add_new(d, c, &b->specs[i], st);
	if (r || d->n_new == 0)
		return r;
	r = add_version(d, c, st);
	if (r)
		return r;
	d->phase = DDL_PREPARED;
	return 0;
}

/* --------------------------------------------------------- the building */

static int is_empty(struct ddl *d, bool *empty, struct status *st)
{
	struct iter_options o = {.tier = READ_ANY};
	struct iter *it = iter_open_records(d->store, d->collection, &o);
	int r;

	if (!it)
		return ddl_no_memory(st);
	r = iter_first(it, st);
	iter_close(it);
	*empty = r == ERR_ABSENT;
	return r == ERR_ABSENT ? 0 : r;
}

static void put_ready(struct ddl *d)
{
	struct collection *after = d->changes[0].after;

	for (int i = 0; i < d->n_new; i++) {
		struct index *ix = d->new_indexes[i];
		struct ddl_note n;

		rows_put_index(d->batch, ix, INDEX_READY, ix->multikey);
		builder_doc(ddl_note_begin(&n, after), "index", ix->spec);
		ddl_note_end(&n, d, MARKER_CREATE_INDEX, after);
	}
	rows_put_collection(d->batch, after);
	rows_put_sequences(d->batch, ddl_catalog(d));
	d->phase = DDL_READY;
}

/* Under the fence: nobody writes any more. */
static int build_begin(struct ddl *d, struct status *st)
{
	bool empty;
	int r = is_empty(d, &empty, st);

	if (r)
		return r;
	for (int i = 0; i < d->n_new; i++) {
		struct index *ix = d->new_indexes[i];

		/* One that is filled while duplicates may still come to light
		 * needs the record keys in its entries. */
		ix->layout = ix->unique && empty ? LAYOUT_UNIQUE : LAYOUT_KEY_RECORD;
	}
	if (empty) {
		put_ready(d);
		return 0;
	}
	for (int i = 0; i < d->n_new; i++)
		rows_put_index(d->batch, d->new_indexes[i], INDEX_BUILDING, 0);
	rows_put_sequences(d->batch, ddl_catalog(d));
	commit_init(&d->commit, d->batch);
	d->phase = DDL_BUILD_COMMIT;
	return 0;
}

/*
 * Takes the rows of the unfinished indexes and their entries away again.  This
 * is done even for an op that was killed, in one go: it is rare, and as short
 * as a commit is.  What cannot be undone now is swept at the next opening.
 */
static enum step undo(struct ddl *d)
{
	struct commit commit;
	struct status st;

	batch_reset(d->batch);
	for (int i = 0; i < d->n_new; i++) {
		batch_remove_index(d->batch, d->new_indexes[i]);
		rows_remove_index(d->batch, d->new_indexes[i]);
	}
	status_init(&st);
	commit_init(&commit, d->batch);
	if (commit_blocking(d->store, &commit, &st) != 0)
		log_write(LOG_INDEX, LOG_WARNING, 5102, "A failed index build is not undone",
		    (struct log_attr[]){{"ns", LOG_STR(d->collection->ns)},
			{"error", LOG_STR(st.message)}, {NULL}});
	status_clear(&st);
	d->phase = DDL_FENCED;
	return STEP_ERROR;
}

static enum step build_commit(struct ddl *d, struct op *op, struct status *st)
{
	enum step step = commit_run(d->store, &d->commit, op, st);

	if (step == STEP_ERROR)
		d->phase = DDL_FENCED;
	if (step != STEP_DONE)
		return step;
	for (int i = 0; i < d->n_new; i++)
		d->new_indexes[i]->build_id = d->commit.cluster_time;
	d->building = true;
	d->phase = DDL_BUILD_SYNC;
	return STEP_DONE;
}

static enum step build_sync(struct ddl *d, struct op *op, struct status *st)
{
	enum step step = store_wait_synced(d->store, d->commit.sequence, op, st);

	if (step == STEP_ERROR)
		return undo(d);
	if (step == STEP_DONE)
		d->phase = DDL_BUILD_FILL;
	return step;
}

static enum step build_fill(
    struct ddl *d, struct index_build *b, struct op *op, struct status *st)
{
	enum step step;

	b->n_indexes = d->n_new;
	step = b->fill(b, d->collection, d->new_indexes, op, st);
	if (step == STEP_ERROR)
		return undo(d);
	if (step == STEP_DONE) {
		batch_reset(d->batch);
		put_ready(d);
	}
	return step;
}

static enum step build_finish(struct ddl *d, struct op *op, struct status *st)
{
	enum step step = ddl_finish(d, op, st);

	if (step == STEP_ERROR && d->phase == DDL_READY && d->building)
		return undo(d);
	if (step == STEP_DONE) {
		collection_unref(d->collection);
		d->collection = collection_ref(d->changes[0].after);
	}
	return step;
}

/* One phase; DONE: on to the next. */
static enum step build_phase(
    struct ddl *d, struct index_build *b, struct op *op, struct status *st)
{
	switch (d->phase) {
	case DDL_PREPARED:
		return ddl_fence(d, op, st);
	case DDL_FENCED:
		return build_begin(d, st) == 0 ? STEP_DONE : STEP_ERROR;
	case DDL_BUILD_COMMIT:
		return build_commit(d, op, st);
	case DDL_BUILD_SYNC:
		return build_sync(d, op, st);
	case DDL_BUILD_FILL:
		return build_fill(d, b, op, st);
	default:
		return build_finish(d, op, st);
	}
}

enum step ddl_create_indexes(struct ddl *d, struct view db, struct view name,
    struct index_build *b, struct op *op, struct status *st)
{
	enum step step = ddl_begin(d, op, st);

	if (step != STEP_DONE)
		return step;
	if (d->phase == DDL_LOCKED) {
		if (build_prepare(d, db, name, b, st) != 0)
			return STEP_ERROR;
		if (d->n_new == 0)
			return ddl_nothing(d);
	}
	while (d->phase != DDL_DONE) {
		step = build_phase(d, b, op, st);
		if (step != STEP_DONE)
			return step;
	}
	return STEP_DONE;
}

/* ------------------------------------------------------------- dropping */

static int find_dropped(
    const struct collection *c, struct view name, struct index **out, struct status *st)
{
	if (view_equal(name, view_of_str("_id_")))
		return status_set(
		    st, ERR_INVALID_OPTIONS, "the index on _id cannot be dropped");
	for (int i = 0; i < c->n_indexes; i++) {
		*out = c->indexes[i];
		if (view_equal(view_of_str((*out)->name), name))
			return 0;
	}
	return status_set(st, ERR_INDEX_NOT_FOUND, "there is no index named '%.*s'",
	    (int)MIN_OF(name.len, 300), (const char *)name.data);
}

/* Out of the version that is made; its reference is given back. */
static void take_out(struct collection *c, const struct index *ix)
{
	int n = 0;

	for (int i = 0; i < c->n_indexes; i++) {
		if (c->indexes[i] == ix)
			index_unref(c->indexes[i]);
		else
			c->indexes[n++] = c->indexes[i];
	}
	c->n_indexes = n;
}

static void put_index_drop(struct ddl *d, struct collection *after, const struct index *ix)
{
	struct ddl_note n;

	take_out(after, ix);
	rows_remove_index(d->batch, ix);
	batch_remove_index(d->batch, ix);
	builder_doc(ddl_note_begin(&n, after), "index", ix->spec);
	ddl_note_end(&n, d, MARKER_DROP_INDEX, after);
	d->dropped++;
}

static int drop_prepare(struct ddl *d, struct view db, struct view name, int n,
    const struct view *names, struct status *st)
{
	struct collection *before, *after;
	int r = ddl_find(d, db, name, &before, st);

	if (r)
		return r;
	after = collection_next(before);
	r = ddl_add_change(d, before, after, st);
	if (!r && (!after || arena_failed(&after->arena)))
		r = ddl_no_memory(st);
	if (!r)
		r = not_on_a_view(before, st);
	for (int i = 0; !r && i < n; i++) {
		struct index *ix = NULL;

		r = find_dropped(after, names[i], &ix, st);
		if (!r)
			put_index_drop(d, after, ix);
	}
	if (r)
		return r;
	rows_put_collection(d->batch, after);
	d->indexes_before = collection_count_indexes(before);
	d->collection = collection_ref(after);
	d->phase = DDL_PREPARED;
	return 0;
}

enum step ddl_drop_indexes(struct ddl *d, struct view db, struct view name, int n,
    const struct view *names, struct op *op, struct status *st)
{
	enum step step = ddl_begin(d, op, st);

	if (step != STEP_DONE)
		return step;
	if (d->phase == DDL_LOCKED && drop_prepare(d, db, name, n, names, st) != 0)
		return STEP_ERROR;
	return ddl_carry_out(d, op, st);
}

/* ------------------------------------------------------------- changing */

/* The same index with other options: readers of the old one are not disturbed.  Its accesses
 * are counted anew, as in MongoDB. */
static struct index *make_successor(
    const struct index *ix, const struct index_change *change, struct status *st)
{
	struct index *next = index_new(ix->store);
	struct value key;

	if (!next)
		return NULL;
	next->id = ix->id;
	next->table_id = ix->table_id;
	next->name = arena_strdup(&next->arena, ix->name);
	next->spec = arena_dup(&next->arena, change->spec);
	next->state = ix->state;
	next->layout = ix->layout;
	next->unique = change->unique;
	next->sparse = ix->sparse;
	next->hidden = change->hidden;
	next->is_id = ix->is_id;
	next->multikey = ix->multikey;
	next->build_id = ix->build_id;
	next->collation_version = arena_dup(&next->arena, ix->collation_version);
	next->created_ms = clock_wall_ms();
	key = next->spec.data ? doc_get(next->spec, "key") : value_missing;
	if (key.type == TYPE_OBJECT)
		next->key_pattern = value_doc(key);
	if (arena_failed(&next->arena) || index_parse(next, st) != 0) {
		index_unref(next);
		return NULL;
	}
	next->family = family_ref(ix->family);
	return next;
}

int ddl_change_index(struct ddl *d, struct collection *after,
    const struct index_change *change, struct status *st)
{
	for (int i = 0; i < after->n_indexes; i++) {
		struct index *ix = after->indexes[i], *next;

		if (!view_equal(view_of_str(ix->name), change->name))
			continue;
		next = make_successor(ix, change, st);
		if (!next)
			return ddl_no_memory(st);
		after->indexes[i] = next;
		index_unref(ix);
		rows_put_index(d->batch, next, INDEX_READY, next->multikey);
		return 0;
	}
	return status_set(st, ERR_INDEX_NOT_FOUND, "there is no index named '%.*s'",
	    (int)MIN_OF(change->name.len, 300), (const char *)change->name.data);
}

/* ------------------------------------------------------------- multikey */

static bool is_there(const struct collection *c, const struct index *ix)
{
	for (int i = 0; c && i < c->n_indexes; i++) {
		if (c->indexes[i] == ix)
			return true;
	}
	return false;
}

enum step ddl_set_multikey(struct ddl *d, struct collection *c, struct index *ix, uint64_t bits,
    struct op *op, struct status *st)
{
	enum step step = ddl_begin(d, op, st);

	if (step != STEP_DONE)
		return step;
	if (d->phase == DDL_LOCKED) {
		d->collection = catalog_find_table(ddl_catalog(d), c->table_id);
		if (!is_there(d->collection, ix) || (ix->multikey & bits) == bits)
			return ddl_nothing(d);
		rows_put_index(d->batch, ix, INDEX_READY, ix->multikey | bits);
		/* In memory only what is in the log: whoever sees the bits may
		 * commit an array behind them. */
		d->arrays_in = ix;
		d->arrays_bits = bits;
		d->phase = DDL_READY;
	}
	return ddl_finish(d, op, st);
}
