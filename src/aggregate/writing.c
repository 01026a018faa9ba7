#include "aggregate/writing.h"

static bool begins_with(struct view v, const char *prefix)
{
	return v.len >= strlen(prefix) && memcmp(v.data, prefix, strlen(prefix)) == 0;
}

static bool is_internal(struct view db)
{
	static const char *const names[] = {"admin", "config", "local"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (view_equal(db, view_of_str(names[i])))
			return true;
	return false;
}

int writing_check_target(const char *stage, struct view db, struct view name, int code_database,
    int code_special, struct status *st)
{
	int err = database_name_check(db, st);

	if (err)
		return err;
	if (db.data[0] == '$' || !name.len || name.data[0] == '.' ||
	    memchr(name.data, 0, name.len))
		return status_set(st, ERR_INVALID_NAMESPACE,
		    "Invalid %s target namespace '%.*s.%.*s'", stage, (int)db.len,
		    (const char *)db.data, (int)name.len, (const char *)name.data);
	if (is_internal(db))
		return status_set(st, code_database, "%s cannot write to the database '%.*s'",
		    stage, (int)db.len, (const char *)db.data);
	if (begins_with(name, "system."))
		return status_set(st, code_special,
		    "%s cannot write to the special collection '%.*s'", stage, (int)name.len,
		    (const char *)name.data);
	return 0;
}

void writing_note(struct exec_context *cx, uint64_t sequence, uint64_t cluster_time)
{
	if (sequence <= cx->last_sequence)
		return;
	cx->last_sequence = sequence;
	cx->last_cluster_time = cluster_time;
}

static enum step explained_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	enum step step;
	struct row row;

	while ((step = exec_next(e->child, cx, &row)) == STEP_ROW)
		if (op_check(cx->op, cx->status))
			return STEP_ERROR;
	e->done = step == STEP_DONE;
	return step;
}

static const struct exec_ops explained_ops = {
    .name = "WRITE",
    .next = explained_next,
};

struct exec *writing_explained(struct exec *input, struct arena *a)
{
	struct exec *e = arena_new(a, struct exec);

	if (!e)
		return NULL;
	e->ops = &explained_ops;
	e->child = input;
	return e;
}
