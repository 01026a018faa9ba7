/*
 * support/expr_cases.h - tables of expressions: what they give, and their errors.
 */
#ifndef SUPPORT_EXPR_CASES_H
#define SUPPORT_EXPR_CASES_H

#include "support/unit.h"
#include "support/json.h"

#include "expr/expr_op.h"

struct expr_case {
	const char *expression, *doc;
	const char *expected; /* NULL: missing */
};

static inline int expr_case_eval(
    struct arena *a, const char *text, const char *doc, struct value *out, struct status *st)
{
	struct expression *e;
	int r = expression_parse(json_value(a, text), NULL, a, &e, st);

	return r ? r : expression_eval(e, json_doc(a, doc), NULL, a, out, st);
}

static inline void check(const struct expr_case *c)
{
	struct value v, expected;
	struct status st;
	struct arena a;

	arena_init(&a, NULL);
	status_init(&st);
	if (expr_case_eval(&a, c->expression, c->doc, &v, &st))
		fail_msg("%s: %d %s", c->expression, st.code, st.message);
	expected = c->expected ? json_value(&a, c->expected) : value_missing;
	if (v.type != expected.type || v.len != expected.len ||
	    (v.len && memcmp(v.data, expected.data, v.len) != 0))
		fail_msg("%s on %s is no %s", c->expression, c->doc, c->expected);
	arena_clear(&a);
}

#define CHECK(cases)                                                                           \
	for (size_t i_ = 0; i_ < ARRAY_LEN(cases); i_++)                                       \
	check(&(cases)[i_])

struct error_case {
	const char *expression;
	int code;
};

static inline void check_error(const struct error_case *c)
{
	struct value v;
	struct arena a;
	int code;

	arena_init(&a, NULL);
	code = expr_case_eval(&a, c->expression, "{'s': 'x', 'n': 1, 'z': 0, 'a': [1]}", &v, NULL);
	if (code != c->code)
		fail_msg("%s: %d, not %d", c->expression, code, c->code);
	arena_clear(&a);
}

#define CHECK_ERRORS(cases)                                                                    \
	for (size_t i_ = 0; i_ < ARRAY_LEN(cases); i_++)                                       \
	check_error(&(cases)[i_])

#endif
