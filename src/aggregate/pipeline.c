#include "aggregate/pipeline.h"

#include "bson/builder.h"
#include "query/restriction.h"

#define ERR_STAGE_NOT_ONE_FIELD 40323
#define ERR_UNKNOWN_STAGE	40324
#define ERR_STAGE_NOT_FIRST	40602
#define ERR_PIPELINE_TOO_LONG	7749501

#define STAGE(name) extern const struct stage_type stage_##name;
#include "aggregate/stages.def"
#undef STAGE

const struct stage_type *const stage_table[] = {
#define STAGE(name) &stage_##name,
#include "aggregate/stages.def"
#undef STAGE
    NULL,
};

const struct stage_type *stage_find(const char *name)
{
	for (const struct stage_type *const *t = stage_table; *t; t++)
		if (strcmp((*t)->name, name) == 0)
			return *t;
	return NULL;
}

bool stage_is_of_database(const struct stage_context *cx)
{
	static const char name[] = "$cmd.aggregate";
	size_t len = cx->db.len + 1;

	return cx->ns.len > len &&
	       view_equal(view_of(cx->ns.data + len, cx->ns.len - len), view_of_str(name));
}

int stage_wrong_type(
    struct status *st, int code, const char *stage, const char *expected, uint8_t type)
{
	return status_set(st, code, "the %s specification must be %s, not %s", stage, expected,
	    type_name(type));
}

static int parse_stage(struct pipeline *p, struct value v, struct status *st)
{
	struct stage *s = &p->stages[p->n];
	struct doc_iter it;
	struct element e, more;

	if (v.type != TYPE_OBJECT)
		return status_set(st, ERR_TYPE_MISMATCH,
		    "each element of a pipeline is a document, not %s", type_name(v.type));
	it = doc_iter(value_doc(v));
	if (!doc_next(&it, &e) || doc_next(&it, &more))
		return status_set(st, ERR_STAGE_NOT_ONE_FIELD,
		    "A pipeline stage specification object must contain exactly one field.");
	s->type = stage_find(e.name);
	if (!s->type)
		return status_set(st, ERR_UNKNOWN_STAGE,
		    "Unrecognized pipeline stage name: '%s'", e.name);
	if ((s->type->flags & STAGE_FIRST) && p->n > 0)
		return status_set(st, ERR_STAGE_NOT_FIRST,
		    "%s is only valid as the first stage in a pipeline", e.name);
	s->context = &p->context;
	s->spec = e.value;
	p->n++;
	return s->type->parse(s, e.value, &p->context, st);
}

int pipeline_parse(const struct stage_context *context, const struct view *stages, int n_stages,
    struct pipeline **out, struct status *st)
{
	struct pipeline *p = arena_new(context->arena, struct pipeline);
	int n = 0;

	for (int i = 0; i < n_stages; i++)
		n += doc_count(stages[i]);
	if (n > PIPELINE_STAGES_MAX)
		return status_set(st, ERR_PIPELINE_TOO_LONG,
		    "a pipeline has at most %d stages", PIPELINE_STAGES_MAX);
	if (p) {
		p->stages = arena_new_array(context->arena, (size_t)n + 1, struct stage);
		p->nodes = arena_new_array(context->arena, (size_t)n + 1, struct exec *);
	}
	if (arena_failed(context->arena))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a pipeline");
	p->context = *context;
	for (int i = 0; i < n_stages; i++) {
		/* The stages are views of it, and outlive the message. */
		struct doc_iter it = doc_iter(arena_dup(context->arena, stages[i]));
		struct element e;
		int err;

		if (arena_failed(context->arena))
			return status_set(
			    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a pipeline");
		while (doc_next(&it, &e)) {
			err = parse_stage(p, e.value, st);
			if (err)
				return err;
		}
	}
	*out = p;
	return 0;
}

bool pipeline_reads_collection(const struct pipeline *p)
{
	return p->n == 0 || !(p->stages[0].type->flags & STAGE_SOURCE);
}

/* {$and: [...]} of n filters, or the only one. */
static int join_filters(
    struct arena *a, const struct stage *stages, int n, struct view *out, struct status *st)
{
	struct builder b;
	struct buf buf;

	if (n == 1) {
		*out = value_doc(stages[0].spec);
		return 0;
	}
	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_array_begin(&b, "$and");
	for (int i = 0; i < n; i++)
		builder_value(&b, NULL, stages[i].spec);
	builder_array_end(&b);
	builder_finish(&b);
	*out = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out->data ? 0
			 : status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a pipeline");
}

/* How many stages at the front have become part of the query. */
static int lead(struct pipeline *p, struct query_spec *q, int *used, struct status *st)
{
	int i = 0, err = 0;

	while (i < p->n && p->stages[i].type == &stage_match)
		i++;
	if (i)
		err = join_filters(p->context.arena, p->stages, i, &q->filter, st);
	if (!err && i < p->n && p->stages[i].type == &stage_sort)
		q->sort = value_doc(p->stages[i++].spec);
	if (!err && i < p->n && p->stages[i].type == &stage_skip)
		q->skip = *(const int64_t *)p->stages[i++].data;
	if (!err && i < p->n && p->stages[i].type == &stage_limit)
		q->limit = *(const int64_t *)p->stages[i++].data;
	*used = i;
	return err;
}

/* Does the stage behind the query count its input, and no more? */
static bool only_counts(const struct pipeline *p, int i)
{
	const struct stage *s = &p->stages[i];

	return i < p->n && s->type->only_counts && s->type->only_counts(s);
}

int pipeline_exec(struct pipeline *p, const struct query_spec *spec,
    struct memory_account *account, struct exec **out, struct plan **plan, struct status *st)
{
	struct arena *a = p->context.arena;
	struct exec *e = NULL;
	int i = 0, err;

	*plan = NULL;
	if (pipeline_reads_collection(p)) {
		struct query_spec q = *spec;
		struct query *query;

		err = lead(p, &q, &i, st);
		q.only_count = only_counts(p, i);
		if (!err)
			err = query_parse(&q, a, &query, st);
		if (!err)
			err = query_restrict(query, p->context.collection, a, st);
		if (!err)
			err = query_plan(
			    p->context.store, query, p->context.collection, a, plan, st);
		if (err)
			return err;
		e = plan_exec(*plan, a, account);
	}
	p->n_lead = i;
	p->query_top = e;
	for (; i < p->n && (e || i == 0); i++) {
		struct exec *node = p->stages[i].type->make(&p->stages[i], e, a, account);

		if (!node && e)
			exec_close(e);
		e = p->nodes[i] = node;
	}
	if (!e)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a pipeline");
	*out = e;
	return 0;
}
