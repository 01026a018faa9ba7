/*
 * Random updates on random documents: the same update gives the same bytes on
 * equal documents, and its delta, applied to the old document, gives the new
 * one; and so does what is found out of two documents, as for a pipeline (there
 * the order of fields is not looked at: a delta does not say it).
 */
#include "support/unit.h"
#include "support/json.h"
#include "support/random_doc.h"

#include "bson/path.h"
#include "update/delta.h"
#include "update/update.h"

/* ------------------------------------------------ a delta, applied naively */

static size_t part_len(const char *path)
{
	const char *dot = strchr(path, '.');

	return dot ? (size_t)(dot - path) : strlen(path);
}

static void put(struct builder *b, bool in_array, const char *name, size_t len, struct value v)
{
	builder_value_n(b, in_array ? NULL : name, in_array ? 0 : len, v);
}

/* v with the value at path set; missing: taken away. */
static void change(struct builder *b, const char *name, size_t name_len, struct value v,
    const char *path, struct value to)
{
	bool array = v.type == TYPE_ARRAY, found = false;
	size_t len = part_len(path);
	const char *rest = path[len] ? path + len + 1 : NULL;
	struct doc_iter it = doc_iter(value_doc(v));
	struct element e;
	int n = 0;

	if (array)
		builder_array_begin_n(b, name, name_len);
	else if (name || name_len == 1) /* 1: an element of an array */
		builder_doc_begin_n(b, name, name ? name_len : 0);
	for (; doc_next(&it, &e); n++) {
		if (found || e.name_len != len || memcmp(e.name, path, len) != 0) {
			put(b, array, e.name, e.name_len, e.value);
			continue;
		}
		found = true;
		if (rest)
			change(b, array ? NULL : e.name, array ? 1 : e.name_len, e.value, rest,
			    to);
		else
			put(b, array, e.name, e.name_len, to);
	}
	if (!found && !rest) {
		for (; array && n < atoi(path); n++)
			builder_null(b, NULL);
		put(b, array, path, len, to);
	}
	if (array)
		builder_array_end(b);
	else if (name || name_len == 1)
		builder_doc_end(b);
}

static struct view change_doc(
    struct arena *a, struct view doc, const char *path, struct value to)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	change(&b, NULL, 0, value_of_doc(doc), path, to);
	return random_finish(&b, &buf, a);
}

static struct value cut_array(struct arena *a, struct view doc, const char *path, int n)
{
	struct path p;
	struct builder b;
	struct buf buf;
	struct view array;

	assert_true(path_parse(&p, view_of_str(path), a));
	array = value_doc(path_get(doc, &p, true));
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_array_begin(&b, "a");
	for (int i = 0; i < n; i++)
		builder_value(&b, NULL, array_at(array, (size_t)i));
	builder_array_end(&b);
	return doc_get(random_finish(&b, &buf, a), "a");
}

static struct view apply_delta(struct arena *a, struct view doc, struct view delta)
{
	struct doc_iter it = doc_iter(value_doc(doc_get(delta, "removedFields")));
	struct element e;

	while (doc_next(&it, &e))
		doc = change_doc(a, doc, (const char *)value_str(e.value).data, value_missing);
	it = doc_iter(value_doc(doc_get(delta, "truncatedArrays")));
	while (doc_next(&it, &e)) {
		struct view cut = value_doc(e.value);
		const char *path = (const char *)value_str(doc_get(cut, "field")).data;
		int n = read_i32(doc_get(cut, "newSize").data);

		doc = change_doc(a, doc, path, cut_array(a, doc, path, n));
	}
	it = doc_iter(value_doc(doc_get(delta, "updatedFields")));
	while (doc_next(&it, &e))
		doc = change_doc(a, doc, e.name, e.value);
	return doc;
}

/* ---------------------------------------------------------- random updates */

static void random_operand(
    struct random *r, struct builder *b, const char *op, const char *path)
{
	if (strcmp(op, "$inc") == 0 || strcmp(op, "$mul") == 0) {
		builder_i32(b, path, (int32_t)random_below(r, 3));
	} else if (strcmp(op, "$pop") == 0) {
		builder_i32(b, path, random_below(r, 2) ? 1 : -1);
	} else if (strcmp(op, "$rename") == 0) {
		builder_str(b, path, random_below(r, 2) ? "z" : "b");
	} else if (strcmp(op, "$push") == 0 && random_below(r, 2)) {
		builder_doc_begin(b, path);
		builder_array_begin(b, "$each");
		for (uint32_t n = random_below(r, 3); n > 0; n--)
			random_value(r, b, NULL, 1);
		builder_array_end(b);
		if (random_below(r, 2))
			builder_i32(b, "$slice", (int32_t)random_below(r, 7) - 3);
		if (random_below(r, 2))
			builder_i32(b, "$sort", random_below(r, 2) ? 1 : -1);
		if (random_below(r, 2))
			builder_i32(b, "$position", (int32_t)random_below(r, 5) - 2);
		builder_doc_end(b);
	} else if (strcmp(op, "$pull") == 0 && random_below(r, 2)) {
		builder_doc_begin(b, path);
		random_value(r, b, "$gte", 1);
		builder_doc_end(b);
	} else {
		random_value(r, b, path, 2);
	}
}

static struct value random_update(struct random *r, struct arena *a)
{
	static const char *const ops[] = {"$set", "$unset", "$inc", "$mul", "$min", "$max",
	    "$push", "$addToSet", "$pop", "$pull", "$rename", "$setOnInsert"};
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_doc_begin(&b, "u");
	for (uint32_t n = 1 + random_below(r, 3); n > 0; n--) {
		const char *op = ops[random_below(r, ARRAY_LEN(ops))];
		char path[16];

		random_path(r, path);
		if (strcmp(op, "$rename") != 0 && random_below(r, 8) == 0)
			strcpy(path, random_below(r, 2) ? "a.$[]" : "b.$");
		builder_doc_begin(&b, op);
		random_operand(r, &b, op, path);
		builder_doc_end(&b);
	}
	builder_doc_end(&b);
	return doc_get(random_finish(&b, &buf, a), "u");
}

static void check_one(
    struct random *r, struct arena *a, const struct update *u, int *n_changed, int *n_failed)
{
	struct view doc = random_doc(r, a, 3), copy = arena_dup(a, doc), rebuilt;
	struct update_result first, second;
	struct status st;
	int64_t index = random_below(r, 3);
	int code;

	status_init(&st);
	code = update_apply(u, doc, index, a, &first, &st);
	assert_int_equal(update_apply(u, copy, index, a, &second, &st), code);
	if (code) {
		++*n_failed;
		return;
	}
	assert_true(view_equal(first.doc, second.doc));
	assert_int_equal(first.changed, second.changed);
	assert_int_equal(first.changed, !view_equal(first.doc, doc));
	if (!first.changed)
		return;
	++*n_changed;
	rebuilt = apply_delta(a, doc, first.delta);
	if (!view_equal(rebuilt, first.doc))
		fail_msg("%s became %s, and by its delta %s: %s", json_text(a, doc),
		    json_text(a, first.doc), json_text(a, first.delta), json_text(a, rebuilt));
}

static void updates_are_their_deltas(void **state)
{
	struct random r = {.state = 4711};
	int n_changed = 0, n_failed = 0, n_parsed = 0;

	for (int i = 0; i < 3000; i++) {
		struct update *u;
		struct arena a;

		arena_init(&a, NULL);
		if (update_parse(random_update(&r, &a), NULL, &a, &u, NULL) == 0) {
			n_parsed++;
			for (int k = 0; k < 4; k++)
				check_one(&r, &a, u, &n_changed, &n_failed);
		}
		arena_clear(&a);
	}
	assert_true(n_parsed > 1500);
	assert_true(n_changed > 1500);
	assert_true(n_failed > 500);
}

/* -------------------------------------------------- the delta of two documents */

static void put_sorted(struct builder *b, const char *name, struct value v);

static int compare_elements(const void *a, const void *b)
{
	return strcmp(((const struct element *)a)->name, ((const struct element *)b)->name);
}

static void put_sorted_fields(struct builder *b, struct view doc)
{
	struct element fields[16];
	struct doc_iter it = doc_iter(doc);
	size_t n = 0;

	while (doc_next(&it, &fields[n]))
		assert_true(++n < ARRAY_LEN(fields));
	qsort(fields, n, sizeof(fields[0]), compare_elements);
	for (size_t i = 0; i < n; i++)
		put_sorted(b, fields[i].name, fields[i].value);
}

static void put_sorted(struct builder *b, const char *name, struct value v)
{
	if (v.type == TYPE_OBJECT) {
		builder_doc_begin(b, name);
		put_sorted_fields(b, value_doc(v));
		builder_doc_end(b);
	} else if (v.type == TYPE_ARRAY) {
		struct doc_iter it = doc_iter(value_doc(v));
		struct element e;

		builder_array_begin(b, name);
		while (doc_next(&it, &e))
			put_sorted(b, NULL, e.value);
		builder_array_end(b);
	} else {
		builder_value(b, name, v);
	}
}

static struct view sorted(struct arena *a, struct view doc)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	put_sorted_fields(&b, doc);
	return random_finish(&b, &buf, a);
}

/* With a long field that stays, so that no delta is longer than the document, and an array
 * of long strings, which is worth to be cut. */
static struct view padded(struct random *r, struct arena *a, struct view doc)
{
	static const char pad[2000];
	int n = (int)random_below(r, 5);
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_binary(&b, "pad", 0, pad, sizeof(pad));
	builder_array_begin(&b, "strings");
	for (int i = 0; i < n; i++)
		builder_printf(&b, NULL, "%0100d", random_below(r, 8) ? i : -i);
	builder_array_end(&b);
	builder_elements(&b, doc);
	return random_finish(&b, &buf, a);
}

static void documents_differ_by_their_delta(void **state)
{
	struct random r = {.state = 815};
	int n_truncated = 0, n_below = 0;

	for (int i = 0; i < 20000; i++) {
		struct view old, new_doc, delta, rebuilt;
		struct arena a;

		arena_init(&a, NULL);
		old = padded(&r, &a, random_doc(&r, &a, 3));
		new_doc = padded(&r, &a, random_doc(&r, &a, 3));
		assert_true(delta_of_documents(old, new_doc, &a, &delta));
		assert_true(delta.len > 0);
		rebuilt = apply_delta(&a, old, delta);
		if (!view_equal(sorted(&a, rebuilt), sorted(&a, new_doc)))
			fail_msg("%s to %s: %s", json_text(&a, old), json_text(&a, new_doc),
			    json_text(&a, delta));
		n_truncated +=
		    !doc_is_empty(value_doc(doc_get(delta, "truncatedArrays")));
		n_below += strchr(json_text(&a, delta), '.') != NULL;
		arena_clear(&a);
	}
	assert_true(n_truncated > 1000);
	assert_true(n_below > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(updates_are_their_deltas),
	    cmocka_unit_test(documents_differ_by_their_delta),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
