#include "index/wildcard.h"

#include "bson/builder.h"

/* ------------------------------------------------------------ which paths */

/* Is it the path, or below it? */
static bool is_at_or_below(struct view path, struct view top)
{
	return path.len >= top.len && !memcmp(path.data, top.data, top.len) &&
	       (path.len == top.len || path.data[top.len] == '.');
}

/* {a: 1, "b.c": 1, d: {e: 1}}: is the path one of them, or below?  As deep as documents are. */
static bool is_named(struct view projection, struct view path, bool is_top)
{
	struct doc_iter it = doc_iter(projection);
	struct element e;

	while (doc_next(&it, &e)) {
		struct view name = view_of(e.name, e.name_len);

		if ((is_top && !strcmp(e.name, "_id")) || !is_at_or_below(path, name))
			continue;
		if (e.value.type != TYPE_OBJECT)
			return true;
		if (path.len > name.len &&
		    is_named(value_doc(e.value),
			view_of(path.data + name.len + 1, path.len - name.len - 1), false))
			return true;
	}
	return false;
}

static bool takes(struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_OBJECT)
		return value_truthy(v);
	it = doc_iter(value_doc(v));
	return doc_next(&it, &e) && takes(e.value);
}

/* Does the projection take in what it names?  One of _id alone goes by that. */
static bool takes_in(struct view projection)
{
	struct doc_iter it = doc_iter(projection);
	struct element e;

	while (doc_next(&it, &e))
		if (strcmp(e.name, "_id") != 0)
			return takes(e.value);
	return takes(doc_get(projection, "_id"));
}

static struct view scope_of(struct view name)
{
	size_t n = strlen("$**");

	return name.len > n ? view_of(name.data, name.len - n - 1) : view_of(NULL, 0);
}

bool wildcard_takes(struct view field, struct value projection, struct view path)
{
	struct view scope = scope_of(field);
	struct view doc;

	if (scope.len)
		return is_at_or_below(path, scope);
	if (is_at_or_below(path, view_of_str("_id")))
		return projection.type == TYPE_OBJECT &&
		       takes(doc_get(value_doc(projection), "_id"));
	if (projection.type != TYPE_OBJECT)
		return true;
	doc = value_doc(projection);
	return takes_in(doc) == is_named(doc, path, true);
}

bool wildcard_has_path(const struct index *ix, struct view path)
{
	return wildcard_takes(ix->fields[ix->wildcard + 1].path.text,
	    doc_get(ix->spec, "wildcardProjection"), path);
}

/* ------------------------------------------------------------------- keys */

/* One call of wildcard_keys. */
struct walking {
	struct key_making *m;
	const struct value *values; /* of the other fields */
	struct buf path;
	int n; /* keys so far */
};

static void put_path(struct walking *w)
{
	struct keygen *g = w->m->g;
	struct value v = {.type = TYPE_STRING};
	struct buf text;

	buf_init(&text, w->m->arena->account);
	buf_append_i32(&text, (int32_t)w->path.len + 1);
	buf_append_view(&text, buf_view(&w->path));
	buf_append_byte(&text, 0);
	v.data = text.data;
	v.len = (uint32_t)text.len;
	if (text.failed)
		g->key.failed = true;
	else
		key_encode(&g->key, &g->types, v, false, NULL);
	buf_clear(&text);
}

/* Without a path: of a document that has none of those. */
static int make_key(struct walking *w, bool has_path, struct value v)
{
	const struct index *ix = w->m->ix;

	key_making_begin(w->m);
	for (int i = 0; i < ix->n_fields; i++) {
		if (i == ix->wildcard && has_path)
			put_path(w);
		else if (i == ix->wildcard)
			key_making_field(w->m, i, v);
		else
			key_making_field(w->m, i, i == ix->wildcard + 1 ? v : w->values[i]);
	}
	w->n++;
	return key_making_end(w->m);
}

static int add_key(struct walking *w, struct value v)
{
	if (w->path.failed)
		return status_set(
		    w->m->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for index keys");
	return wildcard_has_path(w->m->ix, buf_view(&w->path)) ? make_key(w, true, v) : 0;
}

static int walk_document(struct walking *w, struct view doc);

/* Inner arrays are values, as they are to a filter. */
static int walk_array(struct walking *w, struct view array)
{
	struct doc_iter it = doc_iter(array);
	struct element e;
	int r = 0;

	w->m->multikey |= index_path_array_bit(buf_view(&w->path));
	if (doc_is_empty(array))
		return add_key(
		    w, (struct value){.type = TYPE_UNDEFINED, .data = doc_empty.data});
	while (!r && doc_next(&it, &e)) {
		int before = w->n;

		if (e.value.type != TYPE_OBJECT) {
			r = add_key(w, e.value);
			continue;
		}
		r = walk_document(w, value_doc(e.value));
		if (!r && w->n == before)
			r = add_key(w, value_of_doc(doc_empty));
	}
	return r;
}

static int walk_value(struct walking *w, struct value v)
{
	int before = w->n, r;

	if (v.type == TYPE_ARRAY)
		return walk_array(w, value_doc(v));
	if (v.type != TYPE_OBJECT)
		return add_key(w, v);
	r = walk_document(w, value_doc(v));
	/* Empty, or nothing in it is in the index: that it is there has a key all the same. */
	return r || w->n != before ? r : add_key(w, value_of_doc(doc_empty));
}

/* As deep as documents are.  No path of a filter leads to a name with a dot in it, or an empty
 * one. */
static int walk_document(struct walking *w, struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int r = 0;

	while (!r && doc_next(&it, &e)) {
		size_t len = w->path.len;

		if (memchr(e.name, '.', e.name_len))
			continue;
		if (len)
			buf_append_byte(&w->path, '.');
		buf_append(&w->path, e.name, e.name_len);
		r = walk_value(w, e.value);
		w->path.len = len;
	}
	return r;
}

int wildcard_keys(struct key_making *m, const struct value *values)
{
	struct walking w = {.m = m, .values = values};
	int r;

	buf_init(&w.path, m->arena->account);
	r = walk_document(&w, m->doc);
	/* Its other fields are to be found all the same. */
	if (!r && !w.n && m->ix->n_fields > 2)
		r = make_key(&w, false, value_min_key);
	buf_clear(&w.path);
	return r;
}

/* ----------------------------------------------------------------- shapes */

static struct view shape_pattern(const struct index *shape, struct arena *a)
{
	struct view out = view_of(NULL, 0);
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	for (int i = 0; i < shape->n_fields; i++) {
		struct view name = shape->fields[i].path.text;

		builder_value_n(&b, (const char *)name.data, name.len,
		    value_make_i32(a, shape->fields[i].descending ? -1 : 1));
	}
	builder_finish(&b);
	if (!builder_failed(&b))
		out = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out;
}

uint64_t wildcard_arrays_mask(const struct index *shape)
{
	const struct path *path = &shape->fields[shape->wildcard + 1].path;
	uint64_t mask = 0;
	size_t len = 0;

	for (int i = 0; i < shape->n_fields; i++)
		if (shape->fields[i].kind == INDEX_PLAIN)
			mask |= index_array_bit(shape, i, 0);
	for (int i = 0; i < path->n; i++) {
		len += (i > 0) + path->parts[i].len;
		mask |= index_path_array_bit(view_of(path->text.data, len));
	}
	return mask;
}

bool wildcard_is_shape(const struct index *ix)
{
	return ix->sparse; /* which no index over all paths is itself */
}

/* It may live longer than the version of the index that it was made of. */
struct index *wildcard_shape(const struct index *ix, struct view path, struct arena *a)
{
	struct index *shape = arena_alloc(a, sizeof(*shape));

	if (!shape)
		return NULL;
	memcpy(shape, ix, sizeof(*shape));
	shape->name = arena_strdup(a, ix->name);
	shape->spec = arena_dup(a, ix->spec);
	for (int i = 0; i < ix->n_fields; i++)
		if (!path_parse(&shape->fields[i].path,
			i == ix->wildcard + 1 && path.len ? path : ix->fields[i].path.text, a))
			return NULL;
	shape->sparse = path.len != 0;
	shape->key_pattern = shape_pattern(shape, a);
	atomic_store(
	    &shape->multikey, atomic_load(&ix->multikey) & wildcard_arrays_mask(shape));
	return shape->name && shape->spec.data && shape->key_pattern.data ? shape : NULL;
}

/* ----------------------------------------------------------------- bounds */

static bool is_empty_document(struct value v)
{
	return v.type == TYPE_OBJECT && doc_is_empty(value_doc(v));
}

/* Other documents than an empty one have no keys. */
static bool is_empty_one(const struct intervals *documents)
{
	for (int i = 0; i < documents->n; i++)
		if (!documents->v[i].point || !is_empty_document(documents->v[i].from.v))
			return false;
	return true;
}

/* Documents and arrays with something in them are not looked for as a whole. */
static bool holds_whole_points(const struct intervals *s)
{
	for (int i = 0; i < s->n; i++) {
		struct value v = s->v[i].from.v;

		if (s->v[i].point && (v.type == TYPE_ARRAY || v.type == TYPE_OBJECT) &&
		    !doc_is_empty(value_doc(v)))
			return true;
	}
	return false;
}

static struct value path_value(struct interval_maker *m, struct view path, const char *behind)
{
	return value_make_str(m->arena, view_of_str(arena_printf(m->arena, "%.*s%s",
					    (int)path.len, (const char *)path.data, behind)));
}

/* The path, and with below all that begin with it and a dot. */
static struct intervals paths(struct interval_maker *m, struct view path, bool below)
{
	const struct collator *collator = m->collator;
	struct intervals out, more;

	m->collator = NULL; /* paths are bytes */
	out = intervals_point(m, path_value(m, path, ""));
	if (below) {
		more = intervals_between(m, (struct bound){path_value(m, path, "."), false},
		    (struct bound){path_value(m, path, "/"), true});
		out = intervals_unite(m, &out, &more);
	}
	m->collator = collator;
	m->failed |= arena_failed(m->arena);
	return out;
}

bool wildcard_bound(const struct index *shape, struct interval_maker *m, bool there,
    struct index_bounds *b, bool *all_below, bool *exact)
{
	const struct path *path = &shape->fields[shape->wildcard + 1].path;
	struct intervals *values = &b->fields[shape->wildcard + 1];
	struct intervals documents = intervals_type(m, TYPE_OBJECT);

	*all_below = *exact = false;
	if (!there || m->failed || holds_whole_points(values) ||
	    (path_has_places(path) && atomic_load(&shape->multikey)))
		return false;
	documents = intervals_intersect(m, values, &documents);
	*all_below = !is_empty_one(&documents);
	*exact = documents.n == 0;
	if (*all_below)
		*values = intervals_all(m);
	b->fields[shape->wildcard] = paths(m, path->text, *all_below);
	return !m->failed;
}
