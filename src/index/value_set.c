#include "index/value_set.h"

#include "config.h"

#include <ctype.h>
#include <math.h>

#include "bson/builder.h"
#include "bson/decimal.h"
#include "expr/match_op.h"

/* ------------------------------------------------------------ comparisons */

static struct field_set points(struct interval_maker *m, const struct filter *f)
{
	int n = f->kind == MATCH_IN ? f->n_values : 1;
	const struct value *values = f->kind == MATCH_IN ? f->values : &f->value;
	struct field_set set = {.keys = intervals_new(m, n), .exact = true};

	for (int i = 0; i < n; i++)
		intervals_add_point(m, &set.keys, values[i]);
	intervals_sort(&set.keys);
	return set;
}

static bool is_nan(struct value v)
{
	if (v.type == TYPE_DOUBLE)
		return isnan(read_double(v.data));
	return v.type == TYPE_DECIMAL128 && decimal_is_nan(decimal_read(v.data));
}

/* Of values that are in no order with others: themselves, or nothing. */
static struct field_set equal_or_none(struct interval_maker *m, const struct filter *f)
{
	bool equal = f->kind == MATCH_LTE || f->kind == MATCH_GTE;

	return (struct field_set){
	    .keys = equal ? intervals_point(m, f->value) : intervals_new(m, 0),
	    .exact = true,
	};
}

/* Within the ends of the operand's type, or of all types. */
static struct field_set range(struct interval_maker *m, const struct filter *f)
{
	uint8_t type = f->value.type;
	bool of_all = type == TYPE_MIN_KEY || type == TYPE_MAX_KEY || f->by_expression;
	struct bound from = type_lowest(of_all ? TYPE_MIN_KEY : type);
	struct bound to = type_highest(of_all ? TYPE_MAX_KEY : type);

	if (type == TYPE_NULL || (is_nan(f->value) && !f->by_expression))
		return equal_or_none(m, f);
	if (f->kind == MATCH_LT || f->kind == MATCH_LTE)
		to = (struct bound){f->value, f->kind == MATCH_LT};
	else
		from = (struct bound){f->value, f->kind == MATCH_GT};
	return (struct field_set){.keys = intervals_between(m, from, to), .exact = true};
}

/* ------------------------------------------------------------------- types */

/* All the types of a rank have to be wanted for its keys to tell. */
static struct field_set of_types(struct interval_maker *m, const struct filter *f)
{
	static const uint8_t types[] = {TYPE_MIN_KEY, TYPE_UNDEFINED, TYPE_NULL, TYPE_DOUBLE,
	    TYPE_INT32, TYPE_INT64, TYPE_DECIMAL128, TYPE_STRING, TYPE_SYMBOL, TYPE_OBJECT,
	    TYPE_ARRAY, TYPE_BINARY, TYPE_OBJECT_ID, TYPE_BOOL, TYPE_DATE, TYPE_TIMESTAMP,
	    TYPE_REGEX, TYPE_DB_POINTER, TYPE_CODE, TYPE_CODE_WITH_SCOPE, TYPE_MAX_KEY};
	struct field_set set = {.keys = intervals_new(m, 0), .exact = true};
	uint32_t ranks = 0, missed = 0;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		uint32_t rank = 1u << type_rank(types[i]);
		struct intervals more;

		if (!(f->types & match_type_bit(types[i]))) {
			missed |= rank;
			continue;
		}
		if (!(ranks & rank)) {
			more = intervals_type(m, types[i]);
			set.keys = intervals_unite(m, &set.keys, &more);
		}
		ranks |= rank;
	}
	set.exact = !(ranks & missed);
	return set;
}

static struct field_set numbers(struct interval_maker *m)
{
	return (struct field_set){.keys = intervals_type(m, TYPE_DOUBLE)};
}

static struct field_set numbers_and_binary(struct interval_maker *m)
{
	struct intervals n = intervals_type(m, TYPE_DOUBLE);
	struct intervals b = intervals_type(m, TYPE_BINARY);

	return (struct field_set){.keys = intervals_unite(m, &n, &b)};
}

/* ------------------------------------------------------------------- $regex */

/* How many bytes at p are one literal character, which is put into c; 0: none is. */
static size_t literal(const char *p, char c[static 5])
{
	size_t n = 1;

	memset(c, 0, 5);
	if (*p == '\\') {
		if (!ispunct((unsigned char)p[1]))
			return 0;
		c[0] = p[1];
		return 2;
	}
	if (!*p || strchr("^$.[]|()?*+{}", *p))
		return 0;
	while (((uint8_t)p[n] & 0xC0) == 0x80 && n < 4)
		n++;
	memcpy(c, p, n);
	return n;
}

/* Only plain ones: begun by ^ (or \A), without alternatives. */
bool regex_prefix(const char *pattern, const char *options, struct buf *prefix)
{
	const char *p = pattern;
	char c[5];
	size_t n;

	buf_reset(prefix);
	if (strspn(options, "su") != strlen(options) || strchr(pattern, '|'))
		return false;
	if (*p == '^')
		p++;
	else if (strncmp(p, "\\A", 2) == 0)
		p += 2;
	else
		return false;
	for (; (n = literal(p, c)) > 0; p += n) {
		/* What a quantifier behind it says may leave it out. */
		if (p[n] && strchr("?*{", p[n]))
			return false;
		buf_append(prefix, c, strlen(c));
		if (p[n] == '+')
			return false;
	}
	return !*p;
}

/* The strings that begin so; the end is the prefix with its last byte one higher. */
static struct intervals strings_from(struct interval_maker *m, struct view prefix)
{
	struct bound from = type_lowest(TYPE_STRING), to = type_highest(TYPE_STRING);
	struct buf text;

	buf_init(&text, m->arena->account);
	buf_append_i32(&text, (int32_t)prefix.len + 1);
	buf_append_view(&text, prefix);
	buf_append_byte(&text, 0);
	from.v = (struct value){.type = TYPE_STRING, .len = (uint32_t)text.len};
	from.v.data = arena_dup(m->arena, buf_view(&text)).data;
	if (!text.failed)
		text.data[text.len - 2]++;
	to.v = (struct value){.type = TYPE_STRING, .len = (uint32_t)text.len};
	to.v.data = arena_dup(m->arena, buf_view(&text)).data;
	m->failed |= text.failed || arena_failed(m->arena);
	buf_clear(&text);
	return m->failed ? intervals_new(m, 0) : intervals_between(m, from, to);
}

static struct value regex_value(
    struct interval_maker *m, const char *pattern, const char *options)
{
	struct value v = {.type = TYPE_REGEX};
	struct view bytes;
	struct buf b;

	buf_init(&b, m->arena->account);
	buf_append(&b, pattern, strlen(pattern) + 1);
	buf_append(&b, options, strlen(options) + 1);
	bytes = arena_dup(m->arena, buf_view(&b));
	m->failed |= b.failed || arena_failed(m->arena);
	buf_clear(&b);
	v.data = bytes.data;
	v.len = (uint32_t)bytes.len;
	return v;
}

/* Strings, and the expression itself as a value.  With a collation the keys of
 * strings say nothing of their bytes. */
static struct field_set of_regex(struct interval_maker *m, const struct filter *f)
{
	const char *options, *pattern = match_regex_pattern(f, &options);
	struct intervals strings, itself;
	struct field_set set = {0};
	struct value v;
	struct buf prefix;

	buf_init(&prefix, m->arena->account);
	set.exact = regex_prefix(pattern, options, &prefix) && prefix.len && !m->collator;
	m->failed |= prefix.failed;
	strings = prefix.len && !m->collator ? strings_from(m, buf_view(&prefix))
					     : intervals_type(m, TYPE_STRING);
	buf_clear(&prefix);
	v = regex_value(m, pattern, options);
	if (m->failed)
		return field_set_all(m);
	itself = intervals_point(m, v);
	set.keys = intervals_unite(m, &strings, &itself);
	return set;
}

/* -------------------------------------------------------------------- all */

static const struct {
	bool (*test)(const struct filter *f, struct value v, struct match_state *ms);
	struct field_set (*make)(struct interval_maker *m);
} by_test[] = {
    {match_test_mod, numbers},
    {match_test_all_set, numbers_and_binary},
    {match_test_any_set, numbers_and_binary},
    {match_test_all_clear, numbers_and_binary},
    {match_test_any_clear, numbers_and_binary},
};

static struct field_set of_other(struct interval_maker *m, const struct filter *f)
{
	if (f->op->test == match_test_regex)
		return of_regex(m, f);
	for (size_t i = 0; i < ARRAY_LEN(by_test); i++)
		if (f->op->test == by_test[i].test)
			return by_test[i].make(m);
	return field_set_all(m);
}

static struct field_set of_exists(struct interval_maker *m, const struct filter *f)
{
	struct field_set set = field_set_all(m);

	if (!f->exists)
		set.keys.n = 0;
	set.exact = true;
	return set;
}

struct field_set value_set_make(struct interval_maker *m, const struct filter *f)
{
	switch (f->kind) {
	case MATCH_EQ:
	case MATCH_IN:
		return filter_same_order(f, m->collator) ? points(m, f) : field_set_all(m);
	case MATCH_LT:
	case MATCH_LTE:
	case MATCH_GT:
	case MATCH_GTE:
		return filter_same_order(f, m->collator) ? range(m, f) : field_set_all(m);
	case MATCH_TYPE:
		return of_types(m, f);
	case MATCH_EXISTS:
		return of_exists(m, f);
	case MATCH_OTHER:
		return of_other(m, f);
	default:
		return field_set_all(m);
	}
}
