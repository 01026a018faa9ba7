#include "storage/catalog.h"

/* Database names: what no file system or shell takes well, and the dot.  Each request
 * asks. */
static const bool database_refused[256] = {
    ['\0'] = true,
    ['/'] = true,
    ['\\'] = true,
    ['.'] = true,
    [' '] = true,
    ['"'] = true,
    ['$'] = true,
};

/* The collections that MongoDB itself keeps under "system.": these may be
 * created, in any database or in one only. */
static const struct {
	const char *db; /* NULL: any */
	const char *name;
} system_names[] = {
    {NULL, "system.views"},
    {NULL, "system.profile"},
    {NULL, "system.js"},
    {NULL, "system.users"},
    {"admin", "system.roles"},
    {"admin", "system.version"},
    {"admin", "system.keys"},
    {"config", "system.sessions"},
    {"config", "system.indexBuilds"},
    {"config", "system.preimages"},
    {"local", "system.replset"},
    {"local", "system.healthlog"},
};

static bool begins_with(struct view v, const char *prefix)
{
	size_t n = strlen(prefix);

	return v.len >= n && memcmp(v.data, prefix, n) == 0;
}

static bool is(struct view v, const char *text)
{
	return view_equal(v, view_of_str(text));
}

static bool contains(struct view v, char c)
{
	return v.len && memchr(v.data, c, v.len);
}

int database_name_check(struct view db, struct status *st)
{
	if (db.len == 0)
		return status_set(st, ERR_INVALID_NAMESPACE, "the database name is empty");
	if (db.len > DATABASE_NAME_MAX)
		return status_set(st, ERR_INVALID_NAMESPACE,
		    "the database name has %zu bytes, %d at most are allowed", db.len,
		    DATABASE_NAME_MAX);
	for (size_t i = 0; i < db.len; i++) {
		if (!database_refused[db.data[i]])
			continue;
		/* Where users with certificates come from; it never has collections. */
		if (!is(db, "$external"))
			return status_set(st, ERR_INVALID_NAMESPACE,
			    "the database name '%.*s' contains a character that is not allowed",
			    (int)db.len, (const char *)db.data);
		return 0;
	}
	return 0;
}

int collection_name_check(struct view db, struct view name, struct status *st)
{
	int r = database_name_check(db, st);

	if (r)
		return r;
	if (name.len == 0)
		return status_set(st, ERR_INVALID_NAMESPACE, "the collection name is empty");
	if (db.len + 1 + name.len > NAMESPACE_MAX)
		return status_set(st, ERR_INVALID_NAMESPACE,
		    "the full name has %zu bytes, %d at most are allowed",
		    db.len + 1 + name.len, NAMESPACE_MAX);
	if (name.data[0] == '.')
		return status_set(st, ERR_INVALID_NAMESPACE,
		    "the collection name '%.*s' begins with a dot", (int)name.len,
		    (const char *)name.data);
	if (contains(name, '\0'))
		return status_set(
		    st, ERR_INVALID_NAMESPACE, "the collection name contains a NUL byte");
	return 0;
}

static bool system_name_known(struct view db, struct view name)
{
	if (begins_with(name, "system.buckets."))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(system_names); i++) {
		if (is(name, system_names[i].name) &&
		    (!system_names[i].db || is(db, system_names[i].db)))
			return true;
	}
	return false;
}

int creation_name_check(struct view db, struct view name, struct status *st)
{
	int r = collection_name_check(db, name, st);

	if (r)
		return r;
	if (db.data[0] == '$')
		return status_set(st, ERR_INVALID_NAMESPACE, "%.*s has no collections",
		    (int)db.len, (const char *)db.data);
	if (contains(name, '$'))
		return status_set(st, ERR_INVALID_NAMESPACE,
		    "the collection name '%.*s' contains '$'", (int)name.len,
		    (const char *)name.data);
	if (begins_with(name, "system.") && !system_name_known(db, name))
		return status_set(st, ERR_INVALID_NAMESPACE,
		    "'%.*s.%.*s' is not one of the collections that may begin with 'system.'",
		    (int)db.len, (const char *)db.data, (int)name.len, (const char *)name.data);
	return 0;
}

/* MongoDB answers 20 for these only in a rename, and for a name that would be
 * too long too. */
static int rename_name_check(struct view db, struct view name, struct status *st)
{
	if (db.len <= DATABASE_NAME_MAX && db.len + 1 + name.len > NAMESPACE_MAX)
		return status_set(st, ERR_ILLEGAL_OPERATION,
		    "the full name has %zu bytes, %d at most are allowed",
		    db.len + 1 + name.len, NAMESPACE_MAX);
	if (contains(db, '$') || contains(name, '$'))
		return status_set(st, ERR_ILLEGAL_OPERATION,
		    "a name with '$' cannot be renamed or renamed to");
	if (begins_with(name, "system."))
		return status_set(st, ERR_ILLEGAL_OPERATION,
		    "collections that begin with 'system.' cannot be renamed or renamed to");
	if (is(db, "local") && begins_with(name, "oplog.") && name.len > strlen("oplog."))
		return status_set(
		    st, ERR_ILLEGAL_OPERATION, "the oplog cannot be renamed or renamed to");
	return collection_name_check(db, name, st);
}

int rename_names_check(
    struct view db, struct view name, struct view to_db, struct view to_name, struct status *st)
{
	int r = rename_name_check(db, name, st);

	if (!r)
		r = rename_name_check(to_db, to_name, st);
	if (!r && view_equal(db, to_db) && view_equal(name, to_name))
		r = status_set(
		    st, ERR_ILLEGAL_OPERATION, "a collection cannot be renamed to itself");
	return r;
}

int namespace_split(struct view ns, struct view *db, struct view *name, struct status *st)
{
	const uint8_t *dot = ns.len ? memchr(ns.data, '.', ns.len) : NULL;

	if (!dot)
		return status_set(st, ERR_INVALID_NAMESPACE,
		    "'%.*s' is not of the form 'database.collection'", (int)MIN_OF(ns.len, 300),
		    ns.len ? (const char *)ns.data : "");
	*db = view_of(ns.data, (size_t)(dot - ns.data));
	*name = view_of(dot + 1, ns.len - db->len - 1);
	return 0;
}
