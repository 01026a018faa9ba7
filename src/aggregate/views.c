#include "aggregate/views.h"

#include "expr/collation.h"
#include "storage/store.h"

/* A collection below may have any collation: it is read under the view's. */
static int check_collations(
    const struct collection *view, const struct collection *below, struct status *st)
{
	if (!below || below->kind != KIND_VIEW ||
	    collation_equal(view->collator, below->collator))
		return 0;
	return status_set(st, ERR_OPTION_NOT_SUPPORTED_ON_VIEW,
	    "the view %s and the view %s that it reads differ in their collation", view->ns,
	    below->ns);
}

int views_resolve(const struct stage_context *cx, struct collection *c,
    struct view lists[static VIEW_DEPTH_MAX], int *n, struct collection **base,
    struct status *st)
{
	struct view upside_down[VIEW_DEPTH_MAX];
	int depth = 0, err;

	c = c ? collection_ref(c) : NULL;
	while (c && c->kind == KIND_VIEW) {
		struct collection *below;

		if (depth == VIEW_DEPTH_MAX) {
			collection_unref(c);
			return status_set(st, ERR_VIEW_DEPTH_LIMIT_EXCEEDED,
			    "views are nested more than %d deep", VIEW_DEPTH_MAX);
		}
		upside_down[depth] = arena_dup(cx->arena, c->pipeline);
		if (upside_down[depth].len)
			depth++;
		below = catalog_find(store_catalog(cx->store), cx->db, c->view_on);
		err = check_collations(c, below, st);
		collection_unref(c);
		c = below;
		if (err) {
			collection_unref(c);
			return err;
		}
	}
	*n = depth;
	for (int i = 0; i < depth; i++)
		lists[i] = upside_down[depth - 1 - i];
	*base = c;
	return 0;
}
