#include <math.h>

#include "expr/match_geo.h"

/*
 * $near and $nearSphere are no predicates: they say in which order an index gives
 * documents.  So they stand where all of a filter's documents must pass, once, and
 * the planner finds them there.
 */

bool filter_is_near(const struct filter *f)
{
	return f->kind == MATCH_OTHER && f->op && f->op->parse == match_parse_near;
}

const struct filter *filter_near(const struct filter *root)
{
	if (filter_is_near(root))
		return root;
	for (int i = 0; root->kind == MATCH_AND && i < root->n_children; i++)
		if (filter_is_near(root->children[i]))
			return root->children[i];
	return NULL;
}

static bool is_distance(const char *name)
{
	return strcmp(name, "$minDistance") == 0 || strcmp(name, "$maxDistance") == 0;
}

/* Codes of what stands beside the operator and of what stands in it differ. */
struct distance_codes {
	int no_number, negative;
};
static const struct distance_codes least_beside = {16893, 16894}, most_beside = {16895, 16896},
				   inside = {ERR_BAD_VALUE, ERR_BAD_VALUE};

static int parse_distance(struct filter_parser *p, const struct element *e,
    const struct distance_codes *codes, struct geo_near *n)
{
	double d;

	if (!value_is_number(e->value) || !value_to_double(e->value, &d))
		return status_set(p->st, codes->no_number, "%s takes a number, and not %s",
		    e->name, type_name(e->value.type));
	if (!(d >= 0) || (codes == &inside && isinf(d)))
		return status_set(
		    p->st, codes->negative, "%s takes a number that is not negative", e->name);
	*(strcmp(e->name, "$minDistance") == 0 ? &n->least : &n->most) = d;
	return 0;
}

/* {$geometry: ..., $minDistance: ..., $maxDistance: ...} */
static int parse_geometry(
    struct filter_parser *p, const char *name, struct view doc, struct geo_near *n)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	bool found = false;

	while (doc_next(&it, &e)) {
		int err = 0;

		if (is_distance(e.name))
			err = parse_distance(p, &e, &inside, n);
		else if (strcmp(e.name, "$geometry") != 0)
			err = status_set(
			    p->st, ERR_BAD_VALUE, "%s has no \"%.100s\"", name, e.name);
		else
			err = geo_near_point(e.value, p->a, n, p->st);
		found |= strcmp(e.name, "$geometry") == 0;
		if (err)
			return err;
	}
	return found ? 0 : status_set(p->st, ERR_BAD_VALUE, "%s needs a $geometry", name);
}

int geo_near_point(struct value v, struct arena *a, struct geo_near *n, struct status *st)
{
	struct sphere *s = geo_shape_in(a);
	int err;

	if (!s)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a shape");
	err = geo_shape(v, GEO_POINT, a, s, st);
	if (err)
		return err;
	n->spherical = n->geojson = true;
	n->unit = EARTH_RADIUS_M;
	if (!geojson_is(v))
		return geo_point_of(v, &n->point) ? 0 : ERR_BAD_VALUE;
	geo_pair(doc_get(value_doc(v), "coordinates"), &n->point, &(int){0});
	return 0;
}

/* [x, y] or, as long ago, [x, y, the greatest distance]. */
static int parse_legacy(
    struct filter_parser *p, const char *name, struct value v, struct geo_near *n)
{
	int count;

	if (!geo_pair(v, &n->point, &count) || count > 3 || !isfinite(n->point.x) ||
	    !isfinite(n->point.y))
		return status_set(p->st, ERR_BAD_VALUE, "%s takes a pair of numbers", name);
	if (n->spherical && !sphere_has(n->point))
		return status_set(p->st, ERR_BAD_VALUE,
		    "%s: a longitude is from -180 to 180, a latitude from -90 to 90", name);
	if (count == 3) {
		struct element most = {"$maxDistance", 12, array_at(value_doc(v), 2)};

		return parse_distance(p, &most, &most_beside, n);
	}
	return 0;
}

/* What stands beside the operator: distances, where the point is a pair. */
static int parse_siblings(
    struct filter_parser *p, const struct match_op *op, struct geo_near *n)
{
	struct doc_iter it = doc_iter(p->siblings);
	struct element e;

	while (doc_next(&it, &e)) {
		const struct match_op *other = match_op_find(e.name, PLACE_FIELD);
		bool least = strcmp(e.name, "$minDistance") == 0;
		int err = 0;

		if (other == op || strcmp(e.name, "$uniqueDocs") == 0)
			continue;
		if (is_distance(e.name))
			err = parse_distance(p, &e, least ? &least_beside : &most_beside, n);
		else if (other &&
			 (other->parse == match_parse_near || other->parse == match_parse_geo))
			err = status_set(p->st, ERR_BAD_VALUE,
			    "a filter has one geographic "
			    "condition on a field, and $near once");
		else
			err =
			    status_set(p->st, 34413, "%s stands alone on its field", op->name);
		if (err)
			return err;
	}
	return 0;
}

static int check_place(struct filter_parser *p, const struct match_op *op)
{
	if (p->o->no_near)
		return status_set(p->st, 5626500, "%s is not allowed here", op->name);
	if (p->inside || p->alternative)
		return status_set(p->st, ERR_BAD_VALUE,
		    "%s stands at the top of a filter or in its $and", op->name);
	if (p->near)
		return status_set(p->st, ERR_BAD_VALUE, "a filter has one $near");
	p->near = true;
	if (p->o->metas)
		p->o->metas->gives |= 1u << META_GEO_DISTANCE | 1u << META_GEO_POINT;
	return 0;
}

MATCH_PARSER(match_parse_near)
{
	struct filter *f = filter_new(p, MATCH_OTHER, op, path);
	struct geo_near *n = arena_new(p->a, struct geo_near);
	struct doc_iter it;
	struct element e;
	int err;

	if (!f || !n)
		return filter_no_memory(p);
	*n = (struct geo_near){.unit = 1, .most = INFINITY};
	n->spherical = strcmp(op->name, "$nearSphere") == 0;
	f->data = n;
	*out = f;
	err = check_place(p, op);
	if (err)
		return err;
	if (operand.type != TYPE_OBJECT && operand.type != TYPE_ARRAY)
		return status_set(p->st, ERR_BAD_VALUE, "%s takes a point, and not %s",
		    op->name, type_name(operand.type));
	it = doc_iter(value_doc(operand));
	if (operand.type == TYPE_OBJECT && (!doc_next(&it, &e) || e.name[0] == '$'))
		err = parse_geometry(p, op->name, value_doc(operand), n);
	else
		err = parse_legacy(p, op->name, operand, n);
	return err ? err : parse_siblings(p, op, n);
}

/* What only stands beside a $near, which has read it. */
MATCH_PARSER(match_parse_beside_near)
{
	struct doc_iter it = doc_iter(p->siblings);
	struct element e;

	while (doc_next(&it, &e)) {
		const struct match_op *other = match_op_find(e.name, PLACE_FIELD);

		if (other && other->parse == match_parse_near)
			return 0;
	}
	return status_set(p->st, ERR_BAD_VALUE, "%s stands beside $near", op->name);
}

/* The plan has seen to the order and the distances. */
MATCH_TEST(match_test_near)
{
	return true;
}
