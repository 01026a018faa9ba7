/*
 * expr/expr_date.h - what the operators on dates share: zones, units, days of the week.
 *
 * A local time is a number of milliseconds as a date is, of the clock on the wall.  Times at
 * the ends of what 64 bits hold stay there instead of going round.
 *
 * Threads: pure.
 */
#ifndef EXPR_EXPR_DATE_H
#define EXPR_EXPR_DATE_H

#include "bson/date.h"
#include "expr/expr_op.h"
#include "util/timezone.h"

#define DATE_DAY_MS INT64_C(86400000)

struct expr_zone {
	const struct timezone_rules *rules; /* NULL: always the same offset */
	int64_t offset_ms;
	bool is_utc; /* by its name, or because none is given */
};

/* arg NULL: UTC.  *null: it has no value.  40517 for what is no string, 40485 for no zone. */
MUST_CHECK int expr_zone(const struct expression *arg, struct expr_eval *ev,
    struct expr_zone *out, bool *null);
int64_t expr_zone_offset(const struct expr_zone *z, int64_t ms);
int64_t expr_zone_local(const struct expr_zone *z, int64_t ms);
int64_t expr_zone_utc(const struct expr_zone *z, int64_t local_ms);

/* A date, timestamp or ObjectId; code is the error for others.  *null: it has no value. */
MUST_CHECK int expr_date(const struct expression *e, const struct expression *arg,
    struct expr_eval *ev, int code, int64_t *ms, bool *null);

/* 5439013 for what is no string, 9 for no unit. */
MUST_CHECK int expr_date_unit(const struct expression *e, const struct expression *arg,
    struct expr_eval *ev, enum date_unit *out, bool *null);
/* An operand of that name; code is the error for what is no integer. */
MUST_CHECK int expr_date_integer(const struct expression *arg, struct expr_eval *ev,
    const char *name, int code, int64_t *out, bool *null);
/* 0 is Sunday, which it is when arg is NULL.  5439015, 5439016. */
MUST_CHECK int expr_start_of_week(const struct expression *e, const struct expression *arg,
    struct expr_eval *ev, int *out, bool *null);
static inline int64_t date_floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

#endif
