#include "index/keygen.h"

#include <stdlib.h>

#include "index/index_type.h"
#include "index/partial.h"

void keygen_init(struct keygen *g, struct memory_account *account)
{
	buf_init(&g->key, account);
	type_bits_init(&g->types, account);
	buf_init(&g->keys, account);
	text_maker_init(&g->text, account);
}

void keygen_clear(struct keygen *g)
{
	buf_clear(&g->key);
	type_bits_clear(&g->types);
	buf_clear(&g->keys);
	text_maker_clear(&g->text);
}

/* How far a field's path has been followed. */
struct place {
	struct value value;
	int part; /* the next part of the path */
	bool final; /* value is what is indexed; missing: the field is not there */
};

static struct place found(struct value v)
{
	return (struct place){.value = v, .final = true};
}

static struct place not_found(void)
{
	return (struct place){.value = value_missing, .final = true};
}

/* Does an element of the array, being a document, have a field of this name? */
static bool name_in_elements(struct view array, const struct path_part *part)
{
	struct doc_iter it = doc_iter(array);
	struct element e;

	while (doc_next(&it, &e))
		if (e.value.type == TYPE_OBJECT &&
		    !value_is_missing(doc_get_n(value_doc(e.value), part->name, part->len)))
			return true;
	return false;
}

/* Follows p until it is final or stands on an array that must be gone through
 * element by element. */
static int follow(struct key_making *m, const struct path *path, struct place *p)
{
	while (!p->final) {
		const struct path_part *part = &path->parts[p->part];
		struct value next;

		if (p->part == path->n) {
			if (p->value.type == TYPE_ARRAY)
				return 0;
			*p = found(p->value);
		} else if (p->value.type == TYPE_OBJECT) {
			next = doc_get_n(value_doc(p->value), part->name, part->len);
			if (value_is_missing(next))
				*p = not_found();
			else
				*p = (struct place){.value = next, .part = p->part + 1};
		} else if (p->value.type == TYPE_ARRAY) {
			if (part->index < 0)
				return 0;
			next = array_at(value_doc(p->value), (size_t)part->index);
			if (value_is_missing(next))
				return 0;
			if (name_in_elements(value_doc(p->value), part))
				return status_set(m->st, ERR_AMBIGUOUS_FIELD_NAME,
				    "the field '%s' of '%.*s' is both a place in an array and "
				    "a name in its elements",
				    part->name, (int)path->text.len,
				    (const char *)path->text.data);
			*p = (struct place){.value = next, .part = p->part + 1};
		} else {
			*p = not_found();
		}
	}
	return 0;
}

/* One step into the array: what the place becomes for this element. */
static struct place enter_element(const struct path *path, struct place p, struct value element)
{
	if (p.part == path->n)
		return found(element);
	if (element.type == TYPE_OBJECT)
		return (struct place){.value = element, .part = p.part};
	return not_found();
}

void key_making_begin(struct key_making *m)
{
	buf_reset(&m->g->key);
	type_bits_reset(&m->g->types);
}

void key_making_field(struct key_making *m, int field, struct value v)
{
	const struct index_field *f = &m->ix->fields[field];
	const struct index_type *type = &index_types[f->kind];

	if (type->put)
		type->put(m, f, v);
	else
		key_encode(&m->g->key, &m->g->types, value_is_missing(v) ? value_null : v,
		    f->descending, m->ix->collator);
}

int key_making_end(struct key_making *m)
{
	const struct index *ix = m->ix;
	struct keygen *g = m->g;
	struct index_key key;

	if (g->key.failed || g->types.bytes.failed)
		goto no_memory;
	if (g->key.len > INDEX_KEY_MAX)
		return status_set(m->st, ERR_KEY_TOO_LONG,
		    "index %s: a key of %zu bytes is longer than %d", ix->name, g->key.len,
		    INDEX_KEY_MAX);
	m->bytes += g->key.len + g->types.bytes.len;
	if (g->keys.len / sizeof(key) >= INDEX_KEYS_MAX || m->bytes > INDEX_KEYS_BYTES_MAX)
		return status_set(m->st, ERR_CANNOT_BUILD_INDEX_KEYS,
		    "index %s: a document has more than %d keys or %d bytes of keys", ix->name,
		    INDEX_KEYS_MAX, INDEX_KEYS_BYTES_MAX);
	key.key = arena_dup(m->arena, buf_view(&g->key));
	key.type_bits = arena_dup(m->arena, buf_view(&g->types.bytes));
	buf_append(&g->keys, &key, sizeof(key));
	if (arena_failed(m->arena) || g->keys.failed)
		goto no_memory;
	return 0;
no_memory:
	return status_set(m->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for index keys");
}

static int emit(struct key_making *m, const struct place *places)
{
	int (*keys)(struct key_making *, const struct value *) = index_types[m->ix->kind].keys;
	struct value values[INDEX_FIELDS_MAX];
	bool any_there = false;

	for (int i = 0; i < m->ix->n_fields; i++) {
		values[i] = places[i].value;
		any_there |= !value_is_missing(values[i]);
	}
	if (keys)
		return keys(m, values);
	if (m->ix->sparse && !any_there)
		return 0;
	key_making_begin(m);
	for (int i = 0; i < m->ix->n_fields; i++)
		key_making_field(m, i, values[i]);
	return key_making_end(m);
}

/* Some kinds have no keys for the elements of arrays. */
static int check_array(struct key_making *m, int field)
{
	const struct index_field *f = &m->ix->fields[field];
	int code = f->kind == INDEX_PLAIN ? index_types[m->ix->kind].others_on_array
					  : index_types[f->kind].on_array;

	if (m->ix->kind == INDEX_WILDCARD)
		return status_set(m->st, ERR_WILDCARD_FIELD_ARRAY,
		    "the field '%.*s' beside all paths of an index cannot be an array",
		    (int)f->path.text.len, (const char *)f->path.text.data);
	if (!code)
		return 0;
	return status_set(m->st, code,
	    "an index of type %s has no keys for arrays: '%.*s' is one",
	    key_kind_name(m->ix->kind), (int)f->path.text.len, (const char *)f->path.text.data);
}

/* The first array that a place stands on; the others must stand on the same. */
static int find_array(
    struct key_making *m, const struct place *places, const struct place **array)
{
	*array = NULL;
	for (int i = 0; i < m->ix->n_fields; i++) {
		const struct path *path = &m->ix->fields[i].path, *other;

		if (places[i].final)
			continue;
		if (check_array(m, i))
			return m->st->code;
		m->multikey |= index_array_bit(m->ix, i, places[i].part - 1);
		if (!*array) {
			*array = &places[i];
			continue;
		}
		if ((*array)->value.data == places[i].value.data)
			continue;
		other = &m->ix->fields[*array - places].path;
		return status_set(m->st, ERR_CANNOT_INDEX_PARALLEL_ARRAYS,
		    "cannot index parallel arrays [%.*s] [%.*s]", (int)path->text.len,
		    (const char *)path->text.data, (int)other->text.len,
		    (const char *)other->text.data);
	}
	return 0;
}

/*
 * Each call goes through one array, so the depth is at most that of the
 * document.
 */
static int expand(struct key_making *m, const struct place *from)
{
	struct place places[INDEX_FIELDS_MAX], next[INDEX_FIELDS_MAX];
	const struct index *ix = m->ix;
	const struct place *array;
	struct doc_iter it;
	struct element e;
	bool is_empty;
	int r;

	memcpy(places, from, (size_t)ix->n_fields * sizeof(*places));
	for (int i = 0; i < ix->n_fields; i++) {
		r = follow(m, &ix->fields[i].path, &places[i]);
		if (r)
			return r;
	}
	r = find_array(m, places, &array);
	if (r)
		return r;
	if (!array)
		return emit(m, places);
	it = doc_iter(value_doc(array->value));
	is_empty = doc_is_empty(value_doc(array->value));
	e.value = (struct value){.type = TYPE_UNDEFINED, .data = doc_empty.data};
	while (is_empty || doc_next(&it, &e)) {
		for (int i = 0; i < ix->n_fields; i++)
			next[i] = places[i].final
				      ? places[i]
				      : enter_element(&ix->fields[i].path, places[i], e.value);
		r = expand(m, next);
		if (r || is_empty)
			return r;
	}
	return 0;
}

/* Most often the fields are the document's own, and no arrays: then there is one key, and nothing
 * to follow. */
static bool take_plain(const struct index *ix, struct view doc, struct place *places)
{
	for (int i = 0; i < ix->n_fields; i++) {
		const struct path *path = &ix->fields[i].path;

		if (path->n > 1 || index_types[ix->fields[i].kind].no_path)
			return false;
		places[i].value = doc_get_n(doc, path->parts[0].name, path->parts[0].len);
		if (places[i].value.type == TYPE_ARRAY)
			return false;
	}
	return true;
}

static int make_keys(struct key_making *m, struct view doc)
{
	struct place places[INDEX_FIELDS_MAX];

	if (take_plain(m->ix, doc, places))
		return emit(m, places);
	for (int i = 0; i < m->ix->n_fields; i++)
		places[i] = index_types[m->ix->fields[i].kind].no_path
				? not_found()
				: (struct place){.value = value_of_doc(doc)};
	return expand(m, places);
}

static int compare_keys(const void *a, const void *b)
{
	return view_compare(
	    ((const struct index_key *)a)->key, ((const struct index_key *)b)->key);
}

static int sort_keys(struct index_key *keys, int n)
{
	int kept = 0;

	if (n < 2)
		return n;
	qsort(keys, (size_t)n, sizeof(*keys), compare_keys);
	for (int i = 0; i < n; i++)
		if (kept == 0 || !view_equal(keys[kept - 1].key, keys[i].key))
			keys[kept++] = keys[i];
	return kept;
}

int index_keys_make(struct keygen *g, const struct index *ix, struct view doc, struct arena *a,
    struct index_keys *out, struct status *st)
{
	struct key_making m = {.g = g, .ix = ix, .doc = doc, .arena = a, .st = st};
	struct view keys;
	bool takes;
	int r = index_takes(ix, doc, &takes, st);

	*out = (struct index_keys){0};
	if (r || !takes)
		return r;
	buf_reset(&g->keys);
	r = make_keys(&m, doc);
	if (r)
		return r;
	keys = arena_dup(a, buf_view(&g->keys));
	if (arena_failed(a))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for index keys");
	out->keys = (struct index_key *)keys.data;
	out->n = sort_keys(out->keys, (int)(keys.len / sizeof(*out->keys)));
	out->multikey = m.multikey;
	return 0;
}

int index_key_decode(const struct index *ix, struct view key, struct view type_bits,
    struct builder *b, struct status *st)
{
	for (int i = 0; i < ix->n_fields; i++) {
		const struct index_field *f = &ix->fields[i];
		const char *name = (const char *)f->path.text.data;
		int r = key_decode(&key, &type_bits, f->descending, b, name, st);

		if (r)
			return r;
	}
	return 0;
}
