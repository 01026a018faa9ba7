#include "config.h"

#include <stdlib.h>

#include "expr/project.h"
#include "update/update_op.h"

/* data of $push. */
struct push {
	struct value each; /* an array, or missing: the operand is the one value */
	int64_t position; /* INT64_MAX: at the end */
	int64_t slice; /* INT64_MAX: everything stays */
	int direction; /* of whole values; 0: none */
	struct sort_spec *sort;
};

static int whole_number(struct update_parser *p, const char *name, struct value v, int64_t *out)
{
	if (!value_is_number(v) || !value_to_i64(v, out))
		return status_set(p->st, ERR_BAD_VALUE,
		    "%s in $push takes a whole number, and not %s", name, type_name(v.type));
	return 0;
}

static int parse_sort(struct update_parser *p, struct value v, struct push *push)
{
	struct status why;
	int64_t n;

	status_init(&why);
	if (value_is_number(v)) {
		if (!value_to_i64(v, &n) || (n != 1 && n != -1))
			return status_set(p->st, ERR_BAD_VALUE,
			    "$sort in $push takes 1 or -1 for whole values");
		push->direction = (int)n;
		return 0;
	}
	if (v.type != TYPE_OBJECT || doc_is_empty(value_doc(v)))
		return status_set(p->st, ERR_BAD_VALUE,
		    "$sort in $push takes 1, -1 or a document that is not empty");
	if (sort_parse(value_doc(v), p->o->collator, p->a, &push->sort, &why) == 0)
		return 0;
	return status_set(p->st, ERR_BAD_VALUE, "$sort in $push: %s", why.message);
}

static int parse_modifier(struct update_parser *p, const struct element *e, struct push *push)
{
	if (strcmp(e->name, "$each") == 0) {
		if (e->value.type != TYPE_ARRAY)
			return status_set(p->st, ERR_BAD_VALUE,
			    "$each in $push takes an array, and not %s",
			    type_name(e->value.type));
		push->each = e->value;
		return 0;
	}
	if (strcmp(e->name, "$position") == 0)
		return whole_number(p, e->name, e->value, &push->position);
	if (strcmp(e->name, "$slice") == 0)
		return whole_number(p, e->name, e->value, &push->slice);
	if (strcmp(e->name, "$sort") == 0)
		return parse_sort(p, e->value, push);
	return status_set(p->st, ERR_BAD_VALUE, "$push has no modifier '%s'", e->name);
}

/* A document is one with modifiers when it has $each. */
UPDATE_PARSE(update_parse_push)
{
	struct push *push = arena_new(p->a, struct push);
	struct doc_iter it;
	struct element e;
	int r = 0;

	if (!push)
		return update_no_memory(p->st);
	*push = (struct push){.position = INT64_MAX, .slice = INT64_MAX};
	leaf->data = push;
	if (leaf->operand.type != TYPE_OBJECT ||
	    value_is_missing(doc_get(value_doc(leaf->operand), "$each")))
		return 0;
	it = doc_iter(value_doc(leaf->operand));
	while (r == 0 && doc_next(&it, &e))
		r = parse_modifier(p, &e, push);
	return r;
}

struct pushed {
	struct value value;
	int place; /* before sorting: equal ones keep their order */
	struct view key;
};

static int compare_whole(const void *a, const void *b, void *arg)
{
	const struct pushed *x = a, *y = b;
	const struct update_run *run = arg;
	int c = value_compare(x->value, y->value, run->u->collator);

	return c ? c : (x->place > y->place) - (x->place < y->place);
}

static int compare_whole_backwards(const void *a, const void *b, void *arg)
{
	const struct pushed *x = a, *y = b;
	const struct update_run *run = arg;
	int c = value_compare(y->value, x->value, run->u->collator);

	return c ? c : (x->place > y->place) - (x->place < y->place);
}

static int compare_keys(const void *a, const void *b, void *arg)
{
	const struct pushed *x = a, *y = b;
	int c = view_compare(x->key, y->key);

	return c ? c : (x->place > y->place) - (x->place < y->place);
}

/* Values that are no documents sort as documents without fields. */
static int make_keys(
    struct update_run *run, const struct push *push, struct pushed *list, int n)
{
	struct buf key;

	buf_init(&key, run->a->account);
	for (int i = 0; i < n; i++) {
		struct value v = list[i].value;

		buf_reset(&key);
		sort_key(push->sort, v.type == TYPE_OBJECT ? value_doc(v) : doc_empty, NULL, &key);
		list[i].key = key.failed ? view_of(NULL, 0) : arena_dup(run->a, buf_view(&key));
		if (!list[i].key.data) {
			buf_clear(&key);
			return update_no_memory(run->st);
		}
	}
	buf_clear(&key);
	return 0;
}

static int sort_list(
    struct update_run *run, const struct push *push, struct pushed *list, int n)
{
	int r = push->sort ? make_keys(run, push, list, n) : 0;

	if (r || (!push->sort && !push->direction))
		return r;
	qsort_r(list, (size_t)n, sizeof(list[0]),
	    push->sort            ? compare_keys
	    : push->direction > 0 ? compare_whole
				  : compare_whole_backwards,
	    run);
	return 0;
}

static int add_all(struct pushed *list, int n, struct value array)
{
	struct doc_iter it = doc_iter(value_doc(array));
	struct element e;

	for (; doc_next(&it, &e); n++)
		list[n] = (struct pushed){.value = e.value};
	return n;
}

/* The old elements with the new ones among them at the position. */
static int make_list(struct update_run *run, const struct push *push, struct value one,
    struct value old, struct pushed **out)
{
	int n_old = old.type == TYPE_ARRAY ? doc_count(value_doc(old)) : 0;
	int n_new = value_is_missing(push->each) ? 1 : doc_count(value_doc(push->each));
	int64_t at = push->position < 0 ? MAX_OF(n_old + push->position, 0)
					: MIN_OF(push->position, n_old);
	struct pushed *list =
	    arena_new_array(run->a, (size_t)n_old + (size_t)n_new + 1, struct pushed);

	*out = list;
	if (!list)
		return -1;
	if (n_old)
		add_all(list, 0, old);
	memmove(list + at + n_new, list + at, (size_t)(n_old - at) * sizeof(*list));
	if (value_is_missing(push->each))
		list[at] = (struct pushed){.value = one};
	else
		add_all(list, (int)at, push->each);
	for (int i = 0; i < n_old + n_new; i++)
		list[i].place = i;
	return n_old + n_new;
}

/* Are the new ones behind the old ones, and all of them there? */
static bool only_appends(const struct push *push, struct value old, int n)
{
	int64_t n_old = old.type == TYPE_ARRAY ? doc_count(value_doc(old)) : -1;

	if (n_old < 0 || push->direction || push->sort)
		return false;
	if (push->position < n_old)
		return false;
	return push->slice == INT64_MAX ||
	       (push->slice >= n || (push->slice < 0 && push->slice <= -n));
}

UPDATE_APPLY(update_apply_push)
{
	const struct push *push = leaf->data;
	struct pushed *list;
	struct builder b;
	struct buf buf;
	int n, r, from = 0, to;

	if (old.type != TYPE_ARRAY && !value_is_missing(old))
		return status_set(run->st, ERR_BAD_VALUE,
		    "cannot apply $push to the field '%s', which is of type %s and no array",
		    update_path(run), type_name(old.type));
	n = make_list(run, push, leaf->operand, old, &list);
	if (n < 0)
		return update_no_memory(run->st);
	r = sort_list(run, push, list, n);
	if (r)
		return r;
	to = n;
	if (push->slice < 0 && push->slice > -n)
		from = n + (int)push->slice;
	else if (push->slice >= 0 && push->slice < n)
		to = (int)push->slice;
	update_array_begin(run, &b, &buf);
	for (int i = from; i < to; i++)
		builder_value(&b, NULL, list[i].value);
	out->what = CHANGE_SET;
	out->appended = only_appends(push, old, n) ? n - doc_count(value_doc(old)) : 0;
	return update_array_end(run, &b, &buf, &out->value);
}
