#include "bson/date.h"

#include <ctype.h>
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

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int date_days_in_month(int64_t year, int month)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return lengths[month - 1] + (month == 2 && is_leap(year));
}

static bool read_date(struct reader *r, int64_t *days)
{
	int year, month, day;

	if (!read_digits(r, 4, 4, &year) || !read_char(r, '-') ||
	    !read_digits(r, 1, 2, &month) || !read_char(r, '-') || !read_digits(r, 1, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > date_days_in_month(year, month))
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

static bool read_zone(struct reader *r, int64_t *offset_ms, bool *there)
{
	int hours, minutes = 0, sign;

	*offset_ms = 0;
	skip_space(r);
	*there = r->at != r->end;
	if (!*there || read_name(r, "Z") || read_name(r, "UTC") || read_name(r, "GMT"))
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

static bool parse_iso(struct reader r, int64_t *ms, bool *zoned)
{
	int64_t days, time = 0, offset;

	if (!read_date(&r, &days))
		return false;
	if ((read_char(&r, 'T') || read_char(&r, 't') || (skip_space(&r) && r.at < r.end &&
							     *r.at >= '0' && *r.at <= '9')) &&
	    !read_time(&r, &time))
		return false;
	if (!read_zone(&r, &offset, zoned))
		return false;
	skip_space(&r);
	if (r.at != r.end)
		return false;
	*ms = days * INT64_C(86400000) + time - offset;
	return true;
}

/* ---- in words: "Oct 20 2020", "Wed, 31 Jan 1996 12:05:28 +0330" */

struct words {
	int year, month, day;
	int64_t time, offset;
	bool has_year, has_time, zoned;
};

/* One of the names or its first three letters, and no more letters; its number, or -1. */
static int read_one_of(struct reader *r, const char *const *names, int n)
{
	const char *end = r->at;
	size_t len;

	while (end < r->end && isalpha((unsigned char)*end))
		end++;
	len = (size_t)(end - r->at);
	for (int i = 0; i < n; i++)
		if ((len == 3 || len == strlen(names[i])) &&
		    strncasecmp(r->at, names[i], len) == 0) {
			r->at = end;
			return i;
		}
	return -1;
}

static bool read_word(struct reader *r, struct words *w)
{
	static const char *const months[] = {"january", "february", "march", "april", "may",
	    "june", "july", "august", "september", "october", "november", "december"};
	static const char *const days[] = {"sunday", "monday", "tuesday", "wednesday",
	    "thursday", "friday", "saturday"};
	int month;

	if (read_one_of(r, days, 7) >= 0)
		return true;
	month = read_one_of(r, months, 12);
	if (month < 0) {
		if (w->zoned || !w->has_time)
			return false;
		w->zoned = true;
		return read_name(r, "UTC") || read_name(r, "GMT") || read_name(r, "Z");
	}
	if (w->month)
		return false;
	w->month = month + 1;
	return true;
}

/* A time, a year, or a day of the month. */
static bool read_figures(struct reader *r, struct words *w)
{
	struct reader at = *r;
	int n;

	if (read_digits(&at, 1, 2, &n) && read_char(&at, ':')) {
		if (w->has_time)
			return false;
		w->has_time = true;
		return read_time(r, &w->time);
	}
	at = *r;
	if (read_digits(&at, 4, 4, &n)) {
		if (w->has_year)
			return false;
		w->has_year = true;
		w->year = n;
		*r = at;
		return true;
	}
	if (w->day || !read_digits(r, 1, 2, &w->day) || !w->day)
		return false;
	(void)!(read_name(r, "st") || read_name(r, "nd") || read_name(r, "rd") ||
		read_name(r, "th"));
	return true;
}

static bool read_offset(struct reader *r, struct words *w)
{
	int hours, minutes, sign = *r->at++ == '-' ? -1 : 1;

	if (w->zoned || !w->has_time || !read_digits(r, 2, 2, &hours))
		return false;
	read_char(r, ':');
	if (!read_digits(r, 2, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	w->zoned = true;
	w->offset = sign * (hours * 60 + minutes) * INT64_C(60000);
	return true;
}

static bool parse_words(struct reader r, int64_t *ms, bool *zoned)
{
	struct words w = {.year = 0};

	for (;;) {
		while (skip_space(&r) || read_char(&r, ','))
			;
		if (r.at == r.end)
			break;
		if (isalpha((unsigned char)*r.at) ? !read_word(&r, &w)
		    : *r.at == '+' || *r.at == '-' ? !read_offset(&r, &w)
						   : !read_figures(&r, &w))
			return false;
	}
	if (!w.has_year || !w.month || !w.day || w.day > date_days_in_month(w.year, w.month))
		return false;
	*zoned = w.zoned;
	*ms = date_days(w.year, w.month, w.day) * INT64_C(86400000) + w.time - w.offset;
	return true;
}

bool date_parse_zoned(struct view text, int64_t *ms, bool *zoned)
{
	struct reader r = {(const char *)text.data, (const char *)text.data + text.len};

	if (!text.len)
		return false;
	skip_space(&r);
	return parse_iso(r, ms, zoned) || parse_words(r, ms, zoned);
}

bool date_parse(struct view text, int64_t *ms)
{
	bool zoned;

	return date_parse_zoned(text, ms, &zoned);
}

/* ---- parts */

/* The other way of date_days: years of eras that begin on March 1. */
static void split_days(int64_t days, struct date_parts *out)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
				  day_of_era / 146096) / 365;
	int day_of_year =
	    (int)(day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100));
	int month = (5 * day_of_year + 2) / 153; /* from March, 0 */

	out->day = day_of_year - (153 * month + 2) / 5 + 1;
	out->month = month < 10 ? month + 3 : month - 9;
	out->year = year_of_era + era * 400 + (out->month <= 2);
	out->day_of_year = (int)(days - date_days(out->year, 1, 1)) + 1;
	out->day_of_week = (int)(((days + 4) % 7 + 7) % 7);
}

void date_split(int64_t ms, struct date_parts *out)
{
	int64_t days = ms / 86400000 - (ms % 86400000 < 0);
	int rest = (int)(ms % 86400000);

	if (rest < 0)
		rest += 86400000;
	split_days(days, out);
	out->ms = rest % 1000;
	out->second = rest / 1000 % 60;
	out->minute = rest / 60000 % 60;
	out->hour = rest / 3600000;
}

int64_t date_week_days(int64_t year)
{
	/* Week 1 has January 4. */
	int64_t days = date_days(year, 1, 4);

	return days - ((days + 3) % 7 + 7) % 7;
}

void date_week(const struct date_parts *p, struct date_week *out)
{
	int64_t days = date_days(p->year, p->month, p->day);

	out->year = p->year + 1;
	while (date_week_days(out->year) > days)
		out->year--;
	out->week = (int)((days - date_week_days(out->year)) / 7) + 1;
	out->day = (p->day_of_week + 6) % 7 + 1;
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

int64_t date_unit_ms(enum date_unit unit)
{
	return units[unit].ms;
}

int date_unit_months(enum date_unit unit)
{
	return units[unit].months;
}

static bool add_months(int64_t ms, int64_t n, int64_t *out)
{
	int64_t of_day = ms - ms / DAY_MS * DAY_MS, months, year;
	struct date_parts p;
	int month;

	date_split(ms, &p);
	if (__builtin_add_overflow(p.year * 12 + p.month - 1, n, &months))
		return false;
	year = months / 12 - (months % 12 < 0);
	month = (int)(months - year * 12) + 1;
	/* No date is further away; and what is counted below stays within its bounds. */
	if (year < -300000000 || year > 300000000)
		return false;
	if (of_day < 0)
		of_day += DAY_MS;
	return !__builtin_mul_overflow(
		   date_days(year, month, MIN_OF(p.day, date_days_in_month(year, month))),
		   (int64_t)DAY_MS, out) &&
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
