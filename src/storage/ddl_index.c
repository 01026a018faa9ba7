#include "storage/ddl_internal.h"

#include "util/clock.h"

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
	static const char *const options[] = {"unique", "sparse", "collation", "weights",
	    "default_language", "language_override", "2dsphereIndexVersion", "bits", "min",
	    "max", "wildcardProjection"};

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

static bool is_text_key(struct view key)
{
	struct value v = doc_get(key, "_fts");

	return v.type == TYPE_STRING && key_kind_find(value_str(v)) == INDEX_TEXT;
}

/* 0; ERR_ABSENT when the two have nothing to do with each other; an error when
 * they are in each other's way. */
static int index_match(const struct index *ix, const struct index_spec *spec, struct status *st)
{
	bool same = same_entries(ix, spec);

	if (!same && ix->kind == INDEX_TEXT && is_text_key(spec->key))
		return status_set(st,
		    view_equal(ix->key_pattern, spec->key) ? ERR_INDEX_OPTIONS_CONFLICT
							   : ERR_CANNOT_CREATE_INDEX,
		    "a collection has one text index at most, and there is '%s'", ix->name);
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

/* As index_match, of an index that somebody is building. */
static int match_building(
    struct ddl *d, const struct index *ix, const struct index_spec *spec, struct status *st)
{
	int r = index_match(ix, spec, st);

	if (r == 0 && !d->awaited)
		d->awaited = building_ref(ix->building);
	return r;
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
	for (int i = c->n_indexes; r == ERR_ABSENT && i < c->n_written; i++)
		r = match_building(d, c->indexes[i], spec, st);
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

static int not_on_a_view(const struct collection *c, struct status *st)
{
	if (c->kind != KIND_VIEW)
		return 0;
	return status_set(
	    st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW, "'%s' is a view: it has no indexes", c->ns);
}

int ddl_make_indexes(struct ddl *d, struct view db, struct view name,
    const struct index_build *b, struct status *st)
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
	return !r && d->awaited ? ERR_WOULD_BLOCK : r;
}

/* ------------------------------------------------------------- dropping */

static int find_dropped(
    const struct collection *c, struct view name, struct index **out, struct status *st)
{
	if (view_equal(name, view_of_str("_id_")))
		return status_set(
		    st, ERR_INVALID_OPTIONS, "the index on _id cannot be dropped");
	for (int i = 0; i < c->n_written; i++) {
		*out = c->indexes[i];
		if (view_equal(view_of_str((*out)->name), name))
			return 0;
	}
	return status_set(st, ERR_INDEX_NOT_FOUND, "there is no index named '%.*s'",
	    (int)MIN_OF(name.len, 300), (const char *)name.data);
}

void ddl_take_out(struct collection *c, const struct index *ix)
{
	int n = 0, n_ready = 0;

	for (int i = 0; i < c->n_written; i++) {
		if (c->indexes[i] == ix) {
			index_unref(c->indexes[i]);
			continue;
		}
		n_ready += i < c->n_indexes;
		c->indexes[n++] = c->indexes[i];
	}
	c->n_indexes = n_ready;
	c->n_written = n;
}

/* The indexes that one command builds come to their end together. */
static int check_whole_builds(
    const struct collection *before, const struct collection *after, struct status *st)
{
	for (int i = after->n_indexes; i < after->n_written; i++)
		for (int j = before->n_indexes; j < before->n_written; j++) {
			const struct index *kept = after->indexes[i], *ix = before->indexes[j];

			if (ix->building == kept->building && !ddl_has_index(after, ix->id))
				return status_set(st, ERR_BACKGROUND_OPERATION_IN_PROGRESS,
				    "the index '%s' is being built together with '%s': the "
				    "build can only be ended as a whole",
				    ix->name, kept->name);
		}
	return 0;
}

static void put_index_drop(struct ddl *d, struct collection *after, const struct index *ix)
{
	struct ddl_note n;

	ddl_take_out(after, ix);
	rows_remove_index(d->batch, ix);
	batch_remove_index(d->batch, ix);
	builder_doc(ddl_note_begin(&n, after), "index", ix->spec);
	ddl_note_end(
	    &n, d, ix->state == INDEX_READY ? MARKER_DROP_INDEX : MARKER_ABORT_BUILD, after);
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
	if (!r)
		r = check_whole_builds(before, after, st);
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
