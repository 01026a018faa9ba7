/*
 * query/plan_wildcard.c - scans of an index over all paths: one for each path that the filter
 * asks something of, of the shape that the index has for it.
 */
#include "expr/match_op.h"
#include "index/wildcard.h"
#include "query/planning.h"

/* Of one filter. */
#define PATHS_MOST 32

struct paths {
	const struct index *index;
	int n;
	struct view v[PATHS_MOST];
};

static void add_path(struct paths *p, struct view path)
{
	if (!path.len || p->n == PATHS_MOST || !wildcard_has_path(p->index, path))
		return;
	for (int i = 0; i < p->n; i++)
		if (view_equal(p->v[i], path))
			return;
	p->v[p->n++] = path;
}

static struct view below(struct arena *a, struct view prefix, struct view path)
{
	const char *text;

	if (!prefix.len || !path.len)
		return prefix.len ? prefix : path;
	text = arena_printf(a, "%.*s.%.*s", (int)prefix.len, (const char *)prefix.data,
	    (int)path.len, (const char *)path.data);
	return text ? view_of_str(text) : view_of(NULL, 0);
}

/* What all documents have to meet.  No deeper than the parser lets filters nest. */
static void gather(struct paths *p, struct arena *a, struct view prefix, const struct filter *f)
{
	const struct filter *inner = f->data;

	switch (f->kind) {
	case MATCH_AND:
	case MATCH_NOT:
	case MATCH_NOR:
		for (int i = 0; i < f->n_children; i++)
			gather(p, a, prefix, f->children[i]);
		break;
	case MATCH_OR:
		/* All of one path bound it together. */
		if (f->n_children)
			gather(p, a, prefix, f->children[0]);
		break;
	default:
		add_path(p, below(a, prefix, f->path.text));
		if (f->op && f->op->test == match_test_elem_match && inner->on_documents)
			gather(p, a, below(a, prefix, f->path.text), inner);
	}
}

static int add_shape(struct planning *p, struct view path, struct index *ix,
    const struct filter *filter, struct ways *w)
{
	struct index *shape = wildcard_shape(ix, path, p->arena);

	return shape ? plan_add_shape(p, shape, ix, filter, w) : plan_no_memory(p->st);
}

int plan_add_wildcard(struct planning *p, struct index *ix, const struct filter *filter,
    bool hinted, struct ways *w)
{
	struct paths paths = {.index = ix};
	int before = w->n, r;

	gather(&paths, p->arena, view_of(NULL, 0), filter);
	for (int i = 0; i < paths.n; i++) {
		r = add_shape(p, paths.v[i], ix, filter, w);
		if (r)
			return r;
	}
	if (w->n == before && ix->wildcard > 0) {
		r = add_shape(p, view_of(NULL, 0), ix, filter, w);
		if (r)
			return r;
	}
	if (!hinted || w->n > before)
		return 0;
	return status_set(p->st, ERR_NO_QUERY_EXECUTION_PLANS,
	    "error processing query: the index '%s' of the hint has no path that the filter "
	    "asks "
	    "something of",
	    ix->name);
}
