#include "query/modify.h"

#include "expr/collation.h"
#include "query/restriction.h"
#include "query/series_update.h"

enum { PARSE, BEGIN, PLAN, NEXT, CHANGE, UPSERT_BEGIN, UPSERT_INSERT, FINISHED };

/* An upsert that meets another one's document looks again, so often. */
#define UPSERT_ATTEMPTS 10

void modify_init(
    struct modify *m, const struct modify_spec *spec, struct writer *w, struct arena *a)
{
	*m = (struct modify){.spec = spec, .writer = w, .arena = a, .memory = &w->op->memory};
	m->cx = (struct exec_context){.op = w->op, .store = w->store};
	arena_init(&m->row, m->memory);
	buf_init(&m->key, m->memory);
	buf_init(&m->spooled, m->memory);
}

static void close_exec(struct modify *m)
{
	if (m->exec)
		exec_close(m->exec);
	m->exec = NULL;
}

void modify_clear(struct modify *m)
{
	close_exec(m);
	arena_clear(&m->row);
	buf_clear(&m->key);
	buf_clear(&m->spooled);
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for this statement");
}

/* {_id: value}: there is nothing to sort, and no sort is looked at, as in MongoDB. */
static bool is_by_id(struct view filter)
{
	struct doc_iter it;
	struct element e, more, op;

	if (!filter.len)
		return false;
	it = doc_iter(filter);
	if (!doc_next(&it, &e) || strcmp(e.name, "_id") != 0 || doc_next(&it, &more))
		return false;
	if (e.value.type == TYPE_OBJECT) {
		it = doc_iter(value_doc(e.value));
		return !doc_next(&it, &op) || op.name[0] != '$';
	}
	return e.value.type != TYPE_REGEX && e.value.type != TYPE_ARRAY;
}

static int parse(struct modify *m, const struct collator *collator, struct status *st)
{
	const struct modify_spec *spec = m->spec;
	struct update_options o = {
	    .collator = collator,
	    .let = spec->query.let,
	    .array_filters = spec->array_filters,
	    .constants = spec->constants,
	};
	struct query_spec q = spec->query;
	int err;

	q.collator = collator;
	q.want_record_key = true;
	if (q.sort.len && is_by_id(q.filter))
		q.sort = view_of(NULL, 0);
	err = query_parse(&q, m->arena, &m->query, st);
	if (!err && !spec->remove)
		err = update_parse(spec->update, &o, m->arena, &m->update, st);
	if (err)
		return err;
	if (spec->multi && m->update && update_is_replacement(m->update))
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "a multi update takes update operators, not a replacement document");
	return 0;
}

/* A statement that says no collation has that of the collection, which is known now. */
static int take_collation(struct modify *m, const struct collection *c, struct status *st)
{
	const struct collator *collator = c ? c->collator : NULL;

	if (m->spec->query.own_collation || collation_equal(collator, m->query->spec.collator))
		return 0;
	if (!collation_share(collator, m->arena))
		return no_memory(st);
	return parse(m, collator, st);
}

/* What can be said only once the collection is known. */
static int take_collection(struct modify *m, const struct collection *c, struct status *st)
{
	if (c && c->kind == KIND_TIMESERIES && !m->spec->remove &&
	    series_update_check(c, m->spec, st))
		return st->code;
	return take_collation(m, c, st);
}

int modify_parse(struct modify *m, const struct collection *c, struct status *st)
{
	int err = parse(m, m->spec->query.collator, st);

	return err ? err : take_collection(m, c, st);
}

/* These may take as long as they like. */
static bool has_expressions(const struct modify *m)
{
	return filter_needs_row(m->query->filter) ||
	       (m->update && update_is_pipeline(m->update));
}

static int plan(struct modify *m, struct status *st)
{
	struct collection *c = m->writer->collection;
	struct plan *p;
	int err;

	close_exec(m);
	err = take_collection(m, c, st);
	if (err)
		return err;
	m->query->spec.on_loop = m->writer->op->on_loop;
	err = query_restrict(m->query, c, m->arena, st);
	if (!err)
		err = query_plan(m->writer->store, m->query, c, m->arena, &p, st);
	if (err)
		return err;
	m->plan = p;
	m->plan_summary = plan_summary(p);
	if (m->writer->op->on_loop && has_expressions(m))
		return ERR_WOULD_BLOCK;
	m->looked = false;
	buf_reset(&m->key);
	m->point = plan_record_key(p, &m->key);
	if (m->point)
		return m->key.failed ? no_memory(st) : 0;
	m->exec = plan_exec(p, m->arena, m->memory);
	if (!m->exec)
		return no_memory(st);
	m->version = c ? c->version : 0;
	m->spool = m->spec->multi && !m->spec->remove && plan_reads_index(p);
	if (m->writer->op->on_loop && !plan_is_point(p))
		return ERR_WOULD_BLOCK;
	return 0;
}

/* DDL may have put a new version in place while we were parked. */
static int follow_version(struct modify *m, struct status *st)
{
	struct collection *c = m->writer->collection;
	int err;

	if (!m->exec || !c || c->version == m->version)
		return 0;
	exec_save(m->exec);
	err = exec_restore(m->exec, c, st);
	if (!err)
		m->version = c->version;
	return err;
}

/* Under the record's lock; may be called again for the same document when the
 * writer has to start over. */
static int decide(void *arg, struct view current, struct change_result *out, struct status *st)
{
	struct modify *m = arg;
	struct match_state ms = {.row = &m->row,
	    .variables = m->spec->query.let,
	    .array_index = -1,
	    .status = st};
	struct update_result updated;
	int err;

	arena_reset(&m->row);
	m->hit = m->changed = false;
	m->one = (struct modify_result){0};
	out->what = CHANGE_NONE;
	if (!filter_matches(m->query->filter, current, &ms)) {
		if (ms.error)
			return ms.error;
		return arena_failed(&m->row) ? no_memory(st) : 0;
	}
	m->hit = true;
	if (m->spec->want_before)
		m->one.before = arena_dup(&m->row, current);
	if (m->spec->remove) {
		m->changed = true;
		out->what = CHANGE_DELETE;
		return arena_failed(&m->row) ? no_memory(st) : 0;
	}
	err = update_apply(m->update, current, ms.array_index, &m->row, &updated, st);
	if (err)
		return err;
	if (m->spec->want_after)
		m->one.after = arena_dup(&m->row, updated.doc);
	if (arena_failed(&m->row))
		return no_memory(st);
	if (!updated.changed)
		return 0;
	m->changed = true;
	out->what = CHANGE_TO;
	out->doc = updated.doc;
	out->delta = updated.delta;
	return 0;
}

static int count_change(struct modify *m, bool found, struct status *st)
{
	if (!found || !m->hit)
		return 0;
	m->result.matched++;
	m->result.modified += m->changed;
	if (m->one.before.len)
		m->result.before = arena_dup(m->arena, m->one.before);
	if (m->one.after.len)
		m->result.after = arena_dup(m->arena, m->one.after);
	return arena_failed(m->arena) ? no_memory(st) : 0;
}

/* Collects length-prefixed record keys until the scan ends. */
static enum step spool_all(struct modify *m)
{
	struct row row;
	enum step step;

	while ((step = exec_next(m->exec, &m->cx, &row)) == STEP_ROW) {
		buf_append_i32(&m->spooled, (int32_t)row.record_key.len);
		buf_append_view(&m->spooled, row.record_key);
		if (m->spooled.failed) {
			no_memory(m->cx.status);
			return STEP_ERROR;
		}
	}
	if (step == STEP_DONE)
		close_exec(m);
	return step;
}

static bool next_spooled(struct modify *m)
{
	size_t len;

	if (m->spooled_at >= m->spooled.len)
		return false;
	len = (size_t)read_i32(m->spooled.data + m->spooled_at);
	buf_reset(&m->key);
	buf_append(&m->key, m->spooled.data + m->spooled_at + 4, len);
	m->spooled_at += 4 + len;
	return true;
}

/* ROW with the next record key in m->key, or as exec_next. */
static enum step next_key(struct modify *m)
{
	struct row row;
	enum step step;

	if (m->point) {
		step = m->looked ? STEP_DONE : STEP_ROW;
		m->looked = true;
		return step;
	}
	if (m->spool) {
		if (m->exec && (step = spool_all(m)) != STEP_DONE)
			return step;
		return next_spooled(m) ? STEP_ROW : STEP_DONE;
	}
	step = exec_next(m->exec, &m->cx, &row);
	if (step == STEP_ROW) {
		buf_reset(&m->key);
		buf_append_view(&m->key, row.record_key);
	}
	return step;
}

/* Another upsert may have been faster: looking again finds its document.  When
 * the filter does not reach the one that is in the way, the same key is met again
 * and the attempts end. */
static bool upsert_may_retry(struct modify *m, const struct writer_doc *failed)
{
	return failed->code == ERR_DUPLICATE_KEY && ++m->attempts < UPSERT_ATTEMPTS;
}

static int upsert_begin(struct modify *m, struct status *st)
{
	struct view doc = m->spec->supplied;
	int err = 0;

	if (!doc.len)
		err = update_upsert(m->update, m->query->filter, m->arena, &doc, st);
	if (!err)
		err = writer_fix_document(doc, m->arena, &m->upsert_doc, st);
	m->insert = (struct writer_doc){.doc = m->upsert_doc};
	return err;
}

/* ROW: look again; ERROR with the failure's words, which are ours to free. */
static enum step upsert_failed(struct modify *m, struct status *st)
{
	bool again = upsert_may_retry(m, &m->insert);

	/* What is changed instead has not been put in: the retry row must not say so. */
	m->upsert_doc = view_of(NULL, 0);
	if (again)
		m->phase = PLAN;
	else if (m->insert.failure)
		status_copy(st, m->insert.failure);
	else
		status_set(st, m->insert.code, "the document could not be inserted");
	if (m->insert.failure)
		status_clear(m->insert.failure);
	return again ? STEP_ROW : STEP_ERROR;
}

static enum step upsert_insert(struct modify *m, struct status *st)
{
	int done = 0;
	enum step step = writer_insert(m->writer, &m->insert, 1, true, &done, st);

	if (step != STEP_DONE)
		return step;
	if (m->insert.code)
		return upsert_failed(m, st);
	m->result.upserted = true;
	m->result.upserted_id = doc_get(m->upsert_doc, "_id");
	if (m->spec->want_after)
		m->result.after = m->upsert_doc;
	m->phase = FINISHED;
	return STEP_ROW;
}

/* One move of the machine: ROW means go on with m->phase. */
static enum step advance(struct modify *m, struct status *st)
{
	struct writer *w = m->writer;
	enum step step;
	bool found;
	int err;

	switch (m->phase) {
	case PARSE:
		if (parse(m, m->spec->query.collator, st))
			return STEP_ERROR;
		m->phase = BEGIN;
		return STEP_ROW;
	case BEGIN:
		step = writer_begin(w, m->spec->db, m->spec->name, false, st);
		if (step != STEP_DONE)
			return step;
		m->phase = PLAN;
		return STEP_ROW;
	case PLAN:
		err = plan(m, st);
		if (err)
			return err == ERR_WOULD_BLOCK ? STEP_HANDOVER : STEP_ERROR;
		m->phase = NEXT;
		return STEP_ROW;
	case NEXT:
		step = next_key(m);
		if (step == STEP_ROW)
			m->phase = CHANGE;
		else if (step == STEP_DONE)
			m->phase =
			    m->spec->upsert && !m->result.matched ? UPSERT_BEGIN : FINISHED;
		else
			return step;
		return STEP_ROW;
	case CHANGE:
		step = writer_change(w, buf_view(&m->key), decide, m, &found, st);
		if (step != STEP_DONE)
			return step;
		m->cx.docs_examined += m->point && found;
		if (count_change(m, found, st) || follow_version(m, st))
			return STEP_ERROR;
		m->phase = !m->spec->multi && found && m->hit ? FINISHED : NEXT;
		return STEP_ROW;
	case UPSERT_BEGIN:
		step = writer_begin(w, m->spec->db, m->spec->name, true, st);
		if (step != STEP_DONE)
			return step;
		if (upsert_begin(m, st))
			return STEP_ERROR;
		m->phase = UPSERT_INSERT;
		return STEP_ROW;
	case UPSERT_INSERT:
		return upsert_insert(m, st);
	default:
		return STEP_DONE;
	}
}

enum step modify_run(struct modify *m, struct status *st)
{
	enum step step;

	m->cx.status = st;
	do {
		step = advance(m, st);
	} while (step == STEP_ROW);
	if (m->exec && step == STEP_PARK)
		exec_save(m->exec);
	if (step == STEP_DONE)
		plan_done(m->plan, m->cx.keys_examined + m->cx.docs_examined);
	if (step == STEP_DONE || step == STEP_ERROR)
		close_exec(m);
	return step;
}
