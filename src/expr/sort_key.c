#include <stdlib.h>

#include "bson/key_encode.h"
#include "expr/project.h"
#include "util/hash.h"

/* Scores sort the best first, distances the nearest. */
static int parse_meta(struct view doc, struct sort_field *f, struct status *st)
{
	int r;

	if (doc_count(doc) != 1)
		return status_set(st, ERR_FAILED_TO_PARSE, "a sort's $meta stands alone");
	r = meta_parse_sort(doc_get(doc, "$meta"), &f->meta, st);
	f->by_meta = true;
	f->descending = !r && f->meta != META_GEO_DISTANCE;
	return r;
}

static int parse_direction(struct value v, struct sort_field *f, struct status *st)
{
	int64_t n;

	if (v.type == TYPE_OBJECT && !value_is_missing(doc_get(value_doc(v), "$meta")))
		return parse_meta(value_doc(v), f, st);
	if (v.type == TYPE_OBJECT)
		return status_set(st, 17312, "a sort key that is a document says $meta");
	if (!value_is_number(v))
		return status_set(
		    st, 15974, "a sort key is 1 or -1, and no %s", type_name(v.type));
	if (!value_to_i64(v, &n) || (n != 1 && n != -1))
		return status_set(st, 15975, "a sort key is 1 (ascending) or -1 (descending)");
	f->descending = n < 0;
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

		if (s->n == SORT_FIELDS_MAX + SORT_METAS_MAX)
			return status_set(
			    st, 13103, "a sort has at most %d keys", SORT_FIELDS_MAX);
		r = parse_direction(e.value, f, st);
		if (r)
			return r;
		s->n_metas += f->by_meta;
		s->metas |= f->by_meta ? 1u << f->meta : 0;
		if (s->n - s->n_metas == SORT_FIELDS_MAX || s->n_metas > SORT_METAS_MAX)
			return status_set(
			    st, 13103, "a sort has at most %d keys", SORT_FIELDS_MAX);
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

/* What is sorted by: a view of doc, meta or room. */
static struct value value_of_field(const struct sort_spec *s, const struct sort_field *f,
    struct view doc, const struct document_meta *meta, uint64_t *room)
{
	struct extreme x = {.field = f, .collator = s->collator};

	if (!f->by_meta) {
		reach(&x, value_of_doc(doc), 0);
		return x.best;
	}
	if (f->meta == META_RANDOM) {
		*room = random_u64() >> 1;
		return (struct value){(const uint8_t *)room, sizeof(*room), TYPE_INT64};
	}
	if (meta && f->meta < META_KINDS && !value_is_missing(meta->values[f->meta]))
		return meta->values[f->meta];
	return (struct value){.type = TYPE_NULL};
}

void sort_key(const struct sort_spec *s, struct view doc, const struct document_meta *meta,
    struct buf *key)
{
	uint64_t room;

	for (int i = 0; i < s->n; i++)
		key_encode(key, NULL, value_of_field(s, &s->fields[i], doc, meta, &room),
		    s->fields[i].descending, s->collator);
}

void sort_key_values(const struct sort_spec *s, struct view doc,
    const struct document_meta *meta, struct builder *b)
{
	uint64_t room;

	for (int i = 0; i < s->n; i++)
		builder_value(b, NULL, value_of_field(s, &s->fields[i], doc, meta, &room));
}
