/*
 * support/aggregate.h - pipelines over collections of a database of its own.
 *
 *     gives_from(&db, "c", "[{'$match': {}}]", "[{...}]")
 *     fails_from(&db, "c", "[...]", code)
 */
#ifndef SUPPORT_AGGREGATE_H
#define SUPPORT_AGGREGATE_H

#include "support/database.h"

static inline char *aggregate_command(struct database *db, const char *coll, const char *stages)
{
	return arena_printf(&db->h.arena,
	    "{'aggregate': '%s', 'pipeline': %s, 'cursor': {'batchSize': 100000}, '$db': 'd'}",
	    coll, stages);
}

/* The first batch as text. */
static inline const char *aggregate_run(
    struct database *db, const char *coll, const char *stages)
{
	struct view reply = harness_run(&db->h, aggregate_command(db, coll, stages));
	struct value batch = database_at(reply, "cursor.firstBatch");
	struct builder b;
	struct buf buf;
	char *text;

	if (batch.type != TYPE_ARRAY)
		fail_msg("%s: %s", stages, json_text(&db->h.arena, reply));
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_value(&b, "d", batch);
	builder_finish(&b);
	text = json_text(&db->h.arena, builder_view(&b));
	buf_clear(&buf);
	return text;
}

static inline void gives_from(
    struct database *db, const char *coll, const char *stages, const char *want)
{
	const char *text = arena_printf(&db->h.arena, "{'d': %s}", want);

	assert_string_equal(aggregate_run(db, coll, stages),
	    json_text(&db->h.arena, json_doc(&db->h.arena, text)));
}

static inline void fails_from(
    struct database *db, const char *coll, const char *stages, int code)
{
	assert_code(db, aggregate_command(db, coll, stages), code);
}

static inline void insert_into(struct database *db, const char *coll, const char *docs)
{
	assert_code(db,
	    arena_printf(
		&db->h.arena, "{'insert': '%s', 'documents': %s, '$db': 'd'}", coll, docs),
	    0);
}

#endif
