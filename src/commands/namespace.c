#include "commands/namespace.h"

#include "storage/catalog.h"

static void set_details(
    struct request *r, struct view db, struct view name, struct view uuid, struct status *st)
{
	struct collection *actual =
	    catalog_find_uuid(store_catalog(r->inst->store), db, uuid.data);
	struct builder b;
	struct buf buf;

	buf_init(&buf, &r->op.memory);
	builder_init(&b, &buf);
	builder_str_n(&b, "db", (const char *)db.data, db.len);
	builder_uuid(&b, "collectionUUID", uuid.data);
	builder_str_n(&b, "expectedCollection", (const char *)name.data, name.len);
	if (actual)
		builder_str(&b, "actualCollection", actual->name);
	else
		builder_null(&b, "actualCollection");
	builder_finish(&b);
	if (!builder_failed(&b))
		status_set_extra(st, builder_view(&b));
	buf_clear(&buf);
	if (actual)
		collection_unref(actual);
}

int collection_uuid_check(struct request *r, const struct collection *c, struct view db,
    struct view name, struct view uuid, struct status *st)
{
	if (!uuid.len || (c && memcmp(c->uuid, uuid.data, sizeof(c->uuid)) == 0))
		return 0;
	status_set(st, ERR_COLLECTION_UUID_MISMATCH,
	    "the collection '%.*s.%.*s' does not have the UUID that was given", (int)db.len,
	    (const char *)db.data, (int)name.len, (const char *)name.data);
	set_details(r, db, name, uuid, st);
	return ERR_COLLECTION_UUID_MISMATCH;
}
