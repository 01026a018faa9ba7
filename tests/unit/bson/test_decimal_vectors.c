/*
 * Decimal arithmetic against vectors that another implementation has made
 * (decimal_vectors.py): the same digits and the same exponent.
 */
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "bson/decimal.h"

/* A line: operation, two operands, the result. */
struct vector {
	char op[16], a[128], b[128], result[128];
};

static struct decimal parse(const char *text)
{
	struct decimal d;

	if (!decimal_parse(view_of_str(text), &d))
		fail_msg("%s is no number", text);
	return d;
}

static void check_text(const struct vector *v, struct decimal got)
{
	char text[DECIMAL_TEXT_MAX];
	size_t len = decimal_format(got, text);

	if (strlen(v->result) != len || memcmp(text, v->result, len) != 0)
		fail_msg("%s %s %s: %.*s, not %s", v->op, v->a, v->b, (int)len, text, v->result);
}

static const struct {
	const char *name;
	struct decimal (*calculate)(struct decimal a, struct decimal b);
} operations[] = {
    {"add", decimal_add},
    {"subtract", decimal_subtract},
    {"multiply", decimal_multiply},
    {"divide", decimal_divide},
    {"modulo", decimal_modulo},
};

static void check(const struct vector *v)
{
	if (strcmp(v->op, "parse") == 0) {
		check_text(v, parse(v->a));
		return;
	}
	if (strcmp(v->op, "compare") == 0) {
		assert_int_equal(decimal_compare(parse(v->a), parse(v->b)), atoi(v->result));
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(operations); i++)
		if (strcmp(v->op, operations[i].name) == 0) {
			check_text(v, operations[i].calculate(parse(v->a), parse(v->b)));
			return;
		}
	fail_msg("there is no operation %s", v->op);
}

static void the_vectors_hold(void **state)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];
	struct vector v;
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/unit/bson/decimal_vectors.txt",
	    srcdir ? srcdir : ".");
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s is not there", path);
	for (; fscanf(f, "%15s %127s %127s %127s", v.op, v.a, v.b, v.result) == 4; n++)
		check(&v);
	fclose(f);
	assert_true(n > 2500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_vectors_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
