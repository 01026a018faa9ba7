/*
 * $unwind: a document for each element of an array, which stands in the array's
 * place.  What is no array is as one of one element; null, missing and empty
 * arrays are left out unless they are to be preserved.
 */
#include "aggregate/field_path.h"
#include "aggregate/stage.h"

enum {
	ERR_UNWIND_SPEC = 15981,
	ERR_UNWIND_PATH_TYPE = 28808,
	ERR_UNWIND_PRESERVE_TYPE = 28809,
	ERR_UNWIND_INDEX_TYPE = 28810,
	ERR_UNWIND_OPTION = 28811,
	ERR_UNWIND_NO_PATH = 28812,
	ERR_UNWIND_NO_DOLLAR = 28818,
	ERR_UNWIND_INDEX_DOLLAR = 28822,
	ERR_UNWIND_NUL = 16419,
};

struct unwind_spec {
	struct path path;
	struct path index; /* n 0: none */
	bool preserve;
};

/* --------------------------------------------------------- specification */

static int parse_path(
    struct unwind_spec *u, struct view text, const struct stage_context *cx, struct status *st)
{
	if (!text.len)
		return status_set(st, ERR_UNWIND_NO_PATH, "$unwind needs a path");
	if (text.data[0] != '$')
		return status_set(
		    st, ERR_UNWIND_NO_DOLLAR, "the path of $unwind begins with a dollar sign");
	if (memchr(text.data, 0, text.len))
		return status_set(
		    st, ERR_UNWIND_NUL, "the path of $unwind has a NUL byte in it");
	return field_path_parse_dollar(text, cx->arena, &u->path, st);
}

static int parse_index(
    struct unwind_spec *u, struct value v, const struct stage_context *cx, struct status *st)
{
	if (v.type != TYPE_STRING || !value_str(v).len)
		return status_set(st, ERR_UNWIND_INDEX_TYPE,
		    "$unwind's includeArrayIndex is a field's name, which is not empty");
	if (value_str(v).data[0] == '$')
		return status_set(st, ERR_UNWIND_INDEX_DOLLAR,
		    "$unwind's includeArrayIndex does not begin with a dollar sign");
	return field_path_parse(value_str(v), cx->arena, &u->index, st);
}

static int parse_option(struct unwind_spec *u, const struct element *e, struct value *path,
    const struct stage_context *cx, struct status *st)
{
	if (strcmp(e->name, "includeArrayIndex") == 0)
		return parse_index(u, e->value, cx, st);
	if (strcmp(e->name, "preserveNullAndEmptyArrays") == 0) {
		if (e->value.type != TYPE_BOOL)
			return status_set(st, ERR_UNWIND_PRESERVE_TYPE,
			    "$unwind's preserveNullAndEmptyArrays is a bool, not %s",
			    type_name(e->value.type));
		u->preserve = value_bool(e->value);
		return 0;
	}
	if (strcmp(e->name, "path") != 0)
		return status_set(st, ERR_UNWIND_OPTION, "$unwind has no option '%s'", e->name);
	if (e->value.type != TYPE_STRING)
		return status_set(st, ERR_UNWIND_PATH_TYPE,
		    "$unwind's path is a string, not %s", type_name(e->value.type));
	*path = e->value;
	return 0;
}

static int unwind_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct unwind_spec *u = arena_new(cx->arena, struct unwind_spec);
	struct value path = v.type == TYPE_STRING ? v : value_missing;
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (!u)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $unwind");
	if (v.type != TYPE_STRING && v.type != TYPE_OBJECT)
		return stage_wrong_type(
		    st, ERR_UNWIND_SPEC, "$unwind", "an object or a string", v.type);
	if (v.type == TYPE_OBJECT) {
		it = doc_iter(value_doc(v));
		while (!err && doc_next(&it, &e))
			err = parse_option(u, &e, &path, cx, st);
	}
	if (err)
		return err;
	s->data = u;
	return parse_path(
	    u, value_is_missing(path) ? view_of(NULL, 0) : value_str(path), cx, st);
}

/* ------------------------------------------------------------------- rows */

struct unwind_node {
	struct exec exec;
	const struct unwind_spec *spec;
	struct buf doc; /* a copy of the document that is being unwound */
	struct doc_iter rest; /* of its array */
	int64_t i;
	bool under_way;
	struct buf out, with_index;
	struct meta_keeper keeper; /* of what is known of the document */
	const struct document_meta *meta;
};

static enum step no_memory(struct exec_context *cx)
{
	status_set(cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $unwind");
	return STEP_ERROR;
}

/* The document as it goes on, with the index where one is wanted: of the array's element, or
 * null (i -1). */
static enum step give(
    struct unwind_node *u, struct view doc, int64_t i, struct exec_context *cx, struct row *out)
{
	uint64_t le = htole64((uint64_t)i);
	struct value index = {(const uint8_t *)&le, sizeof(le), TYPE_INT64};

	if (u->spec->index.n) {
		if (!field_path_set_in(
			&u->with_index, doc, &u->spec->index, i < 0 ? value_null : index))
			return no_memory(cx);
		doc = buf_view(&u->with_index);
	}
	u->exec.advanced++;
	*out = (struct row){.doc = doc, .array_index = -1, .meta = u->meta};
	return STEP_ROW;
}

static enum step next_element(struct unwind_node *u, struct exec_context *cx, struct row *out)
{
	struct element e;

	if (!doc_next(&u->rest, &e)) {
		u->under_way = false;
		return STEP_DONE;
	}
	if (!field_path_set_in(&u->out, buf_view(&u->doc), &u->spec->path, e.value))
		return no_memory(cx);
	u->under_way = u->rest.at < u->rest.end;
	u->exec.done = !u->under_way && u->exec.child->done;
	return give(u, buf_view(&u->out), u->i++, cx, out);
}

/* DONE: nothing comes of it. */
static enum step begin(struct unwind_node *u, struct exec_context *cx, struct row *out)
{
	struct value v = path_get(out->doc, &u->spec->path, false);
	bool nothing = v.type == TYPE_NULL || v.type == TYPE_UNDEFINED || value_is_missing(v);

	u->meta = out->meta;
	if (v.type != TYPE_ARRAY)
		return nothing && !u->spec->preserve ? STEP_DONE
						     : give(u, out->doc, -1, cx, out);
	if (doc_is_empty(value_doc(v))) {
		if (!u->spec->preserve)
			return STEP_DONE;
		if (!field_path_set_in(&u->out, out->doc, &u->spec->path, value_missing))
			return no_memory(cx);
		return give(u, buf_view(&u->out), -1, cx, out);
	}
	/* What the input lends ends when the tree is saved, which may be before the last
	 * element. */
	buf_reset(&u->doc);
	buf_append_view(&u->doc, out->doc);
	u->meta = meta_keep(&u->keeper, out->meta);
	if (u->doc.failed || u->keeper.packed.failed)
		return no_memory(cx);
	u->rest = doc_iter(value_doc(path_get(buf_view(&u->doc), &u->spec->path, false)));
	u->i = 0;
	return next_element(u, cx, out);
}

static enum step unwind_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct unwind_node *u = container_of(e, struct unwind_node, exec);
	enum step step;

	if (u->under_way)
		return next_element(u, cx, out);
	for (;;) {
		step = exec_next(e->child, cx, out);
		e->done = e->child->done;
		if (step != STEP_ROW)
			return step;
		e->works++;
		step = begin(u, cx, out);
		if (step != STEP_DONE)
			return step;
		if (op_check(cx->op, cx->status))
			return STEP_ERROR;
	}
}

static void unwind_close(struct exec *e)
{
	struct unwind_node *u = container_of(e, struct unwind_node, exec);

	buf_clear(&u->doc);
	buf_clear(&u->out);
	buf_clear(&u->with_index);
	buf_clear(&u->keeper.packed);
}

static const struct exec_ops unwind_ops = {
    .name = "UNWIND",
    .next = unwind_next,
    .close = unwind_close,
};

static struct exec *unwind_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	struct unwind_node *u = arena_new(a, struct unwind_node);

	if (!u)
		return NULL;
	u->exec.ops = &unwind_ops;
	u->exec.child = input;
	u->spec = s->data;
	buf_init(&u->doc, account);
	buf_init(&u->out, account);
	buf_init(&u->with_index, account);
	buf_init(&u->keeper.packed, account);
	return &u->exec;
}

const struct stage_type stage_unwind = {
    .name = "$unwind",
    .help = "A document for each element of an array.",
    .parse = unwind_parse,
    .make = unwind_make,
};
