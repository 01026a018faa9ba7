#include "bson/date.h"

#include <strings.h>

struct reader {
	const char *at, *end;
};

/* Exactly n digits, or from low to high of them; false without. */
static bool read_digits(struct reader *r, int least, int most, int *out)
{
	int n = 0;

	*out = 0;
	while (n < most && r->at < r->end && *r->at >= '0' && *r->at <= '9') {
		*out = 10 * *out + (*r->at++ - '0');
		n++;
	}
	return n >= least;
}

static bool read_char(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

int64_t date_days(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era =
	    year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

/* A space that does not break, in UTF-8. */
static bool read_nbsp(struct reader *r)
{
	if (r->end - r->at < 2 || memcmp(r->at, "\302\240", 2) != 0)
		return false;
	r->at += 2;
	return true;
}

static bool skip_space(struct reader *r)
{
	const char *before = r->at;

	while (read_char(r, ' ') || read_char(r, '\n') || read_char(r, '\t') ||
	       read_char(r, '\0') || read_nbsp(r))
		;
	return r->at != before;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool read_date(struct reader *r, int64_t *days)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month, day;

	if (!read_digits(r, 4, 4, &year) || !read_char(r, '-') ||
	    !read_digits(r, 1, 2, &month) || !read_char(r, '-') || !read_digits(r, 1, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 ||
	    day > lengths[month - 1] + (month == 2 && is_leap(year)))
		return false;
	*days = date_days(year, month, day);
	return true;
}

/* The fraction's milliseconds; what is behind them is cut. */
static bool read_fraction(struct reader *r, int *ms)
{
	int unit = 100, n = 0;

	*ms = 0;
	if (!read_char(r, '.') && !read_char(r, ','))
		return true;
	for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, n++) {
		*ms += unit * (*r->at - '0');
		unit /= 10;
	}
	return n > 0;
}

static bool read_time(struct reader *r, int64_t *ms)
{
	int hour, minute, second = 0, fraction = 0;

	if (!read_digits(r, 1, 2, &hour) || !read_char(r, ':') ||
	    !read_digits(r, 2, 2, &minute))
		return false;
	if (read_char(r, ':') &&
	    (!read_digits(r, 2, 2, &second) || !read_fraction(r, &fraction)))
		return false;
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	*ms = ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + fraction;
	return true;
}

static bool read_name(struct reader *r, const char *name)
{
	size_t n = strlen(name);

	if ((size_t)(r->end - r->at) < n || strncasecmp(r->at, name, n) != 0)
		return false;
	r->at += n;
	return true;
}

static bool read_zone(struct reader *r, int64_t *offset_ms)
{
	int hours, minutes = 0, sign;

	*offset_ms = 0;
	skip_space(r);
	if (r->at == r->end || read_name(r, "Z") || read_name(r, "UTC") || read_name(r, "GMT"))
		return true;
	sign = *r->at++;
	if ((sign != '+' && sign != '-') || !read_digits(r, 1, 2, &hours))
		return false;
	read_char(r, ':');
	if (r->at < r->end && *r->at >= '0' && *r->at <= '9' &&
	    !read_digits(r, 2, 2, &minutes))
		return false;
	if (hours > 23 || minutes > 59)
		return false;
	*offset_ms = (hours * 60 + minutes) * INT64_C(60000) * (sign == '-' ? -1 : 1);
	return true;
}

bool date_parse(struct view text, int64_t *ms)
{
	struct reader r = {(const char *)text.data, (const char *)text.data + text.len};
	int64_t days, time = 0, offset;

	skip_space(&r);
	if (!text.len || !read_date(&r, &days))
		return false;
	if ((read_char(&r, 'T') || read_char(&r, 't') || (skip_space(&r) && r.at < r.end &&
							     *r.at >= '0' && *r.at <= '9')) &&
	    !read_time(&r, &time))
		return false;
	if (!read_zone(&r, &offset))
		return false;
	skip_space(&r);
	if (r.at != r.end)
		return false;
	*ms = days * INT64_C(86400000) + time - offset;
	return true;
}

/* ------------------------------------------------------------------ steps */

#define DAY_MS 86400000

static const struct {
	const char *name;
	int64_t ms; /* 0: it is not always as long */
	int months;
} units[] = {
    [DATE_MILLISECOND] = {"millisecond", 1, 0},
    [DATE_SECOND] = {"second", 1000, 0},
    [DATE_MINUTE] = {"minute", 60000, 0},
    [DATE_HOUR] = {"hour", 3600000, 0},
    [DATE_DAY] = {"day", DAY_MS, 0},
    [DATE_WEEK] = {"week", INT64_C(7) * DAY_MS, 0},
    [DATE_MONTH] = {"month", 0, 1},
    [DATE_QUARTER] = {"quarter", 0, 3},
    [DATE_YEAR] = {"year", 0, 12},
};

bool date_unit_parse(struct view name, enum date_unit *unit)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (view_equal(name, view_of_str(units[i].name))) {
			*unit = (enum date_unit)i;
			return true;
		}
	return false;
}

/* The way back from date_days; months are counted from 0. */
static void split_days(int64_t days, int64_t *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t m = (5 * of_year + 2) / 153; /* from March */

	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 2 : m - 10);
	*year = year_of_era + era * 400 + (*month <= 1);
}

static bool add_months(int64_t ms, int64_t n, int64_t *out)
{
	int64_t days = ms / DAY_MS - (ms % DAY_MS < 0), of_day = ms - days * DAY_MS, year;
	int month, day, most;
	int64_t months;

	split_days(days, &year, &month, &day);
	if (__builtin_add_overflow(year * 12 + month, n, &months))
		return false;
	year = months / 12 - (months % 12 < 0);
	month = (int)(months - year * 12);
	/* No date is further away; and what is counted below stays within its bounds. */
	if (year < -300000000 || year > 300000000)
		return false;
	most = (int)(date_days(month == 11 ? year + 1 : year, month == 11 ? 1 : month + 2, 1) -
		     date_days(year, month + 1, 1));
	days = date_days(year, month + 1, MIN_OF(day, most));
	return !__builtin_mul_overflow(days, (int64_t)DAY_MS, out) &&
	       !__builtin_add_overflow(*out, of_day, out);
}

bool date_add(int64_t ms, enum date_unit unit, int64_t n, int64_t *out)
{
	int64_t by = units[unit].ms ? units[unit].ms : units[unit].months;

	if (__builtin_mul_overflow(by, n, &by))
		return false;
	if (!units[unit].ms)
		return add_months(ms, by, out);
	return !__builtin_add_overflow(ms, by, out);
}
