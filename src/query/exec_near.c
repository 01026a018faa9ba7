/*
 * query/exec_near.c - how far documents are from the point of $near: those within its
 * distances, with what {$meta: "geoNearDistance"} and "geoNearPoint" ask for.
 */
#include <math.h>

#include "expr/match_geo.h"
#include "geo/geojson.h"
#include "query/explain.h"
#include "query/plan.h"

struct near {
	struct exec exec;
	const struct candidate *scan;
	const struct geo_near *near;
	const struct path *path;
	struct arena scratch; /* of one geometry */
	uint8_t distance[8]; /* of the row that has been given, as BSON has it */
	struct document_meta meta;
};

/* The nearest place of a document. */
struct nearest {
	struct near *s;
	bool found;
	double distance;
	struct value place;
	struct status *st;
	int code;
};

static void offer(struct nearest *n, double distance, struct value place)
{
	if (n->found && n->distance <= distance)
		return;
	n->found = true;
	n->distance = distance;
	n->place = place;
}

static int measure_shape(struct nearest *n, struct value v)
{
	const struct geo_near *near = n->s->near;
	struct sphere *shape = sphere_new();
	int r;

	if (!shape)
		return status_set(n->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a shape");
	arena_reset(&n->s->scratch);
	r = geo_shape(v, GEO_STORED, &n->s->scratch, shape, NULL);
	if (r == 0)
		offer(n, sphere_distance(shape, near->point) * near->unit, v);
	else if (r != ERR_BAD_VALUE)
		r = status_set(n->st, r, "no memory for a shape");
	sphere_free(shape);
	/* What is no geometry is nowhere. */
	return r == ERR_BAD_VALUE ? 0 : r;
}

static void measure_point(struct nearest *n, struct geo_point p, struct value place)
{
	const struct geo_near *near = n->s->near;

	if (!near->spherical)
		offer(n, flat_distance(p, near->point), place);
	else if (sphere_has(p))
		offer(n, sphere_point_distance(p, near->point) * near->unit, place);
}

/* On a plane there may be several pairs. */
static void measure_pairs(struct nearest *n, struct value v)
{
	struct doc_iter it = doc_iter(value_doc(v));
	struct geo_point p;
	struct element e;
	int count;

	while (doc_next(&it, &e))
		if (geo_pair(e.value, &p, &count))
			measure_point(n, p, e.value);
}

static bool measure(void *arg, struct value v, bool in_array)
{
	struct nearest *n = arg;
	struct geo_point p;

	if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY)
		return false;
	if (geo_point_of(v, &p))
		measure_point(n, p, v);
	else if (n->s->scan->index->kind == INDEX_2D)
		measure_pairs(n, v);
	else
		n->code = measure_shape(n, v);
	return n->code != 0;
}

static bool is_within(const struct geo_near *near, const struct nearest *n)
{
	return n->found && n->distance >= near->least && n->distance <= near->most;
}

static void note(struct near *s, const struct nearest *n)
{
	uint64_t bits;

	memcpy(&bits, &n->distance, sizeof(bits));
	bits = htole64(bits);
	memcpy(s->distance, &bits, sizeof(bits));
	s->meta.values[META_GEO_DISTANCE] = (struct value){s->distance, 8, TYPE_DOUBLE};
	s->meta.values[META_GEO_POINT] = n->place;
}

static enum step near_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct near *s = container_of(e, struct near, exec);
	struct nearest n;

	do {
		enum step step = exec_next(e->child, cx, out);

		e->done = e->child->done;
		if (step != STEP_ROW)
			return step;
		e->works++;
		n = (struct nearest){.s = s, .st = cx->status};
		path_walk(out->doc, s->path, false, measure, &n);
		if (n.code)
			return STEP_ERROR;
	} while (!is_within(s->near, &n));
	note(s, &n);
	out->meta = &s->meta;
	e->advanced++;
	return STEP_ROW;
}

static void near_close(struct exec *e)
{
	arena_clear(&container_of(e, struct near, exec)->scratch);
}

static void near_explain(const struct exec *e, struct explain_output *x)
{
	const struct index *ix = container_of(e, struct near, exec)->scan->index;

	explain_node(x, e, e->ops->name, NULL);
	builder_doc(x->b, "keyPattern", ix->key_pattern);
	builder_str(x->b, "indexName", ix->name);
	builder_i32(x->b, "indexVersion", 2);
}

static const struct exec_ops plane_ops = {
    .name = "GEO_NEAR_2D",
    .next = near_next,
    .close = near_close,
    .explain = near_explain,
};

static const struct exec_ops sphere_ops = {
    .name = "GEO_NEAR_2DSPHERE",
    .next = near_next,
    .close = near_close,
    .explain = near_explain,
};

struct exec *exec_near_new(const struct candidate *scan, struct exec *child, struct arena *a,
    struct memory_account *account)
{
	struct near *s = arena_new(a, struct near);

	if (!s || !child)
		return NULL;
	s->exec.ops = scan->index->kind == INDEX_2D ? &plane_ops : &sphere_ops;
	s->exec.child = child;
	s->scan = scan;
	s->near = scan->near->data;
	s->path = &scan->near->path;
	arena_init(&s->scratch, account);
	return &s->exec;
}
