#include "expr/match_op.h"

/*
 * Values that a path reaches, one after the other, until one of them passes the
 * leaf's test.  Nothing is allocated: the recursion goes as deep as the
 * document does, and that is bounded by the check at the door.
 */
struct walk {
	const struct filter *f;
	struct match_state *ms;
	int64_t outer; /* place in the first array traversed implicitly, or -1 */
};

static bool leaf_test(const struct filter *f, struct value v, struct match_state *ms)
{
	switch (f->kind) {
	case MATCH_EXISTS:
		return !value_is_missing(v);
	case MATCH_TYPE:
		return !value_is_missing(v) && (f->types & match_type_bit(v.type)) != 0;
	case MATCH_OTHER:
		return !value_is_missing(v) && f->op->test(f, v, ms);
	default:
		return match_compare_test(f, v);
	}
}

static bool passed(const struct walk *w, int64_t index)
{
	if (w->outer >= 0 || index >= 0)
		w->ms->array_index = w->outer >= 0 ? w->outer : index;
	return true;
}

/* At the end of the path: the elements of an array, then the value itself. */
static bool walk_end(struct walk *w, struct value v)
{
	const struct filter *f = w->f;

	if (v.type == TYPE_ARRAY && f->kind != MATCH_EXISTS && !(f->op && f->op->whole_array)) {
		struct doc_iter it = doc_iter(value_doc(v));
		struct element e;

		for (int64_t i = 0; doc_next(&it, &e); i++)
			if (leaf_test(f, e.value, w->ms))
				return passed(w, i);
	}
	return leaf_test(f, v, w->ms) && passed(w, -1);
}

static bool walk_value(struct walk *w, struct value v, int part);

/* An element that the path's last part named by its place is one value, array or not. */
static bool walk_place(struct walk *w, struct value v, int part)
{
	if (part == w->f->path.n)
		return leaf_test(w->f, v, w->ms) && passed(w, -1);
	return walk_value(w, v, part);
}

static bool walk_array(struct walk *w, struct view array, int part)
{
	const struct path_part *p = &w->f->path.parts[part];
	struct doc_iter it = doc_iter(array);
	struct element e;

	for (int64_t i = 0; doc_next(&it, &e); i++) {
		bool first = w->outer < 0;
		bool found;

		if (p->index == i && walk_place(w, e.value, part + 1))
			return true;
		if (e.value.type != TYPE_OBJECT)
			continue;
		if (first)
			w->outer = i;
		found = walk_value(w, doc_get_n(value_doc(e.value), p->name, p->len), part + 1);
		if (first)
			w->outer = -1;
		if (found)
			return true;
	}
	return false;
}

static bool walk_value(struct walk *w, struct value v, int part)
{
	const struct path_part *p = &w->f->path.parts[part];

	if (part == w->f->path.n)
		return walk_end(w, v);
	if (v.type == TYPE_OBJECT)
		return walk_value(w, doc_get_n(value_doc(v), p->name, p->len), part + 1);
	if (v.type == TYPE_ARRAY)
		return walk_array(w, value_doc(v), part);
	return walk_end(w, (struct value){0});
}

/* The leaf on a value that stands at the first `part` parts of its path. */
static bool match_leaf(const struct filter *f, struct value v, int part, struct match_state *ms)
{
	struct walk w = {.f = f, .ms = ms, .outer = -1};
	bool any;

	if (f->op && f->op->test_doc)
		return f->op->test_doc(f, value_doc(v), ms);
	any = walk_value(&w, v, part);
	return f->kind == MATCH_EXISTS ? any == f->exists : any;
}

/*
 * What a negation holds does not say which element matched: the positional $
 * keeps what it has.
 */
static bool negated(bool result, int64_t index_before, struct match_state *ms)
{
	ms->array_index = index_before;
	return !result && !ms->error;
}

/*
 * The tree is walked the same way over documents, named values and single values;
 * only the leaves differ.
 */
enum leaf_mode { LEAF_DOC, LEAF_NAMED, LEAF_VALUE };

static bool match_tree(
    const struct filter *f, struct value v, enum leaf_mode mode, struct match_state *ms);

static bool any_child(
    const struct filter *f, struct value v, enum leaf_mode mode, struct match_state *ms)
{
	for (int i = 0; i < f->n_children && !ms->error; i++)
		if (match_tree(f->children[i], v, mode, ms))
			return true;
	return false;
}

static bool all_children(
    const struct filter *f, struct value v, enum leaf_mode mode, struct match_state *ms)
{
	for (int i = 0; i < f->n_children; i++)
		if (!match_tree(f->children[i], v, mode, ms))
			return false;
	return true;
}

static bool match_tree(
    const struct filter *f, struct value v, enum leaf_mode mode, struct match_state *ms)
{
	int64_t index = ms->array_index;

	switch (f->kind) {
	case MATCH_AND:
		return all_children(f, v, mode, ms);
	case MATCH_OR:
		return any_child(f, v, mode, ms);
	case MATCH_NOR:
	case MATCH_NOT:
		return negated(any_child(f, v, mode, ms), index, ms);
	case MATCH_ALWAYS_TRUE:
		return true;
	case MATCH_ALWAYS_FALSE:
		return false;
	default:
		if (mode == LEAF_VALUE)
			return leaf_test(f, v, ms) == (f->kind != MATCH_EXISTS || f->exists);
		return match_leaf(f, v, mode == LEAF_NAMED ? 1 : 0, ms);
	}
}

bool filter_matches(const struct filter *f, struct view doc, struct match_state *ms)
{
	struct match_state none = {0};

	if (!ms)
		ms = &none;
	ms->array_index = -1;
	return match_tree(f, value_of_doc(doc), LEAF_DOC, ms);
}

bool filter_matches_value(const struct filter *f, struct value v, struct match_state *ms)
{
	struct match_state none = {0};

	if (!ms)
		ms = &none;
	if (!f->on_documents)
		return match_tree(f, v, LEAF_VALUE, ms);
	/* An array is a document here too: its names are places. */
	if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY)
		return false;
	return match_tree(f, value_of_doc(value_doc(v)), LEAF_DOC, ms);
}

bool filter_matches_named(const struct filter *f, struct value v, struct match_state *ms)
{
	struct match_state none = {0};

	return match_tree(f, v, LEAF_NAMED, ms ? ms : &none);
}

bool filter_needs_row(const struct filter *f)
{
	if (f->op && f->op->test_doc)
		return true;
	for (int i = 0; i < f->n_children; i++)
		if (filter_needs_row(f->children[i]))
			return true;
	return false;
}
