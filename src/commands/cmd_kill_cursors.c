/*
 * killCursors: closes cursors before they are exhausted.
 */
#include <stdio.h>

#include "commands/args.h"
#include "query/cursors.h"
#include "storage/catalog.h"

struct kill_cursors_args {
	struct view coll;
	struct view cursors;
};

#define AT(member) offsetof(struct kill_cursors_args, member)

static const struct field kill_cursors_fields[] = {
    {"cursors", FIELD_ARRAY, FIELD_REQUIRED, AT(cursors), "The ids of the cursors."},
    {NULL},
};

static int check_ids(struct view ids, struct status *st)
{
	struct doc_iter it = doc_iter(ids);
	struct element e;

	/* A null is passed over, as MongoDB does. */
	while (doc_next(&it, &e)) {
		char name[64];

		if (e.value.type == TYPE_INT64 || e.value.type == TYPE_NULL)
			continue;
		snprintf(name, sizeof(name), "cursors.%s", e.name);
		return wrong_type(st, "killCursors", name, e.value.type, "long");
	}
	return 0;
}

static void append_ids(struct builder *b, const char *name, struct view ids, const bool *killed,
    bool want)
{
	struct doc_iter it = doc_iter(ids);
	struct element e;
	int i = 0;

	builder_array_begin(b, name);
	while (killed && doc_next(&it, &e))
		if (e.value.type == TYPE_INT64 && killed[i++] == want)
			builder_value(b, NULL, e.value);
	builder_array_end(b);
}

static enum step kill_cursors_run(struct request *r)
{
	const struct kill_cursors_args *a = r->args;
	struct doc_iter it = doc_iter(a->cursors);
	struct element e;
	char ns[NAMESPACE_MAX + 64];
	bool *killed;
	int i = 0;

	if (check_ids(a->cursors, &r->status))
		return STEP_ERROR;
	snprintf(ns, sizeof(ns), "%.*s", (int)r->ns.len, (const char *)r->ns.data);
	killed = arena_new_array(&r->arena, (size_t)doc_count(a->cursors) + 1, bool);
	if (!killed) {
		status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "too many cursors at once");
		return STEP_ERROR;
	}
	while (doc_next(&it, &e))
		if (e.value.type == TYPE_INT64)
			killed[i++] = cursors_kill(r->inst->cursors, read_i64(e.value.data), ns) == KILL_DONE;
	append_ids(&r->builder, "cursorsKilled", a->cursors, killed, true);
	append_ids(&r->builder, "cursorsNotFound", a->cursors, killed, false);
	append_ids(&r->builder, "cursorsAlive", a->cursors, NULL, false);
	append_ids(&r->builder, "cursorsUnknown", a->cursors, NULL, false);
	return STEP_DONE;
}

const struct command cmd_kill_cursors = {
    .name = "killCursors",
    .flags = CMD_READ | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = AT(coll),
    .fields = kill_cursors_fields,
    .args_size = sizeof(struct kill_cursors_args),
    .help = "Closes cursors before they are exhausted.",
    .run = kill_cursors_run,
};
