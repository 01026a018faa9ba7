#include <stdlib.h>

#include "commands/args.h"
#include "commands/create_options.h"
#include "expr/collation.h"

static bool is(struct view v, const char *text)
{
	return view_equal(v, view_of_str(text));
}

/* --------------------------------------------------------- storageEngine */

/*
 * There is no WiredTiger to configure; what asks for nothing may stay, since
 * dumps of other servers carry it along.
 */
static int check_wired_tiger(struct view doc, const char *where, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		struct view config;

		if (strcmp(e.name, "configString") != 0)
			return status_set(st, ERR_INVALID_OPTIONS,
			    "%s.wiredTiger.%s is an unknown option", where, e.name);
		if (e.value.type != TYPE_STRING)
			return wrong_type(
			    st, where, "wiredTiger.configString", e.value.type, "string");
		config = value_str(e.value);
		if (config.len && memchr(config.data, 0, config.len))
			return status_set(st, ERR_FAILED_TO_PARSE,
			    "%s.wiredTiger.configString contains a NUL byte", where);
		if (config.len)
			return status_set(st, ERR_BAD_VALUE,
			    "%s.wiredTiger.configString cannot be followed: the storage engine "
			    "is dolmen",
			    where);
	}
	return 0;
}

static int check_dolmen(
    struct view doc, const char *where, struct value *record_key, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		if (strcmp(e.name, "recordKey") != 0)
			return status_set(st, ERR_INVALID_OPTIONS,
			    "%s.dolmen.%s is an unknown option", where, e.name);
		if (e.value.type != TYPE_STRING)
			return wrong_type(
			    st, where, "dolmen.recordKey", e.value.type, "string");
		if (!is(value_str(e.value), "id") && !is(value_str(e.value), "sequence"))
			return status_set(st, ERR_BAD_VALUE,
			    "%s.dolmen.recordKey is \"id\" or \"sequence\"", where);
		*record_key = e.value;
	}
	return 0;
}

int storage_engine_check(
    struct view doc, const char *where, struct value *record_key, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		int err;

		if (e.value.type != TYPE_OBJECT)
			return status_set(st, ERR_BAD_VALUE,
			    "'%s.%s' has to be an embedded document", where, e.name);
		if (!strcmp(e.name, "wiredTiger"))
			err = check_wired_tiger(value_doc(e.value), where, st);
		else if (!strcmp(e.name, "dolmen"))
			err = check_dolmen(value_doc(e.value), where, record_key, st);
		else
			err = status_set(st, ERR_INVALID_OPTIONS,
			    "%s: there is no storage engine '%s' here", where, e.name);
		if (err)
			return err;
	}
	return 0;
}

/* ------------------------------------------------------- encryptedFields */

struct encrypted_fields {
	struct view fields, esc, ecoc, ecc;
	struct value str_encode_version;
};

struct encrypted_field {
	struct view key_id, path, bson_type;
	struct value queries;
};

#define AT(member) offsetof(struct encrypted_fields, member)

static const struct field encrypted_table[] = {
    {"fields", FIELD_ARRAY, FIELD_REQUIRED, AT(fields), "The fields."},
    {"escCollection", FIELD_STR, 0, AT(esc), "Where the server keeps its state."},
    {"ecocCollection", FIELD_STR, 0, AT(ecoc), "Where it keeps what is to be compacted."},
    {"eccCollection", FIELD_STR, 0, AT(ecc), "Of an earlier protocol."},
    {"strEncodeVersion", FIELD_ANY, FIELD_NULL_OK, AT(str_encode_version),
	"Of string queries."},
    {NULL},
};

#undef AT
#define AT(member) offsetof(struct encrypted_field, member)

static const struct field encrypted_field_table[] = {
    {"keyId", FIELD_UUID, FIELD_REQUIRED, AT(key_id), "The key's UUID."},
    {"path", FIELD_STR, FIELD_REQUIRED, AT(path), "The field."},
    {"bsonType", FIELD_STR, 0, AT(bson_type), "The type of what is encrypted."},
    {"queries", FIELD_ANY, FIELD_NULL_OK, AT(queries), "What can be asked about it."},
    {NULL},
};

#undef AT

static int check_encrypted_type(struct view name, struct status *st)
{
	static const uint8_t refused[] = {
	    TYPE_NULL, TYPE_UNDEFINED, TYPE_MIN_KEY, TYPE_MAX_KEY};
	uint8_t type = type_from_name(name);

	if (type == TYPE_EOD)
		return status_set(st, ERR_BAD_VALUE, "unknown bsonType '%.*s'",
		    (int)MIN_OF(name.len, 300), (const char *)name.data);
	if (memchr(refused, type, sizeof(refused)))
		return status_set(st, ERR_ENCRYPTED_TYPE,
		    "fields of type %s cannot be encrypted", type_name(type));
	return 0;
}

static int check_encrypted_path(struct view path, struct status *st)
{
	if (path.len == 0)
		return status_set(
		    st, ERR_ENCRYPTED_EMPTY_PATH, "the path of an encrypted field is empty");
	if (memchr(path.data, 0, path.len))
		return status_set(st, ERR_PATH_WITH_NUL,
		    "the path of an encrypted field contains a NUL byte");
	if (is(path, "_id") || (path.len > 4 && memcmp(path.data, "_id.", 4) == 0))
		return status_set(st, ERR_ENCRYPTED_ID_PATH, "_id cannot be encrypted");
	return 0;
}

static int check_encrypted_field(const struct element *e, struct view *path, struct status *st)
{
	struct encrypted_field f = {.path = {0}};
	int err;

	if (e->value.type != TYPE_OBJECT)
		return wrong_type(
		    st, "encryptedFields.fields", e->name, e->value.type, "object");
	err = fields_decode(encrypted_field_table, value_doc(e->value), &f,
	    "encryptedFields.fields", false, st);
	if (!err)
		err = check_encrypted_path(f.path, st);
	if (!err && f.bson_type.data)
		err = check_encrypted_type(f.bson_type, st);
	if (!err && !value_is_missing(f.queries) && f.queries.type != TYPE_OBJECT &&
	    f.queries.type != TYPE_ARRAY)
		err = wrong_type(
		    st, "encryptedFields.fields", "queries", f.queries.type, "object or array");
	*path = f.path;
	return err;
}

static int compare_paths(const void *a, const void *b)
{
	return view_compare(*(const struct view *)a, *(const struct view *)b);
}

int encrypted_fields_check(struct view doc, struct arena *a, struct status *st)
{
	struct encrypted_fields f = {.fields = {0}};
	struct doc_iter it;
	struct element e;
	struct view *paths;
	int n = 0, err = fields_decode(encrypted_table, doc, &f, "encryptedFields", false, st);

	if (err)
		return err;
	paths = arena_new_array(a, (size_t)doc_count(f.fields), struct view);
	if (!paths)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "too many encrypted fields");
	it = doc_iter(f.fields);
	while (!err && doc_next(&it, &e))
		if (e.value.type != TYPE_NULL)
			err = check_encrypted_field(&e, &paths[n++], st);
	if (err)
		return err;
	qsort(paths, (size_t)n, sizeof(*paths), compare_paths);
	for (int i = 1; i < n; i++)
		if (view_equal(paths[i - 1], paths[i]))
			return status_set(st, ERR_ENCRYPTED_SAME_PATH,
			    "two encrypted fields have the same path");
	return 0;
}

/* -------------------------------------------------------- clusteredIndex */

struct clustered_fields {
	struct arg_int version;
	struct view key, name;
	struct arg_bool unique;
};

#define AT(member) offsetof(struct clustered_fields, member)

static const struct field clustered_table[] = {
    {"key", FIELD_DOC, FIELD_REQUIRED, AT(key), "{_id: 1}."},
    {"unique", FIELD_BOOL_NUM, FIELD_REQUIRED, AT(unique), "true."},
    {"v", FIELD_INT, FIELD_TRUNCATE, AT(version), "The index version, 2."},
    {"name", FIELD_STR, 0, AT(name), "The index's name."},
    {NULL},
};

#undef AT

static bool is_id_key(struct view key)
{
	int64_t direction = 0;

	return doc_count(key) == 1 && value_to_i64(doc_get(key, "_id"), &direction) &&
	       direction == 1;
}

int clustered_index_check(struct value v, struct view *name, struct status *st)
{
	struct clustered_fields f = {.key = {0}};
	int err;

	if (v.type != TYPE_OBJECT)
		return status_set(st, ERR_CLUSTERED_LEGACY_FORMAT,
		    "clusteredIndex has to be a document here");
	err = fields_decode(clustered_table, value_doc(v), &f, "clusteredIndex", false, st);
	if (err)
		return err;
	if (!is_id_key(f.key))
		return status_set(st, ERR_INVALID_INDEX_SPECIFICATION_OPTION,
		    "clusteredIndex.key can only be {_id: 1}");
	if (!f.unique.v)
		return status_set(
		    st, ERR_CLUSTERED_NOT_UNIQUE, "clusteredIndex.unique has to be true");
	if (f.version.given && f.version.v != 2)
		return status_set(st, ERR_CLUSTERED_VERSION,
		    "clusteredIndex.v can only be 2, not %lld", (long long)f.version.v);
	*name = f.name.data ? f.name : view_of_str("_id_");
	return 0;
}

/* --------------------------------------------------------------- idIndex */

static int check_id_version(struct value v, struct status *st)
{
	int64_t n;

	if (!value_is_number(v))
		return wrong_type(st, "idIndex", "v", v.type, "number");
	if (!value_to_i64(v, &n))
		return status_set(st, ERR_BAD_VALUE, "idIndex.v has to be a whole number");
	if (n != 2)
		return status_set(st, ERR_CANNOT_CREATE_INDEX,
		    "idIndex.v can only be 2, not %lld", (long long)n);
	return 0;
}

static int check_id_collation(
    struct value v, const struct collator *collator, struct arena *a, struct status *st)
{
	const struct collator *own;
	int err;

	if (v.type != TYPE_OBJECT)
		return wrong_type(st, "idIndex", "collation", v.type, "object");
	err = collation_parse(value_doc(v), a, &own, st);
	if (!err && !collation_equal(own, collator))
		err = status_set(
		    st, ERR_BAD_VALUE, "idIndex.collation has to be the collection's");
	return err;
}

static int check_id_option(const struct element *e, const struct collator *collator,
    struct arena *a, struct status *st)
{
	if (!strcmp(e->name, "key")) {
		if (e->value.type != TYPE_OBJECT)
			return wrong_type(st, "idIndex", "key", e->value.type, "object");
		if (!is_id_key(value_doc(e->value)))
			return status_set(st, ERR_BAD_VALUE, "idIndex.key has to be {_id: 1}");
		return 0;
	}
	if (!strcmp(e->name, "name")) {
		if (e->value.type != TYPE_STRING)
			return wrong_type(st, "idIndex", "name", e->value.type, "string");
		if (value_str(e->value).len == 0)
			return status_set(
			    st, ERR_CANNOT_CREATE_INDEX, "the name of an index is empty");
		return 0;
	}
	if (!strcmp(e->name, "v"))
		return check_id_version(e->value, st);
	if (!strcmp(e->name, "collation"))
		return check_id_collation(e->value, collator, a, st);
	if (!strcmp(e->name, "ns"))
		return 0;
	return status_set(st, ERR_INVALID_INDEX_SPECIFICATION_OPTION,
	    "the index on _id cannot have the option '%s'", e->name);
}

int id_index_check(
    struct view doc, const struct collator *collator, struct arena *a, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		int err = check_id_option(&e, collator, a, st);

		if (err)
			return err;
	}
	if (value_is_missing(doc_get(doc, "key")) || value_is_missing(doc_get(doc, "name")))
		return status_set(st, ERR_FAILED_TO_PARSE, "idIndex needs both key and name");
	return 0;
}

/* ------------------------------------------ changeStreamPreAndPostImages */

static const struct field pre_images_table[] = {
    {"enabled", FIELD_BOOL, FIELD_REQUIRED, 0, "Documents are kept as they were."},
    {NULL},
};

int pre_images_check(struct view doc, bool *enabled, struct status *st)
{
	struct arg_bool b = {0};
	int err =
	    fields_decode(pre_images_table, doc, &b, "changeStreamPreAndPostImages", false, st);

	*enabled = b.v;
	return err;
}
