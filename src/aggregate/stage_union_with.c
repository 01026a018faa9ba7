/*
 * $unionWith: behind its input what another collection holds, through a
 * pipeline of its own.
 */
#include "aggregate/foreign.h"
#include "aggregate/spec_fields.h"

enum { COLL, PIPELINE, N_FIELDS };

static const struct spec_field union_fields[N_FIELDS] = {
    [COLL] = {"coll", TYPE_STRING, false},
    [PIPELINE] = {"pipeline", TYPE_ARRAY, false},
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $unionWith");
}

/* Either it names a collection or its pipeline makes the documents. */
static int check_source(const struct foreign_spec *f, struct value coll, struct status *st)
{
	bool makes = stages_make_documents(f->stages);

	if (value_is_missing(coll) && !makes)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "$unionWith stage without explicit collection must have a pipeline with "
		    "$documents as first stage");
	if (value_is_missing(coll))
		return 0;
	if (!f->name.len || makes)
		return status_set(st, ERR_INVALID_NAMESPACE,
		    makes ? "$documents needs a $unionWith without 'coll'"
			  : "$unionWith's 'coll' must not be empty");
	return 0;
}

static int parse_object(struct foreign_spec *f, struct view spec, struct status *st)
{
	struct value values[N_FIELDS];
	int err = spec_fields_take("$unionWith", spec, union_fields, N_FIELDS, values, st);

	if (err)
		return err;
	if (values[COLL].type == TYPE_STRING)
		f->name = value_str(values[COLL]);
	if (values[PIPELINE].type == TYPE_ARRAY)
		f->stages = value_doc(values[PIPELINE]);
	return check_source(f, values[COLL], st);
}

static int union_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct foreign_spec *f = arena_new(cx->arena, struct foreign_spec);
	struct foreign *foreign = arena_new(cx->arena, struct foreign);
	int err = 0;

	if (!f || !foreign)
		return no_memory(st);
	s->data = foreign;
	f->let = cx->let;
	f->nesting = (struct stage_nesting){.up = cx->nesting,
	    .stage = "$unionWith",
	    .refused = STAGE_OUTERMOST,
	    .code = ERR_STAGE_NOT_IN_UNION};
	if (v.type == TYPE_STRING) {
		f->name = value_str(v);
		err = check_source(f, v, st);
	} else if (v.type == TYPE_OBJECT) {
		err = parse_object(f, value_doc(v), st);
	} else {
		err = stage_wrong_type(
		    st, ERR_FAILED_TO_PARSE, "$unionWith", "an object or a string", v.type);
	}
	return err ? err : foreign_parse(foreign, f, cx, st);
}

/* --------------------------------------------------------------- the node */

struct union_node {
	struct exec exec;
	struct foreign *foreign;
	struct memory_account *account;
	struct arena arena; /* of the other tree */
	bool other; /* the input has ended */
};

static enum step next_of_input(struct union_node *n, struct exec_context *cx, struct row *out)
{
	enum step step = exec_next(n->exec.child, cx, out);

	if (step != STEP_DONE || !n->exec.child->done)
		return step;
	if (cx->op->on_loop)
		return STEP_HANDOVER;
	if (foreign_open(n->foreign, &n->arena, n->account, cx))
		return STEP_ERROR;
	n->other = true;
	return STEP_DONE;
}

static enum step union_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct union_node *n = container_of(e, struct union_node, exec);
	enum step step = STEP_DONE;

	if (e->done)
		return STEP_DONE;
	if (!n->other)
		step = next_of_input(n, cx, out);
	if (step == STEP_DONE && n->other)
		step = foreign_next(n->foreign, cx, out);
	if (n->other && step != STEP_HANDOVER && step != STEP_PARK)
		e->done = step == STEP_DONE || n->foreign->exec->done;
	e->works++;
	e->advanced += step == STEP_ROW;
	return step;
}

static void union_save(struct exec *e)
{
	foreign_save(container_of(e, struct union_node, exec)->foreign);
}

static void union_close(struct exec *e)
{
	struct union_node *n = container_of(e, struct union_node, exec);

	foreign_close(n->foreign, NULL);
	arena_clear(&n->arena);
}

static const struct exec_ops union_ops = {
    .name = "UNION_WITH",
    .next = union_next,
    .save = union_save,
    .close = union_close,
};

static struct exec *union_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct union_node *n = arena_new(a, struct union_node);

	if (!n)
		return NULL;
	n->exec.ops = &union_ops;
	n->exec.child = input;
	n->foreign = s->data;
	n->account = account;
	arena_init(&n->arena, account);
	return &n->exec;
}

static void union_explain(const struct exec *e, struct builder *b)
{
	foreign_put_stats(container_of(e, struct union_node, exec)->foreign, b);
}

const struct stage_type stage_union_with = {
    .name = "$unionWith",
    .flags = STAGE_READS,
    .help = "The documents of another collection behind its own.",
    .parse = union_parse,
    .make = union_make,
    .explain = union_explain,
};
