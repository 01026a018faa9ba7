#include "storage/ddl_internal.h"

static void note_drop(struct ddl *d, const struct collection *c)
{
	struct ddl_note n;
	struct builder *b = ddl_note_begin(&n, c);

	builder_i64(b, "documents", c->live->documents);
	ddl_note_end(&n, d, MARKER_DROP, c);
}

/* Takes the reference over. */
static int add_drop(struct ddl *d, struct collection *c, struct status *st)
{
	int r = ddl_add_change(d, c, NULL, st);

	if (r)
		return r;
	ddl_put_drop(d, c);
	note_drop(d, c);
	return 0;
}

static int drop_prepare(struct ddl *d, struct view db, struct view name, struct status *st)
{
	struct collection *c;
	int r = ddl_find(d, db, name, &c, st);

	if (!r)
		r = add_drop(d, c, st);
	if (!r && c->kind == KIND_VIEW)
		r = ddl_remove_definition(d, c, st);
	if (r)
		return r;
	ddl_leave_database(d, c, 1);
	d->indexes_before = collection_count_indexes(c);
	d->collection = collection_ref(c);
	d->phase = DDL_PREPARED;
	return 0;
}

enum step ddl_drop(
    struct ddl *d, struct view db, struct view name, struct op *op, struct status *st)
{
	enum step step = ddl_begin(d, op, st);

	if (step != STEP_DONE)
		return step;
	if (d->phase == DDL_LOCKED && drop_prepare(d, db, name, st) != 0)
		return STEP_ERROR;
	return ddl_carry_out(d, op, st);
}

static int drop_database_prepare(struct ddl *d, struct database *db, struct status *st)
{
	struct ddl_note n;
	struct collection *c;
	struct builder *b;

	for (c = db->collections; c; c = c->links[BY_DATABASE].next) {
		int r = add_drop(d, collection_ref(c), st);

		if (r)
			return r;
		d->dropped++;
	}
	rows_remove_database(d->batch, db->id);
	b = ddl_note_begin(&n, NULL);
	builder_str(b, "db", db->name);
	ddl_note_end(&n, d, MARKER_DROP_DATABASE, NULL);
	d->phase = DDL_PREPARED;
	return 0;
}

enum step ddl_drop_database(struct ddl *d, struct view db, struct op *op, struct status *st)
{
	enum step step = ddl_begin(d, op, st);

	if (step != STEP_DONE)
		return step;
	if (d->phase == DDL_LOCKED) {
		struct database *there = catalog_database(ddl_catalog(d), db);

		if (!there)
			return ddl_nothing(d);
		if (drop_database_prepare(d, there, st) != 0)
			return STEP_ERROR;
	}
	return ddl_carry_out(d, op, st);
}
