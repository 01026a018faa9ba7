#include "aggregate/accumulator.h"

#include <string.h>

enum { ERR_N = 7548606 };

#define ACCUMULATOR(name) extern const struct accumulator acc_##name;
#include "aggregate/accumulators.def"
#undef ACCUMULATOR

const struct accumulator *const accumulator_table[] = {
#define ACCUMULATOR(name) &acc_##name,
#include "aggregate/accumulators.def"
#undef ACCUMULATOR
    NULL,
};

const struct accumulator *accumulator_find(const char *name)
{
	for (const struct accumulator *const *t = accumulator_table; *t; t++)
		if (strcmp((*t)->name, name) == 0)
			return *t;
	return NULL;
}

static int find_option(const struct accumulator_option *options, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(options[i].name, name) == 0)
			return i;
	return -1;
}

int accumulator_options(const struct accumulator_parser *p, struct view spec,
    const struct accumulator_option *options, int n, int code, struct value *parts)
{
	struct doc_iter it = doc_iter(spec);
	struct element e;

	for (int i = 0; i < n; i++)
		parts[i] = value_missing;
	while (doc_next(&it, &e)) {
		int i = find_option(options, n, e.name);

		if (i < 0)
			return status_set(p->status, code, "%s has no operand \"%s\"",
			    p->accumulator->name, e.name);
		parts[i] = e.value;
	}
	for (int i = 0; i < n; i++)
		if (options[i].missing && value_is_missing(parts[i]))
			return status_set(p->status, options[i].missing,
			    "%s needs its operand \"%s\"", p->accumulator->name,
			    options[i].name);
	return 0;
}

int accumulator_expression(
    const struct accumulator_parser *p, struct value v, struct expression **out)
{
	return expression_parse(v, p->options, p->arena, out, p->status);
}

int accumulator_n(const struct accumulator *a, struct value v, int64_t *out, struct status *st)
{
	if (value_is_number(v) && value_to_i64(v, out) && *out > 0)
		return 0;
	return status_set(
	    st, ERR_N, "%s: n is a whole number of 64 bits that is greater than 0", a->name);
}
