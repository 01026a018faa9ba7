/*
 * create: a collection or a view.  One that is there already with the same
 * options is as good as made.
 */
#include "commands/create_options.h"
#include "commands/view_definition.h"
#include "storage/ddl.h"

struct create_state {
	bool checked;
	struct view document; /* the options */
	struct create_spec spec;
	struct ddl ddl;
	bool begun;
};

static int compare(const struct create_state *s, const struct create_options *o,
    const struct collection *c, struct status *st)
{
	bool kinds_equal = (c->kind == KIND_VIEW) == o->is_view;

	if (kinds_equal && view_equal(s->document, c->options))
		return 0;
	return status_set(st, ERR_NAMESPACE_EXISTS, "there is already a %s '%s'%s",
	    collection_type(c), c->ns, kinds_equal ? " with other options" : "");
}

/* ERR_ABSENT: there is none of that name yet. */
static int find_alike(struct create_state *s, struct request *r)
{
	const struct create_options *o = r->args;
	struct collection *c =
	    catalog_find(store_catalog(r->inst->store), r->common.db, o->coll);
	int err;

	if (!c)
		return ERR_ABSENT;
	err = compare(s, o, c, &r->status);
	collection_unref(c);
	return err;
}

/* ERR_ABSENT: it is to be made; 0: it is there. */
static int check(struct create_state *s, struct request *r)
{
	struct create_options *o = r->args;
	struct store *store = r->inst->store;
	struct view db = r->common.db;
	int err = creation_name_check(db, o->coll, &r->status);

	if (!err)
		err = create_options_check(o, db, &r->arena, &r->status);
	if (err)
		return err;
	s->document = create_options_document(o, &r->arena);
	if (!s->document.data)
		return status_set(&r->status, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	err = find_alike(s, r);
	if (err != ERR_ABSENT)
		return err;
	err = create_options_spec(o, db, store, s->document, &r->arena, &s->spec, &r->status);
	if (!err && o->is_view)
		err = view_graph_check(store_catalog(store), db, o->coll, s->spec.view_on,
		    s->spec.pipeline, &r->arena, &r->status);
	if (!err && o->is_view)
		err = view_collation_check(store_catalog(store), db, o->coll, s->spec.view_on,
		    o->collator, &r->status);
	return err ? err : ERR_ABSENT;
}

static enum step make(struct create_state *s, struct request *r)
{
	enum step step;

	if (!s->begun) {
		ddl_init(&s->ddl, r->inst->store);
		s->begun = true;
	}
	step = ddl_create(&s->ddl, &s->spec, &r->op, &r->status);
	if (step == STEP_DONE)
		r->last_commit = s->ddl.commit.sequence;
	if (step != STEP_ERROR || r->status.code != ERR_NAMESPACE_EXISTS)
		return step;
	/* Another client was faster: it is there now, or was for a moment. */
	if (find_alike(s, r) != 0)
		return STEP_ERROR;
	status_clear(&r->status);
	return STEP_DONE;
}

static enum step create_run(struct request *r)
{
	struct create_state *s = r->state;

	if (!s->checked) {
		int err = check(s, r);

		if (err != ERR_ABSENT)
			return err ? STEP_ERROR : STEP_DONE;
		s->checked = true;
	}
	return make(s, r);
}

static void create_clear(struct request *r)
{
	struct create_state *s = r->state;

	if (s->begun)
		ddl_clear(&s->ddl);
}

const struct command cmd_create = {
    .name = "create",
    .flags = CMD_WRITE | CMD_API_1,
    .target_type = FIELD_COLL,
    .target_offset = offsetof(struct create_options, coll),
    .fields = create_fields,
    .args_size = sizeof(struct create_options),
    .state_size = sizeof(struct create_state),
    .help = "Makes a collection, of time series too, or a view.",
    .run = create_run,
    .clear = create_clear,
};
