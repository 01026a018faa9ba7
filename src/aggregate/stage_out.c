/*
 * $out: what comes in becomes a collection, in the place of the one that has its
 * name.
 *
 * It is written to a temporary collection with the options and indexes of that one,
 * which takes its place at the end, in one commit: until then, and on any error, it
 * stays as it was.  A temporary collection that a crash leaves behind goes at the
 * next start.
 */
#include <stdio.h>

#include "aggregate/spec_fields.h"
#include "aggregate/writing.h"
#include "bson/builder.h"
#include "index/build.h"
#include "index/partial.h"
#include "query/writer.h"
#include "storage/store.h"
#include "util/hash.h"
#include "util/log.h"

#define ERR_OUT_WRONG_TYPE 16990
#define ERR_OUT_CAPPED     17152
#define ERR_OUT_SPECIAL    17385
#define ERR_OUT_DATABASE   31321

struct out_spec {
	struct view db, name;
};

/* ------------------------------------------------------------- the parser */

enum { DB, COLL, TIMESERIES, N_FIELDS };

static const struct spec_field out_fields[N_FIELDS] = {
    [DB] = {"db", TYPE_STRING, true},
    [COLL] = {"coll", TYPE_STRING, true},
    [TIMESERIES] = {"timeseries", TYPE_OBJECT, false},
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $out");
}

static int parse_object(struct out_spec *o, struct view spec, struct status *st)
{
	struct value values[N_FIELDS];
	int err = spec_fields_take("$out", spec, out_fields, N_FIELDS, values, st);

	if (err)
		return err;
	o->db = value_str(values[DB]);
	o->name = value_str(values[COLL]);
	if (values[TIMESERIES].type == TYPE_OBJECT)
		return status_set(st, ERR_NOT_IMPLEMENTED,
		    "$out's 'timeseries' is not supported: there are no time series "
		    "collections");
	return 0;
}

static int out_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct out_spec *o = arena_new(cx->arena, struct out_spec);
	int err = 0;

	if (!o)
		return no_memory(st);
	s->data = o;
	if (v.type == TYPE_STRING)
		*o = (struct out_spec){cx->db, value_str(v)};
	else if (v.type == TYPE_OBJECT)
		err = parse_object(o, value_doc(v), st);
	else
		err = stage_wrong_type(
		    st, ERR_OUT_WRONG_TYPE, "$out", "a string or an object", v.type);
	if (!err)
		err = writing_check_target(
		    "$out", o->db, o->name, ERR_OUT_DATABASE, ERR_OUT_SPECIAL, st);
	return err;
}

/* --------------------------------------------------------------- the node */

enum phase { BEGIN, CREATE, INDEXES, OPEN, PULL, INSERT, REPLACE, UNDO, UNDONE, FINISHED };

struct out_node {
	struct exec exec;
	const struct stage *stage;
	const struct out_spec *spec;
	enum phase phase;
	struct collection *target; /* as it was when we began: a reference, or NULL */
	struct view temp, options; /* the temporary collection's */
	bool made; /* it may be there */
	struct ddl ddl;
	bool in_ddl;
	struct index_fill fill;
	struct index_build build;
	struct writer writer;
	struct arena *arena;
	struct arena group; /* of the documents that are written together */
	struct writer_doc *docs;
	int n_docs, n_done;
	size_t bytes;
	bool ended; /* the input */
	struct status failure, undo_failure;
};

static void begin_ddl(struct out_node *n, struct exec_context *cx)
{
	if (!n->in_ddl)
		ddl_init(&n->ddl, cx->store);
	n->in_ddl = true;
}

static void end_ddl(struct out_node *n, struct exec_context *cx, enum step step)
{
	if (step == STEP_HANDOVER || step == STEP_PARK)
		return;
	if (step == STEP_DONE)
		writing_note(cx, n->ddl.commit.sequence, n->ddl.commit.cluster_time);
	ddl_clear(&n->ddl);
	n->in_ddl = false;
}

static int check_target(const struct collection *c, struct status *st)
{
	if (!c)
		return 0;
	if (c->kind == KIND_VIEW)
		return status_set(st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW,
		    "$out cannot write to the view '%s'", c->ns);
	if (c->kind == KIND_TIMESERIES)
		return status_set(st, ERR_NOT_IMPLEMENTED,
		    "$out into the time series '%s': not supported yet", c->ns);
	if (c->capped)
		return status_set(st, ERR_OUT_CAPPED,
		    "namespace '%s' is capped so it can't be used for $out", c->ns);
	return 0;
}

/* The target's, and the word that says what it is until then. */
static int take_options(struct out_node *n, struct status *st)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, n->arena->account);
	builder_init(&b, &buf);
	if (n->target)
		builder_elements(&b, n->target->options);
	builder_bool(&b, "temp", true);
	builder_finish(&b);
	if (!builder_failed(&b))
		n->options = arena_dup(n->arena, builder_view(&b));
	buf_clear(&buf);
	return n->options.data ? 0 : no_memory(st);
}

static int begin(struct out_node *n, struct exec_context *cx)
{
	uint8_t uuid[16];
	char hex[33];
	int err = store_writable(cx->store, cx->status);

	random_uuid(uuid);
	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", uuid[i]);
	n->temp = view_of_str(arena_printf(n->arena, "tmp.agg_out.%s", hex));
	n->docs = arena_new_array(n->arena, WRITER_GROUP_DOCS, struct writer_doc);
	if (arena_failed(n->arena))
		return no_memory(cx->status);
	if (!err)
		err = rename_names_check(
		    n->spec->db, n->temp, n->spec->db, n->spec->name, cx->status);
	n->target = catalog_find(store_catalog(cx->store), n->spec->db, n->spec->name);
	if (!err)
		err = check_target(n->target, cx->status);
	return err ? err : take_options(n, cx->status);
}

static enum step create(struct out_node *n, struct exec_context *cx)
{
	struct create_spec spec = {
	    .db = n->spec->db,
	    .name = n->temp,
	    .options = n->options,
	    .temp = true,
	    .record_key =
		store_sequence_by_default(cx->store) ? RECORD_KEY_SEQUENCE : RECORD_KEY_ID,
	};
	enum step step;

	if (n->target) {
		spec.record_key = n->target->record_key;
		spec.pre_images = n->target->pre_images;
		spec.collation = n->target->collation;
	}
	begin_ddl(n, cx);
	/* A kill may come when the commit has been made. */
	n->made = true;
	step = ddl_create(&n->ddl, &spec, cx->op, cx->status);
	end_ddl(n, cx, step);
	return step;
}

static struct index_spec spec_of(const struct index *ix)
{
	return (struct index_spec){
	    .name = view_of_str(ix->name),
	    .key = ix->key_pattern,
	    .spec = ix->spec,
	    .unique = ix->unique,
	    .sparse = ix->sparse,
	    .hidden = ix->hidden,
	    .same_filter = partial_filters_equal,
	    .own_collation = true,
	};
}

/* Those of the target but _id's, which comes by itself. */
static enum step make_indexes(struct out_node *n, struct exec_context *cx)
{
	const struct collection *c = n->target;
	enum step step;

	if (!n->in_ddl) {
		struct index_spec *specs;
		int n_specs = 0;

		specs = arena_new_array(
		    n->arena, c ? (size_t)c->n_indexes + 1 : 1, struct index_spec);
		if (!specs) {
			no_memory(cx->status);
			return STEP_ERROR;
		}
		for (int i = 0; c && i < c->n_indexes; i++)
			if (!c->indexes[i]->is_id)
				specs[n_specs++] = spec_of(c->indexes[i]);
		if (!n_specs)
			return STEP_DONE;
		index_fill_init(&n->fill, cx->store, n->arena->account);
		n->build = index_fill_build(&n->fill, n_specs, specs);
		begin_ddl(n, cx);
	}
	step = ddl_create_indexes(&n->ddl, n->spec->db, n->temp, &n->build, cx->op, cx->status);
	if (step == STEP_DONE || step == STEP_ERROR)
		index_fill_clear(&n->fill);
	end_ddl(n, cx, step);
	return step;
}

static enum step open_writer(struct out_node *n, struct exec_context *cx)
{
	if (!n->writer.store) {
		writer_init(&n->writer, cx->store, cx->op);
		n->writer.bypass_validation = n->stage->context->bypass_validation;
	}
	return writer_begin(&n->writer, n->spec->db, n->temp, false, cx->status);
}

/* DONE: a group is full, or the input has ended. */
static enum step pull(struct out_node *n, struct exec_context *cx)
{
	struct row row;
	enum step step;

	if (op_check_now(cx->op, cx->status))
		return STEP_ERROR;
	while (n->n_docs < WRITER_GROUP_DOCS && n->bytes < WRITER_GROUP_BYTES) {
		struct view doc;

		step = exec_next(n->exec.child, cx, &row);
		n->ended = step == STEP_DONE;
		if (step == STEP_DONE)
			return STEP_DONE;
		if (step != STEP_ROW)
			return step;
		doc = arena_dup(&n->group, row.doc);
		if (!doc.data) {
			no_memory(cx->status);
			return STEP_ERROR;
		}
		if (writer_fix_document(doc, &n->group, &doc, cx->status))
			return STEP_ERROR;
		n->docs[n->n_docs++] = (struct writer_doc){.doc = doc};
		n->bytes += doc.len;
	}
	return STEP_DONE;
}

static enum step fail_with(struct writer_doc *d, struct status *st)
{
	if (d->failure) {
		status_copy(st, d->failure);
		status_clear(d->failure);
	} else {
		status_set(st, d->code, "$out could not insert a document");
	}
	return STEP_ERROR;
}

static enum step insert(struct out_node *n, struct exec_context *cx)
{
	enum step step = STEP_DONE;

	if (n->n_docs)
		step =
		    writer_insert(&n->writer, n->docs, n->n_docs, true, &n->n_done, cx->status);
	if (step != STEP_DONE)
		return step;
	for (int i = 0; i < n->n_done; i++)
		if (n->docs[i].code)
			return fail_with(&n->docs[i], cx->status);
	n->n_docs = n->n_done = 0;
	n->bytes = 0;
	arena_reset(&n->group);
	return STEP_DONE;
}

static enum step replace(struct out_node *n, struct exec_context *cx)
{
	enum step step;

	if (n->writer.store)
		writer_clear(&n->writer);
	/* A kill that came behind its commit would say that nothing has changed. */
	cx->op->shielded = true;
	begin_ddl(n, cx);
	step = ddl_replace(
	    &n->ddl, n->spec->db, n->temp, n->spec->name, n->target, cx->op, cx->status);
	end_ddl(n, cx, step);
	if (step == STEP_DONE)
		cx->op->shielded = false;
	return step;
}

/* Nothing of it is to be left; a kill does not end that. */
static void begin_undo(struct out_node *n, struct exec_context *cx)
{
	if (n->writer.store)
		writer_clear(&n->writer);
	status_copy(&n->failure, cx->status);
	cx->op->shielded = true;
	n->phase = n->made ? UNDO : UNDONE;
}

static enum step undo(struct out_node *n, struct exec_context *cx)
{
	enum step step;

	begin_ddl(n, cx);
	step = ddl_drop(&n->ddl, n->spec->db, n->temp, cx->op, &n->undo_failure);
	end_ddl(n, cx, step);
	if (step == STEP_ERROR && n->undo_failure.code != ERR_NAMESPACE_NOT_FOUND)
		log_write(LOG_QUERY, LOG_WARNING, 2030, "A temporary collection is still there",
		    (struct log_attr[]){{"error", LOG_STR(n->undo_failure.message)}, {NULL}});
	return step == STEP_ERROR ? STEP_DONE : step;
}

static enum step undone(struct out_node *n, struct exec_context *cx)
{
	cx->op->shielded = false;
	status_copy(cx->status, &n->failure);
	n->phase = FINISHED;
	n->exec.done = true;
	return STEP_ERROR;
}

static enum step finish(struct out_node *n, struct exec_context *cx)
{
	n->exec.done = true;
	return STEP_DONE;
}

/* What each phase does until it is DONE, and which one is next. */
static const struct {
	enum step (*run)(struct out_node *n, struct exec_context *cx);
	enum phase next;
} phases[] = {
    [CREATE] = {create, INDEXES},
    [INDEXES] = {make_indexes, OPEN},
    [OPEN] = {open_writer, PULL},
    [PULL] = {pull, INSERT},
    [INSERT] = {insert, PULL},
    [REPLACE] = {replace, FINISHED},
    [UNDO] = {undo, UNDONE},
    [UNDONE] = {undone, FINISHED},
    [FINISHED] = {finish, FINISHED},
};

static enum step out_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct out_node *n = container_of(e, struct out_node, exec);
	enum step step;

	if (cx->op->on_loop)
		return STEP_HANDOVER;
	if (n->phase == BEGIN) {
		n->phase = CREATE;
		if (begin(n, cx))
			begin_undo(n, cx);
	}
	while (!e->done) {
		step = phases[n->phase].run(n, cx);
		if (step == STEP_ERROR && n->phase < UNDO)
			begin_undo(n, cx);
		else if (step != STEP_DONE)
			return step;
		else
			n->phase =
			    n->phase == INSERT && n->ended ? REPLACE : phases[n->phase].next;
	}
	return STEP_DONE;
}

static void out_close(struct exec *e)
{
	struct out_node *n = container_of(e, struct out_node, exec);

	if (n->in_ddl)
		ddl_clear(&n->ddl);
	if (n->writer.store)
		writer_clear(&n->writer);
	if (n->target)
		collection_unref(n->target);
	status_clear(&n->failure);
	status_clear(&n->undo_failure);
	arena_clear(&n->group);
}

static const struct exec_ops out_ops = {
    .name = "OUT",
    .next = out_next,
    .close = out_close,
};

static struct exec *out_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct out_node *n = arena_new(a, struct out_node);

	if (s->context->explained)
		return writing_explained(input, a);
	if (!n)
		return NULL;
	n->exec.ops = &out_ops;
	n->exec.child = input;
	n->stage = s;
	n->spec = s->data;
	n->arena = a;
	arena_init(&n->group, account);
	status_init(&n->failure);
	status_init(&n->undo_failure);
	return &n->exec;
}

const struct stage_type stage_out = {
    .name = "$out",
    .flags = STAGE_WRITES | STAGE_OUTERMOST,
    .help = "Its documents become a collection.",
    .parse = out_parse,
    .make = out_make,
};
