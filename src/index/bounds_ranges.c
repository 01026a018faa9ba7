/*
 * From intervals of fields to ranges of keys: the first fields' points, all with all, and
 * one field's intervals behind them.  What is beyond is checked key by key.
 */
#include "bson/key_encode.h"
#include "index/bounds.h"

/* A second field's points multiply the ranges; more than this it may not make. */
#define RANGES_MOST 4096

struct making {
	struct interval_maker *m;
	const struct index *ix;
	const struct index_bounds *bounds;
	int n_fields;
	struct key_range *v;
	int n;
};

static struct view keep(struct interval_maker *m)
{
	struct view v = arena_dup(m->arena, buf_view(&m->key));

	m->failed |= m->key.failed || arena_failed(m->arena);
	return v;
}

/* prefix and one field's bytes as the index has them. */
static struct view at_key(
    struct interval_maker *m, struct view prefix, struct view key, bool descending)
{
	buf_reset(&m->key);
	buf_append_view(&m->key, prefix);
	for (size_t i = 0; i < key.len; i++)
		buf_append_byte(&m->key, descending ? (uint8_t)~key.data[i] : key.data[i]);
	return keep(m);
}

/* What follows everything that begins so; empty: nothing does. */
static struct view after_key(
    struct interval_maker *m, struct view prefix, struct view key, bool descending)
{
	struct view at = at_key(m, prefix, key, descending);

	buf_reset(&m->key);
	return key_successor(&m->key, at) ? keep(m) : (struct view){NULL, 0};
}

/*
 * The range of keys that begin with prefix and whose next field is in i.  In a
 * descending field the order is turned round: what is below high are the keys
 * after all that begin with high's inverted bytes.
 */
static void add_range(
    struct making *k, struct view prefix, const struct interval *i, bool descending)
{
	struct interval_maker *m = k->m;
	struct key_range r;

	if (i->point) {
		r.lower = at_key(m, prefix, i->low, descending);
		r.upper = after_key(m, prefix, i->low, descending);
	} else if (descending) {
		r.lower = after_key(m, prefix, i->high, true);
		r.upper = after_key(m, prefix, i->low, true);
		if (!r.lower.len)
			return; /* there is nothing behind them */
	} else {
		r.lower = at_key(m, prefix, i->low, false);
		r.upper = at_key(m, prefix, i->high, false);
	}
	k->v[k->n++] = r;
}

/* All combinations of the fields' intervals, in key order; the fields before
 * the last are points. */
static void add_ranges(struct making *k, int field, struct view prefix)
{
	const struct intervals *s = &k->bounds->fields[field];
	bool descending = k->ix->fields[field].descending;

	for (int x = 0; x < s->n && !k->m->failed; x++) {
		const struct interval *i = &s->v[descending ? s->n - 1 - x : x];

		if (field == k->n_fields - 1)
			add_range(k, prefix, i, descending);
		else
			add_ranges(k, field + 1, at_key(k->m, prefix, i->low, descending));
	}
}

/* How many fields go into ranges, and how many ranges that makes. */
static int count_fields(const struct index *ix, const struct index_bounds *b, int64_t *n_ranges)
{
	int n = 0;

	*n_ranges = 1;
	while (n < ix->n_fields) {
		const struct intervals *s = &b->fields[n];

		if (intervals_are_all(s) || (n > 0 && *n_ranges * s->n > RANGES_MOST))
			break;
		*n_ranges *= s->n;
		n++;
		if (!intervals_are_points(s))
			break;
	}
	return n;
}

/* One field's intervals as ranges of its bytes. */
static void add_checked(struct making *k, int field, struct key_check *check)
{
	const struct intervals *s = &k->bounds->fields[field];
	bool descending = k->ix->fields[field].descending;

	k->n = 0;
	k->v = arena_new_array(k->m->arena, (size_t)s->n + 1, struct key_range);
	k->m->failed |= !k->v;
	for (int x = 0; x < s->n && !k->m->failed; x++)
		add_range(k, (struct view){NULL, 0}, &s->v[descending ? s->n - 1 - x : x],
		    descending);
	check->fields[field].v = k->v;
	check->fields[field].n = k->n;
	check->last = field;
}

static const struct key_check *make_check(struct making *k)
{
	struct key_check *check = NULL;

	for (int i = k->n_fields; i < k->ix->n_fields && !k->m->failed; i++) {
		if (intervals_are_all(&k->bounds->fields[i]))
			continue;
		if (!check)
			check = arena_new(k->m->arena, struct key_check);
		k->m->failed |= !check;
		if (check)
			add_checked(k, i, check);
	}
	return check;
}

int bounds_make_ranges(const struct index *ix, struct interval_maker *m, struct index_bounds *b)
{
	struct making k = {.m = m, .ix = ix, .bounds = b};
	int64_t n_ranges;

	for (int i = 0; i < ix->n_fields; i++)
		if (!b->fields[i].n) {
			/* Nothing can match: no range. */
			b->n_fields = i + 1;
			b->ranges = arena_new(m->arena, struct key_range);
			return b->ranges ? 0 : ERR_EXCEEDED_MEMORY_LIMIT;
		}
	k.n_fields = count_fields(ix, b, &n_ranges);
	k.v = arena_new_array(m->arena, (size_t)n_ranges + 1, struct key_range);
	if (!k.v)
		return ERR_EXCEEDED_MEMORY_LIMIT;
	if (k.n_fields)
		add_ranges(&k, 0, (struct view){NULL, 0});
	else
		k.n = 1; /* one without ends */
	b->n_fields = MAX_OF(k.n_fields, 1);
	b->ranges = k.v;
	b->n = k.n;
	b->check = make_check(&k);
	return m->failed ? ERR_EXCEEDED_MEMORY_LIMIT : 0;
}
