/* $dateToString, $dateFromString: dates as text, by formats of their own. */
#include "expr/expr_date.h"

#include <strings.h>

#include "expr/expr_text.h"

#define ERR_FORMAT_TYPE	     18533
#define ERR_FORMAT_END	     18535
#define ERR_FORMAT_SPECIFIER 18536
#define ERR_YEAR	     18537
#define ERR_FROM_FORMAT_TYPE 40684

static const char *const months[] = {"January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December"};

/* Each specifier is one of the letters, or a percent sign. */
static int check_format(
    const struct expr_op *op, struct view format, const char *letters, struct status *st)
{
	for (size_t i = 0; i < format.len; i++) {
		if (format.data[i] != '%')
			continue;
		if (++i == format.len)
			return status_set(
			    st, ERR_FORMAT_END, "%s: the format ends in a percent sign", op->name);
		if (!format.data[i] || !strchr(letters, format.data[i]))
			return status_set(st, ERR_FORMAT_SPECIFIER,
			    "%s: the format has an unknown specifier, %%%c", op->name,
			    format.data[i] >= ' ' && format.data[i] < 0x7F ? format.data[i] : '?');
	}
	return 0;
}

/* *out.data is NULL where the format has no value. */
static int eval_format(const struct expression *e, const struct expression *arg,
    struct expr_eval *ev, int code, const char *letters, struct view *out)
{
	struct value v;
	int r;

	*out = view_of(NULL, 0);
	if (!arg)
		return 0;
	r = expr_eval(arg, ev, &v);
	if (r || expr_is_nullish(v))
		return r;
	if (v.type != TYPE_STRING)
		return status_set(ev->st, code, "%s: format is a string, and not %s",
		    e->op->name, type_name(v.type));
	*out = value_str(v);
	return check_format(e->op, *out, letters, ev->st);
}

/* What stands for a value that is not there. */
static int otherwise(const struct expression *arg, struct expr_eval *ev, struct value *out)
{
	*out = value_null;
	return arg ? expr_eval(arg, ev, out) : 0;
}

/* ------------------------------------------------ $dateToString */

enum { TO_DATE, TO_FORMAT, TO_ZONE, TO_ON_NULL };

EXPR_PARSE(expr_parse_date_to_string)
{
	static const struct expr_field fields[] = {{"date", true, 18628},
	    {"format", false, 0}, {"timezone", false, 0}, {"onNull", false, 0}};

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 18629, "%s takes a document, and not %s", op->name,
		    type_name(operand.type));
	return expr_parse_named(p, op, operand, fields, 4, 18534, out);
}

struct shown {
	struct date_parts parts;
	struct date_week week;
	int64_t offset_minutes;
};

static void put_specifier(const struct shown *s, char c, struct buf *out)
{
	const struct date_parts *p = &s->parts;
	long long offset = s->offset_minutes < 0 ? -s->offset_minutes : s->offset_minutes;

	switch (c) {
	case 'Y':
		buf_printf(out, "%04d", (int)p->year);
		break;
	case 'm':
		buf_printf(out, "%02d", p->month);
		break;
	case 'd':
		buf_printf(out, "%02d", p->day);
		break;
	case 'H':
		buf_printf(out, "%02d", p->hour);
		break;
	case 'M':
		buf_printf(out, "%02d", p->minute);
		break;
	case 'S':
		buf_printf(out, "%02d", p->second);
		break;
	case 'L':
		buf_printf(out, "%03d", p->ms);
		break;
	case 'j':
		buf_printf(out, "%03d", p->day_of_year);
		break;
	case 'w':
		buf_printf(out, "%d", p->day_of_week + 1);
		break;
	case 'U':
		buf_printf(out, "%02d", (p->day_of_year + 6 - p->day_of_week) / 7);
		break;
	case 'u':
		buf_printf(out, "%d", s->week.day);
		break;
	case 'V':
		buf_printf(out, "%02d", s->week.week);
		break;
	case 'G':
		buf_printf(out, "%04d", (int)s->week.year);
		break;
	case 'b':
		buf_printf(out, "%.3s", months[p->month - 1]);
		break;
	case 'B':
		buf_printf(out, "%s", months[p->month - 1]);
		break;
	case 'z':
		buf_printf(out, "%c%02lld%02lld", s->offset_minutes < 0 ? '-' : '+',
		    offset / 60, offset % 60);
		break;
	case 'Z':
		buf_printf(out, "%lld", (long long)s->offset_minutes);
		break;
	default:
		buf_append(out, &c, 1);
	}
}

static bool is_shown_year(int64_t year)
{
	return year >= 0 && year <= 9999;
}

static int put_date(const struct shown *s, struct view format, struct buf *out,
    struct status *st)
{
	for (size_t i = 0; i < format.len; i++) {
		char c = (char)format.data[i];

		if (c != '%') {
			buf_append(out, &c, 1);
			continue;
		}
		c = (char)format.data[++i];
		if ((c == 'Y' && !is_shown_year(s->parts.year)) ||
		    (c == 'G' && !is_shown_year(s->week.year)))
			return status_set(st, ERR_YEAR,
			    "$dateToString shows years from 0 to 9999, and not %lld",
			    (long long)(c == 'Y' ? s->parts.year : s->week.year));
		put_specifier(s, c, out);
	}
	return 0;
}

static int show(int64_t ms, const struct expr_zone *zone, struct view format,
    struct expr_eval *ev, struct value *out)
{
	struct shown s = {.offset_minutes = expr_zone_offset(zone, ms) / 60000};
	struct buf buf;
	int r;

	date_split(expr_zone_local(zone, ms), &s.parts);
	date_week(&s.parts, &s.week);
	buf_init(&buf, ev->a->account);
	r = put_date(&s, format, &buf, ev->st);
	if (r) {
		buf_clear(&buf);
		return r;
	}
	return expr_take_str(ev, &buf, out);
}

EXPR_EVAL(expr_eval_date_to_string)
{
	bool null = false, no_zone = false;
	struct expr_zone zone;
	struct view format;
	int64_t ms;
	int r = eval_format(e, e->args[TO_FORMAT], ev, ERR_FORMAT_TYPE, "YmdHMSLjwUuVGbBzZ%",
	    &format);

	if (r == 0)
		r = expr_zone(e->args[TO_ZONE], ev, &zone, &no_zone);
	if (r == 0)
		r = expr_date(e, e->args[TO_DATE], ev, 16006, &ms, &null);
	if (r)
		return r;
	if (null)
		return otherwise(e->args[TO_ON_NULL], ev, out);
	*out = value_null;
	if (no_zone || (e->args[TO_FORMAT] && !format.data))
		return 0;
	if (!e->args[TO_FORMAT])
		format = view_of_str(
		    zone.is_utc ? "%Y-%m-%dT%H:%M:%S.%LZ" : "%Y-%m-%dT%H:%M:%S.%L");
	return show(ms, &zone, format, ev, out);
}

/* ------------------------------------------------ $dateFromString */

enum { FROM_TEXT, FROM_FORMAT, FROM_ZONE, FROM_ON_ERROR, FROM_ON_NULL };

EXPR_PARSE(expr_parse_date_from_string)
{
	static const struct expr_field fields[] = {{"dateString", true, 40542},
	    {"format", false, 0}, {"timezone", false, 0}, {"onError", false, 0},
	    {"onNull", false, 0}};

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 40540, "%s takes a document, and not %s", op->name,
		    type_name(operand.type));
	return expr_parse_named(p, op, operand, fields, 5, 40541, out);
}

enum {
	F_YEAR,
	F_MONTH,
	F_DAY,
	F_DAY_OF_YEAR,
	F_ISO_YEAR,
	F_ISO_WEEK,
	F_ISO_DAY,
	F_HOUR,
	F_MINUTE,
	F_SECOND,
	F_MS,
	F_OFFSET, /* in minutes */
	N_F,
};

/* What a text says of a date. */
struct said {
	int n[N_F];
	bool has[N_F];
};

static bool read_number(struct view *text, int least, int most, int *out)
{
	int n = 0, v = 0;

	while (n < most && (size_t)n < text->len && text->data[n] >= '0' &&
	       text->data[n] <= '9')
		v = v * 10 + (text->data[n++] - '0');
	*out = v;
	*text = view_of(text->data + n, text->len - (size_t)n);
	return n >= least;
}

static bool read_month(struct view *text, int *out)
{
	for (int i = 0; i < 12; i++) {
		size_t n = strlen(months[i]);

		if (text->len < n || strncasecmp((const char *)text->data, months[i], n) != 0)
			n = 3;
		if (text->len < n || strncasecmp((const char *)text->data, months[i], n) != 0)
			continue;
		*out = i + 1;
		*text = view_of(text->data + n, text->len - n);
		return true;
	}
	return false;
}

/* "+hhmm" and "+hh:mm", or minutes. */
static bool read_offset(struct view *text, bool minutes_only, int *out)
{
	int sign, hours, minutes = 0;

	if (!text->len || (text->data[0] != '+' && text->data[0] != '-'))
		return false;
	sign = text->data[0] == '-' ? -1 : 1;
	*text = view_of(text->data + 1, text->len - 1);
	if (minutes_only) {
		if (!read_number(text, 1, 4, &minutes))
			return false;
		*out = sign * minutes;
		return true;
	}
	if (!read_number(text, 2, 2, &hours))
		return false;
	if (text->len && text->data[0] == ':')
		*text = view_of(text->data + 1, text->len - 1);
	if (!read_number(text, 2, 2, &minutes))
		return false;
	*out = sign * (hours * 60 + minutes);
	return true;
}

static bool read_specifier(struct view *text, char c, struct said *s)
{
	static const struct {
		char letter;
		int field, least, most, low, high;
	} numbers[] = {
	    {'Y', F_YEAR, 4, 4, 0, 9999},
	    {'m', F_MONTH, 1, 2, 1, 12},
	    {'d', F_DAY, 1, 2, 1, 31},
	    {'j', F_DAY_OF_YEAR, 1, 3, 0, 365},
	    {'G', F_ISO_YEAR, 4, 4, 0, 9999},
	    {'V', F_ISO_WEEK, 1, 2, 1, 53},
	    {'u', F_ISO_DAY, 1, 1, 1, 7},
	    {'H', F_HOUR, 1, 2, 0, 23},
	    {'M', F_MINUTE, 1, 2, 0, 59},
	    {'S', F_SECOND, 1, 2, 0, 59},
	    {'L', F_MS, 1, 3, 0, 999},
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		int *n = &s->n[numbers[i].field];

		if (numbers[i].letter != c)
			continue;
		s->has[numbers[i].field] = true;
		return read_number(text, numbers[i].least, numbers[i].most, n) &&
		       *n >= numbers[i].low && *n <= numbers[i].high;
	}
	s->has[c == 'b' || c == 'B' ? F_MONTH : F_OFFSET] = true;
	return c == 'b' || c == 'B' ? read_month(text, &s->n[F_MONTH])
				    : read_offset(text, c == 'Z', &s->n[F_OFFSET]);
}

static bool read_by_format(struct view text, struct view format, struct said *s)
{
	for (size_t i = 0; i < format.len; i++) {
		char c = (char)format.data[i];
		bool literal = c != '%' || format.data[++i] == '%';

		if (!literal) {
			if (!read_specifier(&text, (char)format.data[i], s))
				return false;
			continue;
		}
		if (!text.len || text.data[0] != (uint8_t)c)
			return false;
		text = view_of(text.data + 1, text.len - 1);
	}
	return text.len == 0;
}

/* Days since 1970 of what was said: of the calendar, of a day in the year, or of a week. */
static bool days_of(struct said *s, int64_t *days)
{
	bool iso = s->has[F_ISO_YEAR] || s->has[F_ISO_WEEK] || s->has[F_ISO_DAY];
	bool calendar = s->has[F_YEAR] || s->has[F_MONTH] || s->has[F_DAY];
	const int *n = s->n;

	if (iso) {
		*days = date_week_days(n[F_ISO_YEAR]) +
			(s->has[F_ISO_WEEK] ? 7 * (n[F_ISO_WEEK] - 1) : 0) +
			(s->has[F_ISO_DAY] ? n[F_ISO_DAY] - 1 : 0);
		return s->has[F_ISO_YEAR] && !calendar && !s->has[F_DAY_OF_YEAR];
	}
	if (!s->has[F_YEAR])
		return false;
	if (s->has[F_DAY_OF_YEAR]) {
		/* As MongoDB has it, where this counts from 0 and $dateToString's from 1. */
		*days = date_days(n[F_YEAR], 1, 1) + n[F_DAY_OF_YEAR];
		return !s->has[F_MONTH] && !s->has[F_DAY];
	}
	if (!s->has[F_MONTH])
		s->n[F_MONTH] = 1;
	if (!s->has[F_DAY])
		s->n[F_DAY] = 1;
	*days = date_days(n[F_YEAR], n[F_MONTH], n[F_DAY]);
	return n[F_DAY] <= date_days_in_month(n[F_YEAR], n[F_MONTH]);
}

/* *ms is of the zone that the text names, when *zoned, and else a local time. */
static bool parse_by_format(struct view text, struct view format, int64_t *ms, bool *zoned)
{
	struct said s = {.has = {false}};
	int64_t days;

	if (!read_by_format(text, format, &s) || !days_of(&s, &days))
		return false;
	*zoned = s.has[F_OFFSET];
	*ms = days * DATE_DAY_MS + s.n[F_HOUR] * INT64_C(3600000) +
	      s.n[F_MINUTE] * INT64_C(60000) + s.n[F_SECOND] * INT64_C(1000) + s.n[F_MS] -
	      s.n[F_OFFSET] * INT64_C(60000);
	return true;
}

static int no_date(const struct expression *e, struct expr_eval *ev, struct value text,
    const char *why, struct value *out)
{
	if (e->args[FROM_ON_ERROR])
		return expr_eval(e->args[FROM_ON_ERROR], ev, out);
	if (text.type != TYPE_STRING)
		return status_set(ev->st, ERR_CONVERSION_FAILURE, "$dateFromString: %s, and not %s",
		    why, type_name(text.type));
	return status_set(ev->st, ERR_CONVERSION_FAILURE, "$dateFromString: \"%.*s\" %s",
	    (int)MIN_OF(value_str(text).len, 100), (const char *)value_str(text).data, why);
}

EXPR_EVAL(expr_eval_date_from_string)
{
	bool no_zone = false, zoned, ok;
	struct expr_zone zone;
	struct view format;
	struct value text;
	int64_t ms;
	int r = expr_eval(e->args[FROM_TEXT], ev, &text);

	if (r == 0)
		r = eval_format(e, e->args[FROM_FORMAT], ev, ERR_FROM_FORMAT_TYPE,
		    "YmdHMSLjuVGbBzZ%", &format);
	if (r == 0)
		r = expr_zone(e->args[FROM_ZONE], ev, &zone, &no_zone);
	if (r)
		return r;
	if (expr_is_nullish(text))
		return otherwise(e->args[FROM_ON_NULL], ev, out);
	if (text.type != TYPE_STRING)
		return no_date(e, ev, text, "dateString is a string", out);
	*out = value_null;
	if (no_zone || (e->args[FROM_FORMAT] && !format.data))
		return 0;
	ok = e->args[FROM_FORMAT] ? parse_by_format(value_str(text), format, &ms, &zoned)
				  : date_parse_zoned(value_str(text), &ms, &zoned);
	if (!ok)
		return no_date(e, ev, text, "is no such date", out);
	if (zoned && !zone.is_utc)
		return no_date(e, ev, text, "has a zone, and there is a timezone beside it", out);
	return expr_made(
	    ev, value_make_date(ev->a, zoned ? ms : expr_zone_utc(&zone, ms)), out);
}
