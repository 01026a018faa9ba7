/*
 * readConcern: what a command may see.  One node has all the data there is,
 * so local, available and a majority differ only in this: what a majority (or
 * a linearizable) read returns is on disk before the reply goes out; dispatch
 * waits for that after the command has run.
 */
#include "commands/args.h"
#include "commands/common.h"

struct read_concern_fields {
	struct view level, provenance;
	struct value after, at;
};

#define AT(member) offsetof(struct read_concern_fields, member)

static const struct field table[] = {
    {"level", FIELD_STR, 0, AT(level), "local, available, majority, ..."},
    {"afterClusterTime", FIELD_ANY, 0, AT(after), "See at least this time."},
    {"atClusterTime", FIELD_ANY, 0, AT(at), "See exactly this time."},
    {"afterOpTime", FIELD_REFUSED, 0, 0, "it is for a cluster's members"},
    {"provenance", FIELD_STR, 0, AT(provenance), "Where it came from."},
    {NULL},
};

static const char *const levels[] = {
    [LEVEL_LOCAL] = "local",
    [LEVEL_AVAILABLE] = "available",
    [LEVEL_MAJORITY] = "majority",
    [LEVEL_LINEARIZABLE] = "linearizable",
    [LEVEL_SNAPSHOT] = "snapshot",
};

static int decode_level(struct view level, enum read_level *out, struct status *st)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(levels); i++)
		if (view_equal(level, view_of_str(levels[i]))) {
			*out = (enum read_level)i;
			return 0;
		}
	return status_set(st, ERR_BAD_VALUE,
	    "readConcern.level must be one of local, available, "
	    "majority, linearizable and snapshot");
}

int provenance_check(struct view v, const char *where, struct status *st)
{
	static const char *const known[] = {"clientSupplied", "implicitDefault",
	    "customDefault", "getLastErrorDefaults", "internalWriteDefault"};
	size_t i;

	if (!v.data)
		return 0;
	for (i = 0; i < ARRAY_LEN(known); i++)
		if (view_equal(v, view_of_str(known[i])))
			return 0;
	return status_set(st, ERR_BAD_VALUE, "%s.provenance is not a known one", where);
}

static int decode_time(struct value v, const char *name, uint64_t *out, struct status *st)
{
	if (value_is_missing(v))
		return 0;
	if (v.type != TYPE_TIMESTAMP)
		return wrong_type(st, "readConcern", name, v.type, "timestamp");
	*out = (uint64_t)read_i64(v.data);
	if (*out == 0)
		return status_set(st, ERR_INVALID_OPTIONS,
		    "readConcern.%s must not be a null timestamp", name);
	return 0;
}

/* The level and the times among themselves. */
static int check_together(const struct read_concern *c, struct status *st)
{
	if (c->after_cluster_time && c->at_cluster_time)
		return status_set(st, ERR_INVALID_OPTIONS,
		    "readConcern takes afterClusterTime or atClusterTime, not both");
	if (c->at_cluster_time && c->level != LEVEL_SNAPSHOT)
		return status_set(
		    st, ERR_INVALID_OPTIONS, "readConcern.atClusterTime needs level snapshot");
	if (c->after_cluster_time &&
	    (c->level == LEVEL_LINEARIZABLE || c->level == LEVEL_AVAILABLE))
		return status_set(st, ERR_INVALID_OPTIONS,
		    "readConcern.afterClusterTime needs level majority, local or snapshot");
	return 0;
}

static int check_face(const struct request *r, const struct read_concern *c, struct status *st)
{
	if (r->inst->face != FACE_STANDALONE) {
		if (!c->at_cluster_time)
			return 0;
		return status_set(st, ERR_NOT_IMPLEMENTED,
		    "readConcern.atClusterTime is not supported yet");
	}
	if (c->after_cluster_time || c->at_cluster_time)
		return status_set(st, ERR_ILLEGAL_OPERATION,
		    "Cannot specify a cluster time in readConcern without a replica set");
	if (c->level == LEVEL_LINEARIZABLE || c->level == LEVEL_SNAPSHOT)
		return status_set(st, ERR_NOT_A_REPLICA_SET,
		    "node needs to be a replica set member to use readConcern level %s",
		    levels[c->level]);
	return 0;
}

static int check_command(
    const struct request *r, const struct read_concern *c, struct status *st)
{
	if (c->level == LEVEL_LOCAL)
		return 0;
	if (c->level == LEVEL_SNAPSHOT ? !(r->command->flags & CMD_SNAPSHOT)
				       : !(r->command->flags & CMD_READ_CONCERN))
		return status_set(st, ERR_INVALID_OPTIONS,
		    "Command %s does not support readConcern level %s", r->name,
		    levels[c->level]);
	return 0;
}

int read_concern_decode(
    const struct request *r, struct view doc, struct read_concern *out, struct status *st)
{
	struct read_concern_fields f = {.level = {0}};
	int err;

	*out = (struct read_concern){.level = LEVEL_LOCAL};
	if (!doc.data)
		return 0;
	out->given = true;
	err = fields_decode(table, doc, &f, "readConcern", false, st);
	if (!err && f.level.data)
		err = decode_level(f.level, &out->level, st);
	if (!err)
		err = provenance_check(f.provenance, "readConcern", st);
	if (!err)
		err = decode_time(f.after, "afterClusterTime", &out->after_cluster_time, st);
	if (!err)
		err = decode_time(f.at, "atClusterTime", &out->at_cluster_time, st);
	if (!err)
		err = check_together(out, st);
	if (!err)
		err = check_command(r, out, st);
	if (!err)
		err = check_face(r, out, st);
	return err;
}
