/*
 * update: changes documents that match a filter, or puts one in where none
 * does (upsert).
 */
#include "commands/args.h"
#include "commands/explain.h"
#include "commands/statement.h"

struct update_args {
	struct view coll;
	struct arg_docs updates;
	struct arg_bool ordered, bypass_validation;
	struct arg_int stmt_id;
	struct view stmt_ids, let;
};

#define AT(member) offsetof(struct update_args, member)

static const struct field update_fields[] = {
    {"updates", FIELD_DOCS, FIELD_REQUIRED, AT(updates), "The statements."},
    {"ordered", FIELD_BOOL, FIELD_NULL_OK, AT(ordered),
	"The first failure ends it (the default); false: the others go on."},
    {"bypassDocumentValidation", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(bypass_validation),
	"The collection's validator is not asked."},
    {"stmtId", FIELD_INT, FIELD_NULL_OK, AT(stmt_id), "Number of the first statement."},
    {"stmtIds", FIELD_ARRAY, FIELD_NULL_OK, AT(stmt_ids), "Numbers of the statements."},
    {"let", FIELD_DOC, FIELD_NULL_OK, AT(let), "Variables for $expr and pipelines."},
    {NULL},
};

struct update_statement {
	struct view q, c, collation, array_filters, sort;
	struct value u, hint;
	struct arg_bool multi, upsert, upsert_supplied;
};

#undef AT
#define AT(member) offsetof(struct update_statement, member)

static const struct field statement_fields[] = {
    {"q", FIELD_DOC, FIELD_REQUIRED, AT(q), "Which documents."},
    {"u", FIELD_ANY, FIELD_REQUIRED, AT(u), "Operators, a replacement, or a pipeline."},
    {"c", FIELD_DOC, FIELD_NULL_OK, AT(c), "Constants for a pipeline."},
    {"multi", FIELD_BOOL, FIELD_NULL_OK, AT(multi), "All that match, not only the first."},
    {"upsert", FIELD_BOOL, FIELD_NULL_OK, AT(upsert), "Puts one in where none matches."},
    {"upsertSupplied", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(upsert_supplied),
	"An upsert puts in the constant 'new', as $merge wants it."},
    {"collation", FIELD_DOC, FIELD_NULL_OK, AT(collation), "How strings compare."},
    {"arrayFilters", FIELD_ARRAY, FIELD_NULL_OK, AT(array_filters), "For $[name]."},
    {"hint", FIELD_ANY, 0, AT(hint), "The index to use, by name or key."},
    {"sort", FIELD_DOC, FIELD_NULL_OK, AT(sort), "Which of several is the first."},
    {NULL},
};

struct update_state {
	bool begun;
	struct statements statements;
};

static int decode(struct request *r, struct view doc, struct modify_spec *spec,
    struct arena *arena, struct status *st)
{
	const struct update_args *a = r->args;
	struct update_statement u = {0};
	struct update_parts parts;
	int err = fields_decode(statement_fields, doc, &u, "update.updates", false, st);

	if (err)
		return err;
	parts = (struct update_parts){
	    .filter = u.q,
	    .sort = u.sort,
	    .collation = u.collation,
	    .array_filters = u.array_filters,
	    .constants = u.c,
	    .let = a->let,
	    .mods = u.u,
	    .hint = u.hint,
	    .multi = u.multi.v,
	    .upsert = u.upsert.v,
	    .upsert_supplied = u.upsert_supplied.v,
	};
	return update_spec(r, &parts, arena, spec, st);
}

static int begin(struct update_state *s, struct request *r)
{
	const struct update_args *a = r->args;
	const int32_t *ids;
	int err = write_batch_check(&a->updates, &r->status);

	if (!err)
		err = statement_ids(r, &a->stmt_id, a->stmt_ids, a->updates.count, &ids,
		    &r->status);
	if (err)
		return err;
	s->begun = true;
	stat_add(&r->inst->stats->op_update, a->updates.count);
	err = statements_init(&s->statements, r, a->coll, &a->updates,
	    !a->ordered.given || a->ordered.v, ids, RETRY_UPDATE, decode);
	s->statements.writer.bypass_validation = a->bypass_validation.v;
	return err;
}

static void append_upserted(struct builder *b, struct view rest)
{
	if (!rest.len)
		return;
	builder_array_begin(b, "upserted");
	while (rest.len) {
		size_t len = (size_t)read_i32(rest.data);

		builder_doc(b, NULL, view_of(rest.data, len));
		rest = view_of(rest.data + len, rest.len - len);
	}
	builder_array_end(b);
}

static enum step update_run(struct request *r)
{
	struct update_state *s = r->state;
	enum step step;

	if (!s->begun && begin(s, r))
		return STEP_ERROR;
	step = statements_run(&s->statements);
	if (step != STEP_DONE)
		return step;
	r->n_affected = s->statements.n;
	stat_add(&r->inst->stats->docs_updated, s->statements.n_modified);
	builder_int(&r->builder, "n", s->statements.n);
	append_upserted(&r->builder, buf_view(&s->statements.upserted));
	builder_int(&r->builder, "nModified", s->statements.n_modified);
	write_reply_tail(r, &s->statements.errors);
	return STEP_DONE;
}

static int update_explain(struct request *r, struct explain_spec *out)
{
	const struct update_args *a = r->args;
	struct view doc;
	int err = explain_statement(&a->updates, &doc, &r->status);

	*out = (struct explain_spec){
	    .kind = EXPLAINED_CHANGE,
	    .coll = a->coll,
	    .modify = {.db = r->common.db, .name = a->coll},
	};
	return err ? err : decode(r, doc, &out->modify, &r->arena, &r->status);
}

static void update_clear(struct request *r)
{
	struct update_state *s = r->state;

	statements_clear(&s->statements);
}

const struct command cmd_update = {
    .name = "update",
    .flags = CMD_WRITE | CMD_LOOP | CMD_RETRYABLE | CMD_COUNT_SELF | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = offsetof(struct update_args, coll),
    .fields = update_fields,
    .args_size = sizeof(struct update_args),
    .state_size = sizeof(struct update_state),
    .help = "Changes documents that match a filter.",
    .run = update_run,
    .explain = update_explain,
    .clear = update_clear,
};
