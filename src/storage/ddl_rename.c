#include "storage/ddl_internal.h"

#include <stdlib.h>

#include "util/hash.h"

struct rename {
	struct view db, name, to_db, to_name;
	bool drop_target, stay_temp;
	/* What is there has to be this version of a collection, or nothing (NULL). */
	bool checks_target;
	const struct collection *target;
};

static int source_find(
    struct ddl *d, const struct rename *rn, struct collection **out, struct status *st)
{
	int r = rename_names_check(rn->db, rn->name, rn->to_db, rn->to_name, st);

	*out = NULL;
	if (!r)
		r = ddl_find(d, rn->db, rn->name, out, st);
	if (!r && (*out)->kind != KIND_COLLECTION) {
		r = status_set(st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW,
		    "'%s' is a %s and cannot be renamed", (*out)->ns, collection_type(*out));
		collection_unref(*out);
	}
	return r;
}

static int check_builds(const struct collection *c, struct status *st)
{
	if (c->n_written == c->n_indexes)
		return 0;
	return status_set(st, ERR_BACKGROUND_OPERATION_IN_PROGRESS,
	    "an index of '%s' is being built: it cannot be renamed or replaced meanwhile",
	    c->ns);
}

/* The options without the word temp. */
static void lose_temp(struct collection *c)
{
	struct doc_iter it = doc_iter(c->options);
	struct element e;
	struct builder b;
	struct buf buf;

	c->temp = false;
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	while (doc_next(&it, &e)) {
		if (strcmp(e.name, "temp") != 0)
			builder_value_n(&b, e.name, e.name_len, e.value);
	}
	builder_finish(&b);
	if (builder_failed(&b))
		abort(); /* less than what was there: there is no memory at all */
	c->options = arena_dup(&c->arena, builder_view(&b));
	buf_clear(&buf);
}

static struct collection *renamed(const struct collection *c, const struct rename *rn)
{
	struct collection *after = collection_next(c);

	if (!after)
		return NULL;
	collection_set_name(after, rn->to_db, rn->to_name);
	/* MongoDB copies across databases: what comes out is another collection. */
	if (!view_equal(rn->db, rn->to_db))
		random_uuid(after->uuid);
	if (after->temp && !rn->stay_temp)
		lose_temp(after);
	return after;
}

static int check_target(
    const struct rename *rn, const struct collection *there, struct status *st)
{
	const struct collection *wanted = rn->target;

	if (!rn->checks_target || there == wanted)
		return 0;
	if (there && wanted && there->table_id == wanted->table_id &&
	    there->version == wanted->version)
		return 0;
	return status_set(st, ERR_COMMAND_FAILED,
	    "the collection '%.*s.%.*s' has been changed, made or dropped meanwhile",
	    (int)rn->to_db.len, (const char *)rn->to_db.data, (int)rn->to_name.len,
	    (const char *)rn->to_name.data);
}

/* The collection whose place is taken, as a second change. */
static int target_drop(struct ddl *d, const struct rename *rn, struct status *st)
{
	struct collection *target = catalog_find(ddl_catalog(d), rn->to_db, rn->to_name);
	int r = check_target(rn, target, st);

	if (!target)
		return r;
	if (r) {
		collection_unref(target);
		return r;
	}
	if (!rn->drop_target || target->kind != KIND_COLLECTION)
		r = status_set(st, ERR_NAMESPACE_EXISTS, "there is already a '%s'", target->ns);
	else
		r = check_builds(target, st);
	if (r) {
		collection_unref(target);
		return r;
	}
	ddl_put_drop(d, target);
	return ddl_add_change(d, target, NULL, st);
}

static void note_rename(struct ddl *d, const struct collection *before,
    const struct collection *after, const struct collection *target)
{
	struct ddl_note n;
	struct builder *b = ddl_note_begin(&n, before);

	builder_str(b, "to", after->ns);
	if (memcmp(before->uuid, after->uuid, sizeof(after->uuid)) != 0)
		builder_uuid(b, "newUUID", after->uuid);
	if (target)
		builder_uuid(b, "dropTarget", target->uuid);
	builder_bool(b, "stayTemp", after->temp);
	ddl_note_end(&n, d, MARKER_RENAME, before);
}

static int rename_prepare(struct ddl *d, const struct rename *rn, struct status *st)
{
	struct collection *before, *after;
	int r = source_find(d, rn, &before, st);

	if (r)
		return r;
	after = renamed(before, rn);
	r = ddl_add_change(d, before, after, st);
	if (!r && (!after || arena_failed(&after->arena)))
		r = ddl_no_memory(st);
	if (!r)
		r = check_builds(before, st);
	if (!r)
		r = ddl_enter_database(d, &d->changes[0], rn->to_db, st);
	if (!r)
		r = target_drop(d, rn, st);
	if (r)
		return r;
	if (after->database_id != before->database_id)
		ddl_leave_database(d, before, 1);
	rows_put_collection(d->batch, after);
	note_rename(d, before, after, d->n_changes > 1 ? d->changes[1].before : NULL);
	d->collection = collection_ref(after);
	d->phase = DDL_PREPARED;
	return 0;
}

static enum step do_rename(
    struct ddl *d, const struct rename *rn, struct op *op, struct status *st)
{
	enum step step = ddl_begin(d, op, st);

	if (step != STEP_DONE)
		return step;
	if (d->phase == DDL_LOCKED && rename_prepare(d, rn, st) != 0)
		return STEP_ERROR;
	return ddl_carry_out(d, op, st);
}

enum step ddl_rename(struct ddl *d, struct view db, struct view name, struct view to_db,
    struct view to_name, bool drop_target, bool stay_temp, struct op *op, struct status *st)
{
	const struct rename rn = {db, name, to_db, to_name, drop_target, stay_temp};

	return do_rename(d, &rn, op, st);
}

enum step ddl_replace(struct ddl *d, struct view db, struct view name, struct view to_name,
    const struct collection *target, struct op *op, struct status *st)
{
	const struct rename rn = {db, name, db, to_name, true, false, true, target};

	return do_rename(d, &rn, op, st);
}
