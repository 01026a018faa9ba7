/*
 * $sort: in another order.
 */
#include "aggregate/stage.h"
#include "query/plan.h"

#define ERR_SORT_NOT_OBJECT 15973
#define ERR_SORT_EMPTY	    15976

static int sort_stage_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct sort_spec *spec;
	int err;

	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(st, ERR_SORT_NOT_OBJECT, "$sort", "an object", v.type);
	if (doc_is_empty(value_doc(v)))
		return status_set(
		    st, ERR_SORT_EMPTY, "$sort stage must have at least one sort key");
	err = sort_parse(value_doc(v), cx->collator, cx->arena, &spec, st);
	s->data = spec;
	if (!err && cx->metas)
		cx->metas->wants |= spec->metas;
	return err;
}

/* The sort node is a plan's: here a plan of nothing but the sort. */
static struct exec *sort_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct query *q = arena_new(a, struct query);
	struct plan *p = arena_new(a, struct plan);

	if (!q || !p)
		return NULL;
	q->sort = s->data;
	q->metas = s->context->metas_of_all ? *s->context->metas_of_all : 0;
	q->spec.allow_disk_use = s->context->allow_disk_use;
	q->spec.collator = s->context->collator;
	p->query = q;
	p->store = s->context->store;
	return exec_sort_new(p, input, 0, a, account);
}

const struct stage_type stage_sort = {
    .name = "$sort",
    .flags = STAGE_SHAPES,
    .help = "The documents in another order.",
    .parse = sort_stage_parse,
    .make = sort_make,
};
