/*
 * $count: how many documents come in; nothing where none does.
 */
#include "aggregate/stage.h"
#include "bson/builder.h"

#define ERR_COUNT_NOT_STRING  40156
#define ERR_COUNT_EMPTY	      40157
#define ERR_COUNT_DOLLAR      40158
#define ERR_COUNT_NUL	      40159
#define ERR_COUNT_DOT	      40160
#define ERR_COUNT_ID	      9039800

static int count_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct view name;

	if (v.type != TYPE_STRING)
		return status_set(
		    st, ERR_COUNT_NOT_STRING, "the count field must be a non-empty string");
	name = value_str(v);
	if (!name.len)
		return status_set(
		    st, ERR_COUNT_EMPTY, "the count field must be a non-empty string");
	if (name.data[0] == '$')
		return status_set(
		    st, ERR_COUNT_DOLLAR, "the count field cannot be a $-prefixed path");
	if (memchr(name.data, 0, name.len))
		return status_set(
		    st, ERR_COUNT_NUL, "the count field cannot contain a null byte");
	if (memchr(name.data, '.', name.len))
		return status_set(st, ERR_COUNT_DOT, "the count field cannot contain '.'");
	if (view_equal(name, view_of_str("_id")))
		return status_set(st, ERR_COUNT_ID, "the count field cannot be '_id'");
	s->data = arena_strndup(cx->arena, (const char *)name.data, name.len);
	return s->data ? 0 : status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $count");
}

struct count_node {
	struct exec exec;
	const char *name;
	int64_t n;
	struct buf out;
};

static enum step count_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct count_node *c = container_of(e, struct count_node, exec);
	struct builder b;
	enum step step;
	struct row row;

	if (e->done)
		return STEP_DONE;
	while ((step = exec_next(e->child, cx, &row)) == STEP_ROW)
		c->n++;
	if (step != STEP_DONE)
		return step;
	e->done = true;
	if (!c->n)
		return STEP_DONE;
	builder_init(&b, &c->out);
	builder_int(&b, c->name, c->n);
	builder_finish(&b);
	if (builder_failed(&b)) {
		status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $count");
		return STEP_ERROR;
	}
	*out = (struct row){.doc = builder_view(&b), .array_index = -1};
	return STEP_ROW;
}

static void count_close(struct exec *e)
{
	buf_clear(&container_of(e, struct count_node, exec)->out);
}

static const struct exec_ops count_ops = {
    .name = "COUNT",
    .next = count_next,
    .close = count_close,
};

static struct exec *count_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct count_node *c = arena_new(a, struct count_node);

	if (!c)
		return NULL;
	c->exec.ops = &count_ops;
	c->exec.child = input;
	c->name = s->data;
	buf_init(&c->out, account);
	return &c->exec;
}

static bool count_only_counts(const struct stage *s)
{
	return true;
}

const struct stage_type stage_count = {
    .name = "$count",
    .flags = STAGE_MERGES | STAGE_SHAPES,
    .help = "How many documents come in.",
    .parse = count_parse,
    .make = count_make,
    .only_counts = count_only_counts,
};
