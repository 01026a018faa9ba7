#include "config.h"

#include <stdlib.h>

#include "update/update_op.h"

void update_array_begin(struct update_run *run, struct builder *b, struct buf *buf)
{
	buf_init(buf, run->a->account);
	builder_init(b, buf);
	builder_array_begin(b, "");
}

int update_array_end(
    struct update_run *run, struct builder *b, struct buf *buf, struct value *out)
{
	struct view doc = {NULL, 0};

	builder_array_end(b);
	builder_finish(b);
	if (!builder_failed(b))
		doc = arena_dup(run->a, builder_view(b));
	buf_clear(buf);
	if (!doc.data)
		return update_no_memory(run->st);
	*out = doc_get(doc, "");
	return 0;
}

static void copy_elements(struct builder *b, struct value array)
{
	struct doc_iter it;
	struct element e;

	if (array.type != TYPE_ARRAY)
		return;
	it = doc_iter(value_doc(array));
	while (doc_next(&it, &e))
		builder_value(b, NULL, e.value);
}

static int not_an_array(
    const struct update_leaf *leaf, struct update_run *run, struct value old, int code)
{
	return status_set(run->st, code,
	    "cannot apply %s to the field '%s', which is of type %s and no array",
	    leaf->op->name, update_path(run), type_name(old.type));
}

/* {$each: [...]} and nothing else; anything else is the one value to add. */
UPDATE_PARSE(update_parse_add_to_set)
{
	struct doc_iter it;
	struct element e;

	if (leaf->operand.type != TYPE_OBJECT)
		return 0;
	it = doc_iter(value_doc(leaf->operand));
	if (!doc_next(&it, &e) || strcmp(e.name, "$each") != 0)
		return 0;
	if (e.value.type != TYPE_ARRAY)
		return status_set(p->st, ERR_TYPE_MISMATCH,
		    "$each in $addToSet takes an array, and not %s", type_name(e.value.type));
	if (doc_next(&it, &e))
		return status_set(p->st, ERR_BAD_VALUE,
		    "'%s' cannot stand beside $each in $addToSet", e.name);
	leaf->data = leaf;
	return 0;
}

/* The values that are there, in a table of twice as many places. */
struct value_set {
	size_t mask;
	struct value *places; /* missing: free */
	const struct collator *collator;
};

static bool set_init(struct value_set *s, struct update_run *run, size_t n)
{
	size_t size = 16;

	while (size < 2 * n)
		size *= 2;
	s->mask = size - 1;
	s->collator = run->u->collator;
	s->places = arena_new_array(run->a, size, struct value);
	return s->places != NULL;
}

/* False when an equal one is there. */
static bool set_add(struct value_set *s, struct value v)
{
	size_t i = value_hash(v, s->collator) & s->mask;

	while (!value_is_missing(s->places[i])) {
		if (value_equal(s->places[i], v, s->collator))
			return false;
		i = (i + 1) & s->mask;
	}
	s->places[i] = v;
	return true;
}

static int add_new(struct value_set *s, struct builder *b, const struct update_leaf *leaf)
{
	struct doc_iter it;
	struct element e;
	int n = 0;

	if (!leaf->data) {
		if (!set_add(s, leaf->operand))
			return 0;
		builder_value(b, NULL, leaf->operand);
		return 1;
	}
	it = doc_iter(value_doc(doc_get(value_doc(leaf->operand), "$each")));
	while (doc_next(&it, &e))
		if (set_add(s, e.value)) {
			builder_value(b, NULL, e.value);
			n++;
		}
	return n;
}

UPDATE_APPLY(update_apply_add_to_set)
{
	size_t n = leaf->data ? (size_t)doc_count(
				    value_doc(doc_get(value_doc(leaf->operand), "$each")))
			      : 1;
	struct value_set s;
	struct doc_iter it;
	struct element e;
	struct builder b;
	struct buf buf;
	int added;

	if (old.type != TYPE_ARRAY && !value_is_missing(old))
		return not_an_array(leaf, run, old, ERR_BAD_VALUE);
	if (old.type == TYPE_ARRAY)
		n += (size_t)doc_count(value_doc(old));
	if (!set_init(&s, run, n))
		return update_no_memory(run->st);
	if (old.type == TYPE_ARRAY) {
		it = doc_iter(value_doc(old));
		while (doc_next(&it, &e))
			set_add(&s, e.value);
	}
	update_array_begin(run, &b, &buf);
	copy_elements(&b, old);
	added = add_new(&s, &b, leaf);
	if (!added && old.type == TYPE_ARRAY) {
		buf_clear(&buf);
		return 0;
	}
	out->what = CHANGE_SET;
	out->appended = old.type == TYPE_ARRAY ? added : 0;
	return update_array_end(run, &b, &buf, &out->value);
}

UPDATE_PARSE(update_parse_pop)
{
	int64_t n;

	if (!value_is_number(leaf->operand))
		return status_set(p->st, ERR_FAILED_TO_PARSE, "$pop takes 1 or -1, and not %s",
		    type_name(leaf->operand.type));
	if (!value_to_i64(leaf->operand, &n) || (n != 1 && n != -1))
		return status_set(
		    p->st, ERR_FAILED_TO_PARSE, "$pop takes 1 or -1 and nothing else");
	if (n < 0)
		leaf->data = leaf; /* the first element */
	return 0;
}

/* A path that ends nowhere is left alone, but one that leads through an array's
 * names fails: that is for the tree to say. */
UPDATE_APPLY(update_apply_pop)
{
	struct doc_iter it;
	struct element e;
	struct builder b;
	struct buf buf;
	int n, i = 0;

	if (value_is_missing(old))
		return 0;
	if (old.type != TYPE_ARRAY)
		return not_an_array(leaf, run, old, ERR_TYPE_MISMATCH);
	n = doc_count(value_doc(old));
	if (n == 0)
		return 0;
	update_array_begin(run, &b, &buf);
	it = doc_iter(value_doc(old));
	for (; doc_next(&it, &e); i++)
		if (leaf->data ? i > 0 : i < n - 1)
			builder_value(&b, NULL, e.value);
	out->what = CHANGE_SET;
	return update_array_end(run, &b, &buf, &out->value);
}

/* data of $pull: the condition, or NULL for equality. */
static int parse_pull_regex(struct update_parser *p, struct update_leaf *leaf)
{
	struct filter_options o = {.collator = p->o->collator};
	struct builder b;
	struct view doc;
	struct buf buf;

	buf_init(&buf, p->a->account);
	builder_init(&b, &buf);
	builder_array_begin(&b, "$in");
	builder_value(&b, NULL, leaf->operand);
	builder_array_end(&b);
	builder_finish(&b);
	doc = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(p->a, builder_view(&b));
	buf_clear(&buf);
	if (!doc.data)
		return update_no_memory(p->st);
	return filter_parse_value(doc, &o, p->a, (struct filter **)&leaf->data, p->st);
}

UPDATE_PARSE(update_parse_pull)
{
	struct filter_options o = {
	    .collator = p->o->collator, .let = p->o->let, .no_text = true, .no_near = true};

	if (leaf->operand.type == TYPE_REGEX)
		return parse_pull_regex(p, leaf);
	if (leaf->operand.type != TYPE_OBJECT)
		return 0;
	return filter_parse_value(
	    value_doc(leaf->operand), &o, p->a, (struct filter **)&leaf->data, p->st);
}

static bool pulls(const struct update_leaf *leaf, struct update_run *run, struct value v)
{
	const struct filter *f = leaf->data;

	if (!f)
		return value_equal(leaf->operand, v, run->u->collator);
	/* A filter on documents looks into documents alone, here. */
	if (f->on_documents && v.type != TYPE_OBJECT)
		return false;
	return filter_matches_value(f, v, NULL);
}

/* What is not pulled stays. */
static int keep_others(const struct update_leaf *leaf, struct update_run *run, struct value old,
    bool (*pull)(const struct update_leaf *leaf, struct update_run *run, struct value v),
    struct update_change *out)
{
	struct doc_iter it;
	struct element e;
	struct builder b;
	struct buf buf;
	bool any = false;

	if (value_is_missing(old))
		return 0;
	if (old.type != TYPE_ARRAY)
		return not_an_array(leaf, run, old, ERR_BAD_VALUE);
	update_array_begin(run, &b, &buf);
	it = doc_iter(value_doc(old));
	while (doc_next(&it, &e)) {
		if (pull(leaf, run, e.value))
			any = true;
		else
			builder_value(&b, NULL, e.value);
	}
	if (!any) {
		buf_clear(&buf);
		return 0;
	}
	out->what = CHANGE_SET;
	return update_array_end(run, &b, &buf, &out->value);
}

UPDATE_APPLY(update_apply_pull)
{
	return keep_others(leaf, run, old, pulls, out);
}

/* data of $pullAll: its values, sorted. */
struct pull_all {
	int n;
	struct value *values;
};

static int compare_values(const void *a, const void *b, void *collator)
{
	return value_compare(*(const struct value *)a, *(const struct value *)b, collator);
}

UPDATE_PARSE(update_parse_pull_all)
{
	struct pull_all *all = arena_new(p->a, struct pull_all);
	struct doc_iter it;
	struct element e;

	if (leaf->operand.type != TYPE_ARRAY)
		return status_set(p->st, ERR_BAD_VALUE, "$pullAll takes an array, and not %s",
		    type_name(leaf->operand.type));
	if (all)
		all->values = arena_new_array(
		    p->a, (size_t)doc_count(value_doc(leaf->operand)) + 1, struct value);
	if (!all || !all->values)
		return update_no_memory(p->st);
	it = doc_iter(value_doc(leaf->operand));
	while (doc_next(&it, &e))
		all->values[all->n++] = e.value;
	qsort_r(all->values, (size_t)all->n, sizeof(all->values[0]), compare_values,
	    (void *)(uintptr_t)p->o->collator);
	leaf->data = all;
	return 0;
}

static bool pulls_any(const struct update_leaf *leaf, struct update_run *run, struct value v)
{
	const struct pull_all *all = leaf->data;
	int low = 0, high = all->n;

	while (low < high) {
		int middle = low + (high - low) / 2;
		int c = value_compare(v, all->values[middle], run->u->collator);

		if (c == 0)
			return true;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

UPDATE_APPLY(update_apply_pull_all)
{
	return keep_others(leaf, run, old, pulls_any, out);
}
