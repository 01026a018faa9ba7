#include "aggregate/join_values.h"

#include "util/op.h"

#define STEPS_MOST 4096

void join_values_add(struct join_values *to, struct value v)
{
	if (to->n == to->capacity) {
		int more = to->capacity ? 2 * to->capacity : 8;
		struct value *bigger = arena_new_array(to->arena, (size_t)more, struct value);

		if (!bigger) {
			to->failed = true;
			return;
		}
		if (to->n)
			memcpy(bigger, to->list, (size_t)to->n * sizeof(*bigger));
		to->list = bigger;
		to->capacity = more;
	}
	to->list[to->n++] = v.type == TYPE_UNDEFINED ? value_null : v;
}

struct collecting {
	struct join_values *to;
	const struct path *path;
	struct status *st;
	int err;
};

static void collect(struct collecting *c, struct value v, int i);

static void collect_array(struct collecting *c, struct view array, int i)
{
	const struct path *p = c->path;
	struct doc_iter it = doc_iter(array);
	struct element e;

	if (i < p->n && p->parts[i].index >= 0)
		collect(c, array_at(array, (size_t)p->parts[i].index), i + 1);
	while (!c->err && doc_next(&it, &e)) {
		if (i == p->n)
			join_values_add(c->to, e.value);
		else if (e.value.type == TYPE_OBJECT)
			collect(c, e.value, i);
	}
}

/* Twice as deep as the path has parts. */
static void collect(struct collecting *c, struct value v, int i)
{
	const struct path *p = c->path;

	if (++c->to->steps >= STEPS_MOST) {
		c->to->steps = 0;
		c->err = op_check_current(c->st);
	}
	if (c->err)
		return;
	if (v.type == TYPE_ARRAY)
		collect_array(c, value_doc(v), i);
	else if (i < p->n && v.type == TYPE_OBJECT)
		collect(c, doc_get_n(value_doc(v), p->parts[i].name, p->parts[i].len), i + 1);
	else if (i == p->n && !value_is_missing(v))
		join_values_add(c->to, v);
}

int join_values_collect(
    struct join_values *to, struct view doc, const struct path *p, struct status *st)
{
	struct collecting c = {to, p, st, 0};

	collect(&c, value_of_doc(doc), 0);
	return c.err;
}

static void put_equal(struct builder *b, const char *field, struct value v)
{
	builder_doc_begin(b, field);
	builder_value(b, "$eq", v);
	builder_doc_end(b);
}

/* $in takes a regular expression for a pattern: these stand apart. */
static void put_in(struct builder *b, const char *field, const struct join_values *values)
{
	builder_doc_begin(b, field);
	builder_array_begin(b, "$in");
	for (int i = 0; i < values->n; i++)
		if (values->list[i].type != TYPE_REGEX)
			builder_value(b, NULL, values->list[i]);
	builder_array_end(b);
	builder_doc_end(b);
}

static void put_or(struct builder *b, const char *field, const struct join_values *values)
{
	builder_array_begin(b, "$or");
	builder_doc_begin(b, NULL);
	put_in(b, field, values);
	builder_doc_end(b);
	for (int i = 0; i < values->n; i++) {
		if (values->list[i].type != TYPE_REGEX)
			continue;
		builder_doc_begin(b, NULL);
		put_equal(b, field, values->list[i]);
		builder_doc_end(b);
	}
	builder_array_end(b);
}

static bool has_regex(const struct join_values *values)
{
	for (int i = 0; i < values->n; i++)
		if (values->list[i].type == TYPE_REGEX)
			return true;
	return false;
}

void join_values_put(struct builder *b, const char *field, const struct join_values *values)
{
	if (values->n < 2)
		put_equal(b, field, values->n ? values->list[0] : value_null);
	else if (has_regex(values))
		put_or(b, field, values);
	else
		put_in(b, field, values);
}
