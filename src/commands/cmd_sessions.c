/*
 * The session commands: startSession, refreshSessions, endSessions, and those
 * that kill what sessions do (their operations and cursors).
 */
#include "commands/args.h"
#include "commands/common.h"
#include "commands/ops.h"
#include "query/cursors.h"
#include "session/sessions.h"
#include "util/hash.h"

static enum step start_run(struct request *r)
{
	struct builder *b = &r->builder;
	uint8_t key[LSID_BYTES];

	random_uuid(key);
	memcpy(key + 16, session_no_user, 32);
	if (r->inst->sessions && sessions_touch(r->inst->sessions, key, &r->status))
		return STEP_ERROR;
	builder_doc_begin(b, "id");
	builder_uuid(b, "id", key);
	builder_doc_end(b);
	builder_i32(b, "timeoutMinutes", SESSION_TIMEOUT_MINUTES);
	return STEP_DONE;
}

const struct command cmd_start_session = {
    .name = "startSession",
    .flags = CMD_READ | CMD_LOOP | CMD_NO_SESSION | CMD_ANY_FIELDS,
    .help = "Makes a logical session.",
    .run = start_run,
};

/* ------------------------------------------------- commands with a list */

struct list_args {
	struct view list;
};

struct lsid_key {
	uint8_t bytes[LSID_BYTES];
};

/* A session as a client names it: {id: UUID}; null names none. */
static int decode_session(struct request *r, struct value v, struct lsid_key *key, bool *known)
{
	*known = v.type != TYPE_NULL && v.type != TYPE_UNDEFINED;
	if (!*known)
		return 0;
	if (v.type != TYPE_OBJECT)
		return wrong_type(&r->status, r->name, r->command->name, v.type, "object");
	return lsid_decode(value_doc(v), r->name, key->bytes, &r->status);
}

/* The keys of all elements, in the request's arena. */
static int decode_list(struct request *r, struct lsid_key **keys, int *n)
{
	const struct list_args *a = r->args;
	struct doc_iter it = doc_iter(a->list);
	struct element e;
	bool known;
	int err;

	*n = 0;
	*keys = arena_new_array(&r->arena, doc_count(a->list) + 1, struct lsid_key);
	if (!*keys)
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	while (doc_next(&it, &e)) {
		err = decode_session(r, e.value, &(*keys)[*n], &known);
		if (err)
			return err;
		*n += known;
	}
	return 0;
}

static enum step refresh_run(struct request *r)
{
	struct lsid_key *keys;
	int i, n;

	if (decode_list(r, &keys, &n))
		return STEP_ERROR;
	for (i = 0; r->inst->sessions && i < n; i++)
		if (sessions_touch(r->inst->sessions, keys[i].bytes, &r->status))
			return STEP_ERROR;
	return STEP_DONE;
}

const struct command cmd_refresh_sessions = {
    .name = "refreshSessions",
    .flags = CMD_READ | CMD_LOOP | CMD_NO_SESSION | CMD_ANY_FIELDS,
    .target_type = FIELD_ARRAY,
    .args_size = sizeof(struct list_args),
    .help = "Keeps sessions alive.",
    .run = refresh_run,
};

static void kill_cursors(struct request *r, const uint8_t *key)
{
	if (r->inst->cursors)
		cursors_kill_session(r->inst->cursors, view_of(key, LSID_BYTES));
}

static enum step end_run(struct request *r)
{
	struct lsid_key *keys;
	int i, n;

	if (decode_list(r, &keys, &n))
		return STEP_ERROR;
	for (i = 0; i < n; i++) {
		kill_cursors(r, keys[i].bytes);
		if (r->inst->sessions)
			sessions_end(r->inst->sessions, keys[i].bytes);
	}
	return STEP_DONE;
}

const struct command cmd_end_sessions = {
    .name = "endSessions",
    .flags = CMD_READ | CMD_NO_AUTH | CMD_NO_SESSION | CMD_ANY_FIELDS | CMD_API_1,
    .target_type = FIELD_ARRAY,
    .args_size = sizeof(struct list_args),
    .help = "Ends sessions.",
    .run = end_run,
};

/* ------------------------------------------------------------------ kill */

/* Which sessions: one, those of a user (the hash), or all. */
struct victims {
	const struct request *killer;
	const uint8_t *key, *user;
};

static bool is_victim(const struct victims *v, const uint8_t *key)
{
	if (v->key)
		return !memcmp(key, v->key, LSID_BYTES);
	return !v->user || !memcmp(key + 16, v->user, 32);
}

static void kill_op(void *arg, struct request *r)
{
	const struct victims *v = arg;

	if (r != v->killer && r->common.has_lsid && is_victim(v, r->common.lsid))
		op_kill(&r->op, ERR_INTERRUPTED);
}

/* Cursors of sessions are found under the cursors' lock and killed after it. */
struct found {
	const struct victims *v;
	struct arena *arena;
	struct found_cursor {
		struct found_cursor *next;
		int64_t id;
	} * first;
};

static void find_cursor(void *arg, const struct cursor *c)
{
	struct found *f = arg;
	struct found_cursor *one;

	if (c->lsid.len != LSID_BYTES || !is_victim(f->v, c->lsid.data))
		return;
	one = arena_new(f->arena, struct found_cursor);
	if (!one)
		return;
	one->id = c->id;
	one->next = f->first;
	f->first = one;
}

static void kill_all_cursors(struct request *r, const struct victims *v)
{
	struct found f = {v, &r->arena, NULL};

	cursors_each(r->inst->cursors, find_cursor, &f);
	for (; f.first; f.first = f.first->next)
		cursors_kill(r->inst->cursors, f.first->id, NULL);
}

static int kill(struct request *r, const uint8_t *key, const uint8_t *user)
{
	struct victims v = {r, key, user};

	ops_each(r->inst->ops, kill_op, &v);
	if (key)
		kill_cursors(r, key);
	else if (r->inst->cursors)
		kill_all_cursors(r, &v);
	return arena_failed(&r->arena)
		   ? status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory")
		   : 0;
}

static enum step kill_run(struct request *r)
{
	const struct list_args *a = r->args;
	struct lsid_key *keys;
	int i, n;

	if (decode_list(r, &keys, &n))
		return STEP_ERROR;
	for (i = 0; i < n; i++)
		if (kill(r, keys[i].bytes, NULL))
			return STEP_ERROR;
	/* An empty list is all of them. */
	return doc_is_empty(a->list) && kill(r, NULL, NULL) ? STEP_ERROR : STEP_DONE;
}

#define KILL_FLAGS (CMD_READ | CMD_NO_SESSION | CMD_ANY_FIELDS)

const struct command cmd_kill_sessions = {
    .name = "killSessions",
    .flags = KILL_FLAGS,
    .target_type = FIELD_ARRAY,
    .args_size = sizeof(struct list_args),
    .help = "Stops what sessions are doing and closes their cursors.",
    .run = kill_run,
};

struct user_name {
	struct view user, db;
};

static const struct field user_fields[] = {
    {"user", FIELD_STR, FIELD_REQUIRED, offsetof(struct user_name, user), "The user."},
    {"db", FIELD_STR, FIELD_REQUIRED, offsetof(struct user_name, db), "The user's database."},
    {NULL},
};

/* {user: "x", db: "y"}: checked, and then nobody: there are no users. */
static int check_users(struct request *r, struct view list)
{
	struct doc_iter it = doc_iter(list);
	struct element e;

	while (doc_next(&it, &e)) {
		struct user_name name = {.user = {0}};
		int err;

		if (e.value.type != TYPE_OBJECT)
			return wrong_type(
			    &r->status, r->name, r->command->name, e.value.type, "object");
		err = fields_decode(
		    user_fields, value_doc(e.value), &name, r->name, false, &r->status);
		if (err)
			return err;
	}
	return 0;
}

static enum step kill_all_run(struct request *r)
{
	const struct list_args *a = r->args;

	if (check_users(r, a->list))
		return STEP_ERROR;
	return doc_is_empty(a->list) && kill(r, NULL, NULL) ? STEP_ERROR : STEP_DONE;
}

const struct command cmd_kill_all_sessions = {
    .name = "killAllSessions",
    .flags = KILL_FLAGS,
    .target_type = FIELD_ARRAY,
    .args_size = sizeof(struct list_args),
    .help = "Stops what all sessions of some users are doing; of everybody when none is named.",
    .run = kill_all_run,
};

/* A pattern names a session, a user's hash, or users by name. */
struct pattern {
	struct view lsid;
	struct value uid;
};

static const struct field pattern_fields[] = {
    {"lsid", FIELD_DOC, 0, offsetof(struct pattern, lsid), "The session."},
    {"uid", FIELD_ANY, FIELD_NULL_OK, offsetof(struct pattern, uid), "The user's SHA-256."},
    {"users", FIELD_REFUSED, 0, 0, "only a cluster's members act for others"},
    {"roles", FIELD_REFUSED, 0, 0, "only a cluster's members act for others"},
    {NULL},
};

static int kill_pattern(struct request *r, struct view doc)
{
	struct pattern p = {.lsid = {0}};
	uint8_t key[LSID_BYTES];
	int err = fields_decode(pattern_fields, doc, &p, r->name, false, &r->status);

	if (err)
		return err;
	if (p.lsid.data) {
		err = lsid_decode(p.lsid, r->name, key, &r->status);
		return err ? err : kill(r, key, NULL);
	}
	if (value_is_missing(p.uid))
		return kill(r, NULL, NULL);
	if (p.uid.type != TYPE_BINARY || value_binary(p.uid).len != 32)
		return wrong_type(
		    &r->status, r->name, "uid", p.uid.type, "binData of 32 bytes");
	return kill(r, NULL, value_binary(p.uid).data);
}

static enum step kill_by_pattern_run(struct request *r)
{
	const struct list_args *a = r->args;
	struct doc_iter it = doc_iter(a->list);
	struct element e;

	while (doc_next(&it, &e)) {
		if (e.value.type != TYPE_OBJECT) {
			wrong_type(
			    &r->status, r->name, r->command->name, e.value.type, "object");
			return STEP_ERROR;
		}
		if (kill_pattern(r, value_doc(e.value)))
			return STEP_ERROR;
	}
	return doc_is_empty(a->list) && kill(r, NULL, NULL) ? STEP_ERROR : STEP_DONE;
}

const struct command cmd_kill_all_sessions_by_pattern = {
    .name = "killAllSessionsByPattern",
    .flags = KILL_FLAGS,
    .target_type = FIELD_ARRAY,
    .args_size = sizeof(struct list_args),
    .help = "Stops what the sessions are doing that a pattern names.",
    .run = kill_by_pattern_run,
};
