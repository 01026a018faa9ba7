#include "index/hashed.h"

#include "bson/hashed_key.h"

void hashed_put(struct key_making *m, const struct index_field *f, struct value v)
{
	struct keygen *g = m->g;
	struct buf scratch;
	int64_t n;

	buf_init(&scratch, m->arena->account);
	n = htole64(hashed_key(v, m->ix->collator, &scratch));
	g->key.failed |= scratch.failed;
	buf_clear(&scratch);
	key_encode(&g->key, &g->types,
	    (struct value){.type = TYPE_INT64, .data = (const uint8_t *)&n, .len = sizeof(n)},
	    f->descending, NULL);
}

static struct intervals hash_points(struct interval_maker *m, const struct intervals *points)
{
	struct intervals out = intervals_new(m, points->n);
	struct buf scratch;

	buf_init(&scratch, m->arena->account);
	for (int i = 0; i < points->n && !m->failed; i++) {
		int64_t n = hashed_key(points->v[i].from.v, m->collator, &scratch);

		intervals_add_point(m, &out, value_make_i64(m->arena, n));
	}
	m->failed |= scratch.failed || arena_failed(m->arena);
	buf_clear(&scratch);
	intervals_sort(&out);
	return out;
}

/* Several values may have one number: the document has to be asked. */
struct field_set hashed_set(struct set_field *field, const struct filter *f)
{
	struct interval_maker *m = field->maker;
	struct field_set set = field_set_make(field, f);

	set.exact = false;
	if (m->failed)
		return set;
	set.keys = intervals_are_points(&set.keys) ? hash_points(m, &set.keys)
						   : intervals_all(m);
	return set;
}
