/*
 * validate: does a collection hold together?  Its documents are read, every key that they
 * should have is looked for in its index, and what an index has more is named.
 *
 * All is seen at one snapshot and nobody waits for it, with background or without.  Counters
 * are exact here and need no mending.
 */
#include "bson/conformance.h"
#include "commands/args.h"
#include "commands/command.h"
#include "index/check.h"
#include "query/validator.h"
#include "util/log.h"

#define LOGGED_MOST 100

struct validate_args {
	struct value target, full, metadata, conformance, repair, fix_multikey, background;
};

#define AT(member) offsetof(struct validate_args, member)

static const struct field validate_fields[] = {
    {"full", FIELD_ANY, FIELD_NULL_OK, AT(full), "All that is checked in any case."},
    {"metadata", FIELD_ANY, FIELD_NULL_OK, AT(metadata),
	"Only the specifications of the indexes."},
    {"checkBSONConformance", FIELD_ANY, FIELD_NULL_OK, AT(conformance),
	"Also what documents should be like beyond being readable."},
    {"repair", FIELD_ANY, FIELD_NULL_OK, AT(repair), "Mends indexes: not supported yet."},
    {"fixMultikey", FIELD_ANY, FIELD_NULL_OK, AT(fix_multikey),
	"Mends what is known of arrays: not supported yet."},
    {"background", FIELD_ANY, FIELD_NULL_OK, AT(background),
	"Nobody waits for it, which is always so."},
    {NULL},
};

struct validate_state {
	struct collection *collection; /* a reference */
	struct index_check check;
	bool checking;
	bool conformance;
	struct arena row;
	int64_t not_compliant; /* documents */
	bool breaks_schema, breaks_bson;
};

static int invalid(struct status *st, const char *words)
{
	return status_set(st, ERR_INVALID_OPTIONS, "%s", words);
}

/* Anything is true that is not false, 0 or null. */
static bool is_true(struct value v)
{
	return !value_is_missing(v) && value_truthy(v);
}

static int check_combination(const struct validate_args *a, struct status *st)
{
	bool repair = is_true(a->repair) || is_true(a->fix_multikey);

	if (is_true(a->metadata) &&
	    (is_true(a->full) || repair || is_true(a->conformance) || is_true(a->background)))
		return invalid(st, "metadata goes with none of the other options");
	if (is_true(a->conformance) && repair)
		return invalid(st, "checkBSONConformance goes not with repair");
	if (is_true(a->background) && (is_true(a->full) || repair))
		return invalid(st, "background goes not with full or repair");
	return 0;
}

static int check_options(const struct request *r, struct status *st)
{
	const struct validate_args *a = r->args;
	bool replset = r->inst->face == FACE_REPLSET;
	int err = check_combination(a, st);

	if (err)
		return err;
	if (is_true(a->background) && !replset)
		return status_set(st, ERR_COMMAND_NOT_SUPPORTED,
		    "validate with background is for replica sets");
	if (is_true(a->repair) && replset)
		return invalid(st, "validate with repair is for servers that are no replica "
				   "set");
	if (is_true(a->repair) || is_true(a->fix_multikey))
		return status_set(st, ERR_NOT_IMPLEMENTED, "%s is not supported yet",
		    is_true(a->repair) ? "validate.repair" : "validate.fixMultikey");
	return 0;
}

static int find_collection(struct validate_state *s, struct request *r)
{
	const struct validate_args *a = r->args;
	struct status *st = &r->status;

	s->collection =
	    catalog_find(store_catalog(r->inst->store), r->common.db, value_str(a->target));
	if (!s->collection)
		return status_set(st, ERR_NAMESPACE_NOT_FOUND,
		    "there is no collection '%.*s' to validate",
		    (int)MIN_OF(value_str(a->target).len, 300),
		    (const char *)value_str(a->target).data);
	if (s->collection->kind == KIND_VIEW)
		return status_set(st, ERR_COMMAND_NOT_SUPPORTED_ON_VIEW,
		    "'%s' is a view: it has nothing to validate", s->collection->ns);
	return 0;
}

/* ------------------------------------------------------------- documents */

/* The log names the first of them. */
static void log_document(
    const struct validate_state *s, struct view id, int log_id, const char *what)
{
	if (s->not_compliant > LOGGED_MOST)
		return;
	log_write(LOG_COMMAND, LOG_WARNING, log_id, "A document is not what it should be",
	    (struct log_attr[]){{"namespace", LOG_STR(s->collection->ns)},
		{"document", LOG_DOC(id)}, {"reason", LOG_STR(what)}, {NULL}});
}

/* {_id: ...}, for the log. */
static struct view id_of(struct view doc, struct arena *a)
{
	struct view id = doc_empty;
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_value(&b, "_id", doc_get(doc, "_id"));
	builder_finish(&b);
	if (!builder_failed(&b))
		id = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return id.data ? id : doc_empty;
}

/* Whatever is wrong with it: it counts once. */
static int check_document(void *arg, struct view doc, struct status *st)
{
	struct validate_state *s = arg;
	const char *wrong = NULL;
	bool fits = true;
	int err;

	arena_reset(&s->row);
	err = validator_fits(s->collection, doc, &s->row, &fits, st);
	if (err)
		return err;
	if (s->conformance)
		wrong = bson_conformance(doc, &s->row);
	s->not_compliant += !fits || wrong;
	s->breaks_schema |= !fits;
	s->breaks_bson |= wrong != NULL;
	if (!fits)
		log_document(s, id_of(doc, &s->row), 5363500, "it fails the validator");
	if (wrong)
		log_document(s, id_of(doc, &s->row), 6825900, wrong);
	return 0;
}

/* ----------------------------------------------------------------- reply */

static bool shows_id(const struct collection *c)
{
	return c->record_key == RECORD_KEY_ID && !collection_is_clustered(c);
}

static void put_keys(const struct validate_state *s, struct builder *b)
{
	const struct collection *c = s->collection;

	builder_doc_begin(b, "keysPerIndex");
	/* The records themselves. */
	if (shows_id(c))
		builder_int(b, "_id_", s->check.documents);
	for (int i = 0; i < c->n_indexes; i++)
		builder_int(b, c->indexes[i]->name, s->check.counts[i].entries);
	builder_doc_end(b);
}

static void put_error(struct builder *b, int64_t n, const char *what)
{
	if (n)
		builder_printf(b, NULL, "%lld %s", (long long)n, what);
}

static void put_index_errors(struct builder *b, const struct index_count *n)
{
	builder_array_begin(b, "errors");
	put_error(b, n->missing, "keys of documents have no entry, or a wrong one");
	put_error(b, n->extra, "entries are of no document");
	put_error(b, n->unreadable, "entries cannot be read");
	put_error(b, n->doubles, "keys of a unique index are those of several documents");
	put_error(b, n->refused, "documents cannot be in the index, and are there");
	put_error(b, n->not_multikey,
	    "or more documents have arrays where the index knows "
	    "of none");
	builder_array_end(b);
}

static void put_index(
    const struct validate_state *s, struct builder *b, struct view spec, int i)
{
	const struct index_count *n = s->checking && i >= 0 ? &s->check.counts[i] : NULL;
	bool clean = !n || index_count_is_clean(n);

	builder_doc_begin_n(b, (const char *)value_str(doc_get(spec, "name")).data,
	    value_str(doc_get(spec, "name")).len);
	builder_bool(b, "valid", clean);
	builder_doc(b, "spec", spec);
	if (!clean)
		put_index_errors(b, n);
	builder_doc_end(b);
}

static void put_indexes(const struct validate_state *s, struct builder *b)
{
	const struct collection *c = s->collection;

	builder_int(b, "nIndexes", collection_count_indexes(c));
	if (s->checking)
		put_keys(s, b);
	builder_doc_begin(b, "indexDetails");
	if (shows_id(c))
		put_index(s, b, id_index_spec, -1);
	for (int i = 0; i < c->n_indexes; i++)
		put_index(s, b, c->indexes[i]->spec, i);
	builder_doc_end(b);
}

static int64_t sum(const struct validate_state *s, size_t offset)
{
	int64_t n = 0;

	for (int i = 0; s->checking && i < s->collection->n_indexes; i++)
		n += *(const int64_t *)((const char *)&s->check.counts[i] + offset);
	return n;
}

static void put_warnings(const struct validate_state *s, struct builder *b)
{
	int64_t missing = sum(s, offsetof(struct index_count, missing));
	int64_t extra = sum(s, offsetof(struct index_count, extra));

	builder_array_begin(b, "warnings");
	if (s->breaks_schema)
		builder_str(b, NULL,
		    "There are documents that fail the collection's "
		    "validator: see the log, id 5363500.");
	if (s->breaks_bson)
		builder_str(b, NULL,
		    "There are documents that are not as BSON should be: "
		    "see the log, id 6825900.");
	if (missing)
		builder_printf(
		    b, NULL, "Detected %lld missing index entries.", (long long)missing);
	if (extra)
		builder_printf(b, NULL, "Detected %lld extra index entries.", (long long)extra);
	if (s->checking &&
	    (s->check.missing.full || s->check.extra.full || s->check.corrupt.full))
		builder_str(b, NULL, "There is more than the reply has room for.");
	builder_array_end(b);
}

static void put_errors(const struct validate_state *s, struct builder *b)
{
	builder_array_begin(b, "errors");
	if (s->checking) {
		put_error(b, s->check.invalid, "records are no documents");
		put_error(b, s->check.misplaced, "documents are not where their _id says");
		for (int i = 0; i < s->collection->n_indexes; i++)
			if (!index_count_is_clean(&s->check.counts[i]))
				builder_printf(b, NULL,
				    "Index with name '%s' has inconsistencies.",
				    s->collection->indexes[i]->name);
	}
	builder_array_end(b);
}

static void put_found(
    struct builder *b, const char *name, struct validate_state *s, struct check_details *d)
{
	builder_array(b, name, s->checking ? check_details_found(d) : doc_empty);
}

static void reply(struct validate_state *s, struct request *r)
{
	struct builder *b = &r->builder;

	builder_str(b, "ns", s->collection->ns);
	builder_uuid(b, "uuid", s->collection->uuid);
	if (s->checking) {
		builder_int(b, "nInvalidDocuments", s->check.invalid);
		builder_int(b, "nNonCompliantDocuments", s->not_compliant);
		builder_int(b, "nrecords", s->check.documents);
	}
	put_indexes(s, b);
	builder_bool(b, "valid", !s->checking || index_check_is_clean(&s->check));
	builder_bool(b, "repaired", false);
	builder_str(b, "repairMode", "None");
	put_warnings(s, b);
	put_errors(s, b);
	put_found(b, "extraIndexEntries", s, &s->check.extra);
	put_found(b, "missingIndexEntries", s, &s->check.missing);
	put_found(b, "corruptRecords", s, &s->check.corrupt);
}

/* --------------------------------------------------------------- command */

static int begin(struct validate_state *s, struct request *r)
{
	const struct validate_args *a = r->args;
	int err;

	if (a->target.type != TYPE_STRING || value_str(a->target).len == 0)
		return status_set(&r->status, ERR_INVALID_NAMESPACE,
		    "validate needs the name of a collection");
	err = check_options(r, &r->status);
	if (!err)
		err = find_collection(s, r);
	if (err || is_true(a->metadata))
		return err;
	arena_init(&s->row, &r->op.memory);
	index_check_init(&s->check, r->inst->store, s->collection, &r->op.memory);
	s->checking = true;
	s->conformance = is_true(a->conformance);
	s->check.document = check_document;
	s->check.arg = s;
	return 0;
}

static enum step validate_run(struct request *r)
{
	struct validate_state *s = r->state;
	enum step step = STEP_DONE;

	if (!s->collection && begin(s, r))
		return STEP_ERROR;
	if (s->checking)
		step = index_check_run(&s->check, &r->op, &r->status);
	if (step != STEP_DONE)
		return step;
	r->docs_examined = s->check.documents;
	r->keys_examined = sum(s, offsetof(struct index_count, entries));
	reply(s, r);
	return STEP_DONE;
}

static void validate_clear(struct request *r)
{
	struct validate_state *s = r->state;

	if (s->checking) {
		index_check_clear(&s->check);
		arena_clear(&s->row);
	}
	if (s->collection)
		collection_unref(s->collection);
}

const struct command cmd_validate = {
    .name = "validate",
    .flags = CMD_READ,
    .target_type = FIELD_ANY,
    .target_offset = AT(target),
    .fields = validate_fields,
    .args_size = sizeof(struct validate_args),
    .state_size = sizeof(struct validate_state),
    .help = "Checks a collection's documents and every entry of its indexes.",
    .run = validate_run,
    .clear = validate_clear,
};
