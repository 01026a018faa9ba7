#include "index/geo_keys.h"

#include <stdlib.h>

#include "geo/geojson.h"

/* What is kept of a geometry while it is read. */
#define SCRATCH_BYTES 2048

/* The cells of one field. */
struct cells {
	struct key_making *m;
	struct grid grid; /* INDEX_2D */
	struct buf values; /* struct value */
	int code;
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for index keys");
}

struct grid index_grid(const struct index *ix)
{
	struct grid g = {-180, 180, 26};
	int64_t bits = g.bits;

	(void)!value_to_double(doc_get(ix->spec, "min"), &g.min);
	(void)!value_to_double(doc_get(ix->spec, "max"), &g.max);
	(void)!value_to_i64(doc_get(ix->spec, "bits"), &bits);
	g.bits = (int)bits;
	return g;
}

struct value grid_value(struct arena *a, uint64_t number)
{
	uint8_t *bytes = arena_alloc(a, 13);
	uint32_t len = htole32(8);

	number = htobe64(number);
	if (bytes) {
		memcpy(bytes, &len, sizeof(len));
		bytes[4] = 0x80; /* nobody else's subtype */
		memcpy(bytes + 5, &number, sizeof(number));
	}
	return (struct value){.type = TYPE_BINARY, .data = bytes, .len = 13};
}

static int add_value(struct cells *c, struct value v)
{
	if (v.data)
		buf_append(&c->values, &v, sizeof(v));
	return !v.data || c->values.failed ? no_memory(c->m->st) : 0;
}

/* -------------------------------------------------------------- the sphere */

static int refuse(struct cells *c, int code, const char *why)
{
	return status_set(
	    c->m->st, code, "index %s: cannot have this geometry: %s", c->m->ix->name, why);
}

static int add_shape(struct cells *c, const struct sphere *s)
{
	size_t n;
	int64_t *cells = sphere_cells(s, &n);
	int r = cells ? 0 : no_memory(c->m->st);

	if (!r && n > INDEX_KEYS_MAX)
		r = status_set(c->m->st, ERR_CANNOT_BUILD_INDEX_KEYS,
		    "index %s: a document has more than %d keys", c->m->ix->name,
		    INDEX_KEYS_MAX);
	for (size_t i = 0; !r && i < n; i++)
		r = add_value(c, value_make_i64(c->m->arena, cells[i]));
	free(cells);
	return r;
}

static int take_shape(struct cells *c, struct value v)
{
	_Alignas(16) uint8_t room[SCRATCH_BYTES];
	struct status why = {0};
	struct arena scratch;
	struct sphere *s = sphere_new();
	int r;

	if (!s)
		return no_memory(c->m->st);
	arena_init_in(&scratch, NULL, room, sizeof(room));
	r = geo_shape(v, GEO_INDEXED, &scratch, s, &why);
	if (r == ERR_BAD_VALUE)
		r = refuse(c, 16755, why.message);
	else if (r)
		r = no_memory(c->m->st);
	else
		r = add_shape(c, s);
	arena_clear(&scratch);
	sphere_free(s);
	return r;
}

/* --------------------------------------------------------------- the plane */

static int add_place(struct cells *c, struct geo_point p)
{
	if (!grid_has(&c->grid, p))
		return refuse(c, 13027, "it is not within min and max");
	return add_value(c, grid_value(c->m->arena, grid_number(&c->grid, p)));
}

/* A pair, or several of them. */
static int take_places(struct cells *c, struct value v)
{
	struct geo_point p;
	struct doc_iter it;
	struct element e;
	int n, r = 0;

	if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY)
		return refuse(c, 16804, "it is no pair of numbers");
	if (geo_pair(v, &p, &n))
		return add_place(c, p);
	it = doc_iter(value_doc(v));
	while (!r && doc_next(&it, &e))
		r = geo_pair(e.value, &p, &n) ? add_place(c, p)
					      : refuse(c, 16804, "it is no pair of numbers");
	return r;
}

/* ---------------------------------------------------------------- the keys */

static bool take_value(void *arg, struct value v, bool in_array)
{
	struct cells *c = arg;

	if (value_is_missing(v) || v.type == TYPE_NULL || v.type == TYPE_UNDEFINED ||
	    (v.type == TYPE_ARRAY && doc_is_empty(value_doc(v))))
		return false;
	c->code = c->m->ix->kind == INDEX_2D ? take_places(c, v) : take_shape(c, v);
	return c->code != 0;
}

/* A field's values in the keys: at least one. */
struct choices {
	const struct value *v;
	int n;
};

static int find_cells(struct key_making *m, int field, struct choices *out, bool *any)
{
	struct cells c = {.m = m, .grid = index_grid(m->ix)};
	struct view found;

	buf_init(&c.values, m->arena->account);
	path_walk(m->doc, &m->ix->fields[field].path, false, take_value, &c);
	*any |= c.values.len != 0;
	if (!c.code && !c.values.len)
		c.code = add_value(&c, value_null);
	found = arena_dup(m->arena, buf_view(&c.values));
	buf_clear(&c.values);
	*out = (struct choices){
	    (const struct value *)found.data, (int)(found.len / sizeof(struct value))};
	if (!c.code && arena_failed(m->arena))
		c.code = no_memory(m->st);
	if (out->n > 1)
		m->multikey |= index_array_bit(m->ix, field, m->ix->fields[field].path.n - 1);
	return c.code;
}

/* Each field's values with each of the others'. */
static int put_keys(struct key_making *m, const struct choices *choices)
{
	int at[INDEX_FIELDS_MAX] = {0}, field, r;

	do {
		key_making_begin(m);
		for (int i = 0; i < m->ix->n_fields; i++)
			key_making_field(m, i, choices[i].v[at[i]]);
		r = key_making_end(m);
		for (field = 0; field < m->ix->n_fields; field++) {
			if (++at[field] < choices[field].n)
				break;
			at[field] = 0;
		}
	} while (!r && field < m->ix->n_fields);
	return r;
}

int geo_keys(struct key_making *m, const struct value *values)
{
	struct choices choices[INDEX_FIELDS_MAX];
	bool any = false;

	for (int i = 0; i < m->ix->n_fields; i++) {
		int r = 0;

		if (m->ix->fields[i].kind == INDEX_PLAIN)
			choices[i] = (struct choices){&values[i], 1};
		else
			r = find_cells(m, i, &choices[i], &any);
		if (r)
			return r;
	}
	return any ? put_keys(m, choices) : 0;
}
