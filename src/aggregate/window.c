#include "aggregate/window.h"

#include <string.h>

#include "aggregate/field_path.h"

enum {
	ERR_BOUNDS_ORDER = 5339900,
	ERR_DOCUMENTS_UNSORTED = 5339901,
	ERR_RANGE_UNSORTED = 5339902,
	ERR_RANGE_DESCENDING = 8947401,
};

#define WINDOW_FUNCTION(name) extern const struct window_function window_##name;
#include "aggregate/windows.def"
#undef WINDOW_FUNCTION

const struct window_function *const window_table[] = {
#define WINDOW_FUNCTION(name) &window_##name,
#include "aggregate/windows.def"
#undef WINDOW_FUNCTION
    NULL,
};

int window_no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $setWindowFields");
}

static int malformed(const struct window_parser *p, const char *words)
{
	return status_set(p->status, ERR_FAILED_TO_PARSE, "%s", words);
}

/* ---------------------------------------------------------------- operands */

int window_parse_input(
    const struct window_parser *p, struct value spec, struct window_output *out)
{
	return expression_parse(spec, p->options, p->arena, &out->operand.value, p->status);
}

int window_options(const struct window_parser *p, const char *function, struct value spec,
    const char *const *names, int n, struct value *values)
{
	struct doc_iter it;
	struct element e;

	if (spec.type != TYPE_OBJECT)
		return status_set(p->status, ERR_FAILED_TO_PARSE, "%s takes an object, not %s",
		    function, type_name(spec.type));
	for (int i = 0; i < n; i++)
		values[i] = value_missing;
	it = doc_iter(value_doc(spec));
	while (doc_next(&it, &e)) {
		int i = 0;

		while (i < n && strcmp(names[i], e.name) != 0)
			i++;
		if (i == n)
			return status_set(p->status, ERR_FAILED_TO_PARSE,
			    "%s has no argument '%s'", function, e.name);
		values[i] = e.value;
	}
	return 0;
}

int window_needs_place(const struct window_parser *p, const char *function)
{
	return p->sort && p->sort->n == 1
		   ? 0
		   : status_set(p->status, ERR_FAILED_TO_PARSE,
			 "%s needs a sortBy of exactly one field", function);
}

/* ------------------------------------------------------------------ windows */

static bool is_word(struct value v, const char *word)
{
	return v.type == TYPE_STRING && view_equal(value_str(v), view_of_str(word));
}

static int parse_bound(const struct window_parser *p, const struct window_output *o,
    struct value v, struct window_bound *out)
{
	static const uint8_t zero[4] = {0};

	*out = (struct window_bound){.unbounded = is_word(v, "unbounded")};
	if (out->unbounded)
		return 0;
	if (is_word(v, "current")) {
		out->distance = (struct value){zero, sizeof(zero), TYPE_INT32};
		return 0;
	}
	if (!value_is_number(v))
		return malformed(p, "a window's bound is 'unbounded', 'current' or a number");
	out->distance = v;
	if ((!o->is_range || o->has_unit) && !value_to_i64(v, &out->n))
		return malformed(
		    p, "a window's bound in documents or units of time is a whole number");
	return 0;
}

static int parse_bounds(const struct window_parser *p, struct value v, struct window_output *o)
{
	struct doc_iter it;
	struct element lower, upper;
	int err;

	if (v.type != TYPE_ARRAY || doc_count(value_doc(v)) != 2)
		return malformed(p, "a window has an array of two bounds");
	it = doc_iter(value_doc(v));
	if (!doc_next(&it, &lower) || !doc_next(&it, &upper))
		return malformed(p, "a window has an array of two bounds");
	err = parse_bound(p, o, lower.value, &o->lower);
	if (!err)
		err = parse_bound(p, o, upper.value, &o->upper);
	if (err || o->lower.unbounded || o->upper.unbounded)
		return err;
	if (value_compare(o->lower.distance, o->upper.distance, NULL) > 0)
		return status_set(p->status, ERR_BOUNDS_ORDER,
		    "a window's lower bound is not above its upper one");
	return 0;
}

static int parse_unit(const struct window_parser *p, struct value v, struct window_output *o)
{
	if (v.type != TYPE_STRING)
		return malformed(p, "a window's unit is a string");
	if (!date_unit_parse(value_str(v), &o->unit))
		return malformed(p, "a window's unit is one of time, as 'day'");
	o->has_unit = true;
	return 0;
}

static int check_order(const struct window_parser *p, const struct window_output *o)
{
	if (!o->is_range) {
		if (p->sort || (o->lower.unbounded && o->upper.unbounded))
			return 0;
		return status_set(p->status, ERR_DOCUMENTS_UNSORTED,
		    "a window that is bounded by documents needs a sortBy");
	}
	if (!p->sort || p->sort->n != 1)
		return status_set(p->status, ERR_RANGE_UNSORTED,
		    "a window that is bounded by a range needs a sortBy of exactly one field");
	if (p->sort->fields[0].descending)
		return status_set(p->status, ERR_RANGE_DESCENDING,
		    "a window that is bounded by a range needs an ascending sortBy");
	return 0;
}

static int parse_window(const struct window_parser *p, struct value v, struct window_output *o)
{
	static const char *const names[] = {"documents", "range", "unit"};
	struct value given[3];
	int err;

	if (v.type != TYPE_OBJECT)
		return malformed(p, "a window is an object");
	err = window_options(p, "window", v, names, 3, given);
	if (err)
		return err;
	if (!value_is_missing(given[0]) && !value_is_missing(given[1]))
		return malformed(p, "a window has either documents or a range");
	o->is_range = !value_is_missing(given[1]);
	if (!value_is_missing(given[2]) && !o->is_range)
		return malformed(p, "only a window with a range has a unit");
	if (!value_is_missing(given[2]))
		err = parse_unit(p, given[2], o);
	if (!err && (o->is_range || !value_is_missing(given[0])))
		err = parse_bounds(p, given[o->is_range], o);
	return err ? err : check_order(p, o);
}

/* ------------------------------------------------------------------ outputs */

static int find_function(
    const struct window_parser *p, const char *name, struct window_output *o)
{
	for (const struct window_function *const *f = window_table; *f; f++) {
		if (strcmp((*f)->name, name) != 0)
			continue;
		o->function = *f;
		return 0;
	}
	o->accumulator = accumulator_find(name);
	o->function = &window_accumulate;
	if (o->accumulator && !o->accumulator->only_groups)
		return 0;
	return status_set(
	    p->status, ERR_FAILED_TO_PARSE, "there is no window function '%s'", name);
}

/* What an output's document consists of; a missing value: it does not have that. */
struct parts {
	struct element function, more;
	struct value window;
};

static int take_apart(const struct window_parser *p, const struct element *e, struct parts *out)
{
	struct doc_iter it = doc_iter(value_doc(e->value));
	struct element part;

	*out = (struct parts){
	    .function = {.name = ""}, .more = {.name = ""}, .window = value_missing};
	while (doc_next(&it, &part)) {
		if (strcmp(part.name, "window") == 0 && value_is_missing(out->window))
			out->window = part.value;
		else if (part.name[0] == '$' && !*out->function.name)
			out->function = part;
		else
			out->more = part;
	}
	return *out->function.name ? 0
				   : status_set(p->status, ERR_FAILED_TO_PARSE,
					 "the output '%s' has no window function", e->name);
}

static int check_window(const struct window_parser *p, const struct window_output *o)
{
	const struct window_function *f = o->function;

	if (f->window == WINDOW_MUST_BE && !o->has_window)
		return status_set(p->status, ERR_FAILED_TO_PARSE, "%s needs a window", f->name);
	if (f->window == WINDOW_MUST_NOT_BE && o->has_window)
		return status_set(p->status, ERR_FAILED_TO_PARSE, "%s has no window", f->name);
	return 0;
}

int window_parse(
    const struct window_parser *p, const struct element *e, struct window_output *o)
{
	struct parts parts;
	int err;

	*o = (struct window_output){.lower.unbounded = true, .upper.unbounded = true};
	err = field_path_parse(view_of(e->name, e->name_len), p->arena, &o->path, p->status);
	if (err)
		return err;
	if (e->value.type != TYPE_OBJECT)
		return status_set(p->status, ERR_FAILED_TO_PARSE,
		    "the output '%s' is an object, not %s", e->name, type_name(e->value.type));
	err = take_apart(p, e, &parts);
	if (!err)
		err = find_function(p, parts.function.name, o);
	if (err)
		return err;
	if (*parts.more.name)
		return status_set(p->status,
		    o->function->code_of_more ? o->function->code_of_more : ERR_FAILED_TO_PARSE,
		    "the output '%s' has one window function and one window, and no '%s'",
		    e->name, parts.more.name);
	o->has_window = !value_is_missing(parts.window);
	if (o->has_window && o->function->window != WINDOW_MUST_NOT_BE)
		err = parse_window(p, parts.window, o);
	if (!err)
		err = o->function->parse(p, parts.function.value, o);
	return err ? err : check_window(p, o);
}
