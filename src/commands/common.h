/*
 * commands/common.h - the fields that every command may carry: decoded by
 * args_decode with the table here, then checked into r->common,
 * r->read_concern and r->write_concern.
 *
 * Threads: pure.
 */
#ifndef COMMANDS_COMMON_H
#define COMMANDS_COMMON_H

#include "commands/command.h"

/* As they came. */
struct common_fields {
	struct view db, lsid, read_preference, read_concern, write_concern, cluster_time;
	struct arg_int txn_number;
	struct arg_bool start_transaction, autocommit, api_strict, api_deprecation_errors;
	struct value comment, max_time_ms;
	struct view api_version;
};

extern const struct field common_fields[];
/* Is this the name of one of them? */
bool common_has_field(const char *name);

/* Also whether the command takes them at all. */
MUST_CHECK int common_check(
    struct request *r, const struct common_fields *c, struct status *st);

/* Checks a collection's name against r->common.db, puts it at args + offset
 * and its namespace into r->ns. */
MUST_CHECK int common_set_ns(
    struct request *r, struct view name, void *args, size_t offset, struct status *st);

/* {id: UUID, uid: ...} into the 48 bytes of a session's key.  where: for error
 * texts. */
MUST_CHECK int lsid_decode(
    struct view doc, const char *where, uint8_t lsid[static LSID_BYTES], struct status *st);

/* doc empty: the defaults of this server's face. */
MUST_CHECK int read_concern_decode(
    const struct request *r, struct view doc, struct read_concern *out, struct status *st);
MUST_CHECK int write_concern_decode(
    const struct request *r, struct view doc, struct write_concern *out, struct status *st);

/* The provenance field of both; v empty: not given. */
MUST_CHECK int provenance_check(struct view v, const char *where, struct status *st);

#endif
