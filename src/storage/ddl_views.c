/*
 * The views of a database as documents of its system.views, where dumps and
 * tools look for them.  The catalog's rows are what counts; the documents are
 * put, replaced and removed in the same commits.  Nobody else writes there.
 */
#include "storage/ddl_internal.h"

#include "bson/builder.h"
#include "storage/newest.h"
#include "storage/record.h"

static const char definitions_name[] = "system.views";

/* The catalog's own reference holds it as long as the DDL lock is ours. */
static struct collection *find_definitions(struct ddl *d, const char *db)
{
	struct collection *c =
	    catalog_find(ddl_catalog(d), view_of_str(db), view_of_str(definitions_name));

	if (c)
		collection_unref(c);
	return c;
}

/* {_id: "db.view", viewOn: "collection", pipeline: [...]} */
static void build_definition(struct buf *out, const struct collection *view)
{
	struct builder b;

	builder_init(&b, out);
	builder_str(&b, "_id", view->ns);
	builder_str_n(&b, "viewOn", (const char *)view->view_on.data, view->view_on.len);
	builder_array(&b, "pipeline", view->pipeline);
	builder_finish(&b);
}

/* The document that is there now: it is counted off.  ERR_ABSENT: none. */
static int find_record(struct ddl *d, const struct collection *c, const struct collection *view,
    struct buf *key, struct pinned *old, struct status *st)
{
	struct value id = value_make_str(&d->arena, view_of_str(view->ns));

	if (!id.data)
		return ddl_no_memory(st);
	record_key_of_id(key, c, id);
	if (key->failed)
		return ddl_no_memory(st);
	return record_get(d->store, NULL, c, buf_view(key), READ_ANY, old, st);
}

static int replace(struct ddl *d, const struct collection *c, const struct collection *view,
    struct view doc, struct status *st)
{
	struct pinned old = {.pin = NULL};
	struct value id = doc_get(doc, "_id");
	struct buf key;
	bool is_new;
	int r;

	buf_init(&key, NULL);
	r = find_record(d, c, view, &key, &old, st);
	if (r == ERR_ABSENT && newest_claim(d->store, c, buf_view(&key), READ_ANY, &is_new, st))
		r = st->code;
	if (r == 0)
		batch_replace(
		    d->batch, c, buf_view(&key), id, old.bytes, doc, view_of(NULL, 0));
	else if (r == ERR_ABSENT)
		batch_insert(d->batch, c, buf_view(&key), id, doc);
	if (r == 0)
		pinned_release(&old);
	buf_clear(&key);
	return r == ERR_ABSENT ? 0 : r;
}

int ddl_put_definition(
    struct ddl *d, struct collection *made, const struct collection *view, struct status *st)
{
	struct collection *c = made ? made : find_definitions(d, view->db);
	struct buf doc;
	int r;

	if (!c || c->record_key != RECORD_KEY_ID)
		return 0;
	buf_init(&doc, NULL);
	build_definition(&doc, view);
	r = doc.failed ? ddl_no_memory(st) : replace(d, c, view, buf_view(&doc), st);
	buf_clear(&doc);
	return r;
}

int ddl_remove_definition(struct ddl *d, const struct collection *view, struct status *st)
{
	struct collection *c = find_definitions(d, view->db);
	struct pinned old = {.pin = NULL};
	struct buf key;
	int r;

	if (!c || c->record_key != RECORD_KEY_ID)
		return 0;
	buf_init(&key, NULL);
	r = find_record(d, c, view, &key, &old, st);
	if (r == 0) {
		batch_remove(d->batch, c, buf_view(&key), doc_get(old.bytes, "_id"), old.bytes);
		pinned_release(&old);
	}
	buf_clear(&key);
	return r == ERR_ABSENT ? 0 : r;
}

bool ddl_wants_definitions(struct ddl *d, const struct create_spec *spec)
{
	struct collection *c;

	if (spec->kind != KIND_VIEW)
		return false;
	c = catalog_find(ddl_catalog(d), spec->db, view_of_str(definitions_name));
	if (c)
		collection_unref(c);
	return !c;
}

struct create_spec ddl_definitions_spec(struct view db)
{
	return (struct create_spec){
	    .db = db,
	    .name = view_of_str(definitions_name),
	    .kind = KIND_COLLECTION,
	    .record_key = RECORD_KEY_ID,
	};
}
