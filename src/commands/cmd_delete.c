/*
 * delete: removes documents that match a filter.
 */
#include "commands/args.h"
#include "commands/explain.h"
#include "commands/read_options.h"
#include "commands/statement.h"

struct delete_args {
	struct view coll;
	struct arg_docs deletes;
	struct arg_bool ordered;
	struct arg_int stmt_id;
	struct view stmt_ids, let;
};

#define AT(member) offsetof(struct delete_args, member)

static const struct field delete_fields[] = {
    {"deletes", FIELD_DOCS, FIELD_REQUIRED, AT(deletes), "The statements."},
    {"ordered", FIELD_BOOL, FIELD_NULL_OK, AT(ordered),
	"The first failure ends it (the default); false: the others go on."},
    {"stmtId", FIELD_INT, FIELD_NULL_OK, AT(stmt_id), "Number of the first statement."},
    {"stmtIds", FIELD_ARRAY, FIELD_NULL_OK, AT(stmt_ids), "Numbers of the statements."},
    {"let", FIELD_DOC, FIELD_NULL_OK, AT(let), "Variables for $expr."},
    {NULL},
};

struct delete_statement {
	struct view q, collation;
	struct value hint;
	struct arg_int limit;
};

#undef AT
#define AT(member) offsetof(struct delete_statement, member)

static const struct field statement_fields[] = {
    {"q", FIELD_DOC, FIELD_REQUIRED, AT(q), "Which documents."},
    {"limit", FIELD_INT, FIELD_REQUIRED, AT(limit), "1: the first; 0: all that match."},
    {"collation", FIELD_DOC, FIELD_NULL_OK, AT(collation), "How strings compare."},
    {"hint", FIELD_ANY, 0, AT(hint), "The index to use, by name or key."},
    {NULL},
};

struct delete_state {
	bool begun;
	struct statements statements;
};

static int decode(struct request *r, struct view doc, struct modify_spec *spec,
    struct arena *arena, struct status *st)
{
	const struct delete_args *a = r->args;
	struct delete_statement d = {0};
	int err = fields_decode(statement_fields, doc, &d, "delete.deletes", false, st);

	if (err)
		return err;
	if (d.limit.v != 0 && d.limit.v != 1)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "the limit of a delete is 0 or 1, not %lld", (long long)d.limit.v);
	spec->remove = true;
	spec->query.filter = d.q;
	spec->query.hint = d.hint;
	spec->multi = d.limit.v == 0;
	return read_options(r, NULL, d.collation, a->let, arena, &spec->query, st);
}

static int begin(struct delete_state *s, struct request *r)
{
	const struct delete_args *a = r->args;
	const int32_t *ids;
	int err = write_batch_check(&a->deletes, &r->status);

	if (!err)
		err = statement_ids(r, &a->stmt_id, a->stmt_ids, a->deletes.count, &ids,
		    &r->status);
	if (err)
		return err;
	s->begun = true;
	stat_add(&r->inst->stats->op_delete, a->deletes.count);
	return statements_init(&s->statements, r, a->coll, &a->deletes,
	    !a->ordered.given || a->ordered.v, ids, RETRY_DELETE, decode);
}

static enum step delete_run(struct request *r)
{
	struct delete_state *s = r->state;
	enum step step;

	if (!s->begun && begin(s, r))
		return STEP_ERROR;
	step = statements_run(&s->statements);
	if (step != STEP_DONE)
		return step;
	r->n_affected = s->statements.n;
	stat_add(&r->inst->stats->docs_deleted, s->statements.n);
	builder_int(&r->builder, "n", s->statements.n);
	write_reply_tail(r, &s->statements.errors);
	return STEP_DONE;
}

static int delete_explain(struct request *r, struct explain_spec *out)
{
	const struct delete_args *a = r->args;
	struct view doc;
	int err = explain_statement(&a->deletes, &doc, &r->status);

	*out = (struct explain_spec){
	    .kind = EXPLAINED_CHANGE,
	    .coll = a->coll,
	    .modify = {.db = r->common.db, .name = a->coll},
	};
	return err ? err : decode(r, doc, &out->modify, &r->arena, &r->status);
}

static void delete_clear(struct request *r)
{
	struct delete_state *s = r->state;

	statements_clear(&s->statements);
}

const struct command cmd_delete = {
    .name = "delete",
    .flags = CMD_WRITE | CMD_LOOP | CMD_RETRYABLE | CMD_COUNT_SELF | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = offsetof(struct delete_args, coll),
    .fields = delete_fields,
    .args_size = sizeof(struct delete_args),
    .state_size = sizeof(struct delete_state),
    .help = "Removes documents that match a filter.",
    .run = delete_run,
    .explain = delete_explain,
    .clear = delete_clear,
};
