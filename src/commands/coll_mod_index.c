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

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
}

static int check_expiry(const struct coll_mod_index *m, struct status *st)
{
	if (!m->expire_after.given)
		return 0;
	if (m->expire_after.v < 0)
		return invalid(st, "expireAfterSeconds cannot be less than 0");
	if (m->expire_after.v > INT32_MAX)
		return invalid(st, "expireAfterSeconds cannot be more than 2^31 - 1");
	return 0;
}

int coll_mod_index_decode(
    struct view doc, bool dry_run, struct coll_mod_index *m, struct status *st)
{
	int err = fields_decode(index_fields, doc, m, "collMod.index", false, st);

	if (err)
		return err;
	m->dry_run = dry_run;
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
	return check_expiry(m, st);
}

/* ----------------------------------------------------------- which index */

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

int coll_mod_index_find(const struct coll_mod_index *m, const struct collection *c,
    struct index **out, struct status *st)
{
	*out = NULL;
	if (is_id(m))
		return check_id(m, st);
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

/* ------------------------------------------------------ what becomes of it */

static int check_changes(const struct coll_mod_index *m, const struct collection *c,
    const struct index *ix, struct status *st)
{
	bool prepared = ix->prepare_unique || ix->unique;

	if (c->kind == KIND_TIMESERIES && (m->unique.given || m->prepare_unique.given))
		return invalid(st, "an index of time series cannot be unique");
	if (ix->kind != INDEX_PLAIN &&
	    (m->unique.given || m->prepare_unique.given || m->expire_after.given))
		return invalid(st, "an index with fields of a kind of their own can be neither "
				   "unique nor expiring");
	if (c->kind == KIND_TIMESERIES && m->expire_after.given && ix->expire_after_s < 0)
		return invalid(st, "expireAfterSeconds of a time series' index changes where "
				   "there is one");
	if (m->expire_after.given && ix->n_fields > 1)
		return invalid(st, "only an index on one field can have expireAfterSeconds");
	if (m->expire_after.given && c->capped)
		return invalid(st, "the documents of a capped collection cannot have an age to "
				   "be removed at");
	if (m->unique.given && !prepared)
		return invalid(st, "an index becomes unique after prepareUnique");
	if (m->unique.given && m->prepare_unique.given && !m->prepare_unique.v)
		return invalid(st, "an index does not become unique without prepareUnique");
	return 0;
}

static void note_changes(struct coll_mod_index *m, const struct index *ix)
{
	m->expire_old = ix->expire_after_s;
	m->expires = m->expire_after.given;
	m->hides = m->hidden.given && m->hidden.v != ix->hidden;
	m->makes_unique = m->unique.given && !ix->unique;
	m->prepares = m->prepare_unique.given && !ix->unique && !m->makes_unique &&
		      m->prepare_unique.v != ix->prepare_unique;
}

static bool changes_something(const struct coll_mod_index *m)
{
	return (m->expires && m->expire_old != m->expire_after.v) || m->hides || m->prepares ||
	       m->makes_unique;
}

/* The value of one option as it becomes; missing: it has none. */
static struct value new_option(
    const struct coll_mod_index *m, struct view spec, const char *name, struct arena *a)
{
	struct value old = doc_get(spec, name);

	if (strcmp(name, "unique") == 0)
		return m->makes_unique ? value_true : old;
	if (strcmp(name, "expireAfterSeconds") == 0)
		return m->expires ? value_make_i32(a, (int32_t)m->expire_after.v) : old;
	if (strcmp(name, "hidden") == 0 && m->hides)
		return m->hidden.v ? value_true : value_missing;
	if (strcmp(name, "prepareUnique") == 0) {
		if (m->makes_unique)
			return value_missing; /* it has served its purpose */
		if (m->prepares)
			return m->prepare_unique.v ? value_true : value_missing;
	}
	return old;
}

/* In createIndexes' order: those in front of what can change, these, and the rest. */
static const char *const options_before[] = {
    "v", "key", "name", "unique", "sparse", "partialFilterExpression"};
static const char *const options_changed[] = {"expireAfterSeconds", "hidden", "prepareUnique"};

static bool is_among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void put_new_spec(
    struct builder *b, const struct coll_mod_index *m, struct view spec, struct arena *a)
{
	struct doc_iter it = doc_iter(spec);
	struct element e;

	for (size_t i = 0; i < ARRAY_LEN(options_before); i++)
		builder_value(b, options_before[i], new_option(m, spec, options_before[i], a));
	for (size_t i = 0; i < ARRAY_LEN(options_changed); i++)
		builder_value(
		    b, options_changed[i], new_option(m, spec, options_changed[i], a));
	while (doc_next(&it, &e))
		if (!is_among(e.name, options_before, ARRAY_LEN(options_before)) &&
		    !is_among(e.name, options_changed, ARRAY_LEN(options_changed)))
			builder_value_n(b, e.name, e.name_len, e.value);
}

static struct view new_spec(const struct coll_mod_index *m, struct view spec, struct arena *a)
{
	struct view out = {NULL, 0};
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	put_new_spec(&b, m, spec, a);
	builder_finish(&b);
	if (!builder_failed(&b))
		out = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out;
}

int coll_mod_index_make(struct coll_mod_index *m, const struct collection *c, struct arena *a,
    struct index_change *out, struct status *st)
{
	struct index *ix;
	int err = coll_mod_index_find(m, c, &ix, st);

	if (err || !ix)
		return err;
	err = check_changes(m, c, ix, st);
	if (err)
		return err;
	note_changes(m, ix);
	if (!changes_something(m))
		return 0;
	*out = (struct index_change){
	    .name = view_of_str(ix->name),
	    .spec = new_spec(m, ix->spec, a),
	    .unique = ix->unique || m->makes_unique,
	    .hidden = m->hides ? m->hidden.v : ix->hidden,
	};
	return arena_failed(a) ? no_memory(st) : 0;
}

void coll_mod_index_reply(const struct coll_mod_index *m, struct builder *b)
{
	if (m->expires && m->expire_old >= 0)
		builder_i64(b, "expireAfterSeconds_old", m->expire_old);
	if (m->expires)
		builder_i64(b, "expireAfterSeconds_new", m->expire_after.v);
	if (m->hides) {
		builder_bool(b, "hidden_old", !m->hidden.v);
		builder_bool(b, "hidden_new", m->hidden.v);
	}
	if (m->prepares) {
		builder_bool(b, "prepareUnique_old", !m->prepare_unique.v);
		builder_bool(b, "prepareUnique_new", m->prepare_unique.v);
	}
	if (m->makes_unique)
		builder_bool(b, "unique_new", true);
}
