#include "config.h"

#include "bson/decimal.h"
#include "bson/validate.h"
#include "expr/expr_text.h"

/* An operand as text. */
static int text_arg(const struct expression *e, struct expr_eval *ev, int i, struct view *out)
{
	struct value v;
	int r = expr_eval(e->args[i], ev, &v);

	return r ? r : expr_text(e, ev, v, out);
}

static int make_int(struct expr_eval *ev, int64_t n, struct value *out)
{
	return expr_made(ev, value_make_i32(ev->a, (int32_t)n), out);
}

/* ------------------------------------------------ $concat */

EXPR_EVAL(expr_eval_concat)
{
	struct value *values;
	struct buf text;
	int r = expr_eval_args(e, ev, &values);

	for (int i = 0; r == 0 && i < e->n; i++) {
		if (expr_is_nullish(values[i])) {
			*out = value_null;
			return 0;
		}
		if (values[i].type != TYPE_STRING)
			return status_set(ev->st, 16702, "$concat takes strings, and not %s",
			    type_name(values[i].type));
	}
	if (r)
		return r;
	buf_init(&text, ev->a->account);
	for (int i = 0; i < e->n && text.len < BSON_USER_SIZE_MAX; i++)
		buf_append_view(&text, value_str(values[i]));
	return expr_take_str(ev, &text, out);
}

/* ------------------------------------------------ letters */

static uint8_t change_case(uint8_t c, bool upper)
{
	if (upper)
		return c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c;
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* op->id: 1 to upper case.  Letters of ASCII only, as in MongoDB. */
EXPR_EVAL(expr_eval_change_case)
{
	struct view s;
	struct buf buf;
	uint8_t *to;
	int r = text_arg(e, ev, 0, &s);

	if (r)
		return r;
	buf_init(&buf, ev->a->account);
	to = s.len ? buf_extend(&buf, s.len) : NULL;
	for (size_t i = 0; to && i < s.len; i++)
		to[i] = change_case(s.data[i], e->op->id);
	return expr_take_str(ev, &buf, out);
}

EXPR_EVAL(expr_eval_strcasecmp)
{
	struct view a, b;
	int c = 0, r = text_arg(e, ev, 0, &a);

	if (r == 0)
		r = text_arg(e, ev, 1, &b);
	if (r)
		return r;
	for (size_t i = 0; c == 0 && i < a.len && i < b.len; i++)
		c = change_case(a.data[i], true) - change_case(b.data[i], true);
	if (c == 0)
		c = (a.len > b.len) - (a.len < b.len);
	return make_int(ev, (c > 0) - (c < 0), out);
}

/* ------------------------------------------------ lengths */

/* op->id: the error for what is no string; 34471 counts characters. */
EXPR_EVAL(expr_eval_str_len)
{
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	if (r)
		return r;
	if (v.type != TYPE_STRING)
		return status_set(ev->st, e->op->id, "%s takes a string, and not %s",
		    e->op->name, type_name(v.type));
	return make_int(ev,
	    e->op->id == 34471 ? utf8_count(value_str(v)) : (int64_t)value_str(v).len, out);
}

/* ------------------------------------------------ parts */

static int cut_place(
    const struct expression *e, struct expr_eval *ev, int i, int code, int64_t *out)
{
	struct value v;
	double d = 0;
	int r = expr_eval(e->args[i], ev, &v);

	if (r)
		return r;
	if (!value_is_number(v))
		return status_set(ev->st, code, "%s takes numbers behind the string, and not %s",
		    e->op->name, type_name(v.type));
	if (v.type == TYPE_DECIMAL128) {
		struct decimal rounded =
		    decimal_round(decimal_read(v.data), 0, DECIMAL_TO_EVEN);

		/* What does not fit is as good as a negative one, as in MongoDB. */
		if (!decimal_to_i64(rounded, out))
			*out = INT64_MIN;
		return 0;
	}
	(void)value_to_double(v, &d);
	if (v.type == TYPE_DOUBLE &&
	    !(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
		return status_set(ev->st, 31109,
		    "%s takes numbers of 64 bits behind the string", e->op->name);
	(void)value_to_i64_clamped(v, out);
	return 0;
}

/* {string, first byte, how many; negative: all that follow} */
EXPR_EVAL(expr_eval_substr_bytes)
{
	struct view s;
	int64_t from, n;
	size_t end;
	int r = text_arg(e, ev, 0, &s);

	if (r == 0)
		r = cut_place(e, ev, 1, 16034, &from);
	if (r == 0)
		r = cut_place(e, ev, 2, 16035, &n);
	if (r)
		return r;
	if (from < 0)
		return status_set(
		    ev->st, 50752, "%s takes no negative first byte", e->op->name);
	if (from >= (int64_t)s.len)
		return expr_make_str(ev, view_of("", 0), out);
	end = n < 0 || n > (int64_t)s.len - from ? s.len : (size_t)(from + n);
	if (utf8_is_inside(s.data[from]))
		return status_set(
		    ev->st, 28656, "%s begins inside a character", e->op->name);
	if (end < s.len && utf8_is_inside(s.data[end]))
		return status_set(ev->st, 28657, "%s ends inside a character", e->op->name);
	return expr_make_str(ev, view_of(s.data + from, end - (size_t)from), out);
}

/* code: for what is no number; the next one for what is not whole. */
static int char_place(
    const struct expression *e, struct expr_eval *ev, int i, int code, int64_t *out)
{
	struct value v;
	int r = expr_eval(e->args[i], ev, &v);

	if (r)
		return r;
	if (!value_is_number(v))
		return status_set(ev->st, code, "%s takes numbers behind the string, and not %s",
		    e->op->name, type_name(v.type));
	if (!value_to_i64(v, out) || *out < INT32_MIN || *out > INT32_MAX)
		return status_set(
		    ev->st, code + 1, "%s takes whole numbers of 32 bits", e->op->name);
	return 0;
}

EXPR_EVAL(expr_eval_substr_cp)
{
	struct view s;
	int64_t from, n;
	size_t start, len;
	int r = text_arg(e, ev, 0, &s);

	if (r == 0)
		r = char_place(e, ev, 1, 34450, &from);
	if (r == 0)
		r = char_place(e, ev, 2, 34452, &n);
	if (r)
		return r;
	if (n < 0 || from < 0)
		return status_set(ev->st, n < 0 ? 34454 : 34455,
		    "%s takes no negative numbers", e->op->name);
	start = utf8_offset(s, from);
	len = utf8_offset(view_of(s.data + start, s.len - start), n);
	return expr_make_str(ev, view_of(s.data + start, len), out);
}

/* ------------------------------------------------ looking for strings */

/* Where in s, from a byte on; -1. */
static int64_t find(struct view s, size_t from, struct view what)
{
	const uint8_t *at;

	if (from > s.len || what.len > s.len - from)
		return -1;
	if (what.len == 0)
		return (int64_t)from;
	at = memmem(s.data + from, s.len - from, what.data, what.len);
	return at ? at - s.data : -1;
}

/* The two strings; *null when the first is. */
static int two_strings(const struct expression *e, struct expr_eval *ev, struct view s[2],
    bool *null)
{
	int code = e->op->id ? 40093 : 40091;
	struct value v;
	int r = expr_eval(e->args[0], ev, &v);

	*null = r == 0 && expr_is_nullish(v);
	for (int i = 0; r == 0 && !*null && i < 2; i++) {
		if (i)
			r = expr_eval(e->args[1], ev, &v);
		if (r == 0 && v.type != TYPE_STRING)
			r = status_set(ev->st, code + i, "%s takes strings, and not %s",
			    e->op->name, type_name(v.type));
		if (r == 0)
			s[i] = value_str(v);
	}
	return r;
}

/* As MongoDB: it has to begin at one of the characters from ... to - 1, and may end behind
 * them. */
static int64_t find_char(struct view s, struct view what, int64_t from, int64_t to)
{
	int64_t at = find(s, utf8_offset(s, from), what), place;

	if (s.len == 0 && what.len == 0)
		return 0;
	if (at < 0 || at == (int64_t)s.len)
		return -1;
	place = utf8_count(view_of(s.data, (size_t)at));
	return place < to ? place : -1;
}

/* op->id: places are characters, and not bytes. */
EXPR_EVAL(expr_eval_index_of)
{
	bool by_char = e->op->id;
	struct view s[2];
	int64_t from, to, at;
	bool null;
	int r = two_strings(e, ev, s, &null);

	*out = value_null;
	if (r || null)
		return r;
	r = expr_place(e, ev, 2, 0, 40096, &from);
	if (r == 0)
		r = expr_place(e, ev, 3, INT32_MAX, 40096, &to);
	if (r)
		return r;
	if (from > (by_char ? utf8_count(s[0]) : (int64_t)s[0].len) || to < from)
		return make_int(ev, -1, out);
	if (by_char)
		return make_int(ev, find_char(s[0], s[1], from, to), out);
	s[0].len = MIN_OF(s[0].len, (size_t)to);
	at = find(s[0], (size_t)from, s[1]);
	return make_int(ev, at, out);
}

EXPR_EVAL(expr_eval_split)
{
	struct value v, by;
	struct view s, separator;
	struct builder b;
	struct buf buf;
	size_t from = 0;
	int64_t at;
	int r = expr_eval(e->args[0], ev, &v);

	if (r == 0)
		r = expr_eval(e->args[1], ev, &by);
	*out = value_null;
	if (r || expr_is_nullish(v) || expr_is_nullish(by))
		return r;
	if (v.type != TYPE_STRING)
		return status_set(ev->st, 40085, "$split takes a string first, and not %s",
		    type_name(v.type));
	if (by.type != TYPE_STRING)
		return status_set(ev->st, 10503900,
		    "$split takes a string as the separator, and not %s", type_name(by.type));
	s = value_str(v);
	separator = value_str(by);
	if (separator.len == 0)
		return status_set(ev->st, 40087, "$split takes a separator that is not empty");
	expr_begin(ev, &b, &buf, TYPE_ARRAY);
	while ((at = find(s, from, separator)) >= 0) {
		builder_str_n(
		    &b, NULL, (const char *)s.data + from, (size_t)at - from);
		from = (size_t)at + separator.len;
	}
	builder_str_n(&b, NULL, (const char *)s.data + from, s.len - from);
	return expr_take(ev, &b, &buf, TYPE_ARRAY, out);
}

/* ------------------------------------------------ $trim and its like */

EXPR_PARSE(expr_parse_trim)
{
	static const struct expr_field fields[] = {{"input", true, 50695}, {"chars", false, 0}};

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 50696, "%s takes a document, and not %s", op->name,
		    type_name(operand.type));
	return expr_parse_named(p, op, operand, fields, 2, 50694, out);
}

/* What goes where nothing is said: ASCII's spaces with NUL, and Unicode's that are as wide as
 * something. */
static const char white_space[] = "\0 \t\n\v\f\r\302\240\341\232\200\342\200\200\342\200\201"
				  "\342\200\202\342\200\203\342\200\204\342\200\205\342\200\206"
				  "\342\200\207\342\200\210\342\200\211\342\200\212";

static size_t char_len(struct view s, size_t at)
{
	size_t n = 1;

	while (at + n < s.len && utf8_is_inside(s.data[at + n]))
		n++;
	return n;
}

static bool is_among(struct view chars, struct view c)
{
	size_t n;

	for (size_t i = 0; i < chars.len; i += n) {
		n = char_len(chars, i);
		if (view_equal(view_of(chars.data + i, n), c))
			return true;
	}
	return false;
}

/* op->id: bits, 1 the left end, 2 the right one. */
static struct view trim(struct view s, struct view chars, int ends)
{
	while (ends & 1 && s.len) {
		size_t n = char_len(s, 0);

		if (!is_among(chars, view_of(s.data, n)))
			break;
		s = view_of(s.data + n, s.len - n);
	}
	while (ends & 2 && s.len) {
		size_t n = 1;

		while (n < s.len && utf8_is_inside(s.data[s.len - n]))
			n++;
		if (!is_among(chars, view_of(s.data + s.len - n, n)))
			break;
		s.len -= n;
	}
	return s;
}

EXPR_EVAL(expr_eval_trim)
{
	struct view chars = view_of(white_space, sizeof(white_space) - 1);
	struct value v, c = value_missing;
	int r = expr_eval(e->args[0], ev, &v);

	*out = value_null;
	if (r || expr_is_nullish(v))
		return r;
	if (v.type != TYPE_STRING)
		return status_set(ev->st, 50699, "%s: input is a string, and not %s",
		    e->op->name, type_name(v.type));
	if (e->args[1]) {
		r = expr_eval(e->args[1], ev, &c);
		if (r || expr_is_nullish(c))
			return r;
		if (c.type != TYPE_STRING)
			return status_set(ev->st, 50700, "%s: chars is a string, and not %s",
			    e->op->name, type_name(c.type));
		chars = value_str(c);
	}
	return expr_make_str(ev, trim(value_str(v), chars, e->op->id), out);
}

/* ------------------------------------------------ $replaceOne and $replaceAll */

EXPR_PARSE(expr_parse_replace)
{
	static const struct expr_field fields[] = {
	    {"input", true, 51749}, {"find", true, 51748}, {"replacement", true, 51747}};

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 51751, "%s takes a document, and not %s", op->name,
		    type_name(operand.type));
	return expr_parse_named(p, op, operand, fields, 3, 51750, out);
}

/* op->id: all. */
EXPR_EVAL(expr_eval_replace)
{
	static const int codes[] = {10503904, 10503901, 10503902};
	static const char *const names[] = {"input", "find", "replacement"};
	struct view s[3];
	struct value v[3];
	struct buf buf;
	size_t from = 0;
	int64_t at;
	bool null = false;

	for (int i = 0; i < 3; i++) {
		int r = expr_eval(e->args[i], ev, &v[i]);

		if (r)
			return r;
	}
	for (int i = 0; i < 3; i++) {
		null |= expr_is_nullish(v[i]);
		if (!expr_is_nullish(v[i]) && v[i].type != TYPE_STRING)
			return status_set(ev->st, codes[i], "%s: %s is a string, and not %s",
			    e->op->name, names[i], type_name(v[i].type));
		if (!expr_is_nullish(v[i]))
			s[i] = value_str(v[i]);
	}
	*out = value_null;
	if (null)
		return 0;
	buf_init(&buf, ev->a->account);
	while (buf.len < BSON_USER_SIZE_MAX && (at = find(s[0], from, s[1])) >= 0) {
		buf_append(&buf, s[0].data + from, (size_t)at - from);
		buf_append_view(&buf, s[2]);
		from = (size_t)at + s[1].len;
		if (!e->op->id || buf.failed)
			break;
		if (s[1].len == 0) { /* between all characters */
			size_t n = from < s[0].len ? char_len(s[0], from) : 0;

			buf_append(&buf, s[0].data + from, n);
			from += n;
			if (n == 0)
				break;
		}
	}
	buf_append(&buf, s[0].data + from, s[0].len - from);
	return expr_take_str(ev, &buf, out);
}
