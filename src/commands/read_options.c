#include "commands/read_options.h"

#include "commands/current_op.h"
#include "expr/collation.h"
#include "expr/expression.h"
#include "query/query_state.h"
#include "storage/store.h"
#include "util/clock.h"

static int share(
    const struct collection *c, struct arena *a, const struct collator **out, struct status *st)
{
	*out = c ? c->collator : NULL;
	if (!collation_share(*out, a))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a collation");
	return 0;
}

int default_collation(struct request *r, struct view coll, struct arena *a,
    const struct collator **out, struct status *st)
{
	struct collection *c = catalog_find(store_catalog(r->inst->store), r->common.db, coll);
	int err = share(c, a, out, st);

	if (c)
		collection_unref(c);
	return err;
}

/* {} is as good as none. */
static int take_collation(const struct collection *c, struct view collation, struct arena *a,
    struct query_spec *spec, struct status *st)
{
	int err;

	spec->own_collation = collation.len && !doc_is_empty(collation);
	if (spec->own_collation) {
		err = collation_parse(collation, a, &spec->collator, st);
		if (!err && c && c->kind == KIND_VIEW &&
		    !collation_equal(spec->collator, c->collator))
			err = status_set(st, ERR_OPTION_NOT_SUPPORTED_ON_VIEW,
			    "the view %s has another collation", c->ns);
		return err;
	}
	return share(c, a, &spec->collator, st);
}

int read_options(struct request *r, const struct collection *c, struct view collation,
    struct view let, struct arena *a, struct query_spec *spec, struct status *st)
{
	struct variables *vars = NULL;
	int err;

	err = take_collation(c, collation, a, spec, st);
	if (err)
		return err;
	spec->no_near = c && c->kind == KIND_TIMESERIES;
	/* The plan may outlive the message. */
	let = arena_dup(a, let);
	if (arena_failed(a))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for let");
	err = variables_parse(
	    let, clock_wall_ms(), store_cluster_time(r->inst->store), a, &vars, st);
	spec->let = vars;
	return err;
}

int read_setting(struct request *r, struct view command, struct view ns, struct arena *a,
    struct query_spec *spec, struct status *st)
{
	struct query_settings *qs = query_settings_of(r->inst->store);
	char hash[QUERY_SHAPE_DIGITS + 1];
	int err;

	if (!qs || !query_settings_concern(qs, ns))
		return 0;
	err = query_shape_hash(command, ns, &r->arena, hash, st);
	return err ? err : query_settings_find(qs, ns, hash, a, &spec->setting, st);
}

int read_refused(const struct query_spec *spec, struct status *st)
{
	if (!spec->setting || !spec->setting->reject)
		return 0;
	return status_set(
	    st, ERR_QUERY_REJECTED_BY_SETTINGS, "Query rejected by admin query settings");
}

void note_plan(struct request *r, const char *summary)
{
	r->plan_summary = summary ? arena_strdup(&r->arena, summary) : NULL;
}

struct stage_context read_context(struct request *r, const struct query_spec *spec,
    struct collection *c, struct view ns, struct arena *a)
{
	return (struct stage_context){
	    .arena = a,
	    .collator = spec->collator,
	    .let = spec->let,
	    .store = r->inst->store,
	    .db = r->common.db,
	    .ns = ns,
	    .collection = c,
	    .allow_disk_use = spec->allow_disk_use,
	    .host = r->inst->host_name,
	    .port = r->inst->port,
	    .put_operations = current_op_put,
	    .operations_arg = r,
	};
}
