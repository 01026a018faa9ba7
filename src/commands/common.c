#include "commands/common.h"

#include "commands/args.h"
#include "session/sessions.h"
#include "storage/catalog.h"

#define AT(member) offsetof(struct common_fields, member)

const struct field common_fields[] = {
    {"$db", FIELD_STR, 0, AT(db), "The database."},
    {"lsid", FIELD_DOC, 0, AT(lsid), "The logical session."},
    {"txnNumber", FIELD_LONG, 0, AT(txn_number),
	"The retryable write or transaction in the session."},
    {"autocommit", FIELD_BOOL, 0, AT(autocommit), "False in a transaction."},
    {"startTransaction", FIELD_BOOL, 0, AT(start_transaction),
	"True in a transaction's first command."},
    {"$clusterTime", FIELD_DOC, 0, AT(cluster_time),
	"The newest cluster time that the client has seen."},
    {"$readPreference", FIELD_DOC, 0, AT(read_preference),
	"Which members of a set may answer."},
    {"readConcern", FIELD_DOC, 0, AT(read_concern), "What reads may see."},
    {"writeConcern", FIELD_DOC, 0, AT(write_concern), "When a write is acknowledged."},
    {"maxTimeMS", FIELD_ANY, 0, AT(max_time_ms), "How long it may take."},
    {"comment", FIELD_ANY, 0, AT(comment), "Shown in logs and by currentOp."},
    {"apiVersion", FIELD_STR, 0, AT(api_version), "The stable API's version, \"1\"."},
    {"apiStrict", FIELD_BOOL, 0, AT(api_strict), "Refuse what is not in the stable API."},
    {"apiDeprecationErrors", FIELD_BOOL, 0, AT(api_deprecation_errors),
	"Refuse what is deprecated in the stable API."},
    {NULL},
};

bool common_has_field(const char *name)
{
	const struct field *f;

	for (f = common_fields; f->name; f++)
		if (!strcmp(f->name, name))
			return true;
	return false;
}

static int check_db(struct request *r, const struct common_fields *c, struct status *st)
{
	r->common.db = r->message->opcode == OPCODE_QUERY ? r->message->query.db : c->db;
	if (!r->common.db.data)
		return status_set(st, ERR_MISSING_DB, "OP_MSG requests need a $db argument");
	return database_name_check(r->common.db, st);
}

static int check_api(struct request *r, const struct common_fields *c, struct status *st)
{
	r->common.api_version = c->api_version;
	r->common.api_strict = c->api_strict.v;
	r->common.api_deprecation_errors = c->api_deprecation_errors.v;
	if (!c->api_version.data) {
		if (!c->api_strict.given && !c->api_deprecation_errors.given)
			return 0;
		return status_set(st, ERR_API_VERSION_REQUIRED,
		    "apiStrict and apiDeprecationErrors need apiVersion");
	}
	if (!view_equal(c->api_version, view_of_str("1")))
		return status_set(st, ERR_API_VERSION_ERROR,
		    "API version must be \"1\", the only one there is");
	if (r->common.api_strict && !(r->command->flags & CMD_API_1))
		return status_set(st, ERR_API_STRICT_ERROR,
		    "apiStrict is set, and command %s is not in API Version 1", r->name);
	return 0;
}

struct lsid_fields {
	struct view id;
	struct value uid, txn_number, txn_uuid;
};

static const struct field lsid_table[] = {
    {"id", FIELD_UUID, FIELD_REQUIRED, offsetof(struct lsid_fields, id), "The session's UUID."},
    {"uid", FIELD_ANY, FIELD_NULL_OK, offsetof(struct lsid_fields, uid),
	"SHA-256 of the user's name."},
    {"txnNumber", FIELD_REFUSED, 0, 0, "sessions inside sessions are for a cluster's members"},
    {"txnUUID", FIELD_REFUSED, 0, 0, "sessions inside sessions are for a cluster's members"},
    {NULL},
};

int lsid_decode(
    struct view doc, const char *where, uint8_t lsid[static LSID_BYTES], struct status *st)
{
	struct lsid_fields f = {.id = {0}};
	int err = fields_decode(lsid_table, doc, &f, where, false, st);

	if (err)
		return err;
	memcpy(lsid, f.id.data, 16);
	memcpy(lsid + 16, session_no_user, 32);
	if (value_is_missing(f.uid))
		return 0;
	if (f.uid.type != TYPE_BINARY)
		return wrong_type(st, where, "uid", f.uid.type, "binData");
	if (value_binary_subtype(f.uid) == 2 || value_binary(f.uid).len != 32)
		return status_set(st, ERR_BAD_VALUE,
		    "BSON field '%s.uid' must be a SHA-256 of 32 bytes", where);
	memcpy(lsid + 16, value_binary(f.uid).data, 32);
	return 0;
}

/* txnNumber, autocommit and startTransaction among themselves. */
static int check_transaction(
    struct request *r, const struct common_fields *c, struct status *st)
{
	if (!c->txn_number.given) {
		if (c->autocommit.given || c->start_transaction.given)
			return status_set(st, ERR_INVALID_OPTIONS,
			    "'%s' field requires a transaction number to also be specified",
			    c->autocommit.given ? "autocommit" : "startTransaction");
		return 0;
	}
	if (!r->common.has_lsid)
		return status_set(st, ERR_INVALID_OPTIONS,
		    "Transaction number requires a session ID to also be specified");
	if (c->txn_number.v < 0)
		return status_set(
		    st, ERR_INVALID_OPTIONS, "Transaction number cannot be negative");
	if (r->inst->face == FACE_STANDALONE)
		return status_set(st, ERR_ILLEGAL_OPERATION,
		    "Transaction numbers are only allowed on a replica set member or mongos");
	if (c->autocommit.given && c->autocommit.v)
		return status_set(
		    st, ERR_INVALID_OPTIONS, "'autocommit' must be false where it is given");
	if (c->start_transaction.given && (!c->start_transaction.v || !c->autocommit.given))
		return status_set(st, ERR_INVALID_OPTIONS,
		    "'startTransaction' must be true where it is given, beside autocommit: "
		    "false");
	if (c->autocommit.given)
		return status_set(st, ERR_OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
		    "multi-document transactions are not supported by this server "
		    "(autocommit: false, startTransaction)");
	if (!(r->command->flags & CMD_RETRYABLE))
		return status_set(st, ERR_NOT_A_RETRYABLE_WRITE_COMMAND,
		    "txnNumber is for retryable writes and transactions, and %s is no "
		    "retryable "
		    "write command",
		    r->name);
	r->common.has_txn_number = true;
	r->common.txn_number = c->txn_number.v;
	return 0;
}

static int check_session(struct request *r, const struct common_fields *c, struct status *st)
{
	int err;

	if (c->lsid.data) {
		err = lsid_decode(c->lsid, "lsid", r->common.lsid, st);
		if (err)
			return err;
		r->common.has_lsid = true;
	}
	return check_transaction(r, c, st);
}

static int check_max_time(struct request *r, struct value v, struct status *st)
{
	int err;

	if (value_is_missing(v) || v.type == TYPE_NULL || v.type == TYPE_UNDEFINED)
		return 0;
	err = number_decode(v, r->name, "maxTimeMS", 0, INT32_MAX, &r->common.max_time_ms, st);
	if (!err && r->common.max_time_ms)
		r->op.deadline_us = r->start_mono_us + r->common.max_time_ms * 1000;
	return err;
}

struct read_preference_fields {
	struct view mode, tags, hedge;
	struct value max_staleness;
};

static const struct field read_preference_table[] = {
    {"mode", FIELD_STR, FIELD_REQUIRED, offsetof(struct read_preference_fields, mode),
	"primary, secondary, ..."},
    {"tags", FIELD_ARRAY, 0, offsetof(struct read_preference_fields, tags), "Sets of tags."},
    {"maxStalenessSeconds", FIELD_ANY, FIELD_NULL_OK,
	offsetof(struct read_preference_fields, max_staleness), "How far behind it may be."},
    {"hedge", FIELD_DOC, 0, offsetof(struct read_preference_fields, hedge), "Hedged reads."},
    {NULL},
};

/* Checked for the client's sake: one node is what every preference finds. */
static int check_read_preference(struct view doc, struct status *st)
{
	static const char *const modes[] = {
	    "primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"};
	struct read_preference_fields f = {.mode = {0}};
	int64_t staleness;
	size_t i;
	int err;

	if (!doc.data)
		return 0;
	err = fields_decode(read_preference_table, doc, &f, "$readPreference", true, st);
	if (err)
		return err;
	if (!value_is_missing(f.max_staleness)) {
		err = number_decode(f.max_staleness, "$readPreference", "maxStalenessSeconds",
		    -1, INT32_MAX, &staleness, st);
		if (err)
			return err;
	}
	for (i = 0; i < ARRAY_LEN(modes); i++)
		if (view_equal(f.mode, view_of_str(modes[i])))
			break;
	if (i == ARRAY_LEN(modes))
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "Could not parse $readPreference mode '%.*s'", (int)MIN_OF(f.mode.len, 64),
		    (const char *)f.mode.data);
	if (i == 0 && f.tags.data && !doc_is_empty(f.tags))
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "Only empty tags are allowed with primary read preference");
	return 0;
}

struct cluster_time_fields {
	struct value cluster_time, signature;
};

static const struct field cluster_time_table[] = {
    {"clusterTime", FIELD_ANY, FIELD_REQUIRED,
	offsetof(struct cluster_time_fields, cluster_time), "The time."},
    {"signature", FIELD_ANY, 0, offsetof(struct cluster_time_fields, signature),
	"Not checked: this server signs with zeros."},
    {NULL},
};

static int check_cluster_time(struct request *r, struct view doc, struct status *st)
{
	struct cluster_time_fields f = {.cluster_time = {0}};
	int err;

	if (!doc.data)
		return 0;
	err = fields_decode(cluster_time_table, doc, &f, "$clusterTime", true, st);
	if (err)
		return err;
	if (f.cluster_time.type != TYPE_TIMESTAMP)
		return wrong_type(
		    st, "$clusterTime", "clusterTime", f.cluster_time.type, "timestamp");
	if (r->inst->face == FACE_STANDALONE || !r->inst->store)
		return 0;
	return store_advance_cluster_time(
	    r->inst->store, (uint64_t)read_i64(f.cluster_time.data), st);
}

int common_check(struct request *r, const struct common_fields *c, struct status *st)
{
	struct view read_preference = c->read_preference;
	int err;

	if (r->message->opcode == OPCODE_QUERY && r->message->query.read_preference.data)
		read_preference = r->message->query.read_preference;
	r->common.comment = c->comment;
	r->common.read_preference = read_preference;
	err = check_db(r, c, st);
	if (!err)
		err = check_api(r, c, st);
	if (!err)
		err = check_session(r, c, st);
	if (!err)
		err = check_max_time(r, c->max_time_ms, st);
	if (!err)
		err = check_read_preference(read_preference, st);
	if (!err)
		err = check_cluster_time(r, c->cluster_time, st);
	if (!err)
		err = read_concern_decode(r, c->read_concern, &r->read_concern, st);
	if (!err)
		err = write_concern_decode(r, c->write_concern, &r->write_concern, st);
	return err;
}

int common_set_ns(
    struct request *r, struct view name, void *args, size_t offset, struct status *st)
{
	int err = collection_name_check(r->common.db, name, st);
	struct view db;
	char *ns;

	if (err)
		return err;
	db = r->common.db;
	ns = arena_alloc(&r->arena, db.len + 1 + name.len + 1);
	if (!ns)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	memcpy(ns, db.data, db.len);
	ns[db.len] = '.';
	memcpy(ns + db.len + 1, name.data, name.len);
	ns[db.len + 1 + name.len] = '\0';
	r->ns = view_of(ns, db.len + 1 + name.len);
	*(struct view *)((uint8_t *)args + offset) = name;
	return 0;
}
