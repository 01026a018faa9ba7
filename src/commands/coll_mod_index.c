#include "commands/coll_mod_index.h"

#include "bson/compare.h"
#include "commands/args.h"

#define AT(member) offsetof(struct coll_mod_index, member)

static const struct field index_fields[] = {
    {"name", FIELD_STR, 0, AT(name), "The index, by its name"},
    {"keyPattern", FIELD_DOC, 0, AT(key_pattern), "or by its key."},
    {"expireAfterSeconds", FIELD_INT, FIELD_TRUNCATE, AT(expire_after),
	"Documents are removed at this age."},
    {"hidden", FIELD_BOOL_NUM, 0, AT(hidden), "Kept, and not used by queries."},
    {"unique", FIELD_BOOL_NUM, 0, AT(unique), "Makes it unique."},
    {"prepareUnique", FIELD_BOOL_NUM, 0, AT(prepare_unique),
	"Refuses new duplicates, before it becomes unique."},
    {NULL},
};

#undef AT

static int invalid(struct status *st, const char *words)
{
	return status_set(st, ERR_INVALID_OPTIONS, "%s", words);
}

int coll_mod_index_decode(
    struct view doc, bool dry_run, struct coll_mod_index *m, struct status *st)
{
	int err = fields_decode(index_fields, doc, m, "collMod.index", false, st);

	if (err)
		return err;
	if (!m->name.data == !m->key_pattern.data)
		return invalid(st, "an index is given by its name or by its keyPattern");
	if (!m->expire_after.given && !m->hidden.given && !m->unique.given &&
	    !m->prepare_unique.given)
		return invalid(st, "index says nothing that is to change: expireAfterSeconds, "
				   "hidden, unique or prepareUnique");
	if (dry_run && !m->unique.given)
		return invalid(st, "dryRun is for making an index unique only");
	if (m->unique.given && !m->unique.v)
		return status_set(
		    st, ERR_BAD_VALUE, "a unique index cannot be made one that is not unique");
	if (m->expire_after.given && m->expire_after.v < 0)
		return invalid(st, "expireAfterSeconds cannot be less than 0");
	return 0;
}

static bool is_id(const struct coll_mod_index *m)
{
	if (m->name.data)
		return view_equal(m->name, view_of_str("_id_"));
	return doc_compare(m->key_pattern, value_doc(doc_get(id_index_spec, "key")), NULL) == 0;
}

static int check_id(const struct coll_mod_index *m, struct status *st)
{
	if (m->hidden.given && m->hidden.v)
		return status_set(st, ERR_BAD_VALUE, "the index on _id cannot be hidden");
	if (m->expire_after.given)
		return invalid(st, "the index on _id cannot have expireAfterSeconds");
	return 0;
}

static bool is_meant(const struct coll_mod_index *m, const struct index *ix)
{
	if (m->name.data)
		return view_equal(m->name, view_of_str(ix->name));
	return doc_compare(m->key_pattern, ix->key_pattern, NULL) == 0;
}

static int find(const struct coll_mod_index *m, const struct collection *c,
    const struct index **out, struct status *st)
{
	*out = NULL;
	for (int i = 0; i < c->n_indexes; i++) {
		if (!is_meant(m, c->indexes[i]))
			continue;
		if (*out)
			return status_set(st, ERR_AMBIGUOUS_INDEX_KEY_PATTERN,
			    "there is more than one index with this key: give its name");
		*out = c->indexes[i];
	}
	if (*out)
		return 0;
	return status_set(st, ERR_INDEX_NOT_FOUND, "there is no such index of '%s'", c->ns);
}

static int not_yet(struct status *st, const char *what)
{
	return status_set(st, ERR_NOT_IMPLEMENTED, "%s: not supported yet", what);
}

/* No index here has a time to live or is being prepared to be unique. */
static int check_rest(const struct coll_mod_index *m, const struct index *ix, struct status *st)
{
	if (m->expire_after.given && ix->n_fields > 1)
		return invalid(st, "only an index on one field can have expireAfterSeconds");
	if (m->expire_after.given)
		return not_yet(st, "index.expireAfterSeconds");
	if (m->unique.given && !ix->unique)
		return invalid(st, "an index becomes unique after prepareUnique");
	if (m->prepare_unique.given && m->prepare_unique.v && !ix->unique)
		return not_yet(st, "index.prepareUnique");
	return 0;
}

int coll_mod_index_check(const struct coll_mod_index *m, const struct collection *c,
    struct view *name, bool *hide, struct status *st)
{
	const struct index *ix;
	int err;

	*hide = false;
	if (is_id(m))
		return check_id(m, st);
	err = find(m, c, &ix, st);
	if (!err)
		err = check_rest(m, ix, st);
	if (err)
		return err;
	*name = view_of_str(ix->name);
	*hide = m->hidden.given && m->hidden.v != ix->hidden;
	return 0;
}
