#include "aggregate/window.h"

#include "bson/decimal.h"

enum {
	ERR_RANGE_NO_NUMBER = 5429413,
	ERR_RANGE_NO_UNIT = 5429414,
	ERR_RANGE_NO_DATE = 5429513,
	ERR_RANGE_END = 5166406,
};

static size_t at_most(size_t i, int64_t n, size_t most)
{
	if (n < 0)
		return i < (uint64_t)-n ? 0 : i - (size_t)-n;
	return (uint64_t)n > most - i ? most : i + (size_t)n;
}

static void by_documents(struct window_run *r, const struct window_part *p, size_t i)
{
	const struct window_output *o = r->output;

	r->from = o->lower.unbounded ? 0 : at_most(i, o->lower.n, p->n);
	r->to = o->upper.unbounded ? p->n : at_most(i + 1, o->upper.n, p->n);
	if (r->to < r->from)
		r->to = r->from;
}

static int check_place(const struct window_output *o, struct value v, struct status *st)
{
	if (o->has_unit)
		return v.type == TYPE_DATE
			   ? 0
			   : status_set(st, ERR_RANGE_NO_DATE,
				 "a range in units of time goes along dates, not %s",
				 type_name(v.type));
	if (v.type == TYPE_DATE)
		return status_set(
		    st, ERR_RANGE_NO_UNIT, "a range along dates needs a unit of time");
	return value_is_number(v)
		   ? 0
		   : status_set(st, ERR_RANGE_NO_NUMBER, "a range goes along numbers, not %s",
			 type_name(v.type));
}

/* Where a bound is, seen from a place. */
static int bound_of(const struct window_output *o, const struct window_bound *b,
    struct value place, struct arena *a, struct value *out, struct status *st)
{
	int64_t ms;

	if (!o->has_unit)
		*out = number_add(place, b->distance, OVERFLOW_TO_DOUBLE, a);
	else if (date_add(read_i64(place.data), o->unit, b->n, &ms))
		*out = value_make_date(a, ms);
	else
		return status_set(st, ERR_RANGE_END, "a window's bound is no date any more");
	return arena_failed(a) ? window_no_memory(st) : 0;
}

static int by_range(
    struct window_run *r, const struct window_part *p, size_t i, struct status *st)
{
	const struct window_output *o = r->output;
	struct value bound;
	int err = 0;

	if (o->lower.unbounded && o->upper.unbounded) {
		by_documents(r, p, i);
		return 0;
	}
	err = check_place(o, p->places[i], st);
	if (!err && !o->lower.unbounded) {
		err = bound_of(o, &o->lower, p->places[i], p->row, &bound, st);
		while (!err && r->from < p->n &&
		       value_compare(p->places[r->from], bound, p->collator) < 0)
			r->from++;
	}
	if (!err && o->upper.unbounded)
		r->to = p->n;
	if (!err && !o->upper.unbounded) {
		err = bound_of(o, &o->upper, p->places[i], p->row, &bound, st);
		while (!err && r->to < p->n &&
		       value_compare(p->places[r->to], bound, p->collator) <= 0)
			r->to++;
	}
	r->to = MAX_OF(r->from, r->to);
	return err;
}

int window_frame(struct window_run *r, const struct window_part *p, size_t i, struct status *st)
{
	if (r->output->is_range)
		return by_range(r, p, i, st);
	by_documents(r, p, i);
	return 0;
}
