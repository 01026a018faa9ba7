/*
 * findAndModify: changes or removes one document and returns it.
 */
#include "commands/args.h"
#include "commands/explain.h"
#include "commands/read_options.h"
#include "commands/statement_retry.h"
#include "query/modify.h"

#define ERR_RETRY_OF_ANOTHER_COMMAND 40606

struct find_and_modify_args {
	struct view coll, query, sort, fields, collation, array_filters, let;
	struct arg_bool remove, new_doc, upsert, bypass_validation;
	struct value update, hint;
	struct arg_int stmt_id;
};

#define AT(member) offsetof(struct find_and_modify_args, member)

static const struct field find_and_modify_fields[] = {
    {"query", FIELD_DOC, FIELD_NULL_OK, AT(query), "Which document."},
    {"sort", FIELD_DOC, FIELD_NULL_OK, AT(sort), "Which of several is the first."},
    {"remove", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(remove), "Removes it."},
    {"update", FIELD_ANY, FIELD_NULL_OK, AT(update),
	"Operators, a replacement, or a pipeline."},
    {"new", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(new_doc), "Returns it as it is afterwards."},
    {"fields", FIELD_DOC, FIELD_NULL_OK, AT(fields), "Which fields to return."},
    {"upsert", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(upsert), "Puts one in where none matches."},
    {"bypassDocumentValidation", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(bypass_validation),
	"The collection's validator is not asked."},
    {"collation", FIELD_DOC, FIELD_NULL_OK, AT(collation), "How strings compare."},
    {"arrayFilters", FIELD_ARRAY, FIELD_NULL_OK, AT(array_filters), "For $[name]."},
    {"hint", FIELD_ANY, 0, AT(hint), "The index to use, by name or key."},
    {"let", FIELD_DOC, FIELD_NULL_OK, AT(let), "Variables for $expr and pipelines."},
    {"stmtId", FIELD_INT, FIELD_NULL_OK, AT(stmt_id), "Number of the statement."},
    {NULL},
};

struct find_and_modify_state {
	bool begun, stored;
	struct retry_result stored_result;
	struct modify_spec spec;
	struct modify modify;
	struct writer writer;
	struct statement_retry retry;
	struct projection *projection; /* NULL: everything */
};

static int check_args(const struct find_and_modify_args *a, struct status *st)
{
	const char *why = NULL;

	if (a->remove.v && !value_is_missing(a->update))
		why = "findAndModify takes an update or remove, not both";
	else if (!a->remove.v && value_is_missing(a->update))
		why = "findAndModify needs an update or remove: true";
	else if (a->remove.v && a->upsert.v)
		why = "upsert goes not together with remove";
	else if (a->remove.v && a->new_doc.v)
		why = "new goes not together with remove, which returns the removed document";
	else if (a->remove.v && a->array_filters.data)
		why = "arrayFilters go not together with remove";
	if (why)
		return status_set(st, ERR_FAILED_TO_PARSE, "%s", why);
	if (!a->remove.v && a->update.type != TYPE_OBJECT && a->update.type != TYPE_ARRAY)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "an update is a document or an array of stages, not %s",
		    type_name(a->update.type));
	return 0;
}

/* {lastErrorObject: {...}, value: ...} as elements of b; for the reply, and for the
 * retry row. */
static int append_result(struct find_and_modify_state *s, const struct request *r,
    const struct modify_result *m, struct builder *b, struct status *st)
{
	const struct find_and_modify_args *a = r->args;
	struct view doc = a->new_doc.v ? m->after : m->before;

	builder_doc_begin(b, "lastErrorObject");
	builder_i32(b, "n", m->upserted || m->matched ? 1 : 0);
	if (!a->remove.v)
		builder_bool(b, "updatedExisting", m->matched > 0);
	if (m->upserted)
		builder_value(b, "upserted", m->upserted_id);
	builder_doc_end(b);
	if (!doc.len) {
		builder_null(b, "value");
	} else if (!s->projection) {
		builder_doc(b, "value", doc);
	} else {
		struct match_state ms = {
		    .row = &s->modify.row, .variables = s->spec.query.let, .array_index = -1};
		int err;

		builder_doc_begin(b, "value");
		err = projection_apply(s->projection, doc, &ms, b, st);
		builder_doc_end(b);
		return err;
	}
	return 0;
}

/* The result goes into the retry row of the same commit. */
static int retry_row(struct statement_retry *retry, struct retry_result *out, struct status *st)
{
	struct find_and_modify_state *s = retry->arg;
	struct request *r = container_of(s->writer.op, struct request, op);
	struct modify_result m = s->modify.one;
	struct builder b;
	struct buf buf;
	int err;

	m.matched = s->modify.hit;
	if (s->modify.upsert_doc.len) {
		m.matched = 0;
		m.upserted = true;
		m.upserted_id = doc_get(s->modify.upsert_doc, "_id");
		m.after = s->modify.upsert_doc;
	}
	buf_init(&buf, &r->op.memory);
	builder_init(&b, &buf);
	err = append_result(s, r, &m, &b, st);
	builder_finish(&b);
	*out = (struct retry_result){
	    .kind = RETRY_FIND_AND_MODIFY, .n = 1, .n_modified = s->modify.changed};
	if (!err) {
		out->extra = arena_dup(&r->arena, buf_view(&buf));
		if (builder_failed(&b) || !out->extra.data)
			err = status_set(
			    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the result");
	}
	buf_clear(&buf);
	return err;
}

static int parse_fields(struct find_and_modify_state *s, struct request *r)
{
	const struct find_and_modify_args *a = r->args;
	struct filter_options o = {
	    .collator = s->spec.query.collator, .let = s->spec.query.let};
	int err = 0;

	if (!a->fields.len || doc_is_empty(a->fields))
		return 0;
	if (!s->spec.query.own_collation)
		err = default_collation(r, a->coll, &r->arena, &o.collator, &r->status);
	if (err)
		return err;
	return projection_parse(a->fields, &o, &r->arena, &s->projection, &r->status);
}

static int make_spec(struct find_and_modify_state *s, struct request *r)
{
	const struct find_and_modify_args *a = r->args;
	int err;

	s->spec = (struct modify_spec){
	    .db = r->common.db,
	    .name = a->coll,
	    .query = {.filter = a->query, .sort = a->sort, .hint = a->hint},
	    .remove = a->remove.v,
	    .update = a->update,
	    .array_filters = a->array_filters,
	    .upsert = a->upsert.v,
	    .want_before = !a->new_doc.v,
	    .want_after = a->new_doc.v,
	};
	err =
	    read_options(r, NULL, a->collation, a->let, &r->arena, &s->spec.query, &r->status);
	return err ? err : parse_fields(s, r);
}

static int begin(struct find_and_modify_state *s, struct request *r)
{
	const struct find_and_modify_args *a = r->args;
	const int32_t *ids;
	int err = check_args(a, &r->status);

	if (!err)
		err = make_spec(s, r);
	if (!err)
		err = statement_ids(r, &a->stmt_id, (struct view){0}, 1, &ids, &r->status);
	if (err)
		return err;
	writer_init(&s->writer, r->inst->store, &r->op);
	statement_retry_init(&s->retry, r, ids, retry_row, s);
	s->writer.retry = statement_retry_hook(&s->retry);
	s->writer.bypass_validation = a->bypass_validation.v;
	modify_init(&s->modify, &s->spec, &s->writer, &r->arena);
	s->begun = true;
	s->stored = statement_retry_find(&s->retry, 0, &s->stored_result);
	return 0;
}

static enum step find_and_modify_run(struct request *r)
{
	struct find_and_modify_state *s = r->state;
	enum step step;

	if (!s->begun && begin(s, r))
		return STEP_ERROR;
	if (s->stored && s->stored_result.kind != RETRY_FIND_AND_MODIFY) {
		status_set(&r->status, ERR_RETRY_OF_ANOTHER_COMMAND,
		    "this statement of the session was another command than findAndModify");
		return STEP_ERROR;
	}
	if (s->stored) {
		builder_elements(&r->builder, s->stored_result.extra);
		return STEP_DONE;
	}
	step = modify_run(&s->modify, &r->status);
	if (s->writer.last_sequence) {
		r->last_commit = s->writer.last_sequence;
		r->last_cluster_time = s->writer.last_cluster_time;
	}
	if (step != STEP_DONE)
		return step;
	r->docs_examined = s->modify.cx.docs_examined;
	r->keys_examined = s->modify.cx.keys_examined;
	r->plan_summary = s->modify.plan_summary;
	r->n_affected = s->modify.result.modified;
	return append_result(s, r, &s->modify.result, &r->builder, &r->status) ? STEP_ERROR
									       : STEP_DONE;
}

static int find_and_modify_explain(struct request *r, struct explain_spec *out)
{
	const struct find_and_modify_args *a = r->args;
	int err = check_args(a, &r->status);

	*out = (struct explain_spec){
	    .kind = EXPLAINED_CHANGE,
	    .coll = a->coll,
	    .returns = true,
	    .query = {.projection = a->fields},
	    .modify = {.db = r->common.db,
		.name = a->coll,
		.query = {.filter = a->query, .sort = a->sort, .hint = a->hint},
		.remove = a->remove.v,
		.update = a->update,
		.array_filters = a->array_filters,
		.upsert = a->upsert.v},
	};
	return err ? err
		   : read_options(r, NULL, a->collation, a->let, &r->arena, &out->modify.query,
			 &r->status);
}

static void find_and_modify_clear(struct request *r)
{
	struct find_and_modify_state *s = r->state;

	if (!s->begun)
		return;
	modify_clear(&s->modify);
	writer_clear(&s->writer);
}

const struct command cmd_find_and_modify = {
    .name = "findAndModify",
    .alias = "findandmodify",
    .flags = CMD_WRITE | CMD_LOOP | CMD_RETRYABLE | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = find_and_modify_fields,
    .args_size = sizeof(struct find_and_modify_args),
    .state_size = sizeof(struct find_and_modify_state),
    .help = "Changes or removes one document and returns it.",
    .run = find_and_modify_run,
    .explain = find_and_modify_explain,
    .clear = find_and_modify_clear,
};
