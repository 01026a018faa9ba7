#include "aggregate/pipeline.h"

#include "bson/builder.h"
#include "query/restriction.h"

#define ERR_STAGE_NOT_ONE_FIELD 40323
#define ERR_UNKNOWN_STAGE	40324
#define ERR_STAGE_NOT_FIRST	40602
#define ERR_STAGE_NOT_LAST	40601
#define ERR_STAGE_INTERNAL	5491300
#define ERR_TEXT_NOT_FIRST	17313
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

bool stage_is_expression(struct value v)
{
	struct doc_iter it;
	struct element e;

	if (v.type == TYPE_STRING)
		return value_str(v).len && value_str(v).data[0] == '$';
	if (v.type != TYPE_OBJECT)
		return false;
	it = doc_iter(value_doc(v));
	return doc_next(&it, &e) && e.name[0] == '$';
}

int stage_wrong_type(
    struct status *st, int code, const char *stage, const char *expected, uint8_t type)
{
	return status_set(st, code, "the %s specification must be %s, not %s", stage, expected,
	    type_name(type));
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a pipeline");
}

static bool is_refused(
    const struct stage_nesting *n, const char *name, const struct stage_type *type)
{
	for (const char *const *refused = n->names; refused && *refused; refused++)
		if (strcmp(*refused, name) == 0)
			return true;
	return type && (type->flags & n->refused);
}

/* May the stage stand where it does?  type NULL: it is one that there is not. */
static int check_place(const struct pipeline *p, const char *name,
    const struct stage_type *type, struct status *st)
{
	for (const struct stage_nesting *n = p->context.nesting; n; n = n->up)
		if (is_refused(n, name, type))
			return status_set(st, n->code,
			    "%s is not allowed within a pipeline of %s", name, n->stage);
	if (p->n > 0 && (p->stages[p->n - 1].type->flags & STAGE_WRITES))
		return status_set(st, ERR_STAGE_NOT_LAST,
		    "%s can only be the final stage in the pipeline",
		    p->stages[p->n - 1].type->name);
	if (type && (type->flags & STAGE_FIRST) && p->n > 0)
		return status_set(st, ERR_STAGE_NOT_FIRST,
		    "%s is only valid as the first stage in a pipeline", name);
	return 0;
}

/* Does what is parsed last become a query over the collection? */
static bool reads_index(const struct pipeline *p)
{
	const struct stage_nesting *n = p->context.nesting;

	return p->n == 1 && (!n || strcmp(n->stage, "$facet") != 0);
}

static int parse_one(
    struct pipeline *p, const struct stage_type *type, struct value spec, struct status *st)
{
	struct stage *s = &p->stages[p->n++];
	int err;

	s->type = type;
	s->context = &p->context;
	s->spec = spec;
	p->use = (struct meta_use){0};
	err = type->parse(s, spec, &p->context, st);
	if (!err && p->use.gives >> META_TEXT_SCORE & 1 && !reads_index(p))
		err = status_set(st, ERR_TEXT_NOT_FIRST,
		    "$match with $text is only allowed as the first pipeline stage");
	if (!err)
		err = meta_check(p->use.wants, p->metas_there, st);
	p->metas_wanted |= p->use.wants;
	p->metas_there |= p->use.gives;
	if (type->flags & STAGE_MERGES)
		p->metas_there = 0;
	return err;
}

static int parse_expanded(struct pipeline *p, struct view stages, struct status *st)
{
	struct doc_iter it = doc_iter(stages);
	struct element stage;
	int err = 0;

	while (!err && doc_next(&it, &stage)) {
		struct doc_iter fields = doc_iter(value_doc(stage.value));
		const struct stage_type *type;
		struct element e = {0};

		doc_next(&fields, &e);
		type = stage_find(e.name);
		assert(type && !type->expand);
		err = parse_one(p, type, e.value, st);
	}
	return err;
}

/* A stage that is short for others. */
static int expand(
    struct pipeline *p, const struct stage_type *type, struct value spec, struct status *st)
{
	struct view stages = {0};
	struct builder b;
	struct buf buf;
	int err;

	buf_init(&buf, p->context.arena->account);
	builder_init(&b, &buf);
	builder_array_begin(&b, "");
	err = type->expand(spec, &p->context, &b, st);
	builder_array_end(&b);
	builder_finish(&b);
	if (!err && !builder_failed(&b))
		stages = arena_dup(p->context.arena, builder_view(&b));
	buf_clear(&buf);
	if (err)
		return err;
	if (!stages.data)
		return no_memory(st);
	return parse_expanded(p, value_doc(doc_get(stages, "")), st);
}

static int parse_stage(struct pipeline *p, struct value v, struct status *st)
{
	const struct stage_type *type;
	struct doc_iter it;
	struct element e, more;
	int err;

	if (v.type != TYPE_OBJECT)
		return status_set(st, ERR_TYPE_MISMATCH,
		    "each element of a pipeline is a document, not %s", type_name(v.type));
	it = doc_iter(value_doc(v));
	if (!doc_next(&it, &e) || doc_next(&it, &more))
		return status_set(st, ERR_STAGE_NOT_ONE_FIELD,
		    "A pipeline stage specification object must contain exactly one field.");
	type = stage_find(e.name);
	err = check_place(p, e.name, type, st);
	if (err)
		return err;
	if (!type)
		return status_set(st, ERR_UNKNOWN_STAGE,
		    "Unrecognized pipeline stage name: '%s'", e.name);
	if (type->flags & STAGE_INTERNAL)
		return status_set(st, ERR_STAGE_INTERNAL,
		    "%s is not allowed in user requests", e.name);
	return type->expand ? expand(p, type, e.value, st) : parse_one(p, type, e.value, st);
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
	n = n * STAGE_EXPANDS_MAX + 1;
	if (p) {
		p->stages = arena_new_array(context->arena, (size_t)n, struct stage);
		p->nodes = arena_new_array(context->arena, (size_t)n, struct exec *);
		p->starts = arena_new_array(context->arena, (size_t)n_stages + 1, int);
	}
	if (arena_failed(context->arena))
		return no_memory(st);
	p->context = *context;
	p->context.metas = &p->use;
	p->context.metas_of_all = &p->metas_wanted;
	p->metas_there = context->metas_there;
	for (int i = 0; i < n_stages; i++) {
		/* The stages are views of it, and outlive the message. */
		struct doc_iter it = doc_iter(arena_dup(context->arena, stages[i]));
		struct element e;
		int err;

		if (arena_failed(context->arena))
			return no_memory(st);
		p->starts[i] = p->n;
		while (doc_next(&it, &e)) {
			err = parse_stage(p, e.value, st);
			if (err)
				return err;
		}
	}
	*out = p;
	/* {aggregate: 1} has no collection to read. */
	if (!context->nesting && stage_is_of_database(context) && pipeline_reads_collection(p))
		return status_set(st, ERR_INVALID_NAMESPACE,
		    "{aggregate: 1} needs a first stage that makes its own documents");
	return 0;
}

bool pipeline_reads_collection(const struct pipeline *p)
{
	return p->n == 0 || !(p->stages[0].type->flags & STAGE_SOURCE);
}

bool pipeline_writes(const struct pipeline *p)
{
	return p->n > 0 && (p->stages[p->n - 1].type->flags & STAGE_WRITES);
}

bool pipeline_reads_others(const struct pipeline *p)
{
	for (int i = 0; i < p->n; i++)
		if (p->stages[i].type->flags & STAGE_READS)
			return true;
	return false;
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
	return out->data ? 0 : no_memory(st);
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

/* The nodes of the stages from the i-th on.  e NULL: the first makes its own rows. */
static struct exec *make_stages(
    struct pipeline *p, int i, struct exec *e, struct memory_account *account)
{
	struct arena *a = p->context.arena;

	p->n_lead = i;
	p->query_top = e;
	for (; i < p->n && (e || i == 0); i++) {
		struct exec *node = p->stages[i].type->make(&p->stages[i], e, a, account);

		if (!node && e)
			exec_close(e);
		e = p->nodes[i] = node;
	}
	return e;
}

struct exec *pipeline_make(
    struct pipeline *p, struct exec *input, struct memory_account *account)
{
	return make_stages(p, 0, input, account);
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
		q.metas = p->metas_wanted;
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
	*out = make_stages(p, i, e, account);
	return *out ? 0 : no_memory(st);
}
