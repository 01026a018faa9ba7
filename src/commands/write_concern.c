/*
 * writeConcern: when a write is acknowledged.  w: 1 is when it is committed;
 * j: true and a majority are when it is on disk.  A w that this set of one
 * can never satisfy does not stop the write: the reply says it in a
 * writeConcernError.
 */
#include <math.h>

#include "commands/args.h"
#include "commands/common.h"

struct write_concern_fields {
	struct value w, wtimeout;
	struct arg_bool j, fsync;
	struct view provenance;
};

#define AT(member) offsetof(struct write_concern_fields, member)

static const struct field table[] = {
    {"w", FIELD_ANY, 0, AT(w), "0, 1, \"majority\"."},
    {"j", FIELD_BOOL_NUM, 0, AT(j), "Wait until it is on disk."},
    {"fsync", FIELD_BOOL_NUM, 0, AT(fsync), "The old name of j."},
    {"wtimeout", FIELD_ANY, 0, AT(wtimeout), "Wait at most this many milliseconds."},
    {"provenance", FIELD_STR, 0, AT(provenance), "Where it came from."},
    {NULL},
};

/* The most members of a set that may vote or not: MongoDB's limit for w. */
#define W_MAX 50

static bool is_null(struct value v)
{
	return v.type == TYPE_NULL || v.type == TYPE_UNDEFINED;
}

/* A double is cut, a decimal is rounded to even. */
static int decode_number(struct value v, int *w, struct status *st)
{
	double d;

	if (!value_to_double(v, &d) || !isfinite(d))
		return status_set(st, ERR_FAILED_TO_PARSE, "w must be a finite number");
	d = v.type == TYPE_DECIMAL128 ? nearbyint(d) : trunc(d);
	if (d < 0 || d > W_MAX)
		return status_set(
		    st, ERR_FAILED_TO_PARSE, "w has to be between 0 and %d", W_MAX);
	*w = (int)d;
	return 0;
}

static int check_tags(struct view doc, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	if (doc_is_empty(doc))
		return status_set(st, ERR_FAILED_TO_PARSE, "tagged write concern has no tags");
	while (doc_next(&it, &e))
		if (!value_is_number(e.value))
			return status_set(st, ERR_FAILED_TO_PARSE,
			    "tags must be numbers, but %s is of type %s", e.name,
			    type_name(e.value.type));
	return 0;
}

static int decode_mode(
    const struct request *r, struct view mode, struct write_concern *out, struct status *st)
{
	if (view_equal(mode, view_of_str("majority"))) {
		out->majority = true;
		return 0;
	}
	if (r->inst->face == FACE_STANDALONE)
		return status_set(st, ERR_BAD_VALUE,
		    "cannot use non-majority 'w' mode when a host is not a member of a replica "
		    "set");
	out->unsatisfiable = ERR_UNKNOWN_REPL_WRITE_CONCERN;
	return 0;
}

static int decode_w(
    const struct request *r, struct value w, struct write_concern *out, struct status *st)
{
	bool alone = r->inst->face == FACE_STANDALONE;
	int err;

	if (value_is_missing(w) || (is_null(w) && !alone)) {
		out->majority = !alone;
		return 0;
	}
	if (is_null(w))
		return status_set(st, ERR_BAD_VALUE, "w must not be null");
	if (w.type == TYPE_STRING)
		return decode_mode(r, value_str(w), out, st);
	if (w.type == TYPE_OBJECT) {
		err = check_tags(value_doc(w), st);
		if (!err && !alone)
			out->unsatisfiable = ERR_UNSATISFIABLE_WRITE_CONCERN;
		return err;
	}
	if (!value_is_number(w))
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "w has to be a number, a string or an object, not a %s", type_name(w.type));
	err = decode_number(w, &out->w, st);
	if (err || out->w <= 1)
		return err;
	if (alone)
		return status_set(
		    st, ERR_BAD_VALUE, "cannot use 'w' > 1 when a host is not replicated");
	out->unsatisfiable = ERR_UNSATISFIABLE_WRITE_CONCERN;
	out->w = 1;
	return 0;
}

/* Anything that is no number means no limit, as in MongoDB. */
static int decode_wtimeout(struct value v, int64_t *out, struct status *st)
{
	if (!value_to_i64_clamped(v, out))
		return 0;
	if (*out > INT32_MAX)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "wtimeout must be a 32-bit integer of milliseconds");
	*out = MAX_OF(*out, 0);
	return 0;
}

static int decode_given(
    const struct request *r, struct view doc, struct write_concern *out, struct status *st)
{
	struct write_concern_fields f = {.w = {0}};
	int err = fields_decode(table, doc, &f, "writeConcern", false, st);

	if (err)
		return err;
	if (f.j.v && f.fsync.v)
		return status_set(
		    st, ERR_FAILED_TO_PARSE, "fsync and j options cannot be used together");
	err = provenance_check(f.provenance, "writeConcern", st);
	if (!err)
		err = decode_w(r, f.w, out, st);
	if (!err)
		err = decode_wtimeout(f.wtimeout, &out->wtimeout_ms, st);
	out->journal = f.j.v || f.fsync.v;
	if (out->journal && out->w == 0)
		out->w = 1;
	return err;
}

int write_concern_decode(
    const struct request *r, struct view doc, struct write_concern *out, struct status *st)
{
	*out = (struct write_concern){.w = 1, .majority = r->inst->face != FACE_STANDALONE};
	if (!doc.data)
		return 0;
	*out = (struct write_concern){.given = true, .w = 1};
	if (!(r->command->flags & (CMD_WRITE | CMD_WRITE_CONCERN)))
		return status_set(st, ERR_INVALID_OPTIONS,
		    "Command %s does not support writeConcern", r->name);
	return decode_given(r, doc, out, st);
}
