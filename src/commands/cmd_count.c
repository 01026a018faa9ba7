/*
 * count: how many documents match.
 */
#include "commands/args.h"
#include "commands/explain.h"
#include "commands/read_options.h"

struct count_args {
	struct view coll, query, collation;
	struct arg_int skip;
	struct value limit, hint;
};

#define AT(member) offsetof(struct count_args, member)

static const struct field count_fields[] = {
    {"query", FIELD_DOC, FIELD_NULL_OK, AT(query), "Which documents; absent: all."},
    {"limit", FIELD_ANY, 0, AT(limit), "Counts no further than this."},
    {"skip", FIELD_INT, FIELD_NULL_OK | FIELD_NOT_NEGATIVE | FIELD_TRUNCATE, AT(skip),
	"Leaves out so many first."},
    {"hint", FIELD_ANY, 0, AT(hint), "The index to use, by name or key."},
    {"collation", FIELD_DOC, FIELD_NULL_OK, AT(collation), "How strings compare."},
    {"fields", FIELD_UNUSED, 0, 0, "Sent by old clients; without effect."},
    {NULL},
};

struct count_state {
	struct collection *collection;
	struct arena arena;
	struct source source;
	struct exec_context cx;
	bool begun, by_counter, planned;
	struct query_spec spec;
	int64_t limit, n;
};

/* Negative limits count as their absolute value; fractions are cut.  Whatever is wrong
 * with it is a BadValue, as in MongoDB. */
static int decode_limit(struct request *r, int64_t *limit)
{
	const struct count_args *a = r->args;

	if (value_is_missing(a->limit))
		return 0;
	if (!number_coerce(a->limit, limit))
		return status_set(&r->status, ERR_BAD_VALUE,
		    "count: limit must be a number, not %s", type_name(a->limit.type));
	if (*limit == INT64_MIN)
		return status_set(&r->status, ERR_BAD_VALUE, "the limit is out of range");
	*limit = *limit < 0 ? -*limit : *limit;
	return 0;
}

static int plan(struct count_state *s, struct request *r)
{
	struct stage_context cx = read_context(r, &s->spec, s->collection, r->ns, &s->arena);
	int err =
	    source_open(&s->source, &cx, &s->spec, (struct view){0}, &r->op.memory, &r->status);

	note_plan(r, s->source.plan_summary);
	s->planned = true;
	return err;
}

/* Without a filter the collection's own counter knows. */
static void ask_counter(struct count_state *s, const struct count_args *a)
{
	int64_t n;

	s->by_counter = s->collection && s->collection->kind == KIND_COLLECTION &&
			(!a->query.len || doc_is_empty(a->query)) && value_is_missing(a->hint);
	if (!s->by_counter)
		return;
	n = atomic_load(&s->collection->live->documents) - a->skip.v;
	s->n = MAX_OF(n, 0);
	if (s->limit)
		s->n = MIN_OF(s->n, s->limit);
}

static int begin(struct count_state *s, struct request *r)
{
	const struct count_args *a = r->args;
	int err = decode_limit(r, &s->limit);

	if (err)
		return err;
	s->spec = (struct query_spec){.filter = a->query,
	    .hint = a->hint,
	    .skip = a->skip.v,
	    .limit = s->limit,
	    .allow_disk_use = true,
	    .only_count = true};
	arena_init(&s->arena, &r->op.memory);
	s->begun = true;
	s->cx = (struct exec_context){
	    .op = &r->op, .store = r->inst->store, .status = &r->status};
	s->collection = catalog_find(store_catalog(r->inst->store), r->common.db, a->coll);
	err = read_options(
	    r, s->collection, a->collation, (struct view){0}, &s->arena, &s->spec, &r->status);
	if (!err)
		ask_counter(s, a);
	return err;
}

static enum step count_run(struct request *r)
{
	struct count_state *s = r->state;
	enum step step = STEP_DONE;
	struct row row;

	if (!s->begun && begin(s, r))
		return STEP_ERROR;
	if (!s->by_counter) {
		if (r->op.on_loop)
			return STEP_HANDOVER;
		if (!s->planned && plan(s, r))
			return STEP_ERROR;
		while ((step = exec_next(s->source.exec, &s->cx, &row)) == STEP_ROW)
			s->n++;
		if (step == STEP_PARK)
			exec_save(s->source.exec);
	}
	if (step != STEP_DONE)
		return step;
	r->docs_examined = s->cx.docs_examined;
	r->keys_examined = s->cx.keys_examined;
	plan_done(s->source.plan, r->keys_examined + r->docs_examined);
	builder_int(&r->builder, "n", s->n);
	return STEP_DONE;
}

static int count_explain(struct request *r, struct explain_spec *out)
{
	const struct count_args *a = r->args;

	*out = (struct explain_spec){
	    .kind = EXPLAINED_COUNT,
	    .coll = a->coll,
	    .collation = a->collation,
	    .query = {.filter = a->query,
		.hint = a->hint,
		.skip = a->skip.v,
		.allow_disk_use = true,
		.only_count = true},
	};
	return decode_limit(r, &out->query.limit);
}

static void count_clear(struct request *r)
{
	struct count_state *s = r->state;

	if (!s->begun)
		return;
	source_clear(&s->source);
	if (s->collection)
		collection_unref(s->collection);
	arena_clear(&s->arena);
}

const struct command cmd_count = {
    .name = "count",
    .flags = CMD_READ | CMD_LOOP | CMD_READ_CONCERN | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = count_fields,
    .args_size = sizeof(struct count_args),
    .state_size = sizeof(struct count_state),
    .help = "How many documents match a filter.",
    .run = count_run,
    .explain = count_explain,
    .clear = count_clear,
};
