/*
 * replSetGetStatus and replSetGetConfig: what shells show of a set.  There is
 * one member, which is the primary; the set changes only by starting again.
 */
#include "commands/command.h"
#include "commands/replset.h"
#include "storage/store.h"
#include "util/clock.h"

#define STATE_PRIMARY 1

static int check_is_set(struct request *r)
{
	if (r->inst->face == FACE_REPLSET && r->inst->store)
		return 0;
	return status_set(&r->status, ERR_NO_REPLICATION_ENABLED, "not running with --replset");
}

static void put_optimes(struct builder *b, struct store *store)
{
	uint32_t term = store_term(store);
	uint64_t newest = store_cluster_time(store), synced = store_synced_time(store);

	builder_doc_begin(b, "optimes");
	replset_put_op_time(b, "lastCommittedOpTime", synced, term);
	builder_date(b, "lastCommittedWallTime", replset_wall_ms(synced));
	replset_put_op_time(b, "readConcernMajorityOpTime", synced, term);
	replset_put_op_time(b, "appliedOpTime", newest, term);
	replset_put_op_time(b, "durableOpTime", synced, term);
	builder_date(b, "lastAppliedWallTime", replset_wall_ms(newest));
	builder_date(b, "lastDurableWallTime", replset_wall_ms(synced));
	builder_doc_end(b);
}

static void put_member(struct request *r)
{
	struct builder *b = &r->builder;
	struct store *store = r->inst->store;
	uint64_t newest = store_cluster_time(store);
	const char *me = replset_own_address(r);
	int64_t up_s = (clock_mono_us() - r->inst->start_mono_us) / 1000000;

	builder_doc_begin(b, NULL);
	builder_i32(b, "_id", 0);
	builder_str(b, "name", me ? me : "");
	builder_double(b, "health", 1);
	builder_i32(b, "state", STATE_PRIMARY);
	builder_str(b, "stateStr", "PRIMARY");
	builder_i32(b, "uptime", (int32_t)MIN_OF(up_s, INT32_MAX));
	replset_put_op_time(b, "optime", newest, store_term(store));
	builder_date(b, "optimeDate", replset_wall_ms(newest));
	builder_date(b, "lastAppliedWallTime", replset_wall_ms(newest));
	builder_date(b, "lastDurableWallTime", replset_wall_ms(store_synced_time(store)));
	builder_str(b, "syncSourceHost", "");
	builder_i32(b, "syncSourceId", -1);
	builder_str(b, "infoMessage", "");
	builder_timestamp(b, "electionTime", (uint64_t)(r->inst->start_wall_ms / 1000) << 32);
	builder_date(b, "electionDate", r->inst->start_wall_ms / 1000 * 1000);
	builder_i32(b, "configVersion", (int32_t)store_term(store));
	builder_i32(b, "configTerm", (int32_t)store_term(store));
	builder_bool(b, "self", true);
	builder_str(b, "lastHeartbeatMessage", "");
	builder_doc_end(b);
}

static enum step status_run(struct request *r)
{
	struct builder *b = &r->builder;

	if (check_is_set(r))
		return STEP_ERROR;
	builder_str(b, "set", r->inst->set_name);
	builder_date(b, "date", clock_wall_ms());
	builder_i32(b, "myState", STATE_PRIMARY);
	builder_i64(b, "term", store_term(r->inst->store));
	builder_str(b, "syncSourceHost", "");
	builder_i32(b, "syncSourceId", -1);
	builder_i64(b, "heartbeatIntervalMillis", 2000);
	builder_i32(b, "majorityVoteCount", 1);
	builder_i32(b, "writeMajorityCount", 1);
	builder_i32(b, "votingMembersCount", 1);
	builder_i32(b, "writableVotingMembersCount", 1);
	put_optimes(b, r->inst->store);
	builder_array_begin(b, "members");
	put_member(r);
	builder_array_end(b);
	return STEP_DONE;
}

const struct command cmd_repl_set_get_status = {
    .name = "replSetGetStatus",
    .flags = CMD_READ | CMD_ADMIN_ONLY | CMD_LOOP | CMD_ANY_FIELDS,
    .help = "The state of the replica set.",
    .run = status_run,
};

static void put_config_member(struct request *r)
{
	struct builder *b = &r->builder;
	const char *me = replset_own_address(r);

	builder_doc_begin(b, NULL);
	builder_i32(b, "_id", 0);
	builder_str(b, "host", me ? me : "");
	builder_bool(b, "arbiterOnly", false);
	builder_bool(b, "buildIndexes", true);
	builder_bool(b, "hidden", false);
	builder_double(b, "priority", 1);
	builder_doc_begin(b, "tags");
	builder_doc_end(b);
	builder_i64(b, "secondaryDelaySecs", 0);
	builder_i32(b, "votes", 1);
	builder_doc_end(b);
}

static enum step config_run(struct request *r)
{
	struct builder *b = &r->builder;

	if (check_is_set(r))
		return STEP_ERROR;
	builder_doc_begin(b, "config");
	builder_str(b, "_id", r->inst->set_name);
	builder_i32(b, "version", (int32_t)store_term(r->inst->store));
	builder_i32(b, "term", (int32_t)store_term(r->inst->store));
	builder_array_begin(b, "members");
	put_config_member(r);
	builder_array_end(b);
	builder_i64(b, "protocolVersion", 1);
	builder_bool(b, "writeConcernMajorityJournalDefault", true);
	builder_doc_begin(b, "settings");
	builder_i32(b, "heartbeatIntervalMillis", 2000);
	builder_i32(b, "heartbeatTimeoutSecs", 10);
	builder_i32(b, "electionTimeoutMillis", 10000);
	builder_doc_end(b);
	builder_doc_end(b);
	return STEP_DONE;
}

const struct command cmd_repl_set_get_config = {
    .name = "replSetGetConfig",
    .flags = CMD_READ | CMD_ADMIN_ONLY | CMD_LOOP | CMD_ANY_FIELDS,
    .help = "The configuration of the replica set.",
    .run = config_run,
};

/* ------------------------------------------------------- default concerns */

struct default_args {
	struct arg_bool in_memory;
};

static const struct field default_fields[] = {
    {"inMemory", FIELD_BOOL, 0, offsetof(struct default_args, in_memory),
	"From memory, not from the configuration."},
    {NULL},
};

static enum step get_default_run(struct request *r)
{
	const struct default_args *a = r->args;
	struct builder *b = &r->builder;

	if (r->inst->face == FACE_STANDALONE) {
		status_set(
		    &r->status, 51300, "'%s' is not supported on standalone nodes.", r->name);
		return STEP_ERROR;
	}
	builder_doc_begin(b, "defaultReadConcern");
	builder_str(b, "level", "local");
	builder_doc_end(b);
	builder_doc_begin(b, "defaultWriteConcern");
	builder_str(b, "w", "majority");
	builder_i32(b, "wtimeout", 0);
	builder_doc_end(b);
	builder_str(b, "defaultWriteConcernSource", "implicit");
	builder_str(b, "defaultReadConcernSource", "implicit");
	if (a->in_memory.v)
		builder_bool(b, "inMemory", true);
	builder_date(b, "localUpdateWallClockTime", r->inst->start_wall_ms);
	return STEP_DONE;
}

const struct command cmd_get_default_rw_concern = {
    .name = "getDefaultRWConcern",
    .flags = CMD_READ | CMD_ADMIN_ONLY | CMD_LOOP,
    .fields = default_fields,
    .args_size = sizeof(struct default_args),
    .help = "The readConcern and writeConcern of commands that give none.",
    .run = get_default_run,
};
