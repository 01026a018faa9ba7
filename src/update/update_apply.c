#include "config.h"

#include <stdlib.h>

#include "bson/validate.h"
#include "update/update_op.h"

#define MORE_BYTES 128 /* than the old document: most updates add less */

/*
 * One name (or place) on the next level, and the subtree for it.  $ has become
 * the place that the filter matched; $[] and $[name] are kept apart, since they are for
 * many elements.  Several subtrees may be for one element: a.0, a.$[] and
 * a.$[x].
 */
struct entry {
	struct view name;
	int32_t index;
	const struct update_node *node;
	bool done;
};

struct level {
	int n, n_wild;
	struct entry *entries; /* in order */
	const struct update_node **wild; /* PART_ALL and PART_FILTERED */
	const struct update_node **group; /* room for all, for the caller */
};

/* The subtrees that are for one value. */
struct subtrees {
	const struct update_node *const *nodes;
	int n;
};

const char *update_path(struct update_run *run)
{
	buf_append_byte(&run->delta.path, '\0');
	if (run->delta.path.failed)
		return "?";
	run->delta.path.len--;
	return (const char *)run->delta.path.data;
}

static void note_set(struct update_run *run, struct value v)
{
	run->changed = true;
	delta_note_set(&run->delta, v);
}

static void note_removed(struct update_run *run)
{
	run->changed = true;
	delta_note_removed(&run->delta);
}

/* The elements at the end of an array that are new, each by its place. */
static void note_appended(struct update_run *run, struct value array, int n)
{
	int first = doc_count(value_doc(array)) - n;
	struct doc_iter it = doc_iter(value_doc(array));
	struct element e;

	for (int i = 0; doc_next(&it, &e); i++) {
		size_t before;

		if (i < first)
			continue;
		before = delta_push_place(&run->delta, i);
		note_set(run, e.value);
		delta_pop(&run->delta, before);
	}
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return update_compare_names(x->name, x->index, y->name, y->index);
}

static int matched_place(struct update_run *run, struct entry *e)
{
	char *name;

	if (run->array_index < 0 || run->array_index > INT32_MAX)
		return status_set(run->st, ERR_BAD_VALUE,
		    "the positional operator did not find the match needed from the query");
	name = arena_printf(run->a, "%d", (int)run->array_index);
	if (!name)
		return update_no_memory(run->st);
	e->name = view_of_str(name);
	e->index = (int32_t)run->array_index;
	return 0;
}

static int add_entry(struct update_run *run, struct level *l, const struct update_node *node)
{
	struct entry *e;

	if (node->on_insert_only && !run->insert)
		return 0;
	if (node->kind == PART_ALL || node->kind == PART_FILTERED) {
		l->wild[l->n_wild++] = node;
		return 0;
	}
	e = &l->entries[l->n++];
	*e = (struct entry){.name = node->name, .index = node->index, .node = node};
	return node->kind == PART_MATCHED ? matched_place(run, e) : 0;
}

/* The children of all subtrees, by name. */
static int make_level(struct update_run *run, struct subtrees trees, struct level *l)
{
	size_t n = 1;

	for (int i = 0; i < trees.n; i++)
		n += (size_t)trees.nodes[i]->n;
	*l = (struct level){0};
	l->entries = arena_new_array(run->a, n, struct entry);
	l->wild = arena_new_array(run->a, 2 * n, const struct update_node *);
	if (!l->entries || !l->wild)
		return update_no_memory(run->st);
	l->group = l->wild + n;
	for (int i = 0; i < trees.n; i++)
		for (int k = 0; k < trees.nodes[i]->n; k++) {
			int r = add_entry(run, l, trees.nodes[i]->children[k]);

			if (r)
				return r;
		}
	if (l->n > 1)
		qsort(l->entries, (size_t)l->n, sizeof(l->entries[0]), compare_entries);
	return 0;
}

/* The first entry that is not below the name. */
static int find_entry(const struct level *l, struct view name, int32_t index)
{
	int low = 0, high = l->n;

	while (low < high) {
		int middle = low + (high - low) / 2;
		const struct entry *e = &l->entries[middle];

		if (update_compare_names(e->name, e->index, name, index) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Puts the subtrees for that name into group; they count as done. */
static struct subtrees take_named(struct level *l, int at, struct view name)
{
	struct subtrees trees = {l->group, 0};

	for (; at < l->n && view_equal(l->entries[at].name, name); at++) {
		l->group[trees.n++] = l->entries[at].node;
		l->entries[at].done = true;
	}
	return trees;
}

static int32_t name_index(struct view name)
{
	int64_t n = 0;

	if (name.len == 0 || name.len > 10 || (name.len > 1 && name.data[0] == '0'))
		return -1;
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] < '0' || name.data[i] > '9')
			return -1;
		n = 10 * n + (name.data[i] - '0');
	}
	return n > INT32_MAX ? -1 : (int32_t)n;
}

static int conflict(struct update_run *run)
{
	return status_set(run->st, ERR_CONFLICTING_UPDATE_OPERATORS,
	    "the update created a conflict at '%s'", update_path(run));
}

static const struct update_leaf *find_leaf(struct subtrees trees)
{
	for (int i = 0; i < trees.n; i++)
		if (trees.nodes[i]->leaf)
			return trees.nodes[i]->leaf;
	return NULL;
}

static int apply_leaf(const struct update_leaf *leaf, struct update_run *run, struct value old,
    struct update_change *c)
{
	*c = (struct update_change){.what = CHANGE_KEEP};
	return leaf->op->apply(leaf, run, old, c);
}

static int create(struct update_run *run, struct subtrees trees, struct value *out);

/* A document's own fields do not begin with a dollar sign; those below may. */
static int check_name(struct update_run *run, struct view name)
{
	if (run->delta.path.len != name.len || name.len == 0 || name.data[0] != '$')
		return 0;
	return status_set(run->st, ERR_DOLLAR_PREFIXED_FIELD_NAME,
	    "the name '%.*s' begins with a dollar sign, and cannot be stored",
	    (int)MIN_OF(name.len, 200), (const char *)name.data);
}

/*
 * A new value into the document.  That it is too large is seen at once: one value may go to
 * each element of an array.
 */
static int put(
    struct update_run *run, struct builder *b, const char *name, size_t len, struct value v)
{
	builder_value_n(b, name, len, v);
	return update_check_growth(b, run->st);
}

/* The entries that no field was there for, in order, into b. */
static int create_rest(struct update_run *run, struct level *l, struct builder *b, bool noted)
{
	for (int i = 0; i < l->n; i++) {
		struct entry *e = &l->entries[i];
		struct subtrees trees;
		struct value v;
		size_t before;
		int r;

		if (e->done)
			continue;
		trees = take_named(l, i, e->name);
		before = delta_push(&run->delta, (const char *)e->name.data, e->name.len);
		r = create(run, trees, &v);
		if (r == 0 && !value_is_missing(v))
			r = check_name(run, e->name);
		if (r)
			return r;
		if (!value_is_missing(v)) {
			r = put(run, b, (const char *)e->name.data, e->name.len, v);
			if (r)
				return r;
			if (noted)
				note_set(run, v);
		}
		delta_pop(&run->delta, before);
	}
	return 0;
}

static int no_array_there(struct update_run *run)
{
	return status_set(run->st, ERR_BAD_VALUE,
	    "the path '%s' has to exist in the document for an update of its elements",
	    update_path(run));
}

/* What the subtrees make where nothing is: missing when they make nothing. */
static int create(struct update_run *run, struct subtrees trees, struct value *out)
{
	const struct update_leaf *leaf = find_leaf(trees);
	struct update_change c;
	struct level l;
	struct builder b;
	struct buf buf;
	int r;

	*out = value_missing;
	if (leaf) {
		if (trees.n > 1)
			return conflict(run);
		r = apply_leaf(leaf, run, value_missing, &c);
		if (r == 0 && c.what == CHANGE_SET)
			*out = c.value;
		return r;
	}
	r = make_level(run, trees, &l);
	if (r)
		return r;
	if (l.n_wild)
		return no_array_there(run);
	buf_init(&buf, run->a->account);
	builder_init(&b, &buf);
	r = create_rest(run, &l, &b, false);
	builder_finish(&b);
	if (r == 0 && !builder_failed(&b) && !doc_is_empty(builder_view(&b))) {
		struct view doc = arena_dup(run->a, builder_view(&b));

		*out = doc.data ? value_of_doc(doc) : value_missing;
		if (!doc.data)
			r = update_no_memory(run->st);
	}
	if (r == 0 && builder_failed(&b))
		r = status_set(run->st, ERR_OVERFLOW, "the update makes the document too deep");
	buf_clear(&buf);
	return r;
}

static int apply_value(struct update_run *run, struct subtrees trees, struct builder *b,
    const char *name, size_t len, struct value old);

static int apply_object(
    struct update_run *run, struct subtrees trees, struct builder *b, struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	const uint8_t *kept = it.at; /* fields that stay, up to here, are copied as one */
	struct element e;
	struct level l;
	int r = make_level(run, trees, &l);

	if (r == 0 && l.n_wild)
		return status_set(run->st, ERR_BAD_VALUE,
		    "cannot update the elements of '%s', which is no array", update_path(run));
	while (r == 0 && doc_next(&it, &e)) {
		struct view name = view_of(e.name, e.name_len);
		struct subtrees below =
		    take_named(&l, find_entry(&l, name, name_index(name)), name);
		const uint8_t *field = (const uint8_t *)e.name - 1; /* its type */
		size_t before;

		if (!below.n)
			continue;
		builder_fields(b, view_of(kept, (size_t)(field - kept)));
		kept = it.at;
		before = delta_push(&run->delta, e.name, e.name_len);
		r = apply_value(run, below, b, e.name, e.name_len, e.value);
		delta_pop(&run->delta, before);
	}
	builder_fields(b, view_of(kept, (size_t)(it.at - kept)));
	return r ? r : create_rest(run, &l, b, true);
}

/* Adds the subtrees for many elements that are for this one. */
static void add_wild(const struct level *l, struct value element, struct subtrees *trees)
{
	for (int i = 0; i < l->n_wild; i++) {
		const struct update_node *n = l->wild[i];

		if (n->kind == PART_ALL ||
		    filter_matches_named(n->filter->filter, element, NULL))
			l->group[trees->n++] = n;
	}
}

static int not_viable(struct update_run *run, struct view child, const char *type)
{
	return status_set(run->st, ERR_PATH_NOT_VIABLE,
	    "cannot create the field '%.*s' in '%s', which is of type %s",
	    (int)MIN_OF(child.len, 200), (const char *)child.data, update_path(run), type);
}

/* Names that are no places have nothing to be for in an array. */
static int check_places(struct update_run *run, struct level *l)
{
	for (int i = 0; i < l->n; i++) {
		struct entry *e = &l->entries[i];

		if (e->index >= 0)
			continue;
		if (!e->node->tolerant)
			return not_viable(run, e->name, "array");
		e->done = true;
	}
	return 0;
}

static int pad(struct update_run *run, struct builder *b, int64_t from, int64_t to)
{
	if (to - from > UPDATE_PADDING_MAX)
		return status_set(run->st, ERR_CANNOT_BACKFILL_ARRAY,
		    "cannot fill '%s' with more than %d nulls", update_path(run),
		    UPDATE_PADDING_MAX);
	for (; from < to; from++)
		builder_null(b, NULL);
	return 0;
}

/* Places behind the array's end. */
static int create_places(struct update_run *run, struct level *l, struct builder *b, int64_t n)
{
	for (int i = 0; i < l->n; i++) {
		struct entry *e = &l->entries[i];
		struct subtrees trees;
		struct value v;
		size_t before;
		int r;

		if (e->done)
			continue;
		trees = take_named(l, i, e->name);
		before = delta_push(&run->delta, (const char *)e->name.data, e->name.len);
		r = create(run, trees, &v);
		if (r == 0 && !value_is_missing(v)) {
			r = pad(run, b, n, e->index);
			if (r == 0)
				r = put(run, b, NULL, 0, v);
			note_set(run, v);
			n = (int64_t)e->index + 1;
		}
		if (r)
			return r;
		delta_pop(&run->delta, before);
	}
	return 0;
}

static int apply_array(
    struct update_run *run, struct subtrees trees, struct builder *b, struct view array)
{
	struct doc_iter it = doc_iter(array);
	struct element e;
	struct level l;
	int64_t n = 0;
	int at = 0, r = make_level(run, trees, &l);

	if (r == 0)
		r = check_places(run, &l);
	while (at < l.n && l.entries[at].done)
		at++;
	for (; r == 0 && doc_next(&it, &e); n++) {
		struct subtrees below = {l.group, 0};
		size_t before;

		if (at < l.n && l.entries[at].index == n) {
			below = take_named(&l, at, l.entries[at].name);
			at += below.n;
		}
		add_wild(&l, e.value, &below);
		if (!below.n) {
			builder_value(b, NULL, e.value);
			continue;
		}
		before = delta_push_place(&run->delta, n);
		r = apply_value(run, below, b, NULL, 0, e.value);
		delta_pop(&run->delta, before);
	}
	return r ? r : create_places(run, &l, b, n);
}

static int apply_to_leaf(struct update_run *run, const struct update_leaf *leaf,
    struct builder *b, const char *name, size_t len, struct value old)
{
	struct update_change c;
	int r = apply_leaf(leaf, run, old, &c);

	if (r)
		return r;
	if (c.what == CHANGE_REMOVE && name) {
		note_removed(run);
		return 0;
	}
	if (c.what == CHANGE_REMOVE) /* in an array the others keep their places */
		c = (struct update_change){.what = CHANGE_SET, .value = value_null};
	if (c.what == CHANGE_SET && c.value.type == old.type && c.value.len == old.len &&
	    (old.len == 0 || memcmp(c.value.data, old.data, old.len) == 0))
		c.what = CHANGE_KEEP;
	if (c.what == CHANGE_KEEP) {
		builder_value_n(b, name, len, old);
		return 0;
	}
	r = name ? check_name(run, view_of(name, len)) : 0;
	if (r)
		return r;
	r = put(run, b, name, len, c.value);
	if (r)
		return r;
	if (c.appended)
		note_appended(run, c.value, c.appended);
	else
		note_set(run, c.value);
	return 0;
}

/* The subtrees lead on through what is no document. */
static int apply_scalar(struct update_run *run, struct subtrees trees, struct value old)
{
	for (int i = 0; i < trees.n; i++)
		for (int k = 0; k < trees.nodes[i]->n; k++) {
			const struct update_node *child = trees.nodes[i]->children[k];

			if (child->on_insert_only && !run->insert)
				continue;
			if (child->kind == PART_ALL || child->kind == PART_FILTERED)
				return status_set(run->st, ERR_BAD_VALUE,
				    "cannot update the elements of '%s', which is no array",
				    update_path(run));
			if (!child->tolerant)
				return not_viable(run, child->name, type_name(old.type));
		}
	return 0;
}

static int apply_value(struct update_run *run, struct subtrees trees, struct builder *b,
    const char *name, size_t len, struct value old)
{
	const struct update_leaf *leaf = find_leaf(trees);
	int r;

	if (leaf)
		return trees.n > 1 ? conflict(run)
				   : apply_to_leaf(run, leaf, b, name, len, old);
	if (old.type == TYPE_OBJECT) {
		builder_doc_begin_n(b, name, len);
		r = apply_object(run, trees, b, value_doc(old));
		builder_doc_end(b);
		return r;
	}
	if (old.type == TYPE_ARRAY) {
		builder_array_begin_n(b, name, len);
		r = apply_array(run, trees, b, value_doc(old));
		builder_array_end(b);
		return r;
	}
	builder_value_n(b, name, len, old);
	return apply_scalar(run, trees, old);
}

int update_check_growth(const struct builder *b, struct status *st)
{
	if (b->failed)
		return status_set(st, ERR_OVERFLOW, "the update makes the document too deep");
	if (builder_failed(b))
		return update_no_memory(st);
	if (builder_size(b) > BSON_USER_SIZE_MAX)
		return status_set(st, 17419,
		    "the document after the update is larger than %d bytes",
		    BSON_USER_SIZE_MAX);
	return 0;
}

int update_apply_tree(const struct update *u, struct view old, int64_t array_index, bool insert,
    struct arena *a, struct update_result *out, struct status *st)
{
	const struct update_node *root = &u->root;
	struct update_run run = {
	    .u = u, .old = old, .array_index = array_index, .insert = insert, .a = a, .st = st};
	struct builder b;
	struct buf buf;
	int r;

	*out = (struct update_result){.doc = old};
	buf_init(&buf, a->account);
	if (!buf_reserve(&buf, old.len + MORE_BYTES))
		return update_no_memory(st);
	builder_init(&b, &buf);
	delta_begin(&run.delta, a->account);
	r = apply_object(&run, (struct subtrees){&root, 1}, &b, old);
	builder_finish(&b);
	if (r == 0)
		r = update_check_growth(&b, st);
	if (r == 0 && run.changed) {
		out->changed = true;
		out->doc = arena_dup(a, builder_view(&b));
		out->delta = delta_take(&run.delta, a);
		if (!out->doc.data || !out->delta.data)
			r = update_no_memory(st);
	}
	buf_clear(&buf);
	delta_clear(&run.delta);
	return r;
}

static bool same_bytes(struct value a, struct value b)
{
	return a.type == b.type && a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int update_apply(const struct update *u, struct view old, int64_t array_index, struct arena *a,
    struct update_result *out, struct status *st)
{
	int r;

	if (u->kind == UPDATE_REPLACEMENT)
		return update_replace(old, u->replacement, a, out, st);
	if (u->kind == UPDATE_PIPELINE)
		return update_apply_pipeline(u, old, a, out, st);
	r = update_apply_tree(u, old, array_index, false, a, out, st);
	if (r == 0 && out->changed &&
	    !same_bytes(doc_get(old, "_id"), doc_get(out->doc, "_id")))
		return update_immutable_id(st);
	return r;
}
