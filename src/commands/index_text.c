/*
 * commands/index_text.c - what a text index's specification becomes: the key has _fts and
 * _ftsx in the place of the fields that are text, and these are among the weights.
 */
#include <stdlib.h>

#include "commands/args.h"
#include "commands/index_specs.h"

#define WEIGHTS_MAX 1000

struct weight {
	struct view path;
	int64_t n;
};

struct fixing {
	struct index_options *o;
	struct builder key;
	struct weight *weights;
	int n;
	enum { BEFORE, INSIDE, BEHIND } place; /* of the fields that are text */
	struct status *st;
};

static int cannot(struct status *st, const char *words)
{
	return status_set(st, ERR_CANNOT_CREATE_INDEX, "%s", words);
}

static struct weight *find_weight(struct fixing *x, struct view path)
{
	for (int i = 0; i < x->n; i++)
		if (view_equal(x->weights[i].path, path))
			return &x->weights[i];
	return NULL;
}

static int add_weight(struct fixing *x, struct view path, int64_t n)
{
	struct weight *w = find_weight(x, path);

	if (!w && x->n == WEIGHTS_MAX)
		return cannot(x->st, "a text index has too many fields");
	if (!w)
		w = &x->weights[x->n++];
	*w = (struct weight){path, n};
	return 0;
}

static void put_text_fields(struct fixing *x)
{
	builder_str(&x->key, "_fts", "text");
	builder_i32(&x->key, "_ftsx", 1);
}

/* As listIndexes shows it: {_fts: "text", _ftsx: 1}, and the fields stand in weights. */
static bool is_fixed_field(const struct element *e)
{
	return strcmp(e->name, "_fts") == 0;
}

static int take_text_field(struct fixing *x, const struct element *e)
{
	if (!view_equal(value_str(e->value), view_of_str("text")))
		return cannot(x->st, "a text index has no fields of another type");
	if (x->place == BEHIND)
		return cannot(x->st, "the text fields of an index stand side by side");
	if (x->place == BEFORE)
		put_text_fields(x);
	x->place = INSIDE;
	return is_fixed_field(e) ? 0 : add_weight(x, view_of(e->name, e->name_len), 1);
}

static int take_field(struct fixing *x, const struct element *e)
{
	int64_t n;

	if (e->value.type == TYPE_STRING)
		return take_text_field(x, e);
	if (strcmp(e->name, "_ftsx") == 0 && x->place == INSIDE)
		return 0;
	if (e->name[0] == '_' && (strcmp(e->name, "_fts") == 0 || strcmp(e->name, "_ftsx") == 0))
		return cannot(x->st, "_fts and _ftsx are a text index's own");
	if (index_path_is_wildcard(view_of(e->name, e->name_len)))
		return cannot(x->st, "'$**' is text in a text index, or not there");
	if (!value_to_i64(e->value, &n) || (n != 1 && n != -1))
		return cannot(x->st, "the other fields of a text index are 1 or -1");
	if (x->place == INSIDE)
		x->place = BEHIND;
	builder_i32(&x->key, e->name, (int32_t)n);
	return 0;
}

static int take_key(struct fixing *x)
{
	struct doc_iter it = doc_iter(x->o->key);
	struct element e;
	int err = 0;

	while (!err && doc_next(&it, &e))
		err = take_field(x, &e);
	return err;
}

/* They have been checked; those of no text field are text fields as well. */
static int take_weights(struct fixing *x)
{
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (x->o->weights.type == TYPE_OBJECT) {
		it = doc_iter(value_doc(x->o->weights));
		while (!err && doc_next(&it, &e)) {
			int64_t n = 1;

			value_to_i64_clamped(e.value, &n);
			if (!e.name_len || (e.name[0] == '$' && strcmp(e.name, "$**") != 0))
				return cannot(x->st, "a text field has no such name");
			err = add_weight(x, view_of(e.name, e.name_len), n);
		}
	}
	return !err && !x->n ? cannot(x->st, "a text index without text fields") : err;
}

static int compare_weights(const void *a, const void *b)
{
	return view_compare(((const struct weight *)a)->path, ((const struct weight *)b)->path);
}

/* Everything at once: {key, weights, ...}. */
static int build(struct fixing *x, struct arena *a, struct buf *buf, struct view *out)
{
	int err;

	builder_init(&x->key, buf);
	builder_doc_begin(&x->key, "key");
	err = take_key(x);
	builder_doc_end(&x->key);
	if (!err)
		err = take_weights(x);
	qsort(x->weights, (size_t)x->n, sizeof(*x->weights), compare_weights);
	builder_doc_begin(&x->key, "weights");
	for (int i = 0; i < x->n; i++) {
		struct value n = value_make_i32(a, (int32_t)x->weights[i].n);

		if (n.data)
			builder_value_n(&x->key, (const char *)x->weights[i].path.data,
			    x->weights[i].path.len, n);
	}
	builder_doc_end(&x->key);
	builder_str(&x->key, "language", "english");
	builder_str(&x->key, "override", "language");
	builder_finish(&x->key);
	if (!err && !builder_failed(&x->key))
		*out = arena_dup(a, builder_view(&x->key));
	return err;
}

int index_text_fix(struct index_options *o, struct arena *a, struct status *st)
{
	struct fixing x = {.o = o, .st = st};
	struct view made = {NULL, 0};
	struct buf buf;
	int err;

	x.weights = arena_new_array(a, WEIGHTS_MAX, struct weight);
	if (!x.weights)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an index");
	buf_init(&buf, a->account);
	err = build(&x, a, &buf, &made);
	buf_clear(&buf);
	if (err)
		return err;
	if (!made.data)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an index");
	o->wildcard = false; /* it stands for text */
	o->key = value_doc(doc_get(made, "key"));
	o->weights = doc_get(made, "weights");
	if (value_is_missing(o->default_language))
		o->default_language = doc_get(made, "language");
	if (value_is_missing(o->language_override))
		o->language_override = doc_get(made, "override");
	return 0;
}
