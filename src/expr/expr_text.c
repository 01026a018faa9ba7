#include "expr/expr_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bson/decimal.h"
#include "bson/validate.h"

int expr_make_str(struct expr_eval *ev, struct view s, struct value *out)
{
	if (s.len >= BSON_USER_SIZE_MAX)
		return expr_string_too_long(ev->st, s.len);
	return expr_made(ev, value_make_str(ev->a, s), out);
}

int expr_take_str(struct expr_eval *ev, struct buf *buf, struct value *out)
{
	int r = buf->failed ? expr_no_memory(ev->st) : expr_make_str(ev, buf_view(buf), out);

	buf_clear(buf);
	return r;
}

/* The fewest digits that are the same number again. */
void text_of_double(double d, struct buf *out)
{
	char text[40];

	if (isnan(d)) {
		buf_printf(out, "NaN");
		return;
	}
	if (isinf(d)) {
		buf_printf(out, d < 0 ? "-Infinity" : "Infinity");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	buf_append_view(out, view_of_str(text));
}

void text_of_date(int64_t ms, struct buf *out)
{
	int64_t rest = ms % 1000;
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (rest < 0) {
		rest += 1000;
		seconds--;
	}
	if (!gmtime_r(&seconds, &tm))
		memset(&tm, 0, sizeof(tm));
	buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)rest);
}

bool text_of_value(struct value v, struct buf *out)
{
	char text[DECIMAL_TEXT_MAX];

	switch (v.type) {
	case TYPE_INT32:
		buf_printf(out, "%d", read_i32(v.data));
		return true;
	case TYPE_INT64:
		buf_printf(out, "%lld", (long long)read_i64(v.data));
		return true;
	case TYPE_DOUBLE:
		text_of_double(read_double(v.data), out);
		return true;
	case TYPE_DECIMAL128:
		buf_append(out, text, decimal_format(decimal_read(v.data), text));
		return true;
	case TYPE_BOOL:
		buf_printf(out, value_bool(v) ? "true" : "false");
		return true;
	case TYPE_DATE:
		text_of_date(read_i64(v.data), out);
		return true;
	case TYPE_OBJECT_ID:
		for (int i = 0; i < 12; i++)
			buf_printf(out, "%02x", v.data[i]);
		return true;
	default:
		return false;
	}
}

/* "Jan  1 00:00:01:5": a timestamp as MongoDB has always shown it. */
static void text_of_timestamp(uint64_t ts, struct buf *out)
{
	time_t seconds = (time_t)(ts >> 32);
	char text[40];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		memset(&tm, 0, sizeof(tm));
	strftime(text, sizeof(text), "%b %e %H:%M:%S", &tm);
	buf_printf(out, "%s:%u", text, (unsigned)(uint32_t)ts);
}

int expr_text(
    const struct expression *e, struct expr_eval *ev, struct value v, struct view *out)
{
	bool known = true;
	struct buf buf;

	if (expr_is_nullish(v)) {
		*out = view_of("", 0);
		return 0;
	}
	if (v.type == TYPE_STRING || v.type == TYPE_SYMBOL || v.type == TYPE_CODE) {
		*out = value_str(v);
		return 0;
	}
	buf_init(&buf, ev->a->account);
	if (v.type == TYPE_TIMESTAMP)
		text_of_timestamp((uint64_t)read_i64(v.data), &buf);
	else if (v.type == TYPE_DOUBLE)
		buf_printf(&buf, "%g", read_double(v.data)); /* six digits, as MongoDB has it */
	else
		known = value_is_number(v) || v.type == TYPE_DATE ? text_of_value(v, &buf) : false;
	*out = buf.failed ? view_of(NULL, 0) : arena_dup(ev->a, buf_view(&buf));
	buf_clear(&buf);
	if (!known)
		return status_set(ev->st, 16007, "%s cannot make a string of a value of type %s",
		    e->op->name, type_name(v.type));
	return out->data ? 0 : expr_no_memory(ev->st);
}

int64_t utf8_count(struct view s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += !utf8_is_inside(s.data[i]);
	return n;
}

size_t utf8_offset(struct view s, int64_t n)
{
	size_t i = 0;

	for (; i < s.len; i++)
		if (!utf8_is_inside(s.data[i]) && n-- == 0)
			break;
	return i;
}
