/*
 * $lookup: puts into each document an array of those of another collection that
 * belong to it: that have a value in common, or that a pipeline brings, or both.
 *
 * For each document the other collection is asked by a query of its own, so an
 * index of it is used.  A pipeline that looks at nothing of the document is run
 * once, and what it brought is kept.
 */
#include "aggregate/field_path.h"
#include "aggregate/foreign.h"
#include "aggregate/join_values.h"
#include "aggregate/spec_fields.h"

/* What is found for one document, as in MongoDB. */
#define LOOKUP_BYTES_MAX (100 * 1024 * 1024)

#define ERR_LOOKUP_TOO_LARGE 4568

struct lookup_spec {
	struct foreign foreign;
	struct path as, local;
	struct view foreign_field; /* empty: documents need not have a value in common */
	int n_let;
	struct expression **let;
	const struct variables *outer; /* NULL: none */
	/* What the pipeline sees: n_let of this stage's, which each document sets, and
	 * outer's behind them. */
	struct variables inner;
	bool depends; /* on the document, or on chance */
};

/* ------------------------------------------------------------- the parser */

enum { FROM, LOCAL_FIELD, FOREIGN_FIELD, LET, PIPELINE, AS, N_FIELDS };

static const struct spec_field lookup_fields[N_FIELDS] = {
    [FROM] = {"from", TYPE_EOD, false},
    [LOCAL_FIELD] = {"localField", TYPE_STRING, false},
    [FOREIGN_FIELD] = {"foreignField", TYPE_STRING, false},
    [LET] = {"let", TYPE_OBJECT, false},
    [PIPELINE] = {"pipeline", TYPE_ARRAY, false},
    [AS] = {"as", TYPE_STRING, true},
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $lookup");
}

/* Without a name the pipeline has to make the documents; with one it must not. */
static int parse_from(struct view spec, struct view *name, struct status *st)
{
	struct value from = doc_get(spec, "from");
	struct value stages = doc_get(spec, "pipeline");
	bool makes = stages.type == TYPE_ARRAY && stages_make_documents(value_doc(stages));
	int err;

	if (value_is_missing(from) && makes)
		return 0;
	if (value_is_missing(from))
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "$lookup must specify 'pipeline' with $documents first when 'from' is "
		    "missing");
	err = foreign_parse_name("$lookup", from, name, st);
	if (err)
		return err;
	if (!name->len || makes)
		return status_set(st, ERR_INVALID_NAMESPACE,
		    name->len ? "$documents needs a $lookup without 'from'"
			      : "$lookup's 'from' must not be empty");
	return 0;
}

/* "" is as good as none. */
static struct view name_of(struct value v)
{
	return v.type == TYPE_STRING ? value_str(v) : view_of(NULL, 0);
}

static int parse_join(
    struct lookup_spec *l, const struct value *values, struct arena *a, struct status *st)
{
	struct view local = name_of(values[LOCAL_FIELD]);
	struct view field = name_of(values[FOREIGN_FIELD]);
	bool has_pipeline = values[PIPELINE].type == TYPE_ARRAY;
	struct path ignored;
	int err;

	if (!local.len != !field.len)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "$lookup requires both or neither of 'localField' and 'foreignField'");
	if (!local.len && !has_pipeline)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "$lookup requires either 'pipeline' or both 'localField' and "
		    "'foreignField'");
	if (!has_pipeline && !value_is_missing(values[LET]))
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "$lookup with a 'let' argument must also specify 'pipeline'");
	if (!local.len)
		return 0;
	err = field_path_parse(local, a, &l->local, st);
	if (!err)
		err = field_path_parse(field, a, &ignored, st);
	l->foreign_field = field;
	return err;
}

/* Their values come with each document. */
static int parse_let(
    struct lookup_spec *l, struct value let, const struct stage_context *cx, struct status *st)
{
	struct view doc = let.type == TYPE_OBJECT ? value_doc(let) : doc_empty;
	struct expression_options o = {
	    .collator = cx->collator, .let = cx->let, .metas = cx->metas};
	int n_outer = cx->let ? cx->let->n : 0, n = doc_count(doc), err = 0;
	struct doc_iter it = doc_iter(doc);
	struct element e;

	l->outer = cx->let;
	if (cx->let)
		l->inner = *cx->let;
	l->inner.list = arena_new_array(cx->arena, (size_t)(n + n_outer) + 1, struct variable);
	l->let = arena_new_array(cx->arena, (size_t)n + 1, struct expression *);
	if (arena_failed(cx->arena))
		return no_memory(st);
	while (!err && doc_next(&it, &e)) {
		struct view name = view_of(e.name, e.name_len);

		err = variable_name_check(name, st);
		if (!err)
			err = expression_parse(e.value, &o, cx->arena, &l->let[l->n_let], st);
		l->inner.list[l->n_let++].name = name;
	}
	l->inner.n = l->n_let + n_outer;
	if (n_outer)
		memcpy(l->inner.list + l->n_let, cx->let->list,
		    (size_t)n_outer * sizeof(*cx->let->list));
	return err;
}

static bool is_variable_of(const struct lookup_spec *l, struct view text)
{
	if (text.len < 3 || text.data[0] != '$' || text.data[1] != '$')
		return false;
	for (int i = 0; i < l->n_let; i++) {
		struct view name = l->inner.list[i].name;

		if (text.len >= name.len + 2 &&
		    memcmp(text.data + 2, name.data, name.len) == 0 &&
		    (text.len == name.len + 2 || text.data[name.len + 2] == '.'))
			return true;
	}
	return false;
}

static bool is_of_chance(const char *name)
{
	return !strcmp(name, "$rand") || !strcmp(name, "$sample") ||
	       !strcmp(name, "$sampleRate");
}

/* May what it brings be another for another document?  A text that only looks like a variable
 * counts.  Documents nest no deeper than BSON may. */
static bool depends(const struct lookup_spec *l, struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		struct value v = e.value;

		if (is_of_chance(e.name))
			return true;
		if (v.type == TYPE_STRING && is_variable_of(l, value_str(v)))
			return true;
		if ((v.type == TYPE_OBJECT || v.type == TYPE_ARRAY) && depends(l, value_doc(v)))
			return true;
	}
	return false;
}

static bool pipeline_depends(const struct lookup_spec *l)
{
	const struct pipeline *p = l->foreign.pipeline;

	if (l->foreign_field.len)
		return true;
	for (int i = 0; i < p->n; i++) {
		struct value spec = p->stages[i].spec;

		if (is_of_chance(p->stages[i].type->name))
			return true;
		if (spec.type == TYPE_STRING && is_variable_of(l, value_str(spec)))
			return true;
		if ((spec.type == TYPE_OBJECT || spec.type == TYPE_ARRAY) &&
		    depends(l, value_doc(spec)))
			return true;
	}
	return false;
}

static int parse_foreign(struct lookup_spec *l, struct view name, struct value stages,
    const struct stage_context *cx, struct status *st)
{
	struct foreign_spec *f = arena_new(cx->arena, struct foreign_spec);
	int err;

	if (!f)
		return no_memory(st);
	f->name = name;
	f->stages = stages.type == TYPE_ARRAY ? value_doc(stages) : view_of(NULL, 0);
	f->let = &l->inner;
	f->matched = l->foreign_field.len > 0;
	f->nesting = (struct stage_nesting){.up = cx->nesting,
	    .stage = "$lookup",
	    .refused = STAGE_OUTERMOST,
	    .code = ERR_STAGE_NOT_IN_LOOKUP};
	err = foreign_parse(&l->foreign, f, cx, st);
	l->depends = err || pipeline_depends(l);
	return err;
}

static int lookup_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct lookup_spec *l = arena_new(cx->arena, struct lookup_spec);
	struct value values[N_FIELDS];
	struct view name = {0};
	int err;

	if (!l)
		return no_memory(st);
	if (v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_FAILED_TO_PARSE, "$lookup", "an object", v.type);
	s->data = l;
	err = parse_from(value_doc(v), &name, st);
	if (!err)
		err = spec_fields_take(
		    "$lookup", value_doc(v), lookup_fields, N_FIELDS, values, st);
	if (!err)
		err = field_path_parse(value_str(values[AS]), cx->arena, &l->as, st);
	if (!err)
		err = parse_join(l, values, cx->arena, st);
	if (!err)
		err = parse_let(l, values[LET], cx, st);
	return err ? err : parse_foreign(l, name, values[PIPELINE], cx, st);
}

/* --------------------------------------------------------------- the node */

struct lookup_node {
	struct exec exec;
	const struct stage *stage;
	struct lookup_spec *spec;
	struct memory_account *account;
	struct buf doc; /* that is being looked up */
	struct meta_keeper keeper; /* of what is known of it besides */
	const struct document_meta *meta;
	struct arena row; /* of what belongs to it */
	struct buf found; /* {"": [what has been found]} */
	struct builder builder;
	struct buf out;
	bool open; /* found is being filled */
	bool kept; /* found holds for all documents */
};

static int set_let(struct lookup_node *n, struct status *st)
{
	struct lookup_spec *l = n->spec;
	struct variable *list = l->inner.list;

	for (int i = 0; i < l->n_let; i++) {
		int err = expression_eval(
		    l->let[i], buf_view(&n->doc), l->outer, &n->row, &list[i].value, st);

		if (err)
			return err;
	}
	for (int i = l->n_let; i < l->inner.n; i++)
		list[i].value = l->outer->list[i - l->n_let].value;
	return 0;
}

/* Of documents that have a value in common with this one. */
static int set_match(struct lookup_node *n, struct status *st)
{
	const struct lookup_spec *l = n->spec;
	struct join_values values = {.arena = &n->row};
	struct view filter = {0};
	struct builder b;
	struct buf buf;
	int err;

	if (!l->foreign_field.len)
		return 0;
	err = join_values_collect(&values, buf_view(&n->doc), &l->local, st);
	if (err)
		return err;
	buf_init(&buf, n->row.account);
	builder_init(&b, &buf);
	join_values_put(&b, (const char *)l->foreign_field.data, &values);
	builder_finish(&b);
	if (!values.failed && !builder_failed(&b))
		filter = arena_dup(&n->row, builder_view(&b));
	buf_clear(&buf);
	if (!filter.data)
		return no_memory(st);
	foreign_set_match(&n->spec->foreign, filter);
	return 0;
}

static int open_foreign(struct lookup_node *n, struct exec_context *cx)
{
	int err;

	arena_reset(&n->row);
	err = set_let(n, cx->status);
	if (!err)
		err = set_match(n, cx->status);
	if (!err)
		err = foreign_open(&n->spec->foreign, &n->row, n->account, cx);
	if (err)
		return err;
	n->open = true;
	buf_reset(&n->found);
	builder_init(&n->builder, &n->found);
	builder_array_begin(&n->builder, "");
	return 0;
}

static int add_found(struct lookup_node *n, struct view doc, struct status *st)
{
	builder_doc(&n->builder, NULL, doc);
	if (builder_size(&n->builder) > LOOKUP_BYTES_MAX)
		return status_set(st, ERR_LOOKUP_TOO_LARGE,
		    "Total size of documents in %.*s matching pipeline's $lookup stage exceeds "
		    "%d bytes",
		    (int)n->spec->foreign.name.len, (const char *)n->spec->foreign.name.data,
		    LOOKUP_BYTES_MAX);
	return builder_failed(&n->builder) ? no_memory(st) : 0;
}

/* Until all has been found for the document: DONE. */
static enum step fill(struct lookup_node *n, struct exec_context *cx)
{
	enum step step;
	struct row row;

	while ((step = foreign_next(&n->spec->foreign, cx, &row)) == STEP_ROW)
		if (add_found(n, row.doc, cx->status)) {
			step = STEP_ERROR;
			break;
		}
	if (step != STEP_DONE)
		return step;
	builder_array_end(&n->builder);
	builder_finish(&n->builder);
	foreign_close(&n->spec->foreign, cx);
	n->open = false;
	n->kept = !n->spec->depends;
	if (!builder_failed(&n->builder))
		return STEP_DONE;
	no_memory(cx->status);
	return STEP_ERROR;
}

/* ROW: the next document is in n->doc. */
static enum step take_doc(struct lookup_node *n, struct exec_context *cx)
{
	struct row row;
	enum step step = exec_next(n->exec.child, cx, &row);

	n->exec.done = step != STEP_ROW && n->exec.child->done;
	if (step != STEP_ROW)
		return step;
	buf_reset(&n->doc);
	buf_append_view(&n->doc, row.doc);
	n->meta = meta_keep(&n->keeper, row.meta);
	if (!n->doc.failed && !n->keeper.packed.failed)
		return STEP_ROW;
	no_memory(cx->status);
	return STEP_ERROR;
}

static enum step give(struct lookup_node *n, struct exec_context *cx, struct row *out)
{
	struct value found = doc_get(buf_view(&n->found), "");
	struct builder b;

	buf_reset(&n->out);
	builder_init(&b, &n->out);
	field_path_set(&b, buf_view(&n->doc), &n->spec->as, found);
	builder_finish(&b);
	if (builder_failed(&b)) {
		no_memory(cx->status);
		return STEP_ERROR;
	}
	n->exec.done = n->exec.child->done;
	n->exec.works++;
	n->exec.advanced++;
	*out = (struct row){.doc = builder_view(&b), .array_index = -1, .meta = n->meta};
	return STEP_ROW;
}

static enum step lookup_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct lookup_node *n = container_of(e, struct lookup_node, exec);
	enum step step;

	if (cx->op->on_loop)
		return STEP_HANDOVER;
	if (!n->open) {
		step = take_doc(n, cx);
		if (step != STEP_ROW)
			return step;
		if (op_check(cx->op, cx->status))
			return STEP_ERROR;
		if (!n->kept && open_foreign(n, cx))
			return STEP_ERROR;
	}
	if (n->open) {
		step = fill(n, cx);
		if (step != STEP_DONE)
			return step;
	}
	return give(n, cx, out);
}

static void lookup_save(struct exec *e)
{
	foreign_save(&container_of(e, struct lookup_node, exec)->spec->foreign);
}

static void lookup_close(struct exec *e)
{
	struct lookup_node *n = container_of(e, struct lookup_node, exec);

	foreign_close(&n->spec->foreign, NULL);
	arena_clear(&n->row);
	buf_clear(&n->doc);
	buf_clear(&n->keeper.packed);
	buf_clear(&n->found);
	buf_clear(&n->out);
}

static const struct exec_ops lookup_ops = {
    .name = "LOOKUP",
    .next = lookup_next,
    .save = lookup_save,
    .close = lookup_close,
};

static struct exec *lookup_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct lookup_node *n = arena_new(a, struct lookup_node);

	if (!n)
		return NULL;
	n->exec.ops = &lookup_ops;
	n->exec.child = input;
	n->stage = s;
	n->spec = s->data;
	n->account = account;
	arena_init(&n->row, account);
	buf_init(&n->doc, account);
	buf_init(&n->keeper.packed, account);
	buf_init(&n->found, account);
	buf_init(&n->out, account);
	return &n->exec;
}

static void lookup_explain(const struct exec *e, struct builder *b)
{
	foreign_put_stats(&container_of(e, struct lookup_node, exec)->spec->foreign, b);
}

const struct stage_type stage_lookup = {
    .name = "$lookup",
    .flags = STAGE_READS | STAGE_SHAPES,
    .help = "An array of documents of another collection that belong to each document.",
    .parse = lookup_parse,
    .make = lookup_make,
    .explain = lookup_explain,
};
