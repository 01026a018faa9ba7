/*
 * insert: puts documents into a collection, which is made when it is not there.
 */
#include "commands/statement_retry.h"
#include "commands/write_reply.h"

struct insert_args {
	struct view coll;
	struct arg_docs documents;
	struct arg_bool ordered, bypass_validation;
	struct arg_int stmt_id;
	struct view stmt_ids;
};

#define AT(member) offsetof(struct insert_args, member)

static const struct field insert_fields[] = {
    {"documents", FIELD_DOCS, FIELD_REQUIRED, AT(documents), "The documents."},
    {"ordered", FIELD_BOOL, FIELD_NULL_OK, AT(ordered),
	"The first failure ends it (the default); false: the others go on."},
    {"bypassDocumentValidation", FIELD_BOOL_NUM, FIELD_NULL_OK, AT(bypass_validation),
	"The collection's validator is not asked."},
    {"stmtId", FIELD_INT, FIELD_NULL_OK, AT(stmt_id), "Number of the first statement."},
    {"stmtIds", FIELD_ARRAY, FIELD_NULL_OK, AT(stmt_ids), "Numbers of the statements."},
    {NULL},
};

enum { PREPARE, BEGIN, WRITE, REPLY };

struct insert_state {
	int phase;
	bool initialised;
	struct writer writer;
	struct statement_retry retry;
	struct write_errors errors;
	struct writer_doc *docs; /* those that are to be written */
	int32_t *places; /* of each: its place in the command */
	int n_docs, n_tried;
	int64_t n; /* done, also by an earlier try */
	struct status **wrong; /* of each place: why it was not tried; NULL: none at all */
	bool stop; /* ordered, and a document failed before the store */
	int stop_place;
	struct status stop_status;
};

static int insert_result(struct statement_retry *s, struct retry_result *out, struct status *st)
{
	*out = (struct retry_result){.kind = RETRY_INSERT, .n = 1};
	return 0;
}

static bool is_ordered(const struct request *r)
{
	const struct insert_args *a = r->args;

	return !a->ordered.given || a->ordered.v;
}

/* The status becomes that of the document in this place. */
static int note_wrong(struct insert_state *s, struct request *r, int place)
{
	const struct insert_args *a = r->args;
	struct status *why = arena_new(&r->arena, struct status);

	if (!s->wrong)
		s->wrong =
		    arena_new_array(&r->arena, (size_t)a->documents.count, struct status *);
	if (!s->wrong || !why)
		return status_set(
		    &r->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an error");
	*why = s->stop_status;
	status_init(&s->stop_status);
	s->wrong[place] = why;
	return 0;
}

/*
 * Documents that are wrong in themselves fail here, those done by an earlier
 * try are counted, the others are handed to the writer.  With ordered nothing
 * after the first wrong one is tried.
 */
static int prepare_docs(struct insert_state *s, struct request *r)
{
	const struct insert_args *a = r->args;
	struct docs_iter it = docs_iter(&a->documents);
	struct retry_result done;
	struct view doc;

	for (int i = 0; docs_next(&it, &doc); i++) {
		struct view fixed;

		if (statement_retry_find(&s->retry, i, &done)) {
			s->n++;
			continue;
		}
		if (writer_fix_document(doc, &r->arena, &fixed, &s->stop_status)) {
			if (is_ordered(r)) {
				s->stop = true;
				s->stop_place = i;
				return 0;
			}
			if (note_wrong(s, r, i))
				return r->status.code;
			continue;
		}
		s->places[s->n_docs] = i;
		s->docs[s->n_docs++] = (struct writer_doc){.doc = fixed};
	}
	return 0;
}

static int prepare(struct insert_state *s, struct request *r)
{
	const struct insert_args *a = r->args;
	const int32_t *ids;
	int err = write_batch_check(&a->documents, &r->status);

	if (!err)
		err = statement_ids(
		    r, &a->stmt_id, a->stmt_ids, a->documents.count, &ids, &r->status);
	if (err)
		return err;
	s->docs = arena_new_array(&r->arena, (size_t)a->documents.count, struct writer_doc);
	s->places = arena_new_array(&r->arena, (size_t)a->documents.count, int32_t);
	if (!s->docs || !s->places)
		return status_set(
		    &r->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the documents");
	writer_init(&s->writer, r->inst->store, &r->op);
	write_errors_init(&s->errors, &r->op.memory);
	status_init(&s->stop_status);
	statement_retry_init(&s->retry, r, ids, insert_result, s);
	s->retry.places = s->places;
	s->writer.retry = statement_retry_hook(&s->retry);
	s->writer.bypass_validation = a->bypass_validation.v;
	s->initialised = true;
	stat_add(&r->inst->stats->op_insert, a->documents.count);
	return prepare_docs(s, r);
}

/* What became of a document that the writer has tried. */
static void collect_tried(struct insert_state *s, int i)
{
	struct status st;

	if (!s->docs[i].code) {
		s->n++;
		return;
	}
	if (s->docs[i].failure) {
		write_errors_add(&s->errors, s->places[i], s->docs[i].failure);
		return;
	}
	status_init(&st);
	status_set(&st, s->docs[i].code, "the document could not be inserted");
	write_errors_add(&s->errors, s->places[i], &st);
	status_clear(&st);
}

/* The documents that failed, here or in the store, in the order of their places. */
static void collect(struct insert_state *s, int count)
{
	int tried = 0;

	for (int place = 0; place < count; place++) {
		if (s->wrong && s->wrong[place])
			write_errors_add(&s->errors, place, s->wrong[place]);
		else if (tried < s->n_tried && s->places[tried] == place)
			collect_tried(s, tried++);
	}
}

static void reply(struct insert_state *s, struct request *r)
{
	const struct insert_args *a = r->args;

	collect(s, a->documents.count);
	if (s->stop && !s->errors.n)
		write_errors_add(&s->errors, s->stop_place, &s->stop_status);
	r->n_affected = s->n;
	stat_add(&r->inst->stats->docs_inserted, s->n);
	builder_int(&r->builder, "n", s->n);
	write_reply_tail(r, &s->errors);
}

static enum step insert_run(struct request *r)
{
	const struct insert_args *a = r->args;
	struct insert_state *s = r->state;
	enum step step;

	switch (s->phase) {
	case PREPARE:
		if (prepare(s, r))
			return STEP_ERROR;
		s->phase = BEGIN;
		/* fall through */
	case BEGIN:
		/* Also without a document that can be written: the collection is
		 * made and its name checked. */
		step = writer_begin(&s->writer, r->common.db, a->coll, true, &r->status);
		if (step != STEP_DONE)
			return step;
		s->phase = WRITE;
		/* fall through */
	case WRITE:
		step = STEP_DONE;
		if (s->n_docs)
			step = writer_insert(&s->writer, s->docs, s->n_docs, is_ordered(r),
			    &s->n_tried, &r->status);
		if (s->writer.last_sequence) {
			r->last_commit = s->writer.last_sequence;
			r->last_cluster_time = s->writer.last_cluster_time;
		}
		if (step != STEP_DONE)
			return step;
		s->phase = REPLY;
		/* fall through */
	default:
		reply(s, r);
		return STEP_DONE;
	}
}

static void insert_clear(struct request *r)
{
	const struct insert_args *a = r->args;
	struct insert_state *s = r->state;

	if (!s->initialised)
		return;
	for (int i = 0; i < s->n_docs; i++)
		if (s->docs[i].failure)
			status_clear(s->docs[i].failure);
	for (int i = 0; s->wrong && i < a->documents.count; i++)
		if (s->wrong[i])
			status_clear(s->wrong[i]);
	writer_clear(&s->writer);
	write_errors_clear(&s->errors);
	status_clear(&s->stop_status);
}

const struct command cmd_insert = {
    .name = "insert",
    .flags = CMD_WRITE | CMD_LOOP | CMD_RETRYABLE | CMD_COUNT_SELF | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = insert_fields,
    .args_size = sizeof(struct insert_args),
    .state_size = sizeof(struct insert_state),
    .help = "Puts documents into a collection.",
    .run = insert_run,
    .clear = insert_clear,
};
