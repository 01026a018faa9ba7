/*
 * support/pipeline.h - whole pipelines without a store: JSON in, JSON out.
 *
 *     gives("[{$documents: [...]}, ...]", "{...}{...}")
 *     fails("[...]", code)
 */
#ifndef SUPPORT_PIPELINE_H
#define SUPPORT_PIPELINE_H

#include <bson/bson.h>

#include "aggregate/pipeline.h"
#include "util/op.h"

struct run {
	struct arena arena;
	struct memory_account memory;
	struct op op;
	struct status status;
	char message[1024];
	struct buf out; /* a C string */
	int64_t memory_bytes; /* that there are; 0: any number */
};

static inline void ignore_fire(struct op *op)
{
}

static inline bson_t *array_of(const char *json)
{
	bson_error_t err;
	bson_t *b = bson_new_from_json((const uint8_t *)json, -1, &err);

	if (!b)
		fail_msg("%s: %s", json, err.message);
	return b;
}

static inline void pull_all(struct run *r, struct exec *e)
{
	struct exec_context cx = {.op = &r->op, .status = &r->status};
	struct row row;

	while (exec_next(e, &cx, &row) == STEP_ROW) {
		bson_t doc;
		char *json;

		assert_true(bson_init_static(&doc, row.doc.data, row.doc.len));
		json = bson_as_relaxed_extended_json(&doc, NULL);
		buf_append(&r->out, json, strlen(json));
		bson_free(json);
	}
	/* Who stands above must be able to tell the end from a pause. */
	assert_true(r->status.code || e->done);
	buf_append_byte(&r->out, 0);
}

/* The code of the first error, or 0; what came out is in r->out.  r is zeroed before. */
static inline int run_pipeline(struct run *r, const char *stages)
{
	struct stage_context cx = {.arena = &r->arena, .db = view_of_str("test")};
	struct query_spec spec = {0};
	bson_t *b = array_of(stages);
	struct view list = view_of(bson_get_data(b), b->len);
	struct pipeline *p;
	struct plan *plan;
	struct exec *e;
	int err;

	memory_account_init(&r->memory, NULL, r->memory_bytes);
	arena_init(&r->arena, &r->memory);
	op_init(&r->op, NULL, ignore_fire);
	status_init(&r->status);
	buf_init(&r->out, NULL);
	err = pipeline_parse(&cx, &list, 1, &p, &r->status);
	if (!err)
		err = pipeline_exec(p, &spec, &r->memory, &e, &plan, &r->status);
	if (!err) {
		pull_all(r, e);
		exec_close(e);
		err = r->status.code;
	}
	bson_destroy(b);
	arena_clear(&r->arena);
	assert_int_equal(r->memory.used_bytes, 0);
	op_clear(&r->op);
	snprintf(r->message, sizeof(r->message), "%s", r->status.message);
	status_clear(&r->status);
	return err;
}

static inline void run_clear(struct run *r)
{
	buf_clear(&r->out);
}

static inline void gives(const char *stages, const char *want)
{
	struct run r = {0};

	if (run_pipeline(&r, stages) != 0)
		fail_msg("%s", r.message);
	assert_string_equal((const char *)r.out.data, want);
	run_clear(&r);
}

static inline void fails(const char *stages, int code)
{
	struct run r = {0};

	assert_int_equal(run_pipeline(&r, stages), code);
	run_clear(&r);
}

#endif
