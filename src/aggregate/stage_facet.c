/*
 * $facet: several pipelines over the same input; one document with what comes of
 * each.
 *
 * The input is read once, a piece at a time.  Each pipeline stands on a node that
 * gives it the rows of the piece and then, where more may follow, HANDOVER: any
 * node passes that on and can be called again, so each pipeline gets as far as it
 * can before the next piece is read.
 */
#include "aggregate/pipeline.h"

enum {
	ERR_FACET_SPEC = 40169,
	ERR_FACET_NOT_ARRAY = 40170,
	ERR_FACET_ELEMENT = 40171,
	ERR_FACET_REFUSED = 40600,
	ERR_FACET_NAME_EMPTY = 15998,
	ERR_FACET_NAME_DOLLAR = 16410,
	ERR_FACET_NAME_DOT = 16412,
	ERR_FACET_TOO_LARGE = 4031700,
};

/* Of the input at a time. */
#define FACET_PIECE_BYTES (256 * 1024)
/* What comes out of all pipelines, as in MongoDB. */
#define FACET_OUTPUT_BYTES_MAX (100 * 1024 * 1024)

/* What MongoDB does not allow besides the stages that must be the first. */
static const char *const refused[] = {
    "$changeStream",
    "$changeStreamSplitLargeEvent",
    "$facet",
    "$geoNear",
    "$listCatalog",
    "$listClusterCatalog",
    "$listLocalSessions",
    "$listSampledQueries",
    "$listSearchIndexes",
    "$merge",
    "$out",
    "$queryStats",
    "$search",
    "$searchBeta",
    "$searchMeta",
    "$vectorSearch",
    NULL,
};

struct facet {
	const char *name;
	struct pipeline *pipeline;
};

struct facet_spec {
	int n;
	struct facet *facets;
	struct stage_nesting nesting;
};

/* --------------------------------------------------------- specification */

static int check_name(const struct element *e, struct status *st)
{
	if (!e->name_len)
		return status_set(
		    st, ERR_FACET_NAME_EMPTY, "a pipeline of $facet has an empty name");
	if (e->name[0] == '$')
		return status_set(st, ERR_FACET_NAME_DOLLAR,
		    "the name '%s' of a pipeline of $facet begins with a dollar sign", e->name);
	if (memchr(e->name, '.', e->name_len))
		return status_set(st, ERR_FACET_NAME_DOT,
		    "the name '%s' of a pipeline of $facet has a dot in it", e->name);
	return 0;
}

static int check_facet(const struct element *e, struct status *st)
{
	int err = check_name(e, st);
	struct doc_iter it;
	struct element stage;

	if (err)
		return err;
	if (e->value.type != TYPE_ARRAY)
		return status_set(st, ERR_FACET_NOT_ARRAY,
		    "'%s' of $facet must be a pipeline, and is %s", e->name,
		    type_name(e->value.type));
	it = doc_iter(value_doc(e->value));
	while (doc_next(&it, &stage))
		if (stage.value.type != TYPE_OBJECT)
			return status_set(st, ERR_FACET_ELEMENT,
			    "each element of '%s' of $facet is a document, not %s", e->name,
			    type_name(stage.value.type));
	return 0;
}

/* All names and shapes are looked at before any stage is. */
static int check_facets(struct value v, struct status *st)
{
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (v.type != TYPE_OBJECT || doc_is_empty(value_doc(v)))
		return status_set(st, ERR_FACET_SPEC,
		    "the $facet specification must be an object that is not empty");
	it = doc_iter(value_doc(v));
	while (!err && doc_next(&it, &e))
		err = check_facet(&e, st);
	return err;
}

static int parse_facets(
    struct facet_spec *f, struct view doc, const struct stage_context *cx, struct status *st)
{
	struct stage_context inner = *cx;
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int err = 0;

	f->nesting = (struct stage_nesting){.up = cx->nesting,
	    .stage = "$facet",
	    .refused = STAGE_FIRST,
	    .names = refused,
	    .code = ERR_FACET_REFUSED};
	inner.nesting = &f->nesting;
	while (!err && doc_next(&it, &e)) {
		struct facet *facet = &f->facets[f->n++];
		struct view stages = value_doc(e.value);

		facet->name = e.name;
		err = pipeline_parse(&inner, &stages, 1, &facet->pipeline, st);
	}
	return err;
}

static int facet_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct facet_spec *f = arena_new(cx->arena, struct facet_spec);
	int err = check_facets(v, st);

	if (err)
		return err;
	if (f)
		f->facets =
		    arena_new_array(cx->arena, (size_t)doc_count(value_doc(v)), struct facet);
	if (arena_failed(cx->arena))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $facet");
	s->data = f;
	return parse_facets(f, value_doc(v), cx, st);
}

static const struct pipeline *facet_nested(const struct stage *s, int i, const char **name)
{
	const struct facet_spec *f = s->data;

	if (i >= f->n)
		return NULL;
	*name = f->facets[i].name;
	return f->facets[i].pipeline;
}

/* ------------------------------------------------------------------- rows */

struct facet_node;

/* What a pipeline stands on. */
struct source_node {
	struct exec exec;
	const struct facet_node *facet;
	size_t at; /* in the piece */
	bool wants_more; /* has given HANDOVER */
};

struct branch {
	struct source_node source;
	struct exec *top;
	bool ended;
	struct buf rows; /* that have come out, one after the other */
};

struct facet_node {
	struct exec exec;
	const struct facet_spec *spec;
	struct branch *branches;
	struct buf piece; /* of the input: documents one after the other */
	bool read_all; /* the piece is the last */
	bool has_piece;
	int at; /* the branch that runs */
	size_t out_bytes;
	struct buf out;
};

static enum step source_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct source_node *s = container_of(e, struct source_node, exec);
	const struct buf *piece = &s->facet->piece;
	const uint8_t *doc;

	if (s->at == piece->len) {
		e->done = s->facet->read_all;
		s->wants_more = !e->done;
		return e->done ? STEP_DONE : STEP_HANDOVER;
	}
	doc = piece->data + s->at;
	*out = (struct row){.doc = view_of(doc, (size_t)read_i32(doc)), .array_index = -1};
	s->at += out->doc.len;
	e->works++;
	e->advanced++;
	return STEP_ROW;
}

static const struct exec_ops source_ops = {
    .name = "FACET_SOURCE",
    .next = source_next,
};

static enum step no_memory(struct exec_context *cx)
{
	status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $facet");
	return STEP_ERROR;
}

static int take_row(
    struct facet_node *f, struct branch *b, struct view doc, struct exec_context *cx)
{
	f->out_bytes += doc.len;
	if (f->out_bytes > FACET_OUTPUT_BYTES_MAX)
		return status_set(cx->status, ERR_FACET_TOO_LARGE,
		    "the document that $facet makes would have more than %d bytes",
		    FACET_OUTPUT_BYTES_MAX);
	buf_append_view(&b->rows, doc);
	if (b->rows.failed)
		no_memory(cx);
	return b->rows.failed ? ERR_EXCEEDED_MEMORY_LIMIT : op_check(cx->op, cx->status);
}

/* DONE: as far as it gets with the piece. */
static enum step run_branch(struct facet_node *f, struct branch *b, struct exec_context *cx)
{
	struct row row;

	while (!b->ended) {
		enum step step = exec_next(b->top, cx, &row);

		if (step == STEP_HANDOVER && b->source.wants_more) {
			b->source.wants_more = false;
			return STEP_DONE;
		}
		b->ended = step == STEP_DONE;
		if (step == STEP_ROW && take_row(f, b, row.doc, cx))
			return STEP_ERROR;
		if (step != STEP_ROW && step != STEP_DONE)
			return step;
	}
	return STEP_DONE;
}

static enum step run_branches(struct facet_node *f, struct exec_context *cx)
{
	for (; f->at < f->spec->n; f->at++) {
		enum step step = run_branch(f, &f->branches[f->at], cx);

		if (step != STEP_DONE)
			return step;
	}
	return STEP_DONE;
}

static bool all_ended(const struct facet_node *f)
{
	for (int i = 0; i < f->spec->n; i++)
		if (!f->branches[i].ended)
			return false;
	return true;
}

static enum step read_piece(struct facet_node *f, struct exec_context *cx)
{
	struct row row;

	while (!f->read_all && f->piece.len < FACET_PIECE_BYTES) {
		enum step step = exec_next(f->exec.child, cx, &row);

		f->read_all = step == STEP_DONE;
		if (step != STEP_ROW && step != STEP_DONE)
			return step;
		if (step == STEP_DONE)
			break;
		f->exec.works++;
		buf_append_view(&f->piece, row.doc);
		if (f->piece.failed)
			return no_memory(cx);
		if (op_check(cx->op, cx->status))
			return STEP_ERROR;
	}
	f->has_piece = true;
	f->at = 0;
	return STEP_DONE;
}

static void end_piece(struct facet_node *f)
{
	f->has_piece = false;
	buf_reset(&f->piece);
	for (int i = 0; i < f->spec->n; i++)
		f->branches[i].source.at = 0;
}

static void put_rows(struct builder *b, const struct buf *rows)
{
	for (size_t at = 0; at < rows->len;) {
		struct view doc = view_of(rows->data + at, (size_t)read_i32(rows->data + at));

		builder_doc(b, NULL, doc);
		at += doc.len;
	}
}

/* Each branch's rows are let go of when they are in the document. */
static bool write_out(struct facet_node *f)
{
	struct builder b;

	builder_init(&b, &f->out);
	for (int i = 0; i < f->spec->n; i++) {
		builder_array_begin(&b, f->spec->facets[i].name);
		put_rows(&b, &f->branches[i].rows);
		builder_array_end(&b);
		buf_clear(&f->branches[i].rows);
	}
	builder_finish(&b);
	return !builder_failed(&b);
}

static enum step facet_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct facet_node *f = container_of(e, struct facet_node, exec);

	if (e->done)
		return STEP_DONE;
	while (!all_ended(f)) {
		enum step step = f->has_piece ? STEP_DONE : read_piece(f, cx);

		if (step == STEP_DONE)
			step = run_branches(f, cx);
		if (step != STEP_DONE)
			return step;
		end_piece(f);
	}
	if (!write_out(f))
		return no_memory(cx);
	e->done = true;
	e->advanced++;
	*out = (struct row){.doc = buf_view(&f->out), .array_index = -1};
	return STEP_ROW;
}

static void facet_close(struct exec *e)
{
	struct facet_node *f = container_of(e, struct facet_node, exec);

	for (int i = 0; i < f->spec->n; i++)
		buf_clear(&f->branches[i].rows);
	buf_clear(&f->piece);
	buf_clear(&f->out);
}

static const struct exec_ops facet_ops = {
    .name = "FACET",
    .next = facet_next,
    .close = facet_close,
};

static bool make_branches(struct facet_node *f, struct memory_account *account)
{
	for (int i = 0; i < f->spec->n; i++) {
		struct branch *b = &f->branches[i];

		b->source.exec.ops = &source_ops;
		b->source.facet = f;
		buf_init(&b->rows, account);
		b->top = f->exec.inputs[i] =
		    pipeline_make(f->spec->facets[i].pipeline, &b->source.exec, account);
		if (!b->top)
			return false;
		f->exec.n_inputs++;
	}
	return true;
}

static struct exec *facet_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	const struct facet_spec *spec = s->data;
	struct facet_node *f = arena_new(a, struct facet_node);

	if (!f)
		return NULL;
	f->exec.ops = &facet_ops;
	f->exec.child = input;
	f->spec = spec;
	f->branches = arena_new_array(a, (size_t)spec->n, struct branch);
	f->exec.inputs = arena_new_array(a, (size_t)spec->n, struct exec *);
	if (!f->branches || !f->exec.inputs)
		return NULL;
	buf_init(&f->piece, account);
	buf_init(&f->out, account);
	if (make_branches(f, account))
		return &f->exec;
	for (int i = 0; i < f->exec.n_inputs; i++)
		exec_close(f->exec.inputs[i]);
	return NULL;
}

const struct stage_type stage_facet = {
    .name = "$facet",
    .flags = STAGE_MERGES,
    .help = "Several pipelines over the same input.",
    .parse = facet_parse,
    .make = facet_make,
    .nested = facet_nested,
};
