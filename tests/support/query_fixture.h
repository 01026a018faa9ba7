/*
 * support/query_fixture.h - a store, and documents in and out of it as the
 * commands would do it: through the writer and the planner.
 *
 * All is on one collection, "db.c", made by the first insert.  Documents are text
 * (support/json.h).
 */
#ifndef SUPPORT_QUERY_FIXTURE_H
#define SUPPORT_QUERY_FIXTURE_H

#include "index/build.h"
#include "index/check.h"
#include "index/partial.h"
#include "query/query.h"
#include "query/writer.h"
#include "support/ddl_fixture.h"
#include "support/json.h"

struct query_fixture {
	struct ddl_fixture ddl;
	struct arena arena;
	struct store *store;
	struct status st; /* of the last call */
	struct test_op op; /* of the main thread */
	const char *summary; /* of the last find's plan */
	int64_t docs_examined, keys_examined;
};

static inline void query_fixture_init(struct query_fixture *f, bool sequence)
{
	memset(f, 0, sizeof(*f));
	f->ddl.store.options = (struct store_options){
	    .cache_bytes = 4 << 20,
	    .memtable_bytes = 1 << 20,
	    .background_jobs = 2,
	    .sync_interval_ms = 20,
	    .sequence_by_default = sequence,
	};
	fixture_make_dir(f->ddl.store.dir);
	fixture_open(&f->ddl.store);
	test_op_init(&f->ddl.op);
	status_init(&f->ddl.st);
	test_op_init(&f->op);
	status_init(&f->st);
	arena_init(&f->arena, NULL);
	f->store = f->ddl.store.store;
}

static inline void query_fixture_clear(struct query_fixture *f)
{
	arena_clear(&f->arena);
	status_clear(&f->st);
	test_op_clear(&f->op);
	ddl_fixture_clear(&f->ddl);
}

static inline struct view qf_doc(struct query_fixture *f, const char *text)
{
	return json_doc(&f->arena, text);
}

static inline struct collection *qf_collection(struct query_fixture *f)
{
	return fixture_find(&f->ddl, "db", "c");
}

/* The documents of an array, {'d': [...]}; returns how many. */
static inline int qf_docs(struct query_fixture *f, const char *array, struct writer_doc **out)
{
	struct view list = value_doc(json_value(&f->arena, array));
	struct doc_iter it = doc_iter(list);
	struct element e;
	int n = 0;

	*out = arena_new_array(&f->arena, (size_t)doc_count(list), struct writer_doc);
	while (doc_next(&it, &e)) {
		assert_int_equal(
		    writer_fix_document(value_doc(e.value), &f->arena, &(*out)[n].doc, &f->st),
		    0);
		n++;
	}
	return n;
}

/* Returns the statement's code; docs say what became of each. */
static inline int qf_insert_docs(
    struct query_fixture *f, struct writer_doc *docs, int n, bool ordered, int *done)
{
	struct writer w;
	enum step step;

	status_clear(&f->st);
	*done = 0;
	writer_init(&w, f->store, &f->op.op);
	step = TEST_OP_RUN(
	    &f->op, writer_begin(&w, view_of_str("db"), view_of_str("c"), true, &f->st));
	if (step == STEP_DONE)
		step = TEST_OP_RUN(&f->op, writer_insert(&w, docs, n, ordered, done, &f->st));
	/* The words outlive the writer: the first failure's become the fixture's. */
	for (int i = n - 1; i >= 0; i--)
		if (docs[i].failure) {
			status_copy(&f->st, docs[i].failure);
			status_clear(docs[i].failure);
			docs[i].failure = NULL;
		}
	writer_clear(&w);
	assert_true(step == STEP_DONE || f->st.code);
	return f->st.code;
}

/* "[{...}, {...}]": 0, or the code of the first that failed. */
static inline int qf_insert(struct query_fixture *f, const char *array)
{
	struct writer_doc *docs;
	int done, n = qf_docs(f, array, &docs);

	return qf_insert_docs(f, docs, n, true, &done);
}

static inline int qf_create_index(struct query_fixture *f, const char *spec)
{
	struct view doc = qf_doc(f, spec);
	struct index_spec ix = {
	    .name = value_str(doc_get(doc, "name")),
	    .key = value_doc(doc_get(doc, "key")),
	    .spec = doc,
	    .unique = value_truthy(doc_get(doc, "unique")),
	    .sparse = value_truthy(doc_get(doc, "sparse")),
	    .hidden = value_truthy(doc_get(doc, "hidden")),
	    .same_filter = partial_filters_equal,
	    .own_collation = doc_get(doc, "collation").type == TYPE_OBJECT,
	};
	struct index_fill fill;
	struct index_build b;
	int r;

	index_fill_init(&fill, f->store, NULL);
	b = index_fill_build(&fill, 1, &ix);
	r = FIXTURE_DDL(&f->ddl, ddl_create_indexes(&d, view_of_str("db"), view_of_str("c"), &b,
				     &f->ddl.op.op, &f->ddl.st));
	index_fill_clear(&fill);
	status_copy(&f->st, &f->ddl.st);
	return r;
}

/* The arena's; NULL: simple. */
static inline const struct collator *qf_collator(struct query_fixture *f, const char *collation)
{
	const struct collator *c;

	assert_int_equal(collation_parse(qf_doc(f, collation), &f->arena, &c, &f->st), 0);
	return c;
}

/* A find as text: {filter: .., sort: .., projection: .., hint: .., skip: ..., limit: ...,
 * collation: ...}. */
static inline struct query_spec qf_spec(struct query_fixture *f, const char *find)
{
	struct view doc = qf_doc(f, find);
	struct query_spec spec = {.allow_disk_use = true};
	struct value v;

#define QF_VIEW(name)                                                                          \
	v = doc_get(doc, #name);                                                               \
	if (v.type == TYPE_OBJECT)                                                             \
	spec.name = value_doc(v)
	QF_VIEW(filter);
	QF_VIEW(sort);
	QF_VIEW(projection);
	QF_VIEW(min);
	QF_VIEW(max);
#undef QF_VIEW
	spec.hint = doc_get(doc, "hint");
	spec.return_key = value_truthy(doc_get(doc, "returnKey"));
	spec.show_record_id = value_truthy(doc_get(doc, "showRecordId"));
	spec.tailable = value_truthy(doc_get(doc, "tailable"));
	v = doc_get(doc, "collation");
	if (v.type == TYPE_OBJECT)
		assert_int_equal(
		    collation_parse(value_doc(v), &f->arena, &spec.collator, &f->st), 0);
	(void)value_to_i64(doc_get(doc, "skip"), &spec.skip);
	(void)value_to_i64(doc_get(doc, "limit"), &spec.limit);
	return spec;
}

/* A tree, or NULL with f->st; c is a reference of the caller's. */
static inline struct exec *qf_open(
    struct query_fixture *f, const struct query_spec *spec, struct collection *c)
{
	struct query *q;
	struct plan *p;

	status_clear(&f->st);
	if (query_parse(spec, &f->arena, &q, &f->st) ||
	    query_plan(f->store, q, c, &f->arena, &p, &f->st))
		return NULL;
	f->summary = plan_summary(p);
	return plan_exec(p, &f->arena, NULL);
}

static inline struct exec_context qf_context(struct query_fixture *f)
{
	return (struct exec_context){.op = &f->op.op, .store = f->store, .status = &f->st};
}

/*
 * The documents that a find gives, as the text of {d: [...]}; NULL with f->st.
 * save_every: after so many rows the tree is saved and restored, as between
 * two getMore; 0: never.
 */
static inline const char *qf_find_spec(
    struct query_fixture *f, const struct query_spec *spec, int save_every)
{
	struct collection *c =
	    catalog_find(fixture_catalog(&f->ddl), view_of_str("db"), view_of_str("c"));
	struct exec_context cx = qf_context(f);
	struct exec *e = qf_open(f, spec, c);
	const char *text = NULL;
	struct builder b;
	struct buf out;
	struct row row;
	enum step step = e ? STEP_ROW : STEP_ERROR;

	buf_init(&out, NULL);
	builder_init(&b, &out);
	builder_array_begin(&b, "d");
	for (int n = 1; step == STEP_ROW; n++) {
		step = TEST_OP_RUN(&f->op, exec_next(e, &cx, &row));
		if (step != STEP_ROW)
			break;
		builder_doc(&b, NULL, row.doc);
		if (save_every && n % save_every == 0) {
			exec_save(e);
			assert_int_equal(exec_restore(e, c, &f->st), 0);
		}
	}
	builder_array_end(&b);
	builder_finish(&b);
	if (step == STEP_DONE)
		text = json_text(&f->arena, builder_view(&b));
	buf_clear(&out);
	exec_close(e);
	f->docs_examined = cx.docs_examined;
	f->keys_examined = cx.keys_examined;
	if (c)
		collection_unref(c);
	return text;
}

static inline const char *qf_find(struct query_fixture *f, const char *find)
{
	struct query_spec spec = qf_spec(f, find);

	return qf_find_spec(f, &spec, 0);
}

/* found is what qf_find gave, want an array "[{...}]". */
static inline void qf_assert_found(struct query_fixture *f, const char *found, const char *want)
{
	struct view doc = qf_doc(f, arena_printf(&f->arena, "{'d': %s}", want));

	if (!found)
		fail_msg("find failed: %s", f->st.message);
	assert_string_equal(found, json_text(&f->arena, doc));
}

static inline void qf_assert_find(struct query_fixture *f, const char *find, const char *want)
{
	qf_assert_found(f, qf_find(f, find), want);
}

/* All documents, by _id. */
static inline void qf_assert_docs(struct query_fixture *f, const char *want)
{
	qf_assert_find(f, "{'sort': {'_id': 1}}", want);
}

static inline void qf_check_indexes(struct query_fixture *f)
{
	struct collection *c = qf_collection(f);
	struct index_check k;

	index_check_init(&k, f->store, c, NULL);
	assert_int_equal(
	    TEST_OP_RUN(&f->op, index_check_run(&k, &f->op.op, &f->st)), STEP_DONE);
	assert_int_equal(k.documents, atomic_load(&c->live->documents));
	assert_true(index_check_is_clean(&k));
	index_check_clear(&k);
	collection_unref(c);
}

/* writer_change with a document to put in its place, or NULL: to delete it. */
struct qf_change {
	const char *doc;
	struct arena *arena;
	int calls;
};

static inline int qf_change_fn(
    void *arg, struct view current, struct change_result *out, struct status *st)
{
	struct qf_change *ch = arg;

	ch->calls++;
	*out = (struct change_result){.what = CHANGE_DELETE};
	if (ch->doc) {
		out->what = CHANGE_TO;
		out->doc = json_doc(ch->arena, ch->doc);
	}
	return 0;
}

/* The record key of the document with this _id ({'_id': ..}), in the arena; empty:
 * none. */
static inline struct view qf_record_key(struct query_fixture *f, const char *id)
{
	struct collection *c = qf_collection(f);
	struct query_spec spec = {.filter = qf_doc(f, id)};
	struct exec_context cx = qf_context(f);
	struct exec *e = qf_open(f, &spec, c);
	struct view key = {NULL, 0};
	struct row row;

	assert_non_null(e);
	if (TEST_OP_RUN(&f->op, exec_next(e, &cx, &row)) == STEP_ROW)
		key = arena_dup(&f->arena, row.record_key);
	exec_close(e);
	collection_unref(c);
	return key;
}

static inline int qf_change(
    struct query_fixture *f, struct view record_key, const char *doc, bool *found)
{
	struct qf_change ch = {.doc = doc, .arena = &f->arena};
	struct writer w;
	enum step step;

	status_clear(&f->st);
	writer_init(&w, f->store, &f->op.op);
	step = TEST_OP_RUN(
	    &f->op, writer_begin(&w, view_of_str("db"), view_of_str("c"), false, &f->st));
	if (step == STEP_DONE)
		step = TEST_OP_RUN(
		    &f->op, writer_change(&w, record_key, qf_change_fn, &ch, found, &f->st));
	writer_clear(&w);
	assert_int_equal(step, f->st.code ? STEP_ERROR : STEP_DONE);
	return f->st.code;
}

#endif
