/*
 * support/ddl_fixture.h - a store with its catalog, and DDL that is run to its
 * end: each function returns 0 or the error's code.
 */
#ifndef SUPPORT_DDL_FIXTURE_H
#define SUPPORT_DDL_FIXTURE_H

#include "storage/ddl.h"
#include "storage/record.h"
#include "support/park.h"
#include "support/store_fixture.h"

struct ddl_fixture {
	struct store_fixture store;
	struct test_op op;
	struct status st;
	int dropped, indexes_before; /* of the last DDL */
};

static inline void ddl_fixture_init(struct ddl_fixture *f)
{
	fixture_init(&f->store);
	test_op_init(&f->op);
	status_init(&f->st);
}

static inline void ddl_fixture_clear(struct ddl_fixture *f)
{
	status_clear(&f->st);
	test_op_clear(&f->op);
	fixture_clear(&f->store);
}

static inline struct catalog *fixture_catalog(struct ddl_fixture *f)
{
	return store_catalog(f->store.store);
}

/* call is one of the ddl_* with &d as its first argument. */
#define FIXTURE_DDL(f, call)                                                                   \
	({                                                                                     \
		struct ddl d;                                                                  \
		enum step end_;                                                                \
		status_clear(&(f)->st);                                                        \
		ddl_init(&d, (f)->store.store);                                                \
		end_ = TEST_OP_RUN(&(f)->op, call);                                            \
		(f)->dropped = d.dropped;                                                      \
		(f)->indexes_before = d.indexes_before;                                        \
		ddl_clear(&d);                                                                 \
		assert_int_equal(end_, (f)->st.code ? STEP_ERROR : STEP_DONE);                 \
		(f)->st.code;                                                                  \
	})

static inline int fixture_create_spec(struct ddl_fixture *f, const struct create_spec *spec)
{
	return FIXTURE_DDL(f, ddl_create(&d, spec, &f->op.op, &f->st));
}

static inline int fixture_create(struct ddl_fixture *f, const char *db, const char *name)
{
	const struct create_spec spec = {.db = view_of_str(db), .name = view_of_str(name)};

	return fixture_create_spec(f, &spec);
}

static inline int fixture_create_capped(struct ddl_fixture *f, const char *db, const char *name)
{
	const struct create_spec spec = {.db = view_of_str(db),
	    .name = view_of_str(name),
	    .capped = true,
	    .capped_bytes = 4096,
	    .capped_documents = 7};

	return fixture_create_spec(f, &spec);
}

static inline int fixture_create_view(
    struct ddl_fixture *f, const char *db, const char *name, const char *on)
{
	const struct create_spec spec = {.db = view_of_str(db),
	    .name = view_of_str(name),
	    .kind = KIND_VIEW,
	    .view_on = view_of_str(on),
	    .pipeline = doc_empty};

	return fixture_create_spec(f, &spec);
}

static inline int fixture_drop(struct ddl_fixture *f, const char *db, const char *name)
{
	return FIXTURE_DDL(
	    f, ddl_drop(&d, view_of_str(db), view_of_str(name), &f->op.op, &f->st));
}

static inline int fixture_drop_database(struct ddl_fixture *f, const char *db)
{
	return FIXTURE_DDL(f, ddl_drop_database(&d, view_of_str(db), &f->op.op, &f->st));
}

static inline int fixture_rename(struct ddl_fixture *f, const char *db, const char *name,
    const char *to_db, const char *to_name, bool drop_target)
{
	return FIXTURE_DDL(
	    f, ddl_rename(&d, view_of_str(db), view_of_str(name), view_of_str(to_db),
		   view_of_str(to_name), drop_target, false, &f->op.op, &f->st));
}

/* A reference, which must be there. */
static inline struct collection *fixture_find(
    struct ddl_fixture *f, const char *db, const char *name)
{
	struct collection *c =
	    catalog_find(fixture_catalog(f), view_of_str(db), view_of_str(name));

	assert_non_null(c);
	return c;
}

static inline bool fixture_has(struct ddl_fixture *f, const char *db, const char *name)
{
	struct collection *c =
	    catalog_find(fixture_catalog(f), view_of_str(db), view_of_str(name));

	collection_unref(c);
	return c != NULL;
}

/* Documents {_id: from}, {_id: from + 1}, ... with the collection's own keys. */
static inline void fixture_insert(
    struct ddl_fixture *f, struct collection *c, int64_t from, int n)
{
	struct batch *b = batch_new(f->store.store, NULL);
	struct commit commit;
	struct buf doc, key;

	buf_init(&doc, NULL);
	buf_init(&key, NULL);
	for (int i = 0; i < n; i++) {
		struct view v = fake_doc(&doc, from + i, 8);

		buf_reset(&key);
		if (c->record_key == RECORD_KEY_ID)
			record_key_of_id(&key, c, doc_get(v, "_id"));
		else
			record_key_next(&key, c);
		batch_insert(b, c, buf_view(&key), doc_get(v, "_id"), v);
	}
	fixture_commit(f->store.store, b, &commit);
	buf_clear(&doc);
	buf_clear(&key);
	batch_free(b);
}

#endif
