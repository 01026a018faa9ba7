#include <stdlib.h>

#include "commands/view_definition.h"
#include "commands/view_pipeline.h"
#include "expr/collation.h"

/* A view and the names that it reads; names that are no views do not matter. */
struct node {
	struct view name;
	int n_reads, capacity;
	struct view *reads;
	/* Views in the longest chain from here down, as far as it is known. */
	int height;
	bool seen;
};

struct graph {
	struct arena *arena;
	int n, capacity;
	struct node *nodes; /* sorted by name before anything is looked up */
	struct view made; /* the name of the new view */
	bool failed; /* no memory */
};

struct reader {
	struct graph *graph;
	struct node *node;
};

static bool grow(struct arena *a, void **array, int n, int *capacity, size_t size)
{
	int more = *capacity ? 2 * *capacity : 8;
	void *bigger = arena_calloc(a, (size_t)more, size);

	if (!bigger)
		return false;
	if (n)
		memcpy(bigger, *array, (size_t)n * size);
	*array = bigger;
	*capacity = more;
	return true;
}

static void add_read(void *arg, struct view name)
{
	struct reader *r = arg;
	struct node *node = r->node;

	if (node->n_reads == node->capacity &&
	    !grow(r->graph->arena, (void **)&node->reads, node->n_reads, &node->capacity,
		sizeof(name))) {
		r->graph->failed = true;
		return;
	}
	node->reads[node->n_reads++] = arena_dup(r->graph->arena, name);
}

static void add_node(
    struct graph *g, struct view name, struct view view_on, struct view pipeline)
{
	struct reader r = {.graph = g};

	if (g->n == g->capacity &&
	    !grow(g->arena, (void **)&g->nodes, g->n, &g->capacity, sizeof(*g->nodes))) {
		g->failed = true;
		return;
	}
	r.node = &g->nodes[g->n++];
	*r.node = (struct node){.name = arena_dup(g->arena, name), .height = 1};
	add_read(&r, view_on);
	view_pipeline_reads(pipeline, add_read, &r);
}

static bool add_view(void *arg, struct collection *c)
{
	struct graph *g = arg;
	struct view name = view_of_str(c->name);

	if (c->kind == KIND_VIEW && !view_equal(name, g->made))
		add_node(g, name, c->view_on, c->pipeline);
	return !g->failed;
}

static int compare_nodes(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return view_compare(x->name, y->name);
}

static struct node *find_node(const struct graph *g, struct view name)
{
	struct node key = {.name = name};

	return bsearch(&key, g->nodes, (size_t)g->n, sizeof(key), compare_nodes);
}

/* Is the new view among those that it reads, through however many? */
static bool has_circle(struct graph *g)
{
	struct node *made = find_node(g, g->made);
	struct node **open = arena_new_array(g->arena, (size_t)g->n, struct node *);
	int n = 0;

	if (!open) {
		g->failed = true;
		return false;
	}
	open[n++] = made;
	while (n) {
		struct node *at = open[--n];

		for (int i = 0; i < at->n_reads; i++) {
			struct node *next = find_node(g, at->reads[i]);

			if (next == made)
				return true;
			if (!next || next->seen)
				continue;
			next->seen = true;
			open[n++] = next;
		}
	}
	return false;
}

/* One round: every view stands above those that it reads.  False when nothing
 * has changed. */
static bool raise_heights(struct graph *g, int *highest)
{
	bool changed = false;

	for (int i = 0; i < g->n; i++) {
		struct node *at = &g->nodes[i];

		for (int k = 0; k < at->n_reads; k++) {
			const struct node *below = find_node(g, at->reads[k]);

			if (below && at->height <= below->height) {
				at->height = below->height + 1;
				changed = true;
			}
		}
		*highest = MAX_OF(*highest, at->height);
	}
	return changed;
}

/* There is no circle, but concurrent creations may have made one elsewhere:
 * the rounds are counted too. */
static bool is_too_deep(struct graph *g)
{
	int highest = 0;

	for (int i = 0; i <= VIEW_DEPTH_MAX && highest <= VIEW_DEPTH_MAX; i++)
		if (!raise_heights(g, &highest))
			break;
	return highest > VIEW_DEPTH_MAX;
}

int view_graph_check(struct catalog *cat, struct view db, struct view name, struct view view_on,
    struct view pipeline, struct arena *a, struct status *st)
{
	struct graph g = {.arena = a, .made = name};
	bool circle, deep;

	catalog_each(cat, db, add_view, &g);
	if (!g.failed)
		add_node(&g, name, view_on, pipeline);
	if (g.failed || arena_failed(a))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	qsort(g.nodes, (size_t)g.n, sizeof(*g.nodes), compare_nodes);
	circle = has_circle(&g);
	deep = !circle && is_too_deep(&g);
	if (g.failed)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	if (circle)
		return status_set(st, ERR_GRAPH_CONTAINS_CYCLE,
		    "the view '%.*s' would read itself", (int)name.len,
		    (const char *)name.data);
	if (deep)
		return status_set(st, ERR_VIEW_DEPTH_LIMIT_EXCEEDED,
		    "views would stand on views more than %d deep", VIEW_DEPTH_MAX);
	return 0;
}

int view_collation_check(struct catalog *cat, struct view db, struct view name,
    struct view view_on, const struct collator *collator, struct status *st)
{
	struct collection *below = catalog_find(cat, db, view_on);
	int err = 0;

	if (!below)
		return 0;
	if (below->kind == KIND_VIEW && !collation_equal(collator, below->collator))
		err = status_set(st, ERR_OPTION_NOT_SUPPORTED_ON_VIEW,
		    "the view %.*s and the view %s that it reads differ in their collation",
		    (int)name.len, (const char *)name.data, below->ns);
	collection_unref(below);
	return err;
}
