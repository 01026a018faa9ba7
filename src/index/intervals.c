#include "index/intervals.h"

#include <stdlib.h>

#include "bson/key_encode.h"

void interval_maker_init(
    struct interval_maker *m, struct arena *a, const struct collator *collator)
{
	*m = (struct interval_maker){.arena = a, .collator = collator};
	buf_init(&m->key, a->account);
}

void interval_maker_clear(struct interval_maker *m)
{
	buf_clear(&m->key);
}

static struct view keep(struct interval_maker *m)
{
	struct view v = arena_dup(m->arena, buf_view(&m->key));

	m->failed |= m->key.failed || arena_failed(m->arena);
	buf_reset(&m->key);
	return v;
}

struct view interval_key(struct interval_maker *m, struct value v)
{
	buf_reset(&m->key);
	key_encode(&m->key, NULL, v, false, m->collator);
	return keep(m);
}

struct view interval_successor(struct interval_maker *m, struct view key)
{
	buf_reset(&m->key);
	if (!key_successor(&m->key, key))
		buf_append_byte(&m->key, KEY_AFTER_ALL); /* no key begins so */
	return keep(m);
}

struct intervals intervals_new(struct interval_maker *m, int n)
{
	struct intervals s = {0};

	s.v = arena_new_array(m->arena, (size_t)n + 1, struct interval);
	m->failed |= !s.v;
	return s;
}

/* ------------------------------------------------------- the ends of types */

static const uint8_t zeros[16];
static const uint8_t ones[16] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t nan_bytes[8] = {0, 0, 0, 0, 0, 0, 0xF8, 0x7F};
static const uint8_t infinite[8] = {0, 0, 0, 0, 0, 0, 0xF0, 0x7F};
static const uint8_t minus_infinite[8] = {0, 0, 0, 0, 0, 0, 0xF0, 0xFF};
static const uint8_t empty_str[5] = {1};
static const uint8_t empty_doc[5] = {5};
static const uint8_t first_date[8] = {0, 0, 0, 0, 0, 0, 0, 0x80};
static const uint8_t last_date[8] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F};
static const uint8_t first_pointer[17] = {1};
static const uint8_t first_scope[14] = {14, 0, 0, 0, 1, 0, 0, 0, 0, 5};

#define OBJECT_LOW                                                                             \
	{                                                                                      \
		empty_doc, 5, TYPE_OBJECT                                                      \
	}
#define ARRAY_LOW                                                                              \
	{                                                                                      \
		empty_doc, 5, TYPE_ARRAY                                                       \
	}
#define BINARY_LOW                                                                             \
	{                                                                                      \
		zeros, 5, TYPE_BINARY                                                          \
	}
#define OID_LOW                                                                                \
	{                                                                                      \
		zeros, 12, TYPE_OBJECT_ID                                                      \
	}
#define POINTER_LOW                                                                            \
	{                                                                                      \
		first_pointer, 17, TYPE_DB_POINTER                                             \
	}
#define CODE_LOW                                                                               \
	{                                                                                      \
		empty_str, 5, TYPE_CODE                                                        \
	}
#define SCOPE_LOW                                                                              \
	{                                                                                      \
		first_scope, 14, TYPE_CODE_WITH_SCOPE                                          \
	}

/* By the first value, and the last one or the first of the next rank. */
static const struct rank_ends {
	uint8_t type;
	struct bound low, high;
} ranks[] = {
    {TYPE_DOUBLE, {{minus_infinite, 8, TYPE_DOUBLE}, false},
	{{infinite, 8, TYPE_DOUBLE}, false}},
    {TYPE_STRING, {{empty_str, 5, TYPE_STRING}, false}, {OBJECT_LOW, true}},
    {TYPE_OBJECT, {OBJECT_LOW, false}, {ARRAY_LOW, true}},
    {TYPE_ARRAY, {ARRAY_LOW, false}, {BINARY_LOW, true}},
    {TYPE_BINARY, {BINARY_LOW, false}, {OID_LOW, true}},
    {TYPE_OBJECT_ID, {OID_LOW, false}, {{ones, 12, TYPE_OBJECT_ID}, false}},
    {TYPE_BOOL, {{zeros, 1, TYPE_BOOL}, false}, {{(const uint8_t *)"\1", 1, TYPE_BOOL}, false}},
    {TYPE_DATE, {{first_date, 8, TYPE_DATE}, false}, {{last_date, 8, TYPE_DATE}, false}},
    {TYPE_TIMESTAMP, {{zeros, 8, TYPE_TIMESTAMP}, false}, {{ones, 8, TYPE_TIMESTAMP}, false}},
    {TYPE_REGEX, {{zeros, 2, TYPE_REGEX}, false}, {POINTER_LOW, true}},
    {TYPE_DB_POINTER, {POINTER_LOW, false}, {CODE_LOW, true}},
    {TYPE_CODE, {CODE_LOW, false}, {SCOPE_LOW, true}},
    {TYPE_CODE_WITH_SCOPE, {SCOPE_LOW, false}, {{NULL, 0, TYPE_MAX_KEY}, true}},
};

static const struct rank_ends *ends_of(uint8_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(ranks); i++)
		if (type_rank(ranks[i].type) == type_rank(type))
			return &ranks[i];
	return NULL;
}

/* Types of one value are their own ends. */
struct bound type_lowest(uint8_t type)
{
	const struct rank_ends *ends = ends_of(type);

	return ends ? ends->low : (struct bound){{zeros, 0, type}, false};
}

struct bound type_highest(uint8_t type)
{
	const struct rank_ends *ends = ends_of(type);

	return ends ? ends->high : (struct bound){{zeros, 0, type}, false};
}

/* ------------------------------------------------------------- making them */

struct intervals intervals_all(struct interval_maker *m)
{
	if (!m->all.n)
		m->all =
		    intervals_between(m, type_lowest(TYPE_MIN_KEY), type_highest(TYPE_MAX_KEY));
	return m->all;
}

bool intervals_are_all(const struct intervals *s)
{
	return s->n == 1 && s->v[0].from.v.type == TYPE_MIN_KEY && !s->v[0].from.open &&
	       s->v[0].to.v.type == TYPE_MAX_KEY && !s->v[0].to.open;
}

bool intervals_are_points(const struct intervals *s)
{
	for (int i = 0; i < s->n; i++)
		if (!s->v[i].point)
			return false;
	return true;
}

void intervals_add_point(struct interval_maker *m, struct intervals *s, struct value v)
{
	struct interval *i = &s->v[s->n];

	if (m->failed)
		return;
	s->n++;
	i->point = true;
	i->from = i->to = (struct bound){v, false};
	i->low = interval_key(m, v);
	i->high = interval_successor(m, i->low);
}

struct intervals intervals_point(struct interval_maker *m, struct value v)
{
	struct intervals s = intervals_new(m, 1);

	intervals_add_point(m, &s, v);
	return s;
}

static bool is_point(const struct interval_maker *m, const struct interval *i)
{
	return !i->from.open && !i->to.open && value_equal(i->from.v, i->to.v, m->collator);
}

/* No key begins with the bytes of another: what follows all that begin with a
 * value's key follows the value. */
struct intervals intervals_between(struct interval_maker *m, struct bound from, struct bound to)
{
	struct intervals s = intervals_new(m, 1);
	struct interval *i = s.v;

	if (m->failed)
		return s;
	i->from = from;
	i->to = to;
	i->point = is_point(m, i);
	i->low = interval_key(m, from.v);
	if (from.open)
		i->low = interval_successor(m, i->low);
	i->high = interval_key(m, to.v);
	if (!to.open)
		i->high = interval_successor(m, i->high);
	s.n = view_compare(i->low, i->high) < 0;
	return s;
}

struct intervals intervals_type(struct interval_maker *m, uint8_t type)
{
	struct bound low = type_lowest(type), high = type_highest(type);

	if (low.v.type == TYPE_DOUBLE)
		low.v.data = nan_bytes;
	return intervals_between(m, low, high);
}

static int compare_intervals(const void *a, const void *b)
{
	return view_compare(
	    ((const struct interval *)a)->low, ((const struct interval *)b)->low);
}

void intervals_sort(struct intervals *s)
{
	int kept = 0;

	if (s->n > 1)
		qsort(s->v, (size_t)s->n, sizeof(*s->v), compare_intervals);
	for (int i = 0; i < s->n; i++)
		if (kept == 0 || !view_equal(s->v[kept - 1].low, s->v[i].low))
			s->v[kept++] = s->v[i];
	s->n = kept;
}

/* --------------------------------------------------------- the set algebra */

struct intervals intervals_intersect(
    struct interval_maker *m, const struct intervals *a, const struct intervals *b)
{
	struct intervals out = intervals_new(m, a->n + b->n);
	int i = 0, j = 0;

	while (!m->failed && i < a->n && j < b->n) {
		const struct interval *x = &a->v[i], *y = &b->v[j];
		bool x_ends_first = view_compare(x->high, y->high) <= 0;
		bool x_begins_last = view_compare(x->low, y->low) >= 0;
		struct interval both = {
		    .low = x_begins_last ? x->low : y->low,
		    .high = x_ends_first ? x->high : y->high,
		    .from = x_begins_last ? x->from : y->from,
		    .to = x_ends_first ? x->to : y->to,
		};

		both.point = x->point || y->point || is_point(m, &both);
		if (view_compare(both.low, both.high) < 0)
			out.v[out.n++] = both;
		if (x_ends_first)
			i++;
		else
			j++;
	}
	return out;
}

/* Points stay as they are, even where one follows the other. */
static bool goes_on(const struct interval *last, const struct interval *next)
{
	int c = view_compare(next->low, last->high);

	return c < 0 || (c == 0 && !(last->point && next->point));
}

struct intervals intervals_unite(
    struct interval_maker *m, const struct intervals *a, const struct intervals *b)
{
	struct intervals out = intervals_new(m, a->n + b->n);
	int i = 0, j = 0;

	while (!m->failed && (i < a->n || j < b->n)) {
		bool take_a =
		    j == b->n || (i < a->n && compare_intervals(&a->v[i], &b->v[j]) <= 0);
		const struct interval *next = take_a ? &a->v[i++] : &b->v[j++];
		struct interval *last = out.n ? &out.v[out.n - 1] : NULL;

		if (!last || !goes_on(last, next)) {
			out.v[out.n++] = *next;
		} else if (view_compare(next->high, last->high) > 0) {
			last->high = next->high;
			last->to = next->to;
			last->point = false;
		}
	}
	return out;
}

struct intervals intervals_complement(struct interval_maker *m, const struct intervals *s)
{
	struct intervals out = intervals_new(m, s->n + 1), all = intervals_all(m);
	struct interval gap;

	if (m->failed)
		return out;
	gap = all.v[0];
	for (int i = 0; i <= s->n; i++) {
		gap.high = i < s->n ? s->v[i].low : all.v[0].high;
		gap.to =
		    i < s->n ? (struct bound){s->v[i].from.v, !s->v[i].from.open} : all.v[0].to;
		gap.point = is_point(m, &gap);
		if (view_compare(gap.low, gap.high) < 0)
			out.v[out.n++] = gap;
		if (i == s->n)
			break;
		gap.low = s->v[i].high;
		gap.from = (struct bound){s->v[i].to.v, !s->v[i].to.open};
	}
	return out;
}

bool intervals_hold(const struct intervals *s, uint8_t type)
{
	uint8_t bytes[2];
	struct buf key;
	struct view k;

	buf_init(&key, NULL);
	key_type_low(&key, type, false);
	bytes[0] = key.len ? key.data[0] : 0;
	buf_clear(&key);
	k = view_of(bytes, 1);
	for (int i = 0; i < s->n; i++)
		if (view_compare(s->v[i].low, k) <= 0 && view_compare(k, s->v[i].high) < 0)
			return true;
	return false;
}
