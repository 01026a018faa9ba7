/* $dateAdd, $dateSubtract, $dateDiff, $dateTrunc. */
#include "expr/expr_date.h"

#define ERR_ADD_DATE	   5166403
#define ERR_ADD_AMOUNT	   5166405
#define ERR_ADD_RANGE	   5166406
#define ERR_ADD_LARGE	   5976500
#define ERR_SUBTRACT_LEAST 6045000
#define ERR_DIFF_DATE	   5166307
#define ERR_DIFF_RANGE	   5166308
#define ERR_BIN_TYPE	   5439017
#define ERR_BIN_NOT_ABOVE_0 5439018
#define ERR_BIN_MS_RANGE   5439002
#define ERR_BIN_DAYS_RANGE 5439005
#define ERR_BIN_YEAR_RANGE 5439006

/* More years than dates have. */
#define YEARS_MAX INT64_C(600000000)

static int64_t day_of(int64_t local_ms)
{
	return date_floor_div(local_ms, DATE_DAY_MS);
}

/* ------------------------------------------------ $dateAdd */

EXPR_PARSE(expr_parse_date_add)
{
	static const struct expr_field fields[] = {{"startDate", true, 5166402},
	    {"unit", true, 5166402}, {"amount", true, 5166402}, {"timezone", false, 0}};

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 5166400, "%s takes a document, and not %s", op->name,
		    type_name(operand.type));
	return expr_parse_named(p, op, operand, fields, 4, 5166401, out);
}

static int eval_amount(const struct expression *e, struct expr_eval *ev, int64_t *out,
    bool *null)
{
	int r = expr_date_integer(e->args[2], ev, "amount", ERR_ADD_AMOUNT, out, null);

	if (r || *null || e->op->id > 0)
		return r;
	if (*out == INT64_MIN)
		return status_set(
		    ev->st, ERR_SUBTRACT_LEAST, "%s: the amount cannot be negated", e->op->name);
	*out = -*out;
	return 0;
}

/* Days and longer go by the clock on the wall, what is shorter by the time that passes. */
static bool add(int64_t ms, enum date_unit unit, int64_t amount, const struct expr_zone *zone,
    int64_t *out)
{
	int64_t local;

	if (unit < DATE_DAY)
		return date_add(ms, unit, amount, out);
	if (!date_add(expr_zone_local(zone, ms), unit, amount, &local))
		return false;
	*out = expr_zone_utc(zone, local);
	return true;
}

/* Whatever the date is, so much leads beyond them all. */
static bool is_too_large(enum date_unit unit, int64_t amount)
{
	int64_t most = unit >= DATE_MONTH ? YEARS_MAX * (12 / date_unit_months(unit))
					  : INT64_MAX / date_unit_ms(unit);

	return amount > most || amount < -most;
}

EXPR_EVAL(expr_eval_date_add)
{
	struct expr_zone zone;
	enum date_unit unit;
	int64_t ms, amount;
	bool null = false;
	int r = expr_date(e, e->args[0], ev, ERR_ADD_DATE, &ms, &null);

	*out = value_null;
	if (r == 0 && !null)
		r = expr_date_unit(e, e->args[1], ev, &unit, &null);
	if (r == 0 && !null)
		r = eval_amount(e, ev, &amount, &null);
	if (r == 0 && !null)
		r = expr_zone(e->args[3], ev, &zone, &null);
	if (r || null)
		return r;
	if (is_too_large(unit, amount))
		return status_set(ev->st, ERR_ADD_LARGE, "%s: the amount is too large",
		    e->op->name);
	if (!add(ms, unit, amount, &zone, &ms))
		return status_set(ev->st, ERR_ADD_RANGE, "%s: the result is beyond all dates",
		    e->op->name);
	return expr_made(ev, value_make_date(ev->a, ms), out);
}

/* ------------------------------------------------ $dateDiff */

EXPR_PARSE(expr_parse_date_diff)
{
	static const struct expr_field fields[] = {{"startDate", true, 5166303},
	    {"endDate", true, 5166304}, {"unit", true, 5166305}, {"timezone", false, 0},
	    {"startOfWeek", false, 0}};

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 5166301, "%s takes a document, and not %s", op->name,
		    type_name(operand.type));
	return expr_parse_named(p, op, operand, fields, 5, 5166302, out);
}

/* 1970-01-01 was a Thursday. */
static int64_t week_of(int64_t local_ms, int start_of_week)
{
	return date_floor_div(day_of(local_ms) + 4 - start_of_week, 7);
}

static int64_t month_of(int64_t local_ms)
{
	struct date_parts p;

	date_split(local_ms, &p);
	return p.year * 12 + p.month - 1;
}

/* How many of the unit's boundaries, by the clock on the wall, lie between. */
static bool diff(int64_t from, int64_t to, enum date_unit unit, int start_of_week,
    const struct expr_zone *zone, int64_t *out)
{
	int64_t a = expr_zone_local(zone, from), b = expr_zone_local(zone, to), n;

	switch (unit) {
	case DATE_MILLISECOND:
		return !__builtin_sub_overflow(to, from, out);
	case DATE_YEAR:
	case DATE_QUARTER:
	case DATE_MONTH:
		n = date_unit_months(unit);
		*out = date_floor_div(month_of(b), n) - date_floor_div(month_of(a), n);
		return true;
	case DATE_WEEK:
		*out = week_of(b, start_of_week) - week_of(a, start_of_week);
		return true;
	case DATE_DAY:
		*out = day_of(b) - day_of(a);
		return true;
	default:
		/* A change of the zone's offset is none of them. */
		n = date_unit_ms(unit);
		*out = date_floor_div(b, n) - date_floor_div(a, n) -
		       (expr_zone_offset(zone, to) - expr_zone_offset(zone, from)) / n;
		return true;
	}
}

EXPR_EVAL(expr_eval_date_diff)
{
	struct expr_zone zone;
	enum date_unit unit;
	int start_of_week = 0;
	bool null = false;
	int64_t from, to, n;
	int r = expr_date(e, e->args[0], ev, ERR_DIFF_DATE, &from, &null);

	*out = value_null;
	if (r == 0 && !null)
		r = expr_date(e, e->args[1], ev, ERR_DIFF_DATE, &to, &null);
	if (r == 0 && !null)
		r = expr_date_unit(e, e->args[2], ev, &unit, &null);
	if (r == 0 && !null)
		r = expr_zone(e->args[3], ev, &zone, &null);
	if (r == 0 && !null && unit == DATE_WEEK)
		r = expr_start_of_week(e, e->args[4], ev, &start_of_week, &null);
	if (r || null)
		return r;
	if (!diff(from, to, unit, start_of_week, &zone, &n))
		return status_set(
		    ev->st, ERR_DIFF_RANGE, "$dateDiff: so many milliseconds are no integer");
	return expr_made(ev, value_make_i64(ev->a, n), out);
}

/* ------------------------------------------------ $dateTrunc */

enum { TRUNC_DATE, TRUNC_UNIT, TRUNC_BIN_SIZE, TRUNC_ZONE, TRUNC_START_OF_WEEK };

static bool is_constant_null(const struct expression *arg)
{
	return arg && arg->op == &expr_constant_op && expr_is_nullish(arg->value);
}

/* A constant null makes all of it null, startOfWeek's too where the unit is another; unless
 * nothing depends on the document, as then it is computed like any value. */
static void fold_null(struct expression *e)
{
	bool null = false, all = true;

	for (int i = 0; i < e->n; i++) {
		null = null || (i != TRUNC_DATE && is_constant_null(e->args[i]));
		all = all && (!e->args[i] || e->args[i]->op == &expr_constant_op);
	}
	if (!null || all)
		return;
	e->op = &expr_constant_op;
	e->n = 0;
	e->value = value_null;
}

EXPR_PARSE(expr_parse_date_trunc)
{
	static const struct expr_field fields[] = {{"date", true, 5439009},
	    {"unit", true, 5439010}, {"binSize", false, 0}, {"timezone", false, 0},
	    {"startOfWeek", false, 0}};
	int r;

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 5439007, "%s takes a document, and not %s", op->name,
		    type_name(operand.type));
	r = expr_parse_named(p, op, operand, fields, 5, 5439008, out);
	if (r == 0)
		fold_null(*out);
	return r;
}

static int eval_bin_size(const struct expression *e, struct expr_eval *ev, int64_t *out,
    bool *null)
{
	int r;

	*out = 1;
	if (!e->args[TRUNC_BIN_SIZE])
		return 0;
	r = expr_date_integer(e->args[TRUNC_BIN_SIZE], ev, "binSize", ERR_BIN_TYPE, out, null);
	if (r || *null)
		return r;
	if (*out <= 0)
		return status_set(ev->st, ERR_BIN_NOT_ABOVE_0,
		    "$dateTrunc: binSize is above 0, and not %lld", (long long)*out);
	return 0;
}

static int check_bin_size(struct expr_eval *ev, enum date_unit unit, int64_t n)
{
	int code = 0;

	if (unit >= DATE_MONTH && n > INT64_C(100000000000))
		code = ERR_BIN_YEAR_RANGE;
	else if (unit < DATE_MONTH && n > INT64_MAX / date_unit_ms(unit))
		code = unit <= DATE_HOUR ? ERR_BIN_MS_RANGE : ERR_BIN_DAYS_RANGE;
	return code ? status_set(ev->st, code, "$dateTrunc: binSize %lld is too large",
			  (long long)n)
		    : 0;
}

/* A bin may begin before all dates: there, then. */
static int64_t days_ms(int64_t days)
{
	int64_t ms;

	return __builtin_mul_overflow(days, DATE_DAY_MS, &ms) ? INT64_MIN : ms;
}

static int64_t floor_to(int64_t v, int64_t origin, int64_t n)
{
	int64_t from_origin;

	if (__builtin_sub_overflow(v, origin, &from_origin))
		return v;
	return origin + date_floor_div(from_origin, n) * n;
}

/* Bins begin at 2000-01-01, and those of weeks at the first such day from there. */
static int64_t trunc_date(int64_t ms, enum date_unit unit, int64_t n, int start_of_week,
    const struct expr_zone *zone)
{
	int64_t origin = date_days(2000, 1, 1), local = expr_zone_local(zone, ms), months, year;

	switch (unit) {
	case DATE_YEAR:
	case DATE_QUARTER:
	case DATE_MONTH:
		months = floor_to(month_of(local), 2000 * 12, n * date_unit_months(unit));
		year = date_floor_div(months, 12);
		local = days_ms(date_days(year, (int)(months - year * 12) + 1, 1));
		return expr_zone_utc(zone, local);
	case DATE_WEEK:
		origin += ((start_of_week - 6) % 7 + 7) % 7; /* it was a Saturday */
		return expr_zone_utc(zone, days_ms(floor_to(day_of(local), origin, 7 * n)));
	case DATE_DAY:
		return expr_zone_utc(zone, days_ms(floor_to(day_of(local), origin, n)));
	default:
		return floor_to(
		    ms, expr_zone_utc(zone, origin * DATE_DAY_MS), n * date_unit_ms(unit));
	}
}

EXPR_EVAL(expr_eval_date_trunc)
{
	struct expr_zone zone;
	enum date_unit unit;
	int start_of_week = 0;
	bool null = false;
	int64_t ms, n;
	int r = expr_date(e, e->args[TRUNC_DATE], ev, ERR_DIFF_DATE, &ms, &null);

	*out = value_null;
	if (r == 0 && !null)
		r = expr_date_unit(e, e->args[TRUNC_UNIT], ev, &unit, &null);
	if (r == 0 && !null)
		r = eval_bin_size(e, ev, &n, &null);
	if (r == 0 && !null)
		r = expr_zone(e->args[TRUNC_ZONE], ev, &zone, &null);
	if (r == 0 && !null && unit == DATE_WEEK)
		r = expr_start_of_week(
		    e, e->args[TRUNC_START_OF_WEEK], ev, &start_of_week, &null);
	if (r || null)
		return r;
	r = check_bin_size(ev, unit, n);
	if (r)
		return r;
	return expr_made(ev,
	    value_make_date(ev->a, trunc_date(ms, unit, n, start_of_week, &zone)), out);
}
