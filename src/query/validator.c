#include "query/validator.h"

#include <stdlib.h>

#include "bson/builder.h"
#include "expr/expression.h"
#include "expr/match_explain.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/op.h"

struct validator {
	struct arena arena;
	struct filter *filter; /* NULL: everything is fine */
	bool moderate, fails, logs;
};

static void validator_free(void *compiled)
{
	struct validator *v = compiled;

	if (!v)
		return;
	arena_clear(&v->arena);
	free(v);
}

static bool option_is(const struct collection *c, const char *name, const char *what)
{
	struct value v = doc_get(c->options, name);

	return v.type == TYPE_STRING && view_equal(value_str(v), view_of_str(what));
}

/* The options are as create has checked them. */
static int compile(const struct collection *c, struct validator **out, struct status *st)
{
	struct validator *v = calloc(1, sizeof(*v));
	struct value spec = doc_get(c->options, "validator");
	struct filter_options o = {.collator = c->collator};
	int err = 0;

	if (!v)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a validator");
	arena_init(&v->arena, NULL);
	v->moderate = option_is(c, "validationLevel", "moderate");
	v->fails = !option_is(c, "validationAction", "warn");
	v->logs = !v->fails || option_is(c, "validationAction", "errorAndLog");
	if (spec.type == TYPE_OBJECT && !doc_is_empty(value_doc(spec)) &&
	    !option_is(c, "validationLevel", "off"))
		err = filter_parse(value_doc(spec), &o, &v->arena, &v->filter, st);
	if (err)
		validator_free(v);
	else
		*out = v;
	return err;
}

/* Whoever compiles it first keeps it for all. */
static int get_validator(struct collection *c, struct validator **out, struct status *st)
{
	struct validator *v = __atomic_load_n(&c->compiled, __ATOMIC_ACQUIRE);
	void *none = NULL;
	int err;

	if (v) {
		*out = v;
		return 0;
	}
	err = compile(c, &v, st);
	if (err)
		return err;
	/* The same for all, so it does not matter whose is written last. */
	__atomic_store_n(&c->compiled_free, validator_free, __ATOMIC_RELAXED);
	if (__atomic_compare_exchange_n(
		&c->compiled, &none, v, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		*out = v;
	} else {
		validator_free(v);
		*out = none;
	}
	return 0;
}

static int fits(const struct validator *v, struct view doc, struct arena *row, bool *yes,
    struct status *st)
{
	struct variables vars = {.now_ms = clock_wall_ms()};
	struct match_state ms = {
	    .row = row, .variables = &vars, .array_index = -1, .status = st};

	*yes = filter_matches(v->filter, doc, &ms);
	if (!*yes && arena_failed(row))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a validator");
	/* An expression that fails on the document does not let it in; one that is stopped
	 * has not said anything of it. */
	return *yes ? 0 : op_check_current(st);
}

/* Past this size details are left out: a reply has to hold them. */
#define DETAILS_BYTES_MAX (4 * 1024 * 1024)

/* {failingDocumentId, details}; without the details where they are too large. */
static struct view make_info(
    const struct collection *c, struct view doc, struct arena *row, bool with_details)
{
	struct variables vars = {.now_ms = clock_wall_ms()};
	struct filter_options o = {.collator = c->collator};
	struct match_state ms = {.row = row, .variables = &vars, .array_index = -1};
	struct view info = {0};
	struct builder b;
	struct buf buf;
	int err = 0;

	buf_init(&buf, row->account);
	buf.limit = DETAILS_BYTES_MAX;
	builder_init(&b, &buf);
	builder_value(&b, "failingDocumentId", doc_get(doc, "_id"));
	if (with_details) {
		builder_doc_begin(&b, "details");
		err = filter_explain(
		    value_doc(doc_get(c->options, "validator")), &o, doc, &ms, &b, NULL);
		builder_doc_end(&b);
	}
	builder_finish(&b);
	if (!err && !builder_failed(&b))
		info = arena_dup(row, builder_view(&b));
	buf_clear(&buf);
	return info;
}

static struct view error_info(const struct collection *c, struct view doc, struct arena *row)
{
	struct view info = make_info(c, doc, row, true);

	if (!info.data)
		info = make_info(c, doc, row, false);
	return info.data ? info : doc_empty;
}

static int refuse(struct view info, struct status *st)
{
	struct builder b;
	struct buf buf;

	status_set(st, ERR_DOCUMENT_VALIDATION_FAILURE, "Document failed validation");
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_doc(&b, "errInfo", info);
	builder_finish(&b);
	if (!builder_failed(&b))
		status_set_extra(st, builder_view(&b));
	buf_clear(&buf);
	return ERR_DOCUMENT_VALIDATION_FAILURE;
}

int validator_fits(struct collection *c, struct view doc, struct arena *row, bool *yes,
    struct status *st)
{
	struct validator *v;
	int err = get_validator(c, &v, st);

	*yes = true;
	if (!err && v->filter)
		err = fits(v, doc, row, yes, st);
	if (!err)
		status_clear(st); /* of an expression that failed */
	return err;
}

int validator_check(struct collection *c, struct view old, struct view doc, struct arena *row,
    struct status *st)
{
	struct validator *v;
	struct view info;
	bool yes = true;
	int err = get_validator(c, &v, st);

	if (err || !v->filter)
		return err;
	err = fits(v, doc, row, &yes, st);
	if (!err && !yes && v->moderate && old.len) {
		bool before;

		err = fits(v, old, row, &before, st);
		yes = !before;
	}
	if (err)
		return err;
	if (yes) {
		status_clear(st); /* of an expression that failed in the old document */
		return 0;
	}
	info = error_info(c, doc, row);
	if (v->logs)
		log_write(LOG_WRITE, LOG_WARNING, 20294, "Document would fail validation",
		    (struct log_attr[]){{"namespace", LOG_STR(c->ns)},
			{"document", LOG_DOC(doc)}, {"errInfo", LOG_DOC(info)}, {NULL}});
	if (v->fails)
		return refuse(info, st);
	status_clear(st);
	return 0;
}
