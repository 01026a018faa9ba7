/*
 * Random documents and indexes: the keys are those of a reference that knows nothing but the
 * rules.  It tries all ways to put one element in the place of each array that a path meets, by
 * the array's place in the document, and collects what the paths then say.
 */
#include "support/unit.h"
#include "support/json.h"
#include "support/random_doc.h"

#include "index/keygen.h"

#define FIELDS_MOST 3
#define KEYS_MOST   4096
#define ARRAYS_MOST 16

static struct arena arena;
static char name[] = "random";

/* Which element stands for which array; by the array's own bytes. */
struct choice {
	int n;
	struct {
		const uint8_t *array;
		struct value element; /* undefined: of an empty one */
	} of[ARRAYS_MOST];
};

struct reference {
	int n_fields;
	const char *paths[FIELDS_MOST];
	bool descending[FIELDS_MOST], sparse;
	int n, error;
	struct view keys[KEYS_MOST];
};

/* Where a path ends under a choice, or the array that has to be chosen from first. */
struct end {
	struct value v; /* missing: nothing is there */
	struct value stuck;
	int error;
};

static bool is_place(const char *part, size_t len, long *place)
{
	char text[16];

	if (len == 0 || len > 9 || (len > 1 && part[0] == '0') ||
	    strspn(part, "0123456789") < len)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)len, part);
	*place = atol(text);
	return true;
}

static bool elements_have(struct view array, const char *part, size_t len)
{
	struct doc_iter it = doc_iter(array);
	struct element e;

	while (doc_next(&it, &e))
		if (e.value.type == TYPE_OBJECT &&
		    !value_is_missing(doc_get_n(value_doc(e.value), part, len)))
			return true;
	return false;
}

static const struct value *chosen(const struct choice *c, struct value array)
{
	for (int i = 0; i < c->n; i++)
		if (c->of[i].array == array.data)
			return &c->of[i].element;
	return NULL;
}

static struct end follow(const struct choice *c, struct value v, const char *path)
{
	size_t len = strcspn(path, ".");
	const char *rest = path[len] ? path + len + 1 : "";
	const struct value *element;
	long place;

	if (v.type == TYPE_ARRAY) {
		if (*path && is_place(path, len, &place) &&
		    !value_is_missing(array_at(value_doc(v), (size_t)place))) {
			if (elements_have(value_doc(v), path, len))
				return (struct end){.error = ERR_AMBIGUOUS_FIELD_NAME};
			return follow(c, array_at(value_doc(v), (size_t)place), rest);
		}
		element = chosen(c, v);
		if (!element)
			return (struct end){.stuck = v};
		if (!*path)
			return (struct end){.v = *element};
		if (element->type != TYPE_OBJECT)
			return (struct end){.v = value_missing};
		return follow(c, *element, path);
	}
	if (!*path)
		return (struct end){.v = v};
	if (v.type != TYPE_OBJECT)
		return (struct end){.v = value_missing};
	v = doc_get_n(value_doc(v), path, len);
	return value_is_missing(v) ? (struct end){.v = v} : follow(c, v, rest);
}

static void add_key(struct reference *r, const struct end *ends)
{
	bool any = false;
	struct buf key;

	buf_init(&key, NULL);
	for (int i = 0; i < r->n_fields; i++) {
		any |= !value_is_missing(ends[i].v);
		key_encode(&key, NULL, value_is_missing(ends[i].v) ? value_null : ends[i].v,
		    r->descending[i], NULL);
	}
	assert_true(r->n < KEYS_MOST);
	if (any || !r->sparse)
		r->keys[r->n++] = arena_dup(&arena, buf_view(&key));
	buf_clear(&key);
}

static void try_all(struct reference *r, struct value doc, struct choice c)
{
	struct end ends[FIELDS_MOST];
	struct value array = value_missing;
	struct doc_iter it;
	struct element e;

	for (int i = 0; i < r->n_fields && !r->error; i++) {
		ends[i] = follow(&c, doc, r->paths[i]);
		r->error = ends[i].error;
	}
	for (int i = 0; i < r->n_fields && !r->error; i++) {
		if (value_is_missing(ends[i].stuck))
			continue;
		if (value_is_missing(array))
			array = ends[i].stuck;
		else if (array.data != ends[i].stuck.data)
			r->error = ERR_CANNOT_INDEX_PARALLEL_ARRAYS;
	}
	if (r->error)
		return;
	if (value_is_missing(array)) {
		add_key(r, ends);
		return;
	}
	assert_true(c.n < ARRAYS_MOST);
	c.of[c.n].array = array.data;
	it = doc_iter(value_doc(array));
	e.value = (struct value){.type = TYPE_UNDEFINED, .data = array.data};
	if (doc_is_empty(value_doc(array))) {
		c.of[c.n++].element = e.value;
		try_all(r, doc, c);
		return;
	}
	c.n++;
	while (doc_next(&it, &e) && !r->error) {
		c.of[c.n - 1].element = e.value;
		try_all(r, doc, c);
	}
}

static int compare_views(const void *a, const void *b)
{
	return view_compare(*(const struct view *)a, *(const struct view *)b);
}

static void sort_keys(struct reference *r)
{
	int n = 0;

	qsort(r->keys, (size_t)r->n, sizeof(r->keys[0]), compare_views);
	for (int i = 0; i < r->n; i++)
		if (n == 0 || !view_equal(r->keys[n - 1], r->keys[i]))
			r->keys[n++] = r->keys[i];
	r->n = n;
}

/* Few paths, so that two of them go through one array. */
static struct index random_index(struct random *rng, struct reference *r)
{
	static const char *const paths[] = {
	    "a", "b", "a.b", "a.c", "a.b.c", "a.0", "a.0.b", "a.b.0", "b.a", "0", "a.1.a.b"};
	struct index ix = {.name = name, .sparse = random_below(rng, 3) == 0};

	r->n_fields = ix.n_fields = 1 + (int)random_below(rng, FIELDS_MOST);
	r->sparse = ix.sparse;
	for (int i = 0; i < ix.n_fields; i++) {
		r->paths[i] = paths[random_below(rng, ARRAY_LEN(paths))];
		r->descending[i] = ix.fields[i].descending = random_below(rng, 2);
		assert_true(path_parse(&ix.fields[i].path, view_of_str(r->paths[i]), &arena));
	}
	return ix;
}

static bool same_keys(const struct index_keys *keys, const struct reference *r)
{
	for (int i = 0; i < r->n; i++)
		if (i >= keys->n || !view_equal(keys->keys[i].key, r->keys[i]))
			return false;
	return keys->n == r->n;
}

static void keys_are_the_reference(void **state)
{
	static struct reference r;
	struct random rng = {.state = 20260202};
	int n_several = 0, n_errors = 0;
	struct keygen g;

	keygen_init(&g, NULL);
	for (int i = 0; i < 150000; i++) {
		struct index ix;
		struct index_keys keys;
		struct status st;
		struct view doc;
		int err;

		arena_init(&arena, NULL);
		status_init(&st);
		r = (struct reference){.n = 0};
		ix = random_index(&rng, &r);
		doc = random_doc(&rng, &arena, 4);
		try_all(&r, value_of_doc(doc), (struct choice){.n = 0});
		sort_keys(&r);
		err = index_keys_make(&g, &ix, doc, &arena, &keys, &st);
		if (err != r.error || (!err && !same_keys(&keys, &r)))
			fail_msg("%s, %s %s %s: %d and %d keys, %d and %d",
			    json_text(&arena, doc), r.paths[0],
			    r.n_fields > 1 ? r.paths[1] : "", r.n_fields > 2 ? r.paths[2] : "",
			    keys.n, r.n, err, r.error);
		n_several += !err && r.n > 1;
		n_errors += err != 0;
		status_clear(&st);
		arena_clear(&arena);
	}
	keygen_clear(&g);
	assert_true(n_several > 3000);
	assert_true(n_errors > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_are_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
