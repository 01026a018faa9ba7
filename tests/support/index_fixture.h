/*
 * support/index_fixture.h - indexes made and dropped by DDL alone: without documents'
 * keys.
 *
 * All is on one collection, "db.c".
 */
#ifndef SUPPORT_INDEX_FIXTURE_H
#define SUPPORT_INDEX_FIXTURE_H

#include "storage/iter.h"
#include "support/ddl_fixture.h"

/* {key: 1} under the name "key_1", or as the fields say. */
struct made_spec {
	struct buf key, spec;
	struct index_spec s;
};

static inline void make_spec(
    struct made_spec *m, const char *field, int direction, const char *name, bool unique)
{
	struct builder b;

	buf_init(&m->key, NULL);
	builder_init(&b, &m->key);
	builder_i32(&b, field, direction);
	builder_finish(&b);
	buf_init(&m->spec, NULL);
	builder_init(&b, &m->spec);
	builder_i32(&b, "v", 2);
	builder_doc(&b, "key", buf_view(&m->key));
	builder_str(&b, "name", name);
	if (unique)
		builder_bool(&b, "unique", true);
	builder_finish(&b);
	m->s = (struct index_spec){.name = view_of_str(name),
	    .key = buf_view(&m->key),
	    .spec = buf_view(&m->spec),
	    .unique = unique};
}

static inline void clear_spec(struct made_spec *m)
{
	buf_clear(&m->key);
	buf_clear(&m->spec);
}

static inline int build(struct ddl_fixture *f, struct index_build *b)
{
	return FIXTURE_DDL(f,
	    ddl_create_indexes(&d, view_of_str("db"), view_of_str("c"), b, &f->op.op, &f->st));
}

static inline int build_one(
    struct ddl_fixture *f, const char *field, int direction, const char *name, bool unique)
{
	struct made_spec m;
	int r;

	make_spec(&m, field, direction, name, unique);
	r = build(f, &(struct index_build){.n = 1, .specs = &m.s});
	clear_spec(&m);
	return r;
}

static inline int drop_one(struct ddl_fixture *f, const char *name)
{
	const struct view names[] = {view_of_str(name)};

	return FIXTURE_DDL(f, ddl_drop_indexes(&d, view_of_str("db"), view_of_str("c"), 1,
				  names, &f->op.op, &f->st));
}

static inline int count_entries(struct ddl_fixture *f, const struct index *ix)
{
	struct iter_options o = {.tier = READ_ANY};
	struct iter *it = iter_open_entries(f->store.store, ix, &o);
	struct status st;
	int n = 0, r;

	status_init(&st);
	for (r = iter_first(it, &st); r == 0; r = iter_next(it, &st))
		n++;
	assert_int_equal(r, ERR_ABSENT);
	iter_close(it);
	return n;
}

static inline int count_rows(struct ddl_fixture *f, int table)
{
	struct iter_options o = {.tier = READ_ANY};
	struct iter *it = iter_open_rows(f->store.store, table, &o);
	struct status st;
	int n = 0, r;

	status_init(&st);
	for (r = iter_first(it, &st); r == 0; r = iter_next(it, &st))
		n++;
	assert_int_equal(r, ERR_ABSENT);
	iter_close(it);
	return n;
}

#endif
