/*
 * bulkWrite: inserts, updates and deletes in many collections, one after the
 * other, with a cursor of what became of each.
 *
 * Inserts in a row into one collection go to the writer as a group.  Updates and
 * deletes run one by one, as in commands/statement.h.
 */
#include "commands/args.h"
#include "commands/bulk_ops.h"
#include "commands/list_cursor.h"
#include "commands/namespace.h"
#include "commands/ops.h"
#include "commands/read_options.h"
#include "commands/reply.h"
#include "storage/store.h"

struct bulk_write_args {
	struct arg_docs ops, ns_info;
	struct arg_bool ordered, bypass_validation, errors_only;
	struct arg_int stmt_id;
	struct view stmt_ids, let, cursor;
};

#define AT(member) offsetof(struct bulk_write_args, member)

static const struct field bulk_write_fields[] = {
    {"ops", FIELD_DOCS, FIELD_REQUIRED, AT(ops), "The operations."},
    {"nsInfo", FIELD_DOCS, FIELD_REQUIRED, AT(ns_info), "The namespaces they are for."},
    {"ordered", FIELD_BOOL, FIELD_NULL_OK, AT(ordered),
	"The first failure ends it (the default); false: the others go on."},
    {"bypassDocumentValidation", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(bypass_validation),
	"The collections' validators are not asked."},
    {"let", FIELD_DOC, FIELD_NULL_OK, AT(let), "Variables for $expr and pipelines."},
    {"errorsOnly", FIELD_BOOL, FIELD_NULL_OK, AT(errors_only),
	"The cursor has only the operations that failed."},
    {"cursor", FIELD_DOC, FIELD_NULL_OK, AT(cursor), "{batchSize: n}."},
    {"stmtId", FIELD_INT, FIELD_NULL_OK, AT(stmt_id), "Number of the first operation."},
    {"stmtIds", FIELD_ARRAY, FIELD_NULL_OK, AT(stmt_ids), "Numbers of the operations."},
    {NULL},
};

enum { NEXT, INSERT_BEGIN, INSERT, MODIFY, ANSWER };

struct bulk_write_state {
	int phase;
	bool begun;
	struct bulk_ns *namespaces;
	const struct variables *let;
	struct bulk_op *ops;
	int at; /* the operation under way, or the first of its group */
	struct list_cursor results;
	struct arena arena; /* of the operation or group under way */
	struct writer writer;
	struct statement_retry retry;
	/* A group of inserts: operations at ... at + n_docs - 1. */
	struct writer_doc *docs;
	int32_t *places;
	int n_docs, n_tried;
	struct modify_spec spec;
	struct modify modify;
	bool modifying;
	int64_t n_errors, n_inserted, n_matched, n_modified, n_upserted, n_deleted;
	int32_t *retried; /* statement ids */
	int n_retried;
};

static const enum retry_kind retry_kinds[] = {
    [BULK_INSERT] = RETRY_INSERT,
    [BULK_UPDATE] = RETRY_UPDATE,
    [BULK_DELETE] = RETRY_DELETE,
};

static bool is_ordered(const struct request *r)
{
	const struct bulk_write_args *a = r->args;

	return !a->ordered.given || a->ordered.v;
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for this command");
}

/* ------------------------------------------------------------- results */

/* For the retry row: called when it is certain what the operation does. */
static int retry_row(struct statement_retry *retry, struct retry_result *out, struct status *st)
{
	struct bulk_write_state *s = retry->arg;
	const struct bulk_op *op = &s->ops[s->at];

	if (op->kind == BULK_INSERT) {
		*out = (struct retry_result){.kind = RETRY_INSERT, .n = 1};
		return 0;
	}
	return statement_retry_modify(&s->modify, retry_kinds[op->kind], &s->arena, out, st);
}

static bool wants_result(const struct request *r, bool ok)
{
	const struct bulk_write_args *a = r->args;

	return write_is_acknowledged(&r->write_concern) && !(ok && a->errors_only.v);
}

/* Counts an operation that went well, and puts its result into the cursor. */
static void note_done(
    struct bulk_write_state *s, struct request *r, const struct retry_result *done)
{
	enum bulk_kind kind = s->ops[s->at].kind;
	struct value id = doc_get(done->extra.len ? done->extra : doc_empty, "upserted");
	bool upserted = !value_is_missing(id);
	struct builder *b;

	s->n_inserted += kind == BULK_INSERT ? done->n : 0;
	s->n_deleted += kind == BULK_DELETE ? done->n : 0;
	s->n_upserted += upserted;
	s->n_matched += kind == BULK_UPDATE && !upserted ? done->n : 0;
	s->n_modified += kind == BULK_UPDATE ? done->n_modified : 0;
	r->n_affected += done->n;
	if (!wants_result(r, true))
		return;
	b = documents_begin(s->results.docs);
	builder_double(b, "ok", 1);
	builder_i32(b, "idx", s->at);
	builder_int(b, "n", done->n);
	if (kind == BULK_UPDATE)
		builder_int(b, "nModified", done->n_modified);
	if (upserted) {
		builder_doc_begin(b, "upserted");
		builder_value(b, "_id", id);
		builder_doc_end(b);
	}
	documents_end(s->results.docs);
}

static void note_failed(
    struct bulk_write_state *s, struct request *r, const struct status *st, int64_t n,
    int64_t n_modified)
{
	enum bulk_kind kind = s->ops[s->at].kind;
	struct builder *b;

	s->n_errors++;
	s->n_deleted += kind == BULK_DELETE ? n : 0;
	s->n_matched += kind == BULK_UPDATE ? n : 0;
	s->n_modified += n_modified;
	if (!wants_result(r, false))
		return;
	b = documents_begin(s->results.docs);
	builder_double(b, "ok", 0);
	builder_i32(b, "idx", s->at);
	builder_i32(b, "code", st->code);
	builder_str(b, "errmsg", st->message);
	if (st->extra)
		builder_elements(b, view_of(st->extra, st->extra_len));
	builder_int(b, "n", n);
	if (kind == BULK_UPDATE)
		builder_int(b, "nModified", n_modified);
	documents_end(s->results.docs);
}

/* The operation at s->at is through, one way or the other. */
static void go_on(struct bulk_write_state *s, struct request *r, bool failed)
{
	const struct bulk_write_args *a = r->args;

	s->at++;
	s->phase = NEXT;
	if (s->at == a->ops.count || (failed && is_ordered(r)))
		s->phase = ANSWER;
}

/* ROW: go on; ERROR: the failure is the whole command's. */
static enum step fail(struct bulk_write_state *s, struct request *r)
{
	if (write_error_ends_command(r->status.code))
		return STEP_ERROR;
	note_failed(s, r, &r->status, 0, 0);
	status_clear(&r->status);
	go_on(s, r, true);
	return STEP_ROW;
}

/* ------------------------------------------------------------- inserts */

/* Done by an earlier try: answered from the session. */
static bool take_retried(struct bulk_write_state *s, struct request *r)
{
	struct retry_result done;

	if (!statement_retry_find(&s->retry, s->at, &done))
		return false;
	s->retried[s->n_retried++] = s->retry.stmt_ids[s->at];
	note_done(s, r, &done);
	go_on(s, r, false);
	return true;
}

static bool has_been_done(struct bulk_write_state *s, int i)
{
	struct retry_result done;

	return s->retry.session && retry_find(s->retry.session, s->retry.stmt_ids[i], &done);
}

/* The inserts from s->at on that are for one collection and not wrong in
 * themselves; ROW with none: the first is wrong. */
static enum step make_group(struct bulk_write_state *s, struct request *r)
{
	const struct bulk_write_args *a = r->args;
	int most = MIN_OF(WRITER_GROUP_DOCS, a->ops.count - s->at);
	size_t bytes = 0;

	arena_reset(&s->arena);
	s->docs = arena_new_array(&s->arena, (size_t)most, struct writer_doc);
	s->places = arena_new_array(&s->arena, (size_t)most, int32_t);
	if (!s->docs || !s->places) {
		no_memory(&r->status);
		return STEP_ERROR;
	}
	for (s->n_docs = 0; s->n_docs < most && bytes < WRITER_GROUP_BYTES; s->n_docs++) {
		int i = s->at + s->n_docs;
		const struct bulk_op *op = &s->ops[i];
		struct view doc;

		if (op->kind != BULK_INSERT || op->ns != s->ops[s->at].ns ||
		    (s->n_docs && has_been_done(s, i)))
			break;
		if (writer_fix_document(
			bulk_insert_document(op), &s->arena, &doc, &r->status)) {
			if (!s->n_docs)
				return fail(s, r);
			status_clear(&r->status); /* it is met again as the first */
			break;
		}
		s->docs[s->n_docs] = (struct writer_doc){.doc = doc};
		s->places[s->n_docs] = i;
		bytes += doc.len;
	}
	s->retry.places = s->places;
	s->phase = INSERT_BEGIN;
	return STEP_ROW;
}

static void forget_failures(struct bulk_write_state *s)
{
	for (int i = 0; i < s->n_docs; i++)
		if (s->docs[i].failure)
			status_clear(s->docs[i].failure);
	s->n_docs = 0;
}

static void note_inserted(struct bulk_write_state *s, struct request *r, struct writer_doc *d)
{
	struct retry_result done = {.kind = RETRY_INSERT, .n = 1};
	struct status st;

	if (!d->code) {
		stat_add(&r->inst->stats->docs_inserted, 1);
		note_done(s, r, &done);
	} else if (d->failure) {
		note_failed(s, r, d->failure, 0, 0);
	} else {
		status_init(&st);
		status_set(&st, d->code, "the document could not be inserted");
		note_failed(s, r, &st, 0, 0);
		status_clear(&st);
	}
	go_on(s, r, d->code != 0);
}

static void note_commit(struct bulk_write_state *s, struct request *r)
{
	if (!s->writer.last_sequence)
		return;
	r->last_commit = s->writer.last_sequence;
	r->last_cluster_time = s->writer.last_cluster_time;
}

static enum step insert(struct bulk_write_state *s, struct request *r)
{
	enum step step = writer_insert(
	    &s->writer, s->docs, s->n_docs, is_ordered(r), &s->n_tried, &r->status);

	note_commit(s, r);
	if (step == STEP_HANDOVER || step == STEP_PARK)
		return step;
	for (int i = 0; i < s->n_tried; i++)
		note_inserted(s, r, &s->docs[i]);
	forget_failures(s);
	return step == STEP_ERROR ? fail(s, r) : STEP_ROW;
}

/* ------------------------------------------------------------- updates and deletes */

static enum step begin_modify(struct bulk_write_state *s, struct request *r)
{
	const struct bulk_op *op = &s->ops[s->at];
	const struct bulk_ns *ns = &s->namespaces[op->ns];
	int err;

	arena_reset(&s->arena);
	s->spec = (struct modify_spec){.db = ns->db, .name = ns->name};
	err = bulk_spec(r, op, s->let, &s->arena, &s->spec, &r->status);
	if (!err && s->retry.session && s->spec.multi)
		err = status_set(&r->status, ERR_INVALID_OPTIONS,
		    "an operation with multi is not retryable");
	if (err)
		return fail(s, r);
	s->retry.places = NULL;
	s->retry.statement = s->at;
	modify_init(&s->modify, &s->spec, &s->writer, &s->arena);
	s->modifying = true;
	s->phase = MODIFY;
	return STEP_ROW;
}

static void end_modify(struct bulk_write_state *s, struct request *r)
{
	r->docs_examined += s->modify.cx.docs_examined;
	r->keys_examined += s->modify.cx.keys_examined;
	note_commit(s, r);
	modify_clear(&s->modify);
	s->modifying = false;
}

static enum step modify(struct bulk_write_state *s, struct request *r)
{
	enum step step = modify_run(&s->modify, &r->status);
	const struct modify_result *m = &s->modify.result;
	enum bulk_kind kind = s->ops[s->at].kind;
	struct retry_result done = {.kind = retry_kinds[kind]};
	struct view upsert_doc = s->modify.upsert_doc;

	if (step == STEP_HANDOVER || step == STEP_PARK)
		return step;
	done.n = kind == BULK_DELETE ? m->modified : m->matched + m->upserted;
	done.n_modified = kind == BULK_DELETE ? 0 : m->modified;
	stat_add(kind == BULK_DELETE ? &r->inst->stats->docs_deleted
				     : &r->inst->stats->docs_updated,
	    m->modified);
	if (step == STEP_DONE && m->upserted)
		step = statement_upserted(upsert_doc, &s->arena, &done.extra, &r->status)
			   ? STEP_ERROR
			   : STEP_DONE;
	end_modify(s, r);
	if (step == STEP_DONE) {
		note_done(s, r, &done);
	} else if (write_error_ends_command(r->status.code)) {
		return STEP_ERROR;
	} else {
		/* What was changed before the failure stays changed, and counts. */
		note_failed(s, r, &r->status, done.n, done.n_modified);
		status_clear(&r->status);
	}
	go_on(s, r, step != STEP_DONE);
	return STEP_ROW;
}

/* ------------------------------------------------------------- the whole */

static enum step next(struct bulk_write_state *s, struct request *r)
{
	const struct bulk_op *op = &s->ops[s->at];
	const struct bulk_ns *ns = &s->namespaces[op->ns];

	if (take_retried(s, r))
		return STEP_ROW;
	if (ns->uuid.len) {
		struct collection *c =
		    catalog_find(store_catalog(r->inst->store), ns->db, ns->name);
		int err =
		    collection_uuid_check(r, c, ns->db, ns->name, ns->uuid, &r->status);

		if (c)
			collection_unref(c);
		if (err)
			return fail(s, r);
	}
	return op->kind == BULK_INSERT ? make_group(s, r) : begin_modify(s, r);
}

static void count_operations(const struct bulk_write_state *s, struct request *r, int n)
{
	int64_t counts[ARRAY_LEN(retry_kinds)] = {0};

	for (int i = 0; i < n; i++)
		counts[s->ops[i].kind]++;
	stat_add(&r->inst->stats->op_insert, counts[BULK_INSERT]);
	stat_add(&r->inst->stats->op_update, counts[BULK_UPDATE]);
	stat_add(&r->inst->stats->op_delete, counts[BULK_DELETE]);
}

/* let is the same for all operations, and the time too. */
static int parse_let(struct bulk_write_state *s, struct request *r)
{
	const struct bulk_write_args *a = r->args;
	struct query_spec spec = {.let = NULL};
	int err = read_options(
	    r, NULL, (struct view){0}, a->let, &r->arena, &spec, &r->status);

	s->let = spec.let;
	return err;
}

static int begin(struct bulk_write_state *s, struct request *r)
{
	const struct bulk_write_args *a = r->args;
	const int32_t *ids = NULL;
	int err = write_batch_check(&a->ops, &r->status);

	if (!err)
		err = bulk_namespaces(r, &a->ns_info, &s->namespaces, &r->status);
	if (!err)
		err = bulk_operations(r, &a->ops, a->ns_info.count, &s->ops, &r->status);
	if (!err)
		err = parse_let(s, r);
	if (!err)
		err = statement_ids(
		    r, &a->stmt_id, a->stmt_ids, a->ops.count, &ids, &r->status);
	if (err)
		return err;
	ops_set_ns(r->inst->ops, r, view_of_str("admin.$cmd.bulkWrite"));
	if (r->session)
		s->retried = arena_new_array(&r->arena, (size_t)a->ops.count, int32_t);
	if (r->session && !s->retried)
		return no_memory(&r->status);
	count_operations(s, r, a->ops.count);
	s->begun = true;
	arena_init(&s->arena, &r->op.memory);
	writer_init(&s->writer, r->inst->store, &r->op);
	statement_retry_init(&s->retry, r, ids, retry_row, s);
	s->writer.retry = statement_retry_hook(&s->retry);
	s->writer.bypass_validation = a->bypass_validation.v;
	return list_cursor_begin(&s->results, r, a->cursor, &r->status);
}

static void reply_counts(const struct bulk_write_state *s, struct request *r)
{
	struct builder *b = &r->builder;

	builder_int(b, "nErrors", s->n_errors);
	builder_int(b, "nInserted", s->n_inserted);
	builder_int(b, "nMatched", s->n_matched);
	builder_int(b, "nModified", s->n_modified);
	builder_int(b, "nUpserted", s->n_upserted);
	builder_int(b, "nDeleted", s->n_deleted);
	if (s->n_retried) {
		builder_array_begin(b, "retriedStmtIds");
		for (int i = 0; i < s->n_retried; i++)
			builder_i32(b, NULL, s->retried[i]);
		builder_array_end(b);
	}
	reply_optime(r);
}

static enum step answer(struct bulk_write_state *s, struct request *r)
{
	enum step step;

	if (!s->results.begun && list_cursor_end(&s->results, &r->status))
		return STEP_ERROR;
	step = list_cursor_run(&s->results, r);
	if (step == STEP_DONE)
		reply_counts(s, r);
	return step;
}

/* One move: ROW means go on with s->phase. */
static enum step advance(struct bulk_write_state *s, struct request *r)
{
	const struct bulk_ns *ns;
	enum step step;

	switch (s->phase) {
	case NEXT:
		return op_slice_over(&r->op) ? STEP_HANDOVER : next(s, r);
	case INSERT_BEGIN:
		ns = &s->namespaces[s->ops[s->at].ns];
		step = writer_begin(&s->writer, ns->db, ns->name, true, &r->status);
		if (step == STEP_DONE)
			s->phase = INSERT;
		if (step == STEP_ERROR)
			forget_failures(s);
		return step == STEP_DONE ? STEP_ROW : step == STEP_ERROR ? fail(s, r) : step;
	case INSERT:
		return insert(s, r);
	case MODIFY:
		return modify(s, r);
	default:
		return answer(s, r);
	}
}

static enum step bulk_write_run(struct request *r)
{
	struct bulk_write_state *s = r->state;
	enum step step;

	if (!s->begun && begin(s, r))
		return STEP_ERROR;
	do {
		step = advance(s, r);
	} while (step == STEP_ROW);
	return step;
}

static void bulk_write_clear(struct request *r)
{
	struct bulk_write_state *s = r->state;

	if (!s->begun)
		return;
	list_cursor_clear(&s->results, r);
	forget_failures(s);
	if (s->modifying)
		modify_clear(&s->modify);
	writer_clear(&s->writer);
	arena_clear(&s->arena);
}

const struct command cmd_bulk_write = {
    .name = "bulkWrite",
    .flags = CMD_WRITE | CMD_LOOP | CMD_ADMIN_ONLY | CMD_RETRYABLE | CMD_COUNT_SELF | CMD_API_1,
    .fields = bulk_write_fields,
    .args_size = sizeof(struct bulk_write_args),
    .state_size = sizeof(struct bulk_write_state),
    .help = "Inserts, updates and deletes in many collections.",
    .run = bulk_write_run,
    .clear = bulk_write_clear,
};
