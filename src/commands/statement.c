#include "commands/statement.h"

#include "commands/read_options.h"

/* $merge's way: the document to put in comes with the constants, as new. */
static int take_supplied(
    const struct update_parts *p, struct modify_spec *spec, struct status *st)
{
	struct value doc = value_missing;

	if (!p->upsert_supplied)
		return 0;
	if (p->constants.len)
		doc = doc_get(p->constants, "new");
	if (!p->upsert || p->mods.type != TYPE_ARRAY || doc.type != TYPE_OBJECT)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "upsertSupplied needs upsert: true, a pipeline, and a document as the "
		    "constant 'new'");
	spec->supplied = value_doc(doc);
	return 0;
}

int update_spec(struct request *r, const struct update_parts *p, struct arena *a,
    struct modify_spec *spec, struct status *st)
{
	int err;

	if (p->mods.type != TYPE_OBJECT && p->mods.type != TYPE_ARRAY)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "an update is a document or an array of stages, not %s",
		    type_name(p->mods.type));
	if (p->constants.data && p->mods.type != TYPE_ARRAY)
		return status_set(st, 51198, "constants are for updates by a pipeline only");
	if (p->multi && p->sort.data)
		return status_set(
		    st, ERR_FAILED_TO_PARSE, "sort goes not together with multi");
	spec->query.filter = p->filter;
	spec->query.hint = p->hint;
	spec->query.sort = p->sort;
	spec->update = p->mods;
	spec->array_filters = p->array_filters;
	spec->constants = p->constants;
	spec->multi = p->multi;
	spec->upsert = p->upsert;
	err = take_supplied(p, spec, st);
	return err ? err
		   : read_options(r, NULL, p->collation, p->let, a, &spec->query, st);
}

int statement_upserted(struct view doc, struct arena *a, struct view *out, struct status *st)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_value(&b, "upserted", doc_get(doc, "_id"));
	builder_finish(&b);
	*out = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(a, buf_view(&buf));
	buf_clear(&buf);
	return out->data ? 0
			 : status_set(st, ERR_EXCEEDED_MEMORY_LIMIT,
			       "no memory for the statement's result");
}

int statement_retry_modify(const struct modify *m, enum retry_kind kind, struct arena *a,
    struct retry_result *out, struct status *st)
{
	*out = (struct retry_result){.kind = kind, .n = 1, .n_modified = m->changed};
	if (!m->upsert_doc.len)
		return 0;
	out->n_modified = 0;
	return statement_upserted(m->upsert_doc, a, &out->extra, st);
}

static int modify_retry_result(
    struct statement_retry *retry, struct retry_result *out, struct status *st)
{
	struct statements *s = retry->arg;

	return statement_retry_modify(&s->modify, s->kind, &s->request->arena, out, st);
}

int statements_init(struct statements *s, struct request *r, struct view coll,
    const struct arg_docs *docs, bool ordered, const int32_t *stmt_ids, enum retry_kind kind,
    int (*decode)(struct request *, struct view, struct modify_spec *, struct arena *,
	struct status *))
{
	s->request = r;
	s->docs = docs_iter(docs);
	s->ordered = ordered;
	s->decode = decode;
	s->kind = kind;
	s->i = -1;
	s->spec.name = coll;
	writer_init(&s->writer, r->inst->store, &r->op);
	write_errors_init(&s->errors, &r->op.memory);
	buf_init(&s->upserted, &r->op.memory);
	arena_init(&s->arena, &r->op.memory);
	statement_retry_init(&s->retry, r, stmt_ids, modify_retry_result, s);
	s->writer.retry = statement_retry_hook(&s->retry);
	s->initialised = true;
	return 0;
}

static void note_upserted(struct statements *s, struct value id)
{
	struct builder b;

	builder_init(&b, &s->upserted);
	builder_i32(&b, "index", s->i);
	builder_value(&b, "_id", id);
	builder_finish(&b);
}

static void count_result(struct statements *s)
{
	const struct modify_result *m = &s->modify.result;

	s->n += s->kind == RETRY_DELETE ? m->modified : m->matched;
	s->n_modified += m->modified;
	if (m->upserted) {
		s->n++;
		note_upserted(s, m->upserted_id);
	}
}

static void count_stored(struct statements *s, const struct retry_result *done)
{
	s->n += done->n;
	s->n_modified += done->n_modified;
	if (done->extra.len) {
		struct value id = doc_get(done->extra, "upserted");

		if (!value_is_missing(id))
			note_upserted(s, id);
	}
}

static int begin_statement(struct statements *s, struct view doc, struct status *st)
{
	struct request *r = s->request;
	struct view coll = s->spec.name;
	int err;

	s->spec = (struct modify_spec){.db = r->common.db, .name = coll};
	arena_reset(&s->arena);
	err = s->decode(r, doc, &s->spec, &s->arena, st);
	if (!err && s->retry.session && s->spec.multi)
		err = status_set(st, ERR_INVALID_OPTIONS,
		    "a statement with multi (limit 0) is not retryable");
	if (err)
		return err;
	s->retry.statement = s->i;
	modify_init(&s->modify, &s->spec, &s->writer, &s->arena);
	s->running = true;
	return 0;
}

/* The plan goes with its statement; few statements have another than the one before. */
static void note_other_plan(struct request *r, const char *summary)
{
	if (summary && (!r->plan_summary || strcmp(r->plan_summary, summary) != 0))
		r->plan_summary = arena_strdup(&r->arena, summary);
}

static void end_statement(struct statements *s)
{
	struct request *r = s->request;

	r->docs_examined += s->modify.cx.docs_examined;
	r->keys_examined += s->modify.cx.keys_examined;
	note_other_plan(r, s->modify.plan_summary);
	if (s->writer.last_sequence) {
		r->last_commit = s->writer.last_sequence;
		r->last_cluster_time = s->writer.last_cluster_time;
	}
	modify_clear(&s->modify);
	s->running = false;
}

/* ROW: the next statement; DONE: that was the last to be tried. */
static enum step failed(struct statements *s, struct status *st)
{
	if (write_error_ends_command(st->code))
		return STEP_ERROR;
	write_errors_add(&s->errors, s->i, st);
	status_clear(st);
	return s->ordered ? STEP_DONE : STEP_ROW;
}

static enum step run_one(struct statements *s)
{
	struct status *st = &s->request->status;
	enum step step = modify_run(&s->modify, st);

	if (step == STEP_HANDOVER || step == STEP_PARK)
		return step;
	/* What was changed before a failure stays changed, and counts. */
	count_result(s);
	end_statement(s);
	return step == STEP_ERROR ? failed(s, st) : STEP_ROW;
}

enum step statements_run(struct statements *s)
{
	struct status *st = &s->request->status;
	enum step step = STEP_ROW;
	struct view doc;

	for (;;) {
		struct retry_result done;

		if (s->running)
			step = run_one(s);
		if (step != STEP_ROW)
			return step;
		if (!docs_next(&s->docs, &doc))
			return STEP_DONE;
		s->i++;
		if (statement_retry_find(&s->retry, s->i, &done))
			count_stored(s, &done);
		else if (begin_statement(s, doc, st))
			step = failed(s, st);
		if (step != STEP_ROW)
			return step;
	}
}

void statements_clear(struct statements *s)
{
	if (!s->initialised)
		return;
	if (s->running)
		modify_clear(&s->modify);
	writer_clear(&s->writer);
	write_errors_clear(&s->errors);
	buf_clear(&s->upserted);
	arena_clear(&s->arena);
}
