/*
 * $merge: each document that comes in changes the one of another collection that has
 * the same values in some fields, or becomes a new one there.
 *
 * Each is an update of its own, made at once: what was written beside an error stays,
 * as in MongoDB.  That there is one document at most with these values is what a unique
 * index of the target has to say.
 */
#include "aggregate/field_path.h"
#include "aggregate/spec_fields.h"
#include "aggregate/writing.h"
#include "bson/builder.h"
#include "expr/collation.h"
#include "query/modify.h"
#include "storage/store.h"

#define ERR_MERGE_NOT_MATCHED    13113
#define ERR_MERGE_SPECIAL        31319
#define ERR_MERGE_DATABASE       31320
#define ERR_MERGE_ON_TWICE       31465
#define ERR_MERGE_SPARSE_NULL    51132
#define ERR_MERGE_ON_NOT_STRING  51134
#define ERR_MERGE_INTO_TYPE      51178
#define ERR_MERGE_MODES          51181
#define ERR_MERGE_NOT_UNIQUE     51183
#define ERR_MERGE_ARRAY          51185
#define ERR_MERGE_ON_TYPE        51186
#define ERR_MERGE_ON_EMPTY       51187
#define ERR_MERGE_MATCHED_TYPE   51191
#define ERR_MERGE_LET_FOR_STRING 51199
#define ERR_MERGE_LET_NEW        51273
#define ERR_MERGE_COLL_EMPTY     5786800
#define ERR_MERGE_COLL_NULL      5786801

/* Documents that are written together. */
#define BATCH_DOCS  100000
#define BATCH_BYTES (16 * 1024 * 1024)

enum matched { MATCHED_REPLACE, MATCHED_KEEP, MATCHED_MERGE, MATCHED_FAIL, MATCHED_PIPELINE };
enum not_matched { NOT_MATCHED_INSERT, NOT_MATCHED_DISCARD, NOT_MATCHED_FAIL };

static const char *const matched_names[] = {
    [MATCHED_REPLACE] = "replace",
    [MATCHED_KEEP] = "keepExisting",
    [MATCHED_MERGE] = "merge",
    [MATCHED_FAIL] = "fail",
};
static const char *const not_matched_names[] = {
    [NOT_MATCHED_INSERT] = "insert",
    [NOT_MATCHED_DISCARD] = "discard",
    [NOT_MATCHED_FAIL] = "fail",
};

struct merge_spec {
	struct view db, name;
	int n_on;
	struct path *on;
	bool sparse; /* the index that says that there is one at most */
	enum matched matched;
	enum not_matched not_matched;
	struct value pipeline;
	int n_let;
	struct let {
		struct view name;
		struct expression *value;
	} * let;
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $merge");
}

/* ------------------------------------------------------------- the parser */

enum { INTO, ON, LET, WHEN_MATCHED, WHEN_NOT_MATCHED, N_FIELDS };

static const struct spec_field merge_fields[N_FIELDS] = {
    [INTO] = {"into", TYPE_EOD, false},
    [ON] = {"on", TYPE_EOD, false},
    [LET] = {"let", TYPE_OBJECT, false},
    [WHEN_MATCHED] = {"whenMatched", TYPE_EOD, false},
    [WHEN_NOT_MATCHED] = {"whenNotMatched", TYPE_STRING, false},
};

static int take_name(struct merge_spec *m, struct view name, struct status *st)
{
	m->name = name;
	return name.len ? 0
			: status_set(st, ERR_MERGE_COLL_EMPTY,
			      "$merge's 'into' must name a collection");
}

static int parse_into_object(struct merge_spec *m, struct view into, struct status *st)
{
	static const struct spec_field fields[] = {
	    {"db", TYPE_STRING, false},
	    {"coll", TYPE_STRING, false},
	};
	struct value values[ARRAY_LEN(fields)];
	int err = spec_fields_take("$merge.into", into, fields, ARRAY_LEN(fields), values, st);

	if (err)
		return err;
	if (values[1].type != TYPE_STRING)
		return status_set(
		    st, ERR_MERGE_COLL_NULL, "$merge's 'into' must name a collection");
	if (values[0].type == TYPE_STRING && value_str(values[0]).len)
		m->db = value_str(values[0]);
	return take_name(m, value_str(values[1]), st);
}

static int check_target(const struct merge_spec *m, struct status *st)
{
	return writing_check_target(
	    "$merge", m->db, m->name, ERR_MERGE_DATABASE, ERR_MERGE_SPECIAL, st);
}

/* into: what the specification has, which may be null. */
static int parse_into(struct merge_spec *m, struct value into, struct status *st)
{
	int err = 0;

	if (value_is_missing(into))
		return status_set(st, ERR_MISSING_FIELD,
		    "BSON field '$merge.into' is missing but a required field");
	if (into.type == TYPE_STRING)
		err = take_name(m, value_str(into), st);
	else if (into.type == TYPE_OBJECT)
		err = parse_into_object(m, value_doc(into), st);
	else
		err = status_set(st, ERR_MERGE_INTO_TYPE,
		    "$merge's 'into' must be a string or an object, not %s",
		    type_name(into.type));
	return err ? err : check_target(m, st);
}

static int add_on(struct merge_spec *m, struct value v, struct arena *a, struct status *st)
{
	int err;

	if (v.type != TYPE_STRING)
		return status_set(st, ERR_MERGE_ON_NOT_STRING,
		    "$merge's 'on' must be of strings, not %s", type_name(v.type));
	err = field_path_parse(value_str(v), a, &m->on[m->n_on], st);
	for (int i = 0; !err && i < m->n_on; i++)
		if (view_equal(m->on[i].text, m->on[m->n_on].text))
			err = status_set(st, ERR_MERGE_ON_TWICE,
			    "$merge's 'on' has the field '%.*s' twice", (int)m->on[i].text.len,
			    (const char *)m->on[i].text.data);
	m->n_on++;
	return err;
}

static int parse_on(struct merge_spec *m, struct value on, struct arena *a, struct status *st)
{
	int n = on.type == TYPE_ARRAY ? doc_count(value_doc(on)) : 1, err = 0;
	struct doc_iter it;
	struct element e;

	m->on = arena_new_array(a, (size_t)n + 1, struct path);
	if (!m->on)
		return no_memory(st);
	if (value_is_missing(on))
		return field_path_parse(view_of_str("_id"), a, &m->on[m->n_on++], st);
	if (on.type == TYPE_STRING)
		return add_on(m, on, a, st);
	if (on.type != TYPE_ARRAY)
		return status_set(st, ERR_MERGE_ON_TYPE,
		    "$merge's 'on' must be a string or an array of strings, not %s",
		    type_name(on.type));
	if (n == 0)
		return status_set(
		    st, ERR_MERGE_ON_EMPTY, "$merge's 'on' must not be an empty array");
	it = doc_iter(value_doc(on));
	while (!err && doc_next(&it, &e))
		err = add_on(m, e.value, a, st);
	return err;
}

/* The place of the name, or -1. */
static int find_name(const char *const *names, int n, struct value v)
{
	for (int i = 0; i < n; i++)
		if (view_equal(value_str(v), view_of_str(names[i])))
			return i;
	return -1;
}

/* What its stages are is looked at when there is something to change, as in MongoDB. */
static int check_pipeline(struct view stages, struct status *st)
{
	struct doc_iter it = doc_iter(stages);
	struct element e;

	while (doc_next(&it, &e))
		if (e.value.type != TYPE_OBJECT)
			return status_set(st, ERR_TYPE_MISMATCH,
			    "each element of a pipeline is a document, not %s",
			    type_name(e.value.type));
	return 0;
}

static int parse_matched(struct merge_spec *m, struct value v, struct status *st)
{
	int i = MATCHED_MERGE;

	if (v.type == TYPE_ARRAY) {
		m->matched = MATCHED_PIPELINE;
		m->pipeline = v;
		return check_pipeline(value_doc(v), st);
	} else if (v.type == TYPE_STRING) {
		i = find_name(matched_names, ARRAY_LEN(matched_names), v);
	} else if (!value_is_missing(v)) {
		return status_set(st, ERR_MERGE_MATCHED_TYPE,
		    "$merge's 'whenMatched' must be a string or an array, not %s",
		    type_name(v.type));
	}
	if (i < 0)
		return status_set(st, ERR_BAD_VALUE,
		    "Enumeration value '%.*s' for field '$merge.whenMatched' is not a valid "
		    "value",
		    (int)value_str(v).len, (const char *)value_str(v).data);
	m->matched = (enum matched)i;
	return 0;
}

static int parse_not_matched(struct merge_spec *m, struct value v, struct status *st)
{
	int i = NOT_MATCHED_INSERT;

	if (v.type == TYPE_STRING)
		i = find_name(not_matched_names, ARRAY_LEN(not_matched_names), v);
	if (i < 0)
		return status_set(st, ERR_BAD_VALUE,
		    "Enumeration value '%.*s' for field '$merge.whenNotMatched' is not a valid "
		    "value",
		    (int)value_str(v).len, (const char *)value_str(v).data);
	m->not_matched = (enum not_matched)i;
	/* Nothing would ever be written. */
	if (m->not_matched != NOT_MATCHED_INSERT &&
	    (m->matched == MATCHED_FAIL || m->matched == MATCHED_KEEP))
		return status_set(st, ERR_MERGE_MODES,
		    "$merge does not support whenMatched: '%s' with whenNotMatched: '%s'",
		    matched_names[m->matched], not_matched_names[m->not_matched]);
	return 0;
}

static bool is_root(struct value v)
{
	return v.type == TYPE_STRING && view_equal(value_str(v), view_of_str("$$ROOT"));
}

static int add_let(struct merge_spec *m, const struct element *e,
    const struct stage_context *cx, struct status *st)
{
	struct expression_options o = {
	    .collator = cx->collator, .let = cx->let, .metas = cx->metas};
	struct let *let = &m->let[m->n_let];
	int err;

	let->name = view_of(e->name, e->name_len);
	if (view_equal(let->name, view_of_str("new")))
		return is_root(e->value)
			   ? 0
			   : status_set(st, ERR_MERGE_LET_NEW,
				 "'let' may not define a value for the reserved 'new' "
				 "variable other than '$$ROOT'");
	err = variable_name_check(let->name, st);
	if (!err)
		err = expression_parse(e->value, &o, cx->arena, &let->value, st);
	m->n_let++;
	return err;
}

static int parse_let(
    struct merge_spec *m, struct value v, const struct stage_context *cx, struct status *st)
{
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (v.type != TYPE_OBJECT)
		return 0;
	if (m->matched != MATCHED_PIPELINE)
		return status_set(st, ERR_MERGE_LET_FOR_STRING,
		    "$merge's 'let' goes with a 'whenMatched' that is a pipeline only");
	m->let = arena_new_array(cx->arena, (size_t)doc_count(value_doc(v)) + 1, struct let);
	if (!m->let)
		return no_memory(st);
	it = doc_iter(value_doc(v));
	while (!err && doc_next(&it, &e))
		err = add_let(m, &e, cx, st);
	return err;
}

/* {new: doc, ...}: what the pipeline sees besides the document that it changes. */
static void put_constants(
    struct builder *b, const struct merge_spec *m, struct view doc, const struct value *values)
{
	builder_doc(b, "new", doc);
	for (int i = 0; i < m->n_let; i++)
		builder_value_n(
		    b, (const char *)m->let[i].name.data, m->let[i].name.len, values[i]);
}

/* --------------------------------------------------- is there one at most? */

static bool is_on(const struct merge_spec *m, struct view path)
{
	for (int i = 0; i < m->n_on; i++)
		if (view_equal(m->on[i].text, path))
			return true;
	return false;
}

static bool is_id_alone(const struct merge_spec *m)
{
	return m->n_on == 1 && view_equal(m->on[0].text, view_of_str("_id"));
}

/* Its fields are on's, in whatever order. */
static bool says_unique(
    const struct index *ix, const struct merge_spec *m, const struct collator *collator)
{
	if (!ix->unique || ix->partial || ix->n_fields != m->n_on ||
	    !collation_equal(ix->collator, collator))
		return false;
	for (int i = 0; i < ix->n_fields; i++)
		if (!is_on(m, ix->fields[i].path.text))
			return false;
	return true;
}

/* One that is not sparse is the better one. */
static bool find_unique(
    struct merge_spec *m, const struct collection *c, const struct collator *collator)
{
	bool found = is_id_alone(m) && (!c || collation_equal(c->collator, collator));

	m->sparse = !found;
	for (int i = 0; c && i < c->n_indexes; i++) {
		if (!says_unique(c->indexes[i], m, collator))
			continue;
		found = true;
		m->sparse &= c->indexes[i]->sparse;
	}
	return found;
}

static int check_unique(
    struct merge_spec *m, const struct stage_context *cx, bool given, struct status *st)
{
	struct collection *c =
	    cx->store ? catalog_find(store_catalog(cx->store), m->db, m->name) : NULL;
	int err = 0;

	if (c && c->kind != KIND_COLLECTION)
		err = status_set(st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW,
		    "$merge cannot write to the %s '%s'",
		    c->kind == KIND_VIEW ? "view" : "time series", c->ns);
	else if (given && !find_unique(m, c, cx->collator))
		err = status_set(st, ERR_MERGE_NOT_UNIQUE,
		    "Cannot find index to verify that join fields will be unique");
	if (c)
		collection_unref(c);
	return err;
}

static int parse_object(
    struct merge_spec *m, struct view spec, const struct stage_context *cx, struct status *st)
{
	struct value values[N_FIELDS], on = doc_get(spec, "on");
	int err = spec_fields_take("$merge", spec, merge_fields, N_FIELDS, values, st);

	if (!err)
		err = parse_into(m, doc_get(spec, "into"), st);
	if (!err)
		err = parse_on(m, on, cx->arena, st);
	if (!err)
		err = parse_matched(m, doc_get(spec, "whenMatched"), st);
	if (!err)
		err = parse_not_matched(m, values[WHEN_NOT_MATCHED], st);
	if (!err)
		err = parse_let(m, values[LET], cx, st);
	return err ? err : check_unique(m, cx, !value_is_missing(on), st);
}

static int parse_string(
    struct merge_spec *m, struct view name, const struct stage_context *cx, struct status *st)
{
	int err;

	m->name = name;
	m->matched = MATCHED_MERGE;
	err = check_target(m, st);
	if (!err)
		err = parse_on(m, value_missing, cx->arena, st);
	return err ? err : check_unique(m, cx, false, st);
}

static int merge_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct merge_spec *m = arena_new(cx->arena, struct merge_spec);

	if (!m)
		return no_memory(st);
	s->data = m;
	m->db = cx->db;
	if (v.type == TYPE_STRING)
		return parse_string(m, value_str(v), cx, st);
	if (v.type == TYPE_OBJECT)
		return parse_object(m, value_doc(v), cx, st);
	return stage_wrong_type(
	    st, ERR_TYPE_MISMATCH, "$merge", "a string or an object", v.type);
}

/* --------------------------------------------------------------- the node */

struct merge_node {
	struct exec exec;
	const struct stage *stage;
	const struct merge_spec *spec;
	struct arena row; /* of the document under way */
	struct writer writer;
	struct modify modify;
	struct modify_spec change;
	struct writer_doc insert;
	bool begun; /* with the document */
	bool inserts; /* by itself, whatever is there */
	/* What belongs together: an error in it is told at its end. */
	int n_in_batch;
	size_t bytes_in_batch;
	struct status failure; /* the first one in it */
};

static bool is_nothing(struct value v)
{
	return v.type == TYPE_NULL || v.type == TYPE_UNDEFINED || value_is_missing(v);
}

static int check_value(
    struct merge_node *n, const struct path *p, struct value v, struct status *st)
{
	if (v.type == TYPE_ARRAY)
		return status_set(st, ERR_MERGE_ARRAY,
		    "$merge write error: 'on' field '%.*s' cannot be an array",
		    (int)p->text.len, (const char *)p->text.data);
	if (n->spec->sparse && is_nothing(v))
		return status_set(st, ERR_MERGE_SPARSE_NULL,
		    "$merge write error: 'on' field '%.*s' cannot be missing, null or "
		    "undefined if the index that supports it is sparse",
		    (int)p->text.len, (const char *)p->text.data);
	return 0;
}

/* Straight down; an array on the way is what it stops at. */
static struct value value_at(struct view doc, const struct path *p)
{
	struct value v = value_of_doc(doc);

	for (int i = 0; i < p->n && v.type == TYPE_OBJECT; i++)
		v = doc_get_n(value_doc(v), p->parts[i].name, p->parts[i].len);
	return v;
}

static struct value value_on(struct view doc, const struct path *p)
{
	struct value v = value_at(doc, p);

	return v.type == TYPE_ARRAY ? v : path_get(doc, p, false);
}

static int put_filter(
    struct merge_node *n, struct builder *b, struct view doc, struct status *st)
{
	for (int i = 0; i < n->spec->n_on; i++) {
		const struct path *p = &n->spec->on[i];
		struct value v = value_on(doc, p);
		int err = check_value(n, p, v, st);

		if (err)
			return err;
		builder_doc_begin_n(b, (const char *)p->text.data, p->text.len);
		builder_value(b, "$eq", is_nothing(v) ? value_null : v);
		builder_doc_end(b);
	}
	return 0;
}

static int put_variables(
    struct merge_node *n, struct builder *b, struct view doc, struct status *st)
{
	const struct merge_spec *m = n->spec;
	struct value *values = arena_new_array(&n->row, (size_t)m->n_let + 1, struct value);

	if (!values)
		return no_memory(st);
	for (int i = 0; i < m->n_let; i++) {
		int err = expression_eval(
		    m->let[i].value, doc, n->stage->context->let, &n->row, &values[i], st);

		if (err)
			return err;
	}
	put_constants(b, m, doc, values);
	return 0;
}

static int put_operator(
    struct merge_node *n, struct builder *b, struct view doc, struct status *st)
{
	builder_doc(b, n->spec->matched == MATCHED_KEEP ? "$setOnInsert" : "$set", doc);
	return 0;
}

/* A document made by put, in the row's arena. */
static int make(struct merge_node *n,
    int (*put)(struct merge_node *n, struct builder *b, struct view doc, struct status *st),
    struct view doc, struct view *out, struct status *st)
{
	struct builder b;
	struct buf buf;
	int err;

	buf_init(&buf, n->row.account);
	builder_init(&b, &buf);
	err = put(n, &b, doc, st);
	builder_finish(&b);
	*out = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(&n->row, builder_view(&b));
	buf_clear(&buf);
	return err || out->data ? err : no_memory(st);
}

/* What becomes of the document that is there. */
static int make_update(struct merge_node *n, struct view doc, struct status *st)
{
	struct view update = doc;
	int err = 0;

	switch (n->spec->matched) {
	case MATCHED_PIPELINE:
		n->change.update = n->spec->pipeline;
		n->change.supplied = doc;
		return make(n, put_variables, doc, &n->change.constants, st);
	case MATCHED_KEEP:
	case MATCHED_MERGE:
		err = make(n, put_operator, doc, &update, st);
		break;
	default:
		break;
	}
	n->change.update = value_of_doc(update);
	return err;
}

static int begin_change(struct merge_node *n, struct view doc, struct status *st)
{
	const struct merge_spec *m = n->spec;
	const struct stage_context *cx = n->stage->context;
	int err;

	n->change = (struct modify_spec){
	    .db = m->db,
	    .name = m->name,
	    .query = {.collator = cx->collator, .own_collation = true, .let = cx->let},
	    .upsert = m->not_matched == NOT_MATCHED_INSERT,
	};
	err = make(n, put_filter, doc, &n->change.query.filter, st);
	if (!err)
		err = make_update(n, doc, st);
	if (!err)
		modify_init(&n->modify, &n->change, &n->writer, &n->row);
	return err;
}

static int begin(struct merge_node *n, struct view doc, struct status *st)
{
	int err = 0;

	arena_reset(&n->row);
	doc = arena_dup(&n->row, doc);
	if (!doc.data)
		return no_memory(st);
	n->inserts = n->spec->matched == MATCHED_FAIL;
	/* Where its _id does not matter, it keeps that of the one that it changes. */
	if (n->inserts || is_on(n->spec, view_of_str("_id")))
		err = writer_fix_document(doc, &n->row, &doc, st);
	if (err)
		return err;
	n->insert = (struct writer_doc){.doc = doc};
	if (n->inserts) {
		struct view ignored;

		err = make(n, put_filter, doc, &ignored, st);
	} else {
		err = begin_change(n, doc, st);
	}
	n->begun = !err;
	return err;
}

static enum step insert(struct merge_node *n, struct exec_context *cx)
{
	int done = 0;
	enum step step = writer_begin(&n->writer, n->spec->db, n->spec->name, true, cx->status);

	if (step == STEP_DONE)
		step = writer_insert(&n->writer, &n->insert, 1, true, &done, cx->status);
	if (step != STEP_DONE || !n->insert.code)
		return step;
	if (n->insert.failure) {
		status_copy(cx->status, n->insert.failure);
		status_clear(n->insert.failure);
	} else {
		status_set(cx->status, n->insert.code, "$merge could not insert a document");
	}
	return STEP_ERROR;
}

static enum step change(struct merge_node *n, struct exec_context *cx)
{
	enum step step = modify_run(&n->modify, cx->status);

	if (step == STEP_DONE && n->spec->not_matched == NOT_MATCHED_FAIL &&
	    !n->modify.result.matched) {
		status_set(cx->status, ERR_MERGE_NOT_MATCHED,
		    "$merge could not find a matching document in the target collection for "
		    "at least one document in the source collection");
		return STEP_ERROR;
	}
	return step;
}

static void end(struct merge_node *n, struct exec_context *cx)
{
	if (!n->inserts) {
		cx->docs_examined += n->modify.cx.docs_examined;
		cx->keys_examined += n->modify.cx.keys_examined;
		modify_clear(&n->modify);
	}
	n->begun = false;
	if (n->writer.last_sequence)
		writing_note(cx, n->writer.last_sequence, n->writer.last_cluster_time);
}

/* A write that cannot be made does not keep the others of its batch from it, as in MongoDB; but
 * one that was stopped ends all.  ERROR: so it is. */
static enum step note_failure(struct merge_node *n, struct exec_context *cx)
{
	struct status stopped;
	int err;

	status_init(&stopped);
	err = op_check_now(cx->op, &stopped);
	if (!err)
		err = store_writable(cx->store, &stopped);
	status_clear(&stopped);
	if (err || cx->status->code == ERR_UNKNOWN_ERROR)
		return STEP_ERROR;
	if (!n->failure.code)
		status_copy(&n->failure, cx->status);
	status_clear(cx->status);
	return STEP_ROW;
}

/* Is there an error of the batch, that is over now? */
static bool batch_failed(struct merge_node *n, struct exec_context *cx)
{
	n->n_in_batch = 0;
	n->bytes_in_batch = 0;
	if (n->failure.code)
		status_copy(cx->status, &n->failure);
	return n->failure.code;
}

/* ROW: begun with the next document. */
static enum step take(struct merge_node *n, struct exec_context *cx)
{
	struct row row;
	enum step step;

	if (op_check(cx->op, cx->status))
		return STEP_ERROR;
	if (op_slice_over(cx->op))
		return STEP_HANDOVER;
	if ((n->n_in_batch >= BATCH_DOCS || n->bytes_in_batch >= BATCH_BYTES) &&
	    batch_failed(n, cx))
		return STEP_ERROR;
	step = exec_next(n->exec.child, cx, &row);
	if (step == STEP_DONE && batch_failed(n, cx))
		return STEP_ERROR;
	if (step != STEP_ROW)
		return step;
	n->n_in_batch++;
	n->bytes_in_batch += row.doc.len;
	return begin(n, row.doc, cx->status) ? STEP_ERROR : STEP_ROW;
}

static enum step merge_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct merge_node *n = container_of(e, struct merge_node, exec);
	enum step step;

	if (cx->op->on_loop)
		return STEP_HANDOVER;
	if (!n->writer.store) {
		if (store_writable(cx->store, cx->status))
			return STEP_ERROR;
		writer_init(&n->writer, cx->store, cx->op);
		n->writer.bypass_validation = n->stage->context->bypass_validation;
	}
	for (;;) {
		step = n->begun ? STEP_ROW : take(n, cx);
		e->done = step == STEP_DONE;
		if (step != STEP_ROW)
			return step;
		step = n->inserts ? insert(n, cx) : change(n, cx);
		if (step == STEP_HANDOVER || step == STEP_PARK)
			return step;
		end(n, cx);
		if (step == STEP_ERROR && note_failure(n, cx) == STEP_ERROR)
			return STEP_ERROR;
		e->works++;
	}
}

static void merge_close(struct exec *e)
{
	struct merge_node *n = container_of(e, struct merge_node, exec);

	if (n->begun && !n->inserts)
		modify_clear(&n->modify);
	if (n->writer.store)
		writer_clear(&n->writer);
	status_clear(&n->failure);
	arena_clear(&n->row);
}

static const struct exec_ops merge_ops = {
    .name = "MERGE",
    .next = merge_next,
    .close = merge_close,
};

static struct exec *merge_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct merge_node *n = arena_new(a, struct merge_node);

	if (s->context->explained)
		return writing_explained(input, a);
	if (!n)
		return NULL;
	n->exec.ops = &merge_ops;
	n->exec.child = input;
	n->stage = s;
	n->spec = s->data;
	arena_init(&n->row, account);
	status_init(&n->failure);
	return &n->exec;
}

const struct stage_type stage_merge = {
    .name = "$merge",
    .flags = STAGE_WRITES | STAGE_OUTERMOST,
    .help = "Its documents change those of another collection, or are added to it.",
    .parse = merge_parse,
    .make = merge_make,
};
