#include <stdlib.h>

#include "bson/key_encode.h"
#include "expr/project.h"

/* What a sort may take of it comes from queries that are not there. */
static int wrong_meta(struct value v, struct status *st)
{
	static const char *const sorts[] = {
	    "textScore", "searchScore", "vectorSearchScore", "geoNearDistance", "score"};

	for (size_t i = 0; v.type == TYPE_STRING && i < ARRAY_LEN(sorts); i++)
		if (view_equal(value_str(v), view_of_str(sorts[i])))
			return status_set(st, ERR_META_NOT_AVAILABLE,
			    "query requires %s metadata, but it is not available", sorts[i]);
	if (v.type == TYPE_STRING && view_equal(value_str(v), view_of_str("randVal")))
		return status_set(st, ERR_COMMAND_NOT_SUPPORTED,
		    "a sort by randVal is not supported by this server yet");
	return status_set(st, 31138, "a sort cannot be by such metadata");
}

static int parse_direction(struct value v, bool *descending, struct status *st)
{
	int64_t n;

	if (v.type == TYPE_OBJECT) {
		if (!value_is_missing(doc_get(value_doc(v), "$meta")))
			return wrong_meta(doc_get(value_doc(v), "$meta"), st);
		return status_set(st, 15974, "a sort key is 1 or -1, and no document");
	}
	if (!value_is_number(v))
		return status_set(
		    st, 15974, "a sort key is 1 or -1, and no %s", type_name(v.type));
	if (!value_to_i64(v, &n) || (n != 1 && n != -1))
		return status_set(st, 15975, "a sort key is 1 (ascending) or -1 (descending)");
	*descending = n < 0;
	return 0;
}

static int check_path(const struct path *p, struct status *st)
{
	if (p->text.len == 0)
		return status_set(st, 40352, "a sort key has an empty path");
	for (int i = 0; i < p->n; i++) {
		if (p->parts[i].len == 0)
			return status_set(st, i == p->n - 1 ? 40353 : 15998,
			    "a sort key's path has an empty name");
		if (p->parts[i].name[0] == '$')
			return status_set(
			    st, 16410, "a name in a sort key's path does not begin with '$'");
	}
	return 0;
}

int sort_parse(struct view doc, const struct collator *collator, struct arena *a,
    struct sort_spec **out, struct status *st)
{
	struct sort_spec *s = arena_new(a, struct sort_spec);
	struct doc_iter it = doc_iter(doc);
	struct element e;

	if (!s)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the sort");
	s->collator = collator;
	while (doc_next(&it, &e)) {
		struct sort_field *f = &s->fields[s->n];
		int r;

		if (s->n == SORT_FIELDS_MAX)
			return status_set(
			    st, 13103, "a sort has at most %d keys", SORT_FIELDS_MAX);
		r = parse_direction(e.value, &f->descending, st);
		if (r)
			return r;
		if (!path_parse(&f->path, view_of(e.name, e.name_len), a))
			return status_set(
			    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the sort");
		r = check_path(&f->path, st);
		if (r)
			return r;
		for (int i = 0; i < s->n; i++)
			if (view_equal(s->fields[i].path.text, f->path.text))
				return status_set(
				    st, 7472500, "the sort names \"%s\" twice", e.name);
		s->n++;
	}
	*out = s;
	return 0;
}

/* The least or greatest of the values that a path reaches. */
struct extreme {
	const struct sort_field *field;
	const struct collator *collator;
	struct value best;
	bool any;
};

static void take(struct extreme *x, struct value v)
{
	int c;

	if (value_is_missing(v))
		v = (struct value){.type = TYPE_NULL};
	if (x->any) {
		c = value_compare(v, x->best, x->collator);
		if (x->field->descending ? c <= 0 : c >= 0)
			return;
	}
	x->best = v;
	x->any = true;
}

static void reach(struct extreme *x, struct value v, int part);

/* As the keys of an index have it: an empty array is undefined at the path's end. */
static void reach_end(struct extreme *x, struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type != TYPE_ARRAY) {
		take(x, v);
		return;
	}
	if (doc_is_empty(value_doc(v))) {
		take(x, (struct value){.type = TYPE_UNDEFINED});
		return;
	}
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e))
		take(x, e.value);
}

static void reach_array(struct extreme *x, struct view array, int part)
{
	const struct path_part *p = &x->field->path.parts[part];
	struct doc_iter it = doc_iter(array);
	struct element e;
	bool any = false;

	if (p->index >= 0) {
		struct value v = array_at(array, (size_t)p->index);

		if (!value_is_missing(v)) {
			reach(x, v, part + 1);
			return;
		}
	}
	while (doc_next(&it, &e)) {
		any = true;
		if (e.value.type == TYPE_OBJECT)
			reach(x, doc_get_n(value_doc(e.value), p->name, p->len), part + 1);
		else
			take(x, value_missing);
	}
	if (!any)
		take(x, value_missing);
}

static void reach(struct extreme *x, struct value v, int part)
{
	const struct path_part *p = &x->field->path.parts[part];

	if (part == x->field->path.n)
		reach_end(x, v);
	else if (v.type == TYPE_OBJECT)
		reach(x, doc_get_n(value_doc(v), p->name, p->len), part + 1);
	else if (v.type == TYPE_ARRAY)
		reach_array(x, value_doc(v), part);
	else
		take(x, value_missing);
}

void sort_key(const struct sort_spec *s, struct view doc, struct buf *key)
{
	for (int i = 0; i < s->n; i++) {
		struct extreme x = {.field = &s->fields[i], .collator = s->collator};

		reach(&x, value_of_doc(doc), 0);
		key_encode(key, NULL, x.best, s->fields[i].descending, s->collator);
	}
}

void sort_key_values(const struct sort_spec *s, struct view doc, struct builder *b)
{
	for (int i = 0; i < s->n; i++) {
		struct extreme x = {.field = &s->fields[i], .collator = s->collator};

		reach(&x, value_of_doc(doc), 0);
		builder_value(b, NULL, x.best);
	}
}
