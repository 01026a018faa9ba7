/*
 * Dates and their parts: $year, $month, ..., $dateToParts, $dateFromParts; and what the
 * other operators on dates need.
 */
#include "expr/expr_date.h"

#include <strings.h>

#define ERR_NO_DATE		16006
#define ERR_ZONE_UNKNOWN	40485
#define ERR_ZONE_TYPE		40517
#define ERR_UNIT_TYPE		5439013
#define ERR_START_OF_WEEK_TYPE	5439015
#define ERR_START_OF_WEEK	5439016
#define ERR_MIXED_WITH_ISO	40489
#define ERR_MIXED_WITH_CALENDAR 40525
#define ERR_NO_YEAR		40516
#define ERR_PART_TYPE		40515
#define ERR_YEAR_BOUNDS		40523
#define ERR_ISO_YEAR_BOUNDS	31095
#define ERR_PART_BOUNDS		31034

/* *null: it has no value. */
static int eval_operand(
    const struct expression *arg, struct expr_eval *ev, struct value *v, bool *null)
{
	int r = expr_eval(arg, ev, v);

	*null = *null || (r == 0 && expr_is_nullish(*v));
	return r;
}

/* The same of a string; code is the error for what is none. */
static int eval_string(const struct expression *arg, struct expr_eval *ev, const char *name,
    int code, struct view *out, bool *null)
{
	struct value v;
	int r = eval_operand(arg, ev, &v, null);

	if (r || *null)
		return r;
	if (v.type != TYPE_STRING)
		return status_set(
		    ev->st, code, "%s is a string, and not %s", name, type_name(v.type));
	*out = value_str(v);
	return 0;
}

/* ------------------------------------------------ zones */

static bool read_two(struct view s, size_t at, int64_t *out)
{
	if (at + 2 > s.len || s.data[at] < '0' || s.data[at] > '9' || s.data[at + 1] < '0' ||
	    s.data[at + 1] > '9')
		return false;
	*out = (s.data[at] - '0') * 10 + (s.data[at + 1] - '0');
	return true;
}

/* "+hh", "+hhmm", "+hh:mm": any two digits will do. */
static bool parse_offset(struct view s, int64_t *ms)
{
	size_t colon = s.len > 3 && s.data[3] == ':';
	int64_t hours, minutes = 0;

	if (!s.len || (s.data[0] != '+' && s.data[0] != '-') || !read_two(s, 1, &hours))
		return false;
	if (s.len != 3 && (s.len != 5 + colon || !read_two(s, 3 + colon, &minutes)))
		return false;
	*ms = (hours * 60 + minutes) * 60000 * (s.data[0] == '-' ? -1 : 1);
	return true;
}

int expr_zone(const struct expression *arg, struct expr_eval *ev, struct expr_zone *out,
    bool *null)
{
	struct view s;
	int r;

	*out = (struct expr_zone){.is_utc = !arg};
	if (!arg)
		return 0;
	r = eval_string(arg, ev, "timezone", ERR_ZONE_TYPE, &s, null);
	if (r || *null)
		return r;
	out->is_utc = view_equal(s, view_of_str("UTC"));
	if (out->is_utc || parse_offset(s, &out->offset_ms))
		return 0;
	switch (timezone_find(s, &out->rules)) {
	case TIMEZONE_FOUND:
		return 0;
	case TIMEZONE_NO_MEMORY:
		return expr_no_memory(ev->st);
	default:
		return status_set(ev->st, ERR_ZONE_UNKNOWN, "there is no time zone \"%.*s\"",
		    (int)MIN_OF(s.len, 100), (const char *)s.data);
	}
}

int64_t expr_zone_offset(const struct expr_zone *z, int64_t ms)
{
	return z->rules ? timezone_offset(z->rules, ms) : z->offset_ms;
}

static int64_t add_bounded(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b < 0 ? INT64_MIN : INT64_MAX;
}

int64_t expr_zone_local(const struct expr_zone *z, int64_t ms)
{
	return add_bounded(ms, expr_zone_offset(z, ms));
}

int64_t expr_zone_utc(const struct expr_zone *z, int64_t local_ms)
{
	return add_bounded(local_ms,
	    -(z->rules ? timezone_offset_of_local(z->rules, local_ms) : z->offset_ms));
}

/* ------------------------------------------------ operands */

static bool date_of(struct value v, int64_t *ms)
{
	switch (v.type) {
	case TYPE_DATE:
		*ms = read_i64(v.data);
		return true;
	case TYPE_TIMESTAMP:
		*ms = (int64_t)((uint64_t)read_i64(v.data) >> 32) * 1000;
		return true;
	case TYPE_OBJECT_ID:
		/* Its seconds are signed. */
		*ms = (int32_t)((uint32_t)v.data[0] << 24 | (uint32_t)v.data[1] << 16 |
				(uint32_t)v.data[2] << 8 | v.data[3]) *
		      INT64_C(1000);
		return true;
	default:
		return false;
	}
}

int expr_date(const struct expression *e, const struct expression *arg, struct expr_eval *ev,
    int code, int64_t *ms, bool *null)
{
	struct value v;
	int r = eval_operand(arg, ev, &v, null);

	if (r == 0 && !*null && !date_of(v, ms))
		return status_set(ev->st, code, "%s takes a date, and not %s", e->op->name,
		    type_name(v.type));
	return r;
}

int expr_date_unit(const struct expression *e, const struct expression *arg,
    struct expr_eval *ev, enum date_unit *out, bool *null)
{
	struct view s;
	int r = eval_string(arg, ev, "unit", ERR_UNIT_TYPE, &s, null);

	if (r || *null || date_unit_parse(s, out))
		return r;
	return status_set(ev->st, ERR_FAILED_TO_PARSE, "%s: there is no unit \"%.*s\"",
	    e->op->name, (int)MIN_OF(s.len, 100), (const char *)s.data);
}

int expr_date_integer(const struct expression *arg, struct expr_eval *ev, const char *name,
    int code, int64_t *out, bool *null)
{
	struct value v;
	int r = eval_operand(arg, ev, &v, null);

	if (r == 0 && !*null && (!value_is_number(v) || !value_to_i64(v, out)))
		return status_set(ev->st, code,
		    "%s is an integer, and not a value of type %s", name, type_name(v.type));
	return r;
}

static bool is_day_name(struct view s, const char *name)
{
	return (s.len == 3 || s.len == strlen(name)) &&
	       strncasecmp((const char *)s.data, name, s.len) == 0;
}

int expr_start_of_week(const struct expression *e, const struct expression *arg,
    struct expr_eval *ev, int *out, bool *null)
{
	static const char *const names[] = {
	    "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};
	struct view s;
	int r;

	*out = 0;
	if (!arg)
		return 0;
	r = eval_string(arg, ev, "startOfWeek", ERR_START_OF_WEEK_TYPE, &s, null);
	if (r || *null)
		return r;
	for (int i = 0; i < 7; i++)
		if (is_day_name(s, names[i])) {
			*out = i;
			return 0;
		}
	return status_set(ev->st, ERR_START_OF_WEEK,
	    "%s: startOfWeek is the name of a day or its first three letters, and not "
	    "\"%.*s\"",
	    e->op->name, (int)MIN_OF(s.len, 100), (const char *)s.data);
}

/* ------------------------------------------------ one part */

/* {date, timezone}, [date] or an expression. */
EXPR_PARSE(expr_parse_date_part)
{
	static const struct expr_field fields[] = {
	    {"date", true, 40539}, {"timezone", false, 0}};
	struct doc_iter it;
	struct element x;

	if (operand.type == TYPE_ARRAY) {
		it = doc_iter(value_doc(operand));
		if (doc_count(value_doc(operand)) != 1 || !doc_next(&it, &x))
			return status_set(p->st, 40536, "%s takes one date", op->name);
		operand = x.value;
	} else if (operand.type == TYPE_OBJECT) {
		it = doc_iter(value_doc(operand));
		if (!doc_next(&it, &x) || x.name[0] != '$')
			return expr_parse_named(p, op, operand, fields, 2, 40535, out);
	}
	*out = expr_new(p, op, 2);
	return *out ? expr_parse(p, operand, &(*out)->args[0]) : expr_no_memory(p->st);
}

static int64_t part(int id, int64_t local_ms)
{
	struct date_parts p;
	struct date_week w;

	date_split(local_ms, &p);
	switch (id) {
	case EXPR_YEAR:
		return p.year;
	case EXPR_MONTH:
		return p.month;
	case EXPR_DAY_OF_MONTH:
		return p.day;
	case EXPR_HOUR:
		return p.hour;
	case EXPR_MINUTE:
		return p.minute;
	case EXPR_SECOND:
		return p.second;
	case EXPR_MILLISECOND:
		return p.ms;
	case EXPR_DAY_OF_YEAR:
		return p.day_of_year;
	case EXPR_DAY_OF_WEEK:
		return p.day_of_week + 1;
	case EXPR_WEEK:
		/* Its weeks begin on Sundays; the days before the first are week 0. */
		return (p.day_of_year + 6 - p.day_of_week) / 7;
	default:
		date_week(&p, &w);
		return id == EXPR_ISO_WEEK ? w.week : id == EXPR_ISO_WEEK_YEAR ? w.year : w.day;
	}
}

EXPR_EVAL(expr_eval_date_part)
{
	struct expr_zone zone;
	bool null = false;
	int64_t ms, n;
	int r = expr_date(e, e->args[0], ev, ERR_NO_DATE, &ms, &null);

	*out = value_null;
	if (r == 0 && !null)
		r = expr_zone(e->args[1], ev, &zone, &null);
	if (r || null)
		return r;
	n = part(e->op->id, expr_zone_local(&zone, ms));
	return expr_made(ev,
	    e->op->id == EXPR_ISO_WEEK_YEAR ? value_make_i64(ev->a, n)
					    : value_make_i32(ev->a, (int32_t)n),
	    out);
}

/* ------------------------------------------------ $dateToParts */

EXPR_PARSE(expr_parse_date_to_parts)
{
	static const struct expr_field fields[] = {
	    {"date", true, 40522}, {"timezone", false, 0}, {"iso8601", false, 0}};

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 40524, "%s takes a document, and not %s", op->name,
		    type_name(operand.type));
	return expr_parse_named(p, op, operand, fields, 3, 40520, out);
}

static int wants_iso(
    const struct expression *arg, struct expr_eval *ev, bool *iso, bool *null)
{
	struct value v;
	int r;

	*iso = false;
	if (!arg)
		return 0;
	r = eval_operand(arg, ev, &v, null);
	if (r || *null)
		return r;
	if (v.type != TYPE_BOOL)
		return status_set(ev->st, 40521,
		    "$dateToParts: iso8601 is a bool, and not %s", type_name(v.type));
	*iso = value_bool(v);
	return 0;
}

EXPR_EVAL(expr_eval_date_to_parts)
{
	bool null = false, iso;
	struct expr_zone zone;
	struct date_parts p;
	struct date_week w;
	struct builder b;
	struct buf buf;
	int64_t ms;
	int r = expr_date(e, e->args[0], ev, ERR_NO_DATE, &ms, &null);

	*out = value_null;
	if (r == 0 && !null)
		r = expr_zone(e->args[1], ev, &zone, &null);
	if (r == 0 && !null)
		r = wants_iso(e->args[2], ev, &iso, &null);
	if (r || null)
		return r;
	date_split(expr_zone_local(&zone, ms), &p);
	date_week(&p, &w);
	expr_begin(ev, &b, &buf, TYPE_OBJECT);
	builder_i32(&b, iso ? "isoWeekYear" : "year", (int32_t)(iso ? w.year : p.year));
	builder_i32(&b, iso ? "isoWeek" : "month", iso ? w.week : p.month);
	builder_i32(&b, iso ? "isoDayOfWeek" : "day", iso ? w.day : p.day);
	builder_i32(&b, "hour", p.hour);
	builder_i32(&b, "minute", p.minute);
	builder_i32(&b, "second", p.second);
	builder_i32(&b, "millisecond", p.ms);
	return expr_take(ev, &b, &buf, TYPE_OBJECT, out);
}

/* ------------------------------------------------ $dateFromParts */

enum { YEAR, MONTH, DAY, ISO_YEAR, ISO_WEEK, ISO_DAY, HOUR, MINUTE, SECOND, MS, ZONE, N_PARTS };

static const struct expr_field part_fields[] = {
    {"year", false, 0}, {"month", false, 0}, {"day", false, 0}, {"isoWeekYear", false, 0},
    {"isoWeek", false, 0}, {"isoDayOfWeek", false, 0}, {"hour", false, 0},
    {"minute", false, 0}, {"second", false, 0}, {"millisecond", false, 0},
    {"timezone", false, 0}};

EXPR_PARSE(expr_parse_date_from_parts)
{
	struct expression **a;
	int r;

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 40519, "%s takes a document, and not %s", op->name,
		    type_name(operand.type));
	r = expr_parse_named(p, op, operand, part_fields, N_PARTS, 40518, out);
	if (r)
		return r;
	a = (*out)->args;
	if (!a[YEAR] && !a[ISO_YEAR])
		return status_set(
		    p->st, ERR_NO_YEAR, "$dateFromParts needs year or isoWeekYear");
	if (a[YEAR] && (a[ISO_YEAR] || a[ISO_WEEK] || a[ISO_DAY]))
		return status_set(p->st, ERR_MIXED_WITH_ISO,
		    "$dateFromParts takes no ISO week date beside year");
	if (a[ISO_YEAR] && (a[MONTH] || a[DAY]))
		return status_set(p->st, ERR_MIXED_WITH_CALENDAR,
		    "$dateFromParts takes no month and day beside isoWeekYear");
	return 0;
}

static bool is_year(int i)
{
	return i == YEAR || i == ISO_YEAR;
}

/* Hours and so on may be too many, or less than none: the rest is carried. */
static int check_part(struct expr_eval *ev, int i, int64_t n)
{
	if (is_year(i) && (n < 1 || n > 9999))
		return status_set(ev->st, i == YEAR ? ERR_YEAR_BOUNDS : ERR_ISO_YEAR_BOUNDS,
		    "$dateFromParts: %s is from 1 to 9999, and not %lld", part_fields[i].name,
		    (long long)n);
	if (i < SECOND && !is_year(i) && (n < INT16_MIN || n > INT16_MAX))
		return status_set(ev->st, ERR_PART_BOUNDS,
		    "$dateFromParts: %s is from -32768 to 32767, and not %lld",
		    part_fields[i].name, (long long)n);
	return 0;
}

static int eval_parts(
    const struct expression *e, struct expr_eval *ev, int64_t parts[N_PARTS], bool *null)
{
	for (int i = 0; i < ZONE; i++) {
		struct value v;
		int r;

		if (!e->args[i])
			continue;
		r = expr_eval(e->args[i], ev, &v);
		if (r)
			return r;
		if (expr_is_nullish(v)) {
			*null = true;
			continue;
		}
		if (!value_is_number(v) || !value_to_i64(v, &parts[i]))
			return status_set(ev->st, ERR_PART_TYPE,
			    "$dateFromParts: %s is an integer, and not a value of type %s",
			    part_fields[i].name, type_name(v.type));
		r = check_part(ev, i, parts[i]);
		if (r)
			return r;
	}
	return 0;
}

static int64_t days_of_parts(const struct expression *e, const int64_t parts[N_PARTS])
{
	int64_t months;

	if (e->args[ISO_YEAR])
		return date_week_days(parts[ISO_YEAR]) + 7 * (parts[ISO_WEEK] - 1) +
		       parts[ISO_DAY] - 1;
	months = parts[YEAR] * 12 + parts[MONTH] - 1;
	return date_days(date_floor_div(months, 12), (int)(months - 12 * date_floor_div(months, 12)) + 1,
		   1) +
	       parts[DAY] - 1;
}

EXPR_EVAL(expr_eval_date_from_parts)
{
	int64_t parts[N_PARTS] = {[MONTH] = 1, [DAY] = 1, [ISO_WEEK] = 1, [ISO_DAY] = 1};
	struct expr_zone zone;
	int64_t ms, seconds;
	bool null = false;
	int r = eval_parts(e, ev, parts, &null);

	*out = value_null;
	if (r == 0 && !null)
		r = expr_zone(e->args[ZONE], ev, &zone, &null);
	if (r || null)
		return r;
	ms = days_of_parts(e, parts) * DATE_DAY_MS + parts[HOUR] * 3600000 +
	     parts[MINUTE] * 60000;
	if (__builtin_mul_overflow(parts[SECOND], 1000, &seconds) ||
	    __builtin_add_overflow(ms, seconds, &ms) ||
	    __builtin_add_overflow(ms, parts[MS], &ms))
		return status_set(
		    ev->st, ERR_PART_BOUNDS, "$dateFromParts: the date is out of range");
	return expr_made(ev, value_make_date(ev->a, expr_zone_utc(&zone, ms)), out);
}
