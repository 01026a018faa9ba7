/*
 * distinct: the different values of a field.
 */
#include "config.h"

#include <stdlib.h>

#include "bson/path.h"
#include "bson/validate.h"
#include "commands/args.h"
#include "commands/explain.h"
#include "commands/read_options.h"

#define ERR_DISTINCT_TOO_BIG 17217

struct distinct_args {
	struct view coll, key, query, collation;
	struct value hint;
};

#define AT(member) offsetof(struct distinct_args, member)

static const struct field distinct_fields[] = {
    {"key", FIELD_STR, FIELD_REQUIRED, AT(key), "The field, as a path."},
    {"query", FIELD_DOC, FIELD_NULL_OK, AT(query), "Which documents; absent: all."},
    {"collation", FIELD_DOC, FIELD_NULL_OK, AT(collation), "How strings compare."},
    {"hint", FIELD_ANY, 0, AT(hint), "The index to use, by name or key."},
    {NULL},
};

/* The values met so far: a hash table of copies in an arena. */
struct value_set {
	struct value *slots; /* missing: free */
	size_t n, size; /* size is a power of two */
	struct arena *arena;
	const struct collator *collator;
	bool failed;
};

struct distinct_state {
	struct collection *collection;
	struct arena arena;
	struct source source;
	struct exec_context cx;
	struct path path;
	struct value_set set;
	size_t bytes;
	struct snapshot *snap; /* readConcern snapshot; else NULL */
	bool begun;
};

static struct value *find_slot(struct value_set *set, struct value v)
{
	size_t i = value_hash(v, set->collator);

	for (;; i++) {
		struct value *slot = &set->slots[i & (set->size - 1)];

		if (value_is_missing(*slot) || value_equal(*slot, v, set->collator))
			return slot;
	}
}

static bool grow(struct value_set *set)
{
	struct value *old = set->slots;
	size_t old_size = set->size;

	set->size = old_size ? old_size * 2 : 64;
	set->slots = arena_new_array(set->arena, set->size, struct value);
	if (!set->slots)
		return false;
	for (size_t i = 0; i < old_size; i++)
		if (!value_is_missing(old[i]))
			*find_slot(set, old[i]) = old[i];
	return true;
}

/* True when it was not there yet. */
static bool add_value(struct value_set *set, struct value v)
{
	struct value *slot;

	if (set->n * 2 >= set->size && !grow(set)) {
		set->failed = true;
		return false;
	}
	slot = find_slot(set, v);
	if (!value_is_missing(*slot))
		return false;
	*slot = value_dup(set->arena, v);
	set->failed |= arena_failed(set->arena);
	set->n++;
	return true;
}

/* An array at the end of the path stands for its elements. */
static bool visit(void *arg, struct value v, bool in_array)
{
	struct distinct_state *s = arg;

	if (value_is_missing(v) || (v.type == TYPE_ARRAY && !in_array))
		return false;
	if (add_value(&s->set, v))
		s->bytes += v.len + 8;
	return s->set.failed || s->bytes > BSON_USER_SIZE_MAX;
}

static int compare_values(const void *a, const void *b, void *collator)
{
	return value_compare(*(const struct value *)a, *(const struct value *)b, collator);
}

/* In their order; the set is used up. */
static void write_values(struct value_set *set, struct builder *b)
{
	size_t n = 0;

	for (size_t i = 0; i < set->size; i++)
		if (!value_is_missing(set->slots[i]))
			set->slots[n++] = set->slots[i];
	if (n)
		qsort_r(set->slots, n, sizeof(*set->slots), compare_values,
		    (void *)(uintptr_t)set->collator);
	builder_array_begin(b, "values");
	for (size_t i = 0; i < n; i++)
		builder_value(b, NULL, set->slots[i]);
	builder_array_end(b);
}

static int begin(struct distinct_state *s, struct request *r)
{
	const struct distinct_args *a = r->args;
	struct query_spec spec = {.filter = a->query, .hint = a->hint, .allow_disk_use = true};
	struct stage_context cx;
	int err;

	arena_init(&s->arena, &r->op.memory);
	s->begun = true;
	s->cx =
	    (struct exec_context){.op = &r->op, .store = r->inst->store, .status = &r->status};
	if (r->read_concern.level == LEVEL_SNAPSHOT) {
		s->cx.snap = s->snap = snapshot_take(r->inst->store);
		if (!s->snap)
			return status_set(
			    &r->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a snapshot");
	}
	if (memchr(a->key.data, 0, a->key.len))
		return status_set(&r->status, ERR_BAD_VALUE, "the key has a NUL in it");
	if (!path_parse(&s->path, a->key, &s->arena))
		return status_set(
		    &r->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for this query");
	spec.distinct = &s->path;
	s->collection = catalog_find(store_catalog(r->inst->store), r->common.db, a->coll);
	err = read_options(
	    r, s->collection, a->collation, (struct view){0}, &s->arena, &spec, &r->status);
	if (!err)
		err = read_setting(r, r->body, r->ns, &s->arena, &spec, &r->status);
	if (!err)
		err = read_refused(&spec, &r->status);
	if (err)
		return err;
	s->set = (struct value_set){.arena = &s->arena, .collator = spec.collator};
	cx = read_context(r, &spec, s->collection, r->ns, &s->arena);
	err = source_open(&s->source, &cx, &spec, (struct view){0}, &r->op.memory, &r->status);
	note_plan(r, s->source.plan_summary);
	return err;
}

static enum step distinct_run(struct request *r)
{
	struct distinct_state *s = r->state;
	enum step step;
	struct row row;

	if (r->op.on_loop)
		return STEP_HANDOVER;
	if (!s->begun && begin(s, r))
		return STEP_ERROR;
	while ((step = exec_next(s->source.exec, &s->cx, &row)) == STEP_ROW) {
		if (!path_walk(row.doc, &s->path, true, visit, s))
			continue;
		if (s->set.failed)
			status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT,
			    "no memory for the distinct values");
		else
			status_set(
			    &r->status, ERR_DISTINCT_TOO_BIG, "distinct too big, 16mb cap");
		return STEP_ERROR;
	}
	if (step == STEP_PARK)
		exec_save(s->source.exec);
	if (step != STEP_DONE)
		return step;
	write_values(&s->set, &r->builder);
	/* To MongoDB time series are a view. */
	r->ok_is_int = s->collection && s->collection->kind != KIND_COLLECTION;
	if (s->snap)
		builder_timestamp(&r->builder, "atClusterTime", snapshot_time(s->snap));
	r->docs_examined = s->cx.docs_examined;
	r->keys_examined = s->cx.keys_examined;
	plan_done(s->source.plan, r->keys_examined + r->docs_examined);
	return STEP_DONE;
}

static int distinct_explain(struct request *r, struct explain_spec *out)
{
	const struct distinct_args *a = r->args;
	struct path *path = arena_new(&r->arena, struct path);

	if (memchr(a->key.data, 0, a->key.len))
		return status_set(&r->status, ERR_BAD_VALUE, "the key has a NUL in it");
	if (!path || !path_parse(path, a->key, &r->arena))
		return status_set(
		    &r->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for this query");
	*out = (struct explain_spec){
	    .coll = a->coll,
	    .has_setting = true,
	    .collation = a->collation,
	    .query = {.filter = a->query,
		.hint = a->hint,
		.allow_disk_use = true,
		.distinct = path},
	};
	return 0;
}

static void distinct_clear(struct request *r)
{
	struct distinct_state *s = r->state;

	if (!s->begun)
		return;
	source_clear(&s->source);
	if (s->snap)
		snapshot_release(s->snap);
	if (s->collection)
		collection_unref(s->collection);
	arena_clear(&s->arena);
}

const struct command cmd_distinct = {
    .name = "distinct",
    .flags = CMD_READ | CMD_READ_CONCERN | CMD_SNAPSHOT | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = distinct_fields,
    .args_size = sizeof(struct distinct_args),
    .state_size = sizeof(struct distinct_state),
    .help = "The different values of a field.",
    .run = distinct_run,
    .explain = distinct_explain,
    .clear = distinct_clear,
};
