/*
 * query/exec_ixscan.c - the entries of an index within bounds: those of ranges, of these the
 * ones that the check of further fields lets through, and of these the ones that meet what the
 * filter says of keys.
 */
#include "index/entry.h"
#include "index/key_document.h"
#include "index/wildcard.h"
#include "query/keyset.h"
#include "query/explain.h"
#include "query/walk.h"
#include "storage/store.h"

struct ixscan {
	struct exec exec;
	struct walk walk;
	struct filtering filtering; /* of what is asked of keys */
	struct key_document document;
	struct buf target;
	const struct candidate *scan;
	struct index *index;
	const struct index *shape; /* the plan's, if it is not the index itself */
	bool counts; /* nobody wants more than how many there are */
	bool counted; /* among the index's accesses */
	uint64_t multikey, multikey_mask; /* what the plan relies on, of these bits */
	bool for_arrays; /* it still holds when there are more of them */
	bool dedup;
	struct keyset seen; /* with dedup */
	int64_t dropped;
};

/* What the keys are like. */
static const struct index *shape_of(const struct ixscan *s)
{
	return s->shape ? s->shape : s->index;
}

/*
 * The index may have met its first array since the plan was made.  Then
 * documents may come more than once from here on, and the plan's order or
 * bounds may not hold any more.
 */
static int check_multikey(struct ixscan *s, struct status *st)
{
	uint64_t now = atomic_load(&s->index->multikey) & s->multikey_mask;

	if (now == s->multikey)
		return 0;
	if (!s->for_arrays)
		return status_set(st, ERR_QUERY_PLAN_KILLED,
		    "the plan cannot go on: the index %s has become multikey", s->index->name);
	s->multikey = now;
	s->dedup = !s->scan->distinct && !s->scan->text;
	return 0;
}

static struct index *find_index(const struct collection *c, uint32_t id)
{
	for (int i = 0; i < c->n_indexes; i++)
		if (c->indexes[i]->id == id)
			return c->indexes[i];
	return NULL;
}

static int killed(const struct ixscan *s, struct status *st)
{
	return status_set(st, ERR_QUERY_PLAN_KILLED,
	    "the plan cannot go on: the index %s has been dropped", s->index->name);
}

/*
 * An iterator over an index that has been dropped finds nothing, and that must
 * not look like the end.  DDL raises the version before it commits and tells the
 * catalog afterwards: in between nobody knows, and HANDOVER asks to come again.
 */
static enum step check_index(struct ixscan *s, struct exec_context *cx)
{
	const struct collection *c = s->walk.collection;
	struct collection *now;
	enum step step = STEP_DONE;

	if (collection_is_current(c))
		return STEP_DONE;
	now = catalog_find_table(store_catalog(cx->store), c->table_id);
	if (now && !collection_is_current(now))
		step = STEP_HANDOVER;
	else if (!now || !find_index(now, s->index->id))
		step = STEP_ERROR;
	if (step == STEP_ERROR)
		killed(s, cx->status);
	if (now)
		collection_unref(now);
	return step;
}

/* walk_next; around a new iterator a look at what the plan relies on. */
static enum step walk_on(struct ixscan *s, struct exec_context *cx)
{
	bool opens = !s->walk.it;
	enum step step = opens ? check_index(s, cx) : STEP_DONE;

	if (step != STEP_DONE)
		return step;
	step = walk_next(&s->walk, cx);
	if (!opens || (step != STEP_ROW && step != STEP_DONE))
		return step;
	if (!s->counted)
		atomic_fetch_add_explicit(&s->index->accesses, 1, memory_order_relaxed);
	s->counted = true;
	switch (check_index(s, cx)) {
	case STEP_DONE:
		break;
	case STEP_HANDOVER: /* too late for that: an entry has been taken */
		killed(s, cx->status);
		return STEP_ERROR;
	default:
		return STEP_ERROR;
	}
	/* The bits are set before the first array is committed: what this
	 * iterator sees, they tell. */
	return check_multikey(s, cx->status) ? STEP_ERROR : step;
}

/* DONE: it is out, and the walk knows where to go on; ROW: it is within. */
static enum step check_bounds(struct ixscan *s)
{
	const struct key_check *check = s->scan->bounds.check;

	if (!check ||
	    key_check_test(check, shape_of(s), walk_key(&s->walk), s->walk.reverse, &s->target))
		return STEP_ROW;
	walk_skip(&s->walk, buf_view(&s->target));
	return STEP_DONE;
}

/* ROW: it is one that the filter likes; DONE: it is not; ERROR. */
static enum step ask_key(
    struct ixscan *s, const struct index_entry *entry, struct exec_context *cx)
{
	struct view doc;

	if (!s->filtering.filter)
		return STEP_ROW;
	if (key_document_make(
		&s->document, shape_of(s), &entry->key, UINT32_MAX, &doc, cx->status))
		return STEP_ERROR;
	return filtering_test(&s->filtering, doc, cx);
}

/* ROW: a document that has not come before; DONE: it has. */
static enum step ask_seen(
    struct ixscan *s, const struct index_entry *entry, struct exec_context *cx)
{
	bool is_new = true;

	if (s->dedup && keyset_add(&s->seen, entry->record_key, &is_new, cx->status))
		return STEP_ERROR;
	s->dropped += !is_new;
	return is_new ? STEP_ROW : STEP_DONE;
}

/* The entry that the walk stands on: ROW, DONE where it is none to be given, ERROR. */
static enum step take_entry(
    struct ixscan *s, struct index_entry *entry, struct exec_context *cx)
{
	enum step step = check_bounds(s);

	if (step != STEP_ROW)
		return step;
	if (index_entry_split(s->index, s->walk.collection->record_key, walk_key(&s->walk),
		walk_value(&s->walk), entry, cx->status))
		return STEP_ERROR;
	step = ask_key(s, entry, cx);
	return step == STEP_ROW ? ask_seen(s, entry, cx) : step;
}

static enum step ixscan_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct ixscan *s = (struct ixscan *)e;
	struct index_entry entry;
	enum step step;

	if (e->done)
		return STEP_DONE;
	do {
		step = filtering_look(&s->filtering, cx);
		if (step == STEP_DONE)
			step = walk_on(s, cx);
		e->done = step == STEP_DONE;
		if (step != STEP_ROW)
			return step;
		e->works++;
		cx->keys_examined++;
		step = take_entry(s, &entry, cx);
	} while (step == STEP_DONE);
	if (step != STEP_ROW)
		return step;
	e->advanced++;
	*out = (struct row){
	    .record_key = entry.record_key,
	    .array_index = -1,
	    .index = shape_of(s),
	    .index_key = entry.key.key,
	    .type_bits = entry.key.type_bits,
	};
	return STEP_ROW;
}

void exec_ixscan_skip(struct exec *child, struct view target)
{
	walk_skip(&((struct ixscan *)child)->walk, target);
}

static void ixscan_save(struct exec *e)
{
	walk_save(&((struct ixscan *)e)->walk);
}

static int ixscan_restore(struct exec *e, struct collection *c, struct status *st)
{
	struct ixscan *s = (struct ixscan *)e;
	struct index *ix;

	if (exec_follow(s->walk.collection, c, st))
		return st->code;
	ix = find_index(c, s->index->id);
	if (!ix)
		return killed(s, st);
	s->index = ix;
	walk_restore(&s->walk, c, ix);
	return 0;
}

static void ixscan_close(struct exec *e)
{
	struct ixscan *s = (struct ixscan *)e;

	walk_clear(&s->walk);
	keyset_clear(&s->seen);
	filtering_clear(&s->filtering);
	key_document_clear(&s->document);
	buf_clear(&s->target);
}

/* One range of keys that are only counted. */
static bool is_count_scan(const struct ixscan *s)
{
	const struct index_bounds *b = &s->scan->bounds;

	return s->counts && s->walk.n == 1 && !b->check && !b->on_keys &&
	       (b->n_bounded || !b->ranges);
}

static void ixscan_explain(const struct exec *e, struct explain_output *x)
{
	const struct ixscan *s = (const struct ixscan *)e;

	if (is_count_scan(s)) {
		explain_node(x, e, "COUNT_SCAN", NULL);
		explain_count_scan(x, shape_of(s), s->multikey, &s->scan->bounds);
		explain_keys(x, e->works);
		return;
	}
	explain_node(
	    x, e, s->scan->distinct ? "DISTINCT_SCAN" : e->ops->name, s->filtering.filter);
	explain_index(x, shape_of(s), s->multikey, &s->scan->bounds, s->walk.reverse);
	explain_keys(x, e->works);
	if (!x->stats || s->scan->distinct)
		return;
	builder_int(x->b, "seeks", MAX_OF(s->walk.seeks, 1));
	builder_int(x->b, "dupsTested", s->dedup ? e->advanced + s->dropped : 0);
	builder_int(x->b, "dupsDropped", s->dropped);
}

static const struct exec_ops ixscan_ops = {
    .name = "IXSCAN",
    .next = ixscan_next,
    .save = ixscan_save,
    .restore = ixscan_restore,
    .close = ixscan_close,
    .explain = ixscan_explain,
};

struct view exec_ixscan_position(const struct exec *e)
{
	return walk_key(&((const struct ixscan *)e)->walk);
}

void exec_ixscan_rewind(struct exec *e, struct view position)
{
	e->done = false;
	walk_rewind(&((struct ixscan *)e)->walk, position);
}

struct exec *exec_ixscan_new(const struct plan *p, const struct candidate *scan,
    struct arena *a, struct memory_account *account)
{
	const struct index_bounds *bounds = &scan->bounds;
	bool bounded = bounds->ranges != NULL;
	struct ixscan *s = arena_new(a, struct ixscan);

	if (!s)
		return NULL;
	s->exec.ops = &ixscan_ops;
	s->scan = scan;
	s->counts = p->query->spec.only_count && scan->keys_only;
	s->index = scan->entries;
	if (scan->index != scan->entries)
		s->shape = scan->index;
	s->multikey = scan->multikey;
	s->multikey_mask = scan->index->kind == INDEX_WILDCARD
			       ? wildcard_arrays_mask(scan->index)
			       : UINT64_MAX;
	s->for_arrays = bounds->for_arrays && !scan->sorted;
	s->dedup = (scan->multikey != 0 || bounds->several_paths) && !scan->distinct &&
		   !scan->text;
	walk_init(&s->walk, p->collection, s->index,
	    bounded ? bounds->ranges : &walk_everything, bounded ? bounds->n : 1, scan->reverse,
	    account);
	keyset_init(&s->seen, account);
	filtering_init(&s->filtering, bounds->on_keys, p->query, account);
	key_document_init(&s->document, account);
	buf_init(&s->target, account);
	return &s->exec;
}
