#include "commands/create_options.h"

#include "commands/timeseries_options.h"
#include "commands/view_definition.h"
#include "expr/collation.h"
#include "expr/match.h"
#include "util/clock.h"

/* The bytes of a capped collection at most. */
#define CAPPED_BYTES_MAX (INT64_C(1) << 50)

#define AT(member) offsetof(struct create_options, member)

const struct field create_fields[] = {
    {"capped", FIELD_BOOL_NUM, 0, AT(capped), "Keeps only what was inserted last."},
    {"autoIndexId", FIELD_BOOL_NUM, 0, AT(auto_index_id), "There is always an index on _id."},
    {"idIndex", FIELD_DOC, 0, AT(id_index), "The index on _id."},
    {"size", FIELD_INT, FIELD_TRUNCATE, AT(size), "Of a capped collection: bytes."},
    {"max", FIELD_INT, FIELD_TRUNCATE, AT(max), "Of a capped collection: documents."},
    {"storageEngine", FIELD_DOC, 0, AT(storage_engine),
	"{dolmen: {recordKey: \"id\" or \"sequence\"}}."},
    {"validator", FIELD_DOC, 0, AT(validator), "What documents have to be like."},
    {"validationLevel", FIELD_STR, 0, AT(validation_level),
	"\"off\", \"strict\", \"moderate\"."},
    {"validationAction", FIELD_STR, 0, AT(validation_action),
	"\"error\", \"warn\", \"errorAndLog\"."},
    {"indexOptionDefaults", FIELD_DOC, 0, AT(index_option_defaults), "For its indexes."},
    {"viewOn", FIELD_STR, 0, AT(view_on), "Makes a view on this collection."},
    {"pipeline", FIELD_ARRAY, 0, AT(pipeline), "What the view makes of it."},
    {"collation", FIELD_DOC, 0, AT(collation), "How strings compare."},
    {"changeStreamPreAndPostImages", FIELD_DOC, 0, AT(pre_images),
	"{enabled: true}: documents are kept as they were."},
    {"timeseries", FIELD_DOC, 0, AT(timeseries), "Measurements in buckets."},
    {"clusteredIndex", FIELD_ANY, FIELD_NULL_OK, AT(clustered_index),
	"{key: {_id: 1}, unique: true}: ordered by _id."},
    {"expireAfterSeconds", FIELD_INT, FIELD_TRUNCATE, AT(expire_after_seconds),
	"Documents are removed at this age."},
    {"encryptedFields", FIELD_DOC, 0, AT(encrypted_fields), "What clients encrypt."},
    {"temp", FIELD_BOOL_NUM, 0, AT(temp), "Does not outlive the server."},
    {"recordIdsReplicated", FIELD_REFUSED, 0, 0, "there are no record ids to replicate"},
    {NULL},
};

#undef AT

static bool is(struct view v, const char *text)
{
	return view_equal(v, view_of_str(text));
}

static int invalid(struct status *st, const char *words)
{
	return status_set(st, ERR_INVALID_OPTIONS, "%s", words);
}

/* ---------------------------------------------------------- one by one */

static int check_sizes(const struct create_options *o, struct status *st)
{
	if (o->size.given && (o->size.v < 1 || o->size.v > CAPPED_BYTES_MAX))
		return status_set(st, ERR_BAD_VALUE, "size has to be from 1 to %lld, not %lld",
		    (long long)CAPPED_BYTES_MAX, (long long)o->size.v);
	if (o->max.given && o->max.v > INT32_MAX)
		return status_set(st, ERR_BAD_VALUE, "max has to be less than 2^31, not %lld",
		    (long long)o->max.v);
	return 0;
}

static int check_engines(struct create_options *o, struct status *st)
{
	struct value ignored = value_missing;
	struct doc_iter it;
	struct element e;
	int err = 0;

	o->record_key = value_missing;
	if (o->storage_engine.len)
		err = storage_engine_check(
		    o->storage_engine, "storageEngine", &o->record_key, st);
	if (err || !o->index_option_defaults.len)
		return err;
	it = doc_iter(o->index_option_defaults);
	while (!err && doc_next(&it, &e)) {
		if (strcmp(e.name, "storageEngine") != 0)
			return status_set(st, ERR_UNKNOWN_FIELD,
			    "BSON field 'create.indexOptionDefaults.%s' is an unknown field.",
			    e.name);
		if (e.value.type == TYPE_NULL)
			continue;
		if (e.value.type != TYPE_OBJECT)
			return status_set(st, ERR_TYPE_MISMATCH,
			    "indexOptionDefaults.storageEngine has to be a document");
		err = storage_engine_check(
		    value_doc(e.value), "indexOptionDefaults.storageEngine", &ignored, st);
	}
	return err;
}

static int check_validation(const struct create_options *o, struct arena *a, struct status *st)
{
	static const struct filter_options options = {.no_text = true, .no_near = true};
	struct view level = o->validation_level, action = o->validation_action;
	struct filter *f;

	if (level.data && !is(level, "off") && !is(level, "strict") && !is(level, "moderate"))
		return status_set(st, ERR_BAD_VALUE,
		    "validationLevel is \"off\", \"strict\" or \"moderate\"");
	if (action.data && !is(action, "error") && !is(action, "warn") &&
	    !is(action, "errorAndLog"))
		return status_set(st, ERR_BAD_VALUE,
		    "validationAction is \"error\", \"warn\" or \"errorAndLog\"");
	if (!o->validator.len)
		return 0;
	return filter_parse(o->validator, &options, a, &f, st);
}

static int check_documents(struct create_options *o, struct arena *a, struct status *st)
{
	int err = check_validation(o, a, st);

	if (!err)
		err = check_engines(o, st);
	if (!err && o->collation.data)
		err = collation_parse(o->collation, a, &o->collator, st);
	if (!err && o->pre_images.data)
		err = pre_images_check(o->pre_images, &o->has_pre_images, st);
	if (!err && o->timeseries.data)
		err = timeseries_check(o->timeseries, a, &o->timeseries, st);
	if (!err && o->encrypted_fields.data)
		err = encrypted_fields_check(o->encrypted_fields, a, st);
	if (!err && o->id_index.data)
		err = id_index_check(o->id_index, o->collator, a, st);
	return err;
}

static int check_clustered(struct create_options *o, struct status *st)
{
	struct value v = o->clustered_index;

	if (value_is_missing(v) || (v.type != TYPE_OBJECT && !value_truthy(v)))
		return 0;
	if (v.type != TYPE_OBJECT && v.type != TYPE_BOOL && !value_is_number(v))
		return status_set(st, ERR_TYPE_MISMATCH,
		    "BSON field 'create.clusteredIndex' is the wrong type '%s', expected types "
		    "'[bool, long, int, decimal, double, object]'",
		    type_name(v.type));
	o->is_clustered = true;
	return clustered_index_check(v, &o->clustered_name, st);
}

/* ------------------------------------------------------- side by side */

static bool wants_record_key(const struct create_options *o, const char *kind)
{
	return !value_is_missing(o->record_key) && is(value_str(o->record_key), kind);
}

static int check_capped(const struct create_options *o, struct status *st)
{
	if (o->capped.v && !o->size.given)
		return invalid(st, "a capped collection needs a size");
	if (!o->capped.v && o->size.given)
		return invalid(st, "size is for capped collections");
	if (!o->capped.v && o->max.given)
		return invalid(st, "max is for capped collections");
	if (o->capped.v && wants_record_key(o, "id"))
		return invalid(
		    st, "a capped collection has to have the recordKey \"sequence\"");
	return 0;
}

static int check_beside_clustered(const struct create_options *o, struct status *st)
{
	if (!o->is_clustered)
		return 0;
	if (o->is_view)
		return status_set(
		    st, ERR_CLUSTERED_VIEW, "a view cannot have a clusteredIndex");
	if (o->capped.v)
		return status_set(
		    st, ERR_CLUSTERED_CAPPED, "a capped collection cannot be clustered");
	if (o->max.given)
		return status_set(
		    st, ERR_CLUSTERED_MAX, "max cannot be used with clusteredIndex");
	if (o->id_index.data)
		return invalid(st, "idIndex goes not with clusteredIndex");
	if (wants_record_key(o, "sequence"))
		return invalid(st, "a clustered collection has to have the recordKey \"id\"");
	return 0;
}

static int check_beside_encrypted(const struct create_options *o, struct status *st)
{
	if (!o->encrypted_fields.data)
		return 0;
	if (o->is_view || o->timeseries.data)
		return status_set(st, ERR_ENCRYPTED_VIEW_TIMESERIES,
		    "encryptedFields goes neither with viewOn nor with timeseries");
	if (o->capped.v)
		return status_set(
		    st, ERR_ENCRYPTED_CAPPED, "encryptedFields goes not with capped");
	return 0;
}

static int check_beside_timeseries(const struct create_options *o, struct status *st)
{
	if (!o->timeseries.data)
		return 0;
	if (!value_is_missing(o->record_key))
		return invalid(st, "the recordKey of time series is always their time");
	if (o->is_view || o->capped.v || o->id_index.data || o->validator.data ||
	    o->validation_level.data || o->validation_action.data || o->pre_images.data ||
	    o->is_clustered || o->auto_index_id.given)
		return invalid(st,
		    "timeseries goes only with storageEngine, indexOptionDefaults, "
		    "collation, expireAfterSeconds and granularity");
	return 0;
}

static int check_view(const struct create_options *o, struct status *st)
{
	if (!o->view_on.data) {
		if (o->pipeline.data)
			return invalid(st, "pipeline needs viewOn");
		return 0;
	}
	if (o->view_on.len == 0)
		return status_set(st, ERR_BAD_VALUE, "viewOn cannot be empty");
	if (o->id_index.data)
		return invalid(st, "idIndex is not for views");
	if (o->has_pre_images)
		return invalid(st, "changeStreamPreAndPostImages is not for views");
	return 0;
}

static int check_expiry(const struct create_options *o, struct status *st)
{
	const struct arg_int *n = &o->expire_after_seconds;

	if (!n->given)
		return 0;
	if (o->is_view || (!o->timeseries.data && !o->is_clustered))
		return invalid(
		    st, "expireAfterSeconds is for timeseries and clustered collections only");
	if (n->v < 0)
		return invalid(st, "expireAfterSeconds cannot be negative");
	if (n->v > clock_wall_ms() / 1000)
		return invalid(st, "expireAfterSeconds reaches back before 1970");
	return 0;
}

/* Only where nothing is replicated may a collection be without the index, and
 * even there it is needed here. */
static int check_auto_index_id(
    const struct create_options *o, struct view db, struct status *st)
{
	if (!o->auto_index_id.given || o->auto_index_id.v)
		return 0;
	if (is(db, "local"))
		return status_set(st, ERR_NOT_IMPLEMENTED,
		    "autoIndexId: false: a collection without an index on _id is not "
		    "supported");
	return invalid(st, "autoIndexId may be false only in the database local");
}

/* What the server's own databases cannot have. */
static int check_own_databases(
    const struct create_options *o, struct view db, struct status *st)
{
	bool validator = o->validator.len && !doc_is_empty(o->validator);

	if (o->is_view || !(is(db, "admin") || is(db, "config") || is(db, "local")))
		return 0;
	if (validator)
		return invalid(
		    st, "collections of admin, config and local cannot have a validator");
	if (o->has_pre_images)
		return invalid(st, "collections of admin, config and local cannot have "
				   "changeStreamPreAndPostImages");
	return 0;
}

static int (*const beside[])(const struct create_options *, struct status *) = {
    check_beside_encrypted,
    check_beside_timeseries,
    check_beside_clustered,
    check_capped,
    check_view,
    check_expiry,
};

int create_options_check(
    struct create_options *o, struct view db, struct arena *a, struct status *st)
{
	int err;

	o->is_view = o->view_on.data != NULL;
	err = check_sizes(o, st);
	if (!err && o->pipeline.data)
		err = view_pipeline_strip(o->pipeline, a, &o->pipeline, st);
	if (!err)
		err = check_documents(o, a, st);
	if (!err)
		err = check_clustered(o, st);
	for (size_t i = 0; !err && i < ARRAY_LEN(beside); i++)
		err = beside[i](o, st);
	if (!err)
		err = check_auto_index_id(o, db, st);
	if (!err)
		err = check_own_databases(o, db, st);
	if (!err && o->is_view)
		err = collection_name_check(db, o->view_on, st);
	if (!err && o->is_view && o->pipeline.data)
		err = view_pipeline_check(o->pipeline, a, st);
	return err;
}

/* --------------------------------------------------------- the document */

static void put_str(struct builder *b, const char *name, struct view v)
{
	if (v.data)
		builder_str_n(b, name, (const char *)v.data, v.len);
}

static void put_doc(struct builder *b, const char *name, struct view doc)
{
	if (doc.len && !doc_is_empty(doc))
		builder_doc(b, name, doc);
}

static void put_collation(struct builder *b, const struct create_options *o)
{
	if (o->collator)
		builder_doc(b, "collation", collation_document(o->collator));
}

static void put_clustered(struct builder *b, const struct create_options *o)
{
	if (!o->is_clustered)
		return;
	builder_doc_begin(b, "clusteredIndex");
	builder_i32(b, "v", 2);
	builder_doc_begin(b, "key");
	builder_i32(b, "_id", 1);
	builder_doc_end(b);
	put_str(b, "name", o->clustered_name);
	builder_bool(b, "unique", true);
	builder_doc_end(b);
}

static void put_capped(struct builder *b, const struct create_options *o)
{
	if (!o->capped.v)
		return;
	builder_bool(b, "capped", true);
	builder_int(b, "size", o->size.v);
	if (o->max.v > 0)
		builder_int(b, "max", o->max.v);
}

/* A view keeps nothing but what it is made of; MongoDB takes the rest too and
 * forgets it. */
static void put_view(struct builder *b, const struct create_options *o)
{
	put_str(b, "viewOn", o->view_on);
	if (o->pipeline.data) {
		builder_array(b, "pipeline", o->pipeline);
	} else {
		builder_array_begin(b, "pipeline");
		builder_array_end(b);
	}
	put_collation(b, o);
}

static void put_collection(struct builder *b, const struct create_options *o)
{
	put_capped(b, o);
	if (o->auto_index_id.v)
		builder_bool(b, "autoIndexId", true);
	if (o->temp.v)
		builder_bool(b, "temp", true);
	if (o->has_pre_images)
		builder_doc(b, "changeStreamPreAndPostImages", o->pre_images);
	put_doc(b, "storageEngine", o->storage_engine);
	put_doc(b, "indexOptionDefaults", o->index_option_defaults);
	put_doc(b, "validator", o->validator);
	put_str(b, "validationLevel", o->validation_level);
	put_str(b, "validationAction", o->validation_action);
	put_collation(b, o);
	put_clustered(b, o);
	if (o->expire_after_seconds.given)
		builder_i64(b, "expireAfterSeconds", o->expire_after_seconds.v);
	put_doc(b, "timeseries", o->timeseries);
	put_doc(b, "encryptedFields", o->encrypted_fields);
}

struct view create_options_document(const struct create_options *o, struct arena *a)
{
	struct view doc = view_of(NULL, 0);
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	if (o->is_view)
		put_view(&b, o);
	else
		put_collection(&b, o);
	builder_finish(&b);
	if (!builder_failed(&b))
		doc = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return doc;
}

/* ----------------------------------------------------- for the catalog */

static int not_yet(struct status *st, const char *name)
{
	return status_set(st, ERR_NOT_IMPLEMENTED, "%s is not supported yet", name);
}

/* The definitions of views are found by their _id; nothing is cut off them. */
static int check_definitions(const struct create_options *o, struct status *st)
{
	if (!is(o->coll, "system.views"))
		return 0;
	if (o->is_view || o->capped.v || wants_record_key(o, "sequence"))
		return invalid(
		    st, "system.views holds the definitions of views and nothing else");
	return 0;
}

static int check_supported(const struct create_options *o, struct status *st)
{
	if (o->is_view)
		return 0;
	if (o->encrypted_fields.data)
		return not_yet(st, "encryptedFields");
	return 0;
}

static enum record_key_kind record_key(const struct create_options *o, struct store *s)
{
	if (o->timeseries.data)
		return RECORD_KEY_TIME;
	if (o->capped.v)
		return RECORD_KEY_SEQUENCE;
	if (o->is_clustered || is(o->coll, "system.views"))
		return RECORD_KEY_ID;
	if (!value_is_missing(o->record_key))
		return wants_record_key(o, "id") ? RECORD_KEY_ID : RECORD_KEY_SEQUENCE;
	return store_sequence_by_default(s) ? RECORD_KEY_SEQUENCE : RECORD_KEY_ID;
}

static enum collection_kind kind(const struct create_options *o)
{
	if (o->is_view)
		return KIND_VIEW;
	return o->timeseries.data ? KIND_TIMESERIES : KIND_COLLECTION;
}

int create_options_spec(const struct create_options *o, struct view db, struct store *s,
    struct view document, struct arena *a, struct create_spec *spec, struct status *st)
{
	int err = check_supported(o, st);

	if (!err)
		err = check_definitions(o, st);
	*spec = (struct create_spec){
	    .db = db,
	    .name = o->coll,
	    .options = document,
	    .kind = kind(o),
	    .record_key = record_key(o, s),
	};
	if (err)
		return err;
	if (o->collator)
		spec->collation = collation_document(o->collator);
	if (o->is_view) {
		spec->view_on = o->view_on;
		spec->pipeline = o->pipeline.data ? o->pipeline : doc_empty;
		return 0;
	}
	if (o->timeseries.data)
		err = timeseries_index(o->timeseries, o->collator, a, &spec->index, st);
	spec->capped = o->capped.v;
	spec->temp = o->temp.v;
	spec->pre_images = o->has_pre_images;
	if (o->capped.v) {
		spec->capped_bytes = o->size.v;
		spec->capped_documents = MAX_OF(o->max.v, 0);
	}
	return err;
}
