/*
 * support/database.h - the harness with a store of its own: commands on
 * collections, without a socket.
 *
 *     struct database db;
 *     database_init(&db, FACE_STANDALONE);
 *     assert_reply(&db, "{'ping': 1, '$db': 'd'}", "{ 'ok' : 1.0 }");
 *     database_clear(&db);
 */
#ifndef SUPPORT_DATABASE_H
#define SUPPORT_DATABASE_H

#include "query/cursors.h"
#include "query/query_state.h"
#include "support/harness.h"
#include "support/store_fixture.h"

struct database {
	struct harness h;
	struct store_fixture store;
};

static inline void database_init(struct database *db, enum face face)
{
	struct status st;

	harness_init(&db->h, face);
	fixture_init(&db->store);
	status_init(&st);
	assert_int_equal(query_state_open(db->store.store, 1024 * 1024, &st), 0);
	db->h.inst.store = db->store.store;
	db->h.inst.cursors = cursors_new(&db->h.inst.memory, 600000);
	assert_non_null(db->h.inst.cursors);
}

static inline void database_clear(struct database *db)
{
	cursors_free(db->h.inst.cursors);
	query_state_close(db->store.store);
	fixture_clear(&db->store);
	harness_clear(&db->h);
}

/* In JSON, without what a replica set adds. */
static inline const char *database_run(struct database *db, const char *json)
{
	struct view reply = harness_run(&db->h, json);
	struct doc_iter it = doc_iter(reply);
	struct builder b;
	struct element e;
	struct buf buf;
	char *text;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	while (doc_next(&it, &e))
		if (e.name[0] != '$' && strcmp(e.name, "operationTime") != 0)
			builder_value(&b, e.name, e.value);
	builder_finish(&b);
	text = json_text(&db->h.arena, builder_view(&b));
	buf_clear(&buf);
	return text;
}

#define assert_reply(db, json, text) assert_string_equal(database_run(db, json), text)
#define assert_code(db, json, code)                                                            \
	do {                                                                                   \
		int code_ = harness_code(&(db)->h, json);                                      \
		if (code_ != (code))                                                           \
			fail_msg("%s: %d, not %d", json, code_, (int)(code));                  \
	} while (0)

struct code_case {
	const char *json;
	int code;
};

#define assert_codes(db, cases)                                                                \
	for (size_t i_ = 0; i_ < ARRAY_LEN(cases); i_++)                                       \
	assert_code(db, (cases)[i_].json, (cases)[i_].code)

/* What stands at a dotted path of a reply, or missing. */
static inline struct value database_at(struct view doc, const char *path)
{
	char name[64];
	struct value v = value_of_doc(doc);

	while (*path) {
		size_t n = strcspn(path, ".");

		assert_true(n < sizeof(name));
		memcpy(name, path, n);
		name[n] = 0;
		if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY)
			return value_missing;
		v = doc_get(value_doc(v), name);
		path += n + (path[n] == '.');
	}
	return v;
}

#endif
