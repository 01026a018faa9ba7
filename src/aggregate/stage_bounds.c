/*
 * $skip and $limit.
 */
#include "aggregate/stage.h"
#include "query/plan.h"

#define ERR_LIMIT_INVALID 5107201
#define ERR_LIMIT_ZERO	  15958
#define ERR_SKIP_INVALID  5107200

static int parse_number(struct stage *s, struct value v, const struct stage_context *cx,
    int code, int64_t least, struct status *st)
{
	int64_t *n = arena_new(cx->arena, int64_t);

	if (!n)
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for %s", s->type->name);
	if (!value_is_number(v) || !value_to_i64(v, n) || *n < 0)
		return status_set(st, code,
		    "%s takes a whole number that is not negative and fits into 64 bits",
		    s->type->name);
	if (*n < least)
		return status_set(st, ERR_LIMIT_ZERO, "the limit must be positive");
	s->data = n;
	return 0;
}

static int limit_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	return parse_number(s, v, cx, ERR_LIMIT_INVALID, 1, st);
}

static int skip_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	return parse_number(s, v, cx, ERR_SKIP_INVALID, 0, st);
}

static struct exec *limit_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	return exec_limit_new(input, *(const int64_t *)s->data, a);
}

static struct exec *skip_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	return exec_skip_new(input, *(const int64_t *)s->data, a);
}

const struct stage_type stage_limit = {
    .name = "$limit",
    .help = "The first so many documents.",
    .parse = limit_parse,
    .make = limit_make,
};

const struct stage_type stage_skip = {
    .name = "$skip",
    .help = "Leaves out so many first.",
    .parse = skip_parse,
    .make = skip_make,
};
