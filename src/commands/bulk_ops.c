#include "commands/bulk_ops.h"

#include "commands/args.h"
#include "commands/read_options.h"
#include "storage/catalog.h"

struct ns_fields {
	struct view ns, uuid;
};

#define AT(member) offsetof(struct ns_fields, member)

static const struct field ns_fields[] = {
    {"ns", FIELD_STR, FIELD_REQUIRED, AT(ns), "Database and collection."},
    {"collectionUUID", FIELD_UUID, 0, AT(uuid), "What the collection must have."},
    {"encryptionInformation", FIELD_REFUSED, 0, 0, "queryable encryption is not there"},
    {NULL},
};

/* What all three kinds have, and more. */
struct op_fields {
	struct arg_int ns;
	struct view document, filter, array_filters, sort, constants, collation;
	struct value mods, hint;
	struct arg_bool multi, upsert, upsert_supplied;
};

#undef AT
#define AT(member) offsetof(struct op_fields, member)
#define NS_INDEX   FIELD_INT, FIELD_REQUIRED | FIELD_NOT_NEGATIVE, AT(ns), "Which of nsInfo."
#define FILTER	   {"filter", FIELD_DOC, FIELD_REQUIRED, AT(filter), "Which documents."}
#define MULTI	   {"multi", FIELD_BOOL, 0, AT(multi), "All that match, not only the first."}
#define HINT	   {"hint", FIELD_ANY, 0, AT(hint), "The index to use, by name or key."}
#define COLLATION  {"collation", FIELD_DOC, 0, AT(collation), "How strings compare."}
#define SAMPLE_ID  {"sampleId", FIELD_REFUSED, 0, 0, "for the members of a cluster"}

static const struct field insert_fields[] = {
    {"insert", NS_INDEX},
    {"document", FIELD_DOC, FIELD_REQUIRED, AT(document), "The document."},
    {NULL},
};

static const struct field update_fields[] = {
    {"update", NS_INDEX},
    FILTER,
    {"updateMods", FIELD_ANY, FIELD_REQUIRED, AT(mods),
	"Operators, a replacement, or a pipeline."},
    {"arrayFilters", FIELD_ARRAY, 0, AT(array_filters), "For $[name]."},
    MULTI,
    {"upsert", FIELD_BOOL, 0, AT(upsert), "Puts one in where none matches."},
    {"upsertSupplied", FIELD_BOOL_NUM, 0, AT(upsert_supplied),
	"An upsert puts in the constant 'new'."},
    {"sort", FIELD_DOC, 0, AT(sort), "Which of several is the first."},
    HINT,
    {"constants", FIELD_DOC, 0, AT(constants), "Constants for a pipeline."},
    COLLATION,
    SAMPLE_ID,
    {NULL},
};

static const struct field delete_fields[] = {
    {"delete", NS_INDEX},
    FILTER,
    MULTI,
    HINT,
    COLLATION,
    SAMPLE_ID,
    {NULL},
};

static const struct {
	const struct field *fields; /* the first says what it is */
	const char *where;
} kinds[] = {
    [BULK_INSERT] = {insert_fields, "bulkWrite.ops.insert"},
    [BULK_UPDATE] = {update_fields, "bulkWrite.ops.update"},
    [BULK_DELETE] = {delete_fields, "bulkWrite.ops.delete"},
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for this command");
}

static int decode_ns(struct view doc, struct bulk_ns *out, struct status *st)
{
	struct ns_fields f = {.ns = {0}};
	int err = fields_decode(ns_fields, doc, &f, "bulkWrite.nsInfo", false, st);

	if (!err)
		err = namespace_split(f.ns, &out->db, &out->name, st);
	if (!err)
		err = database_name_check(out->db, st);
	if (!err)
		err = collection_name_check(out->db, out->name, st);
	out->uuid = f.uuid;
	return err;
}

int bulk_namespaces(
    struct request *r, const struct arg_docs *docs, struct bulk_ns **out, struct status *st)
{
	struct docs_iter it = docs_iter(docs);
	struct view doc;

	*out = arena_new_array(&r->arena, (size_t)docs->count + 1, struct bulk_ns);
	if (!*out)
		return no_memory(st);
	for (int i = 0; docs_next(&it, &doc); i++) {
		int err = decode_ns(doc, &(*out)[i], st);

		if (err)
			return err;
	}
	return 0;
}

static int find_kind(struct view doc, enum bulk_kind *kind, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e = {.name = ""};

	(void)doc_next(&it, &e);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].fields[0].name, e.name) == 0) {
			*kind = (enum bulk_kind)i;
			return 0;
		}
	return status_set(st, ERR_UNKNOWN_FIELD,
	    "BSON field 'bulkWrite.ops.%s' is an unknown field: an operation begins with insert, "
	    "update or delete",
	    e.name);
}

static int decode_fields(const struct bulk_op *op, struct op_fields *f, struct status *st)
{
	*f = (struct op_fields){.ns = {0}};
	return fields_decode(
	    kinds[op->kind].fields, op->doc, f, kinds[op->kind].where, false, st);
}

/* What the table cannot say. */
static int check_fields(
    const struct bulk_op *op, const struct op_fields *f, int n_ns, struct status *st)
{
	uint8_t hint = f->hint.type;

	if (f->ns.v >= n_ns)
		return status_set(st, ERR_BAD_VALUE,
		    "an operation's namespace is number %lld of nsInfo, which has %d",
		    (long long)f->ns.v, n_ns);
	if (hint != TYPE_EOD && hint != TYPE_STRING && hint != TYPE_OBJECT)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "BSON field '%s.hint' must be a string or an object, not of type %s",
		    kinds[op->kind].where, type_name(hint));
	if (op->kind == BULK_UPDATE && f->mods.type != TYPE_OBJECT &&
	    f->mods.type != TYPE_ARRAY)
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "an update is a document or an array of stages, not %s",
		    type_name(f->mods.type));
	return 0;
}

int bulk_operations(struct request *r, const struct arg_docs *docs, int n_ns,
    struct bulk_op **out, struct status *st)
{
	struct docs_iter it = docs_iter(docs);
	struct bulk_op *op =
	    arena_new_array(&r->arena, (size_t)docs->count + 1, struct bulk_op);

	*out = op;
	if (!op)
		return no_memory(st);
	for (; docs_next(&it, &op->doc); op++) {
		struct op_fields f;
		int err = find_kind(op->doc, &op->kind, st);

		if (!err)
			err = decode_fields(op, &f, st);
		if (!err)
			err = check_fields(op, &f, n_ns, st);
		if (err)
			return err;
		op->ns = (int)f.ns.v;
	}
	return 0;
}

struct view bulk_insert_document(const struct bulk_op *op)
{
	return value_doc(doc_get(op->doc, "document"));
}

static int update_op_spec(struct request *r, const struct op_fields *f, struct arena *a,
    struct modify_spec *spec, struct status *st)
{
	struct update_parts parts = {
	    .filter = f->filter,
	    .sort = f->sort,
	    .collation = f->collation,
	    .array_filters = f->array_filters,
	    .constants = f->constants,
	    .mods = f->mods,
	    .hint = f->hint,
	    .multi = f->multi.v,
	    .upsert = f->upsert.v,
	    .upsert_supplied = f->upsert_supplied.v,
	};

	return update_spec(r, &parts, a, spec, st);
}

int bulk_spec(struct request *r, const struct bulk_op *op, const struct variables *let,
    struct arena *a, struct modify_spec *spec, struct status *st)
{
	struct op_fields f;
	int err = decode_fields(op, &f, st);

	if (err)
		return err;
	if (op->kind == BULK_UPDATE) {
		err = update_op_spec(r, &f, a, spec, st);
	} else {
		spec->remove = true;
		spec->query.filter = f.filter;
		spec->query.hint = f.hint;
		spec->multi = f.multi.v;
		err = read_options(
		    r, NULL, f.collation, (struct view){0}, a, &spec->query, st);
	}
	spec->query.let = let;
	return err;
}
