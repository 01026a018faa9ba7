#include <math.h>

#include "commands/args.h"
#include "commands/index_specs.h"
#include "expr/collation.h"
#include "expr/match.h"
#include "expr/project.h"
#include "index/index_type.h"
#include "index/wildcard.h"
#include "text/language.h"

static int cannot(struct status *st, const char *words)
{
	return status_set(st, ERR_CANNOT_CREATE_INDEX, "%s", words);
}

static bool is_given(struct value v)
{
	return !value_is_missing(v);
}

/* ---------------------------------------------------------------- expiry */

int index_expiry_decode(struct value v, int32_t *seconds, struct status *st)
{
	double d;
	int64_t n;

	if (!value_to_double(v, &d) || isnan(d))
		return cannot(st, "expireAfterSeconds has to be a number");
	/* Fractions are cut, of decimals too. */
	n = d > -1 && d < 0x1p31 ? (int64_t)d : -1;
	if (n < 0)
		return cannot(st, "expireAfterSeconds has to be from 0 to 2^31 - 1");
	*seconds = (int32_t)n;
	return 0;
}

static int check_expiry(struct index_options *o, struct status *st)
{
	int err;

	if (!is_given(o->expire_after))
		return 0;
	err = index_expiry_decode(o->expire_after, &o->expire_after_s, st);
	if (!err && doc_count(o->key) != 1)
		err = cannot(st, "only an index on one field can have expireAfterSeconds");
	return err;
}

/* --------------------------------------------------------------- partial */

/* What a partial index may ask: what the planner can find again in a query's filter. */
static bool is_partial_filter(const struct filter *f)
{
	switch (f->kind) {
	case MATCH_AND:
	case MATCH_OR:
		for (int i = 0; i < f->n_children; i++)
			if (!is_partial_filter(f->children[i]))
				return false;
		return true;
	case MATCH_EXISTS:
		return f->exists;
	case MATCH_EQ:
	case MATCH_LT:
	case MATCH_LTE:
	case MATCH_GT:
	case MATCH_GTE:
	case MATCH_IN:
	case MATCH_TYPE:
	case MATCH_ALWAYS_TRUE:
		return true;
	default:
		return false;
	}
}

static int check_partial(const struct index_options *o, struct arena *a, struct status *st)
{
	static const struct filter_options options = {
	    .no_expr = true, .no_text = true, .no_near = true, .no_schema = true};
	struct filter *f;
	int err;

	if (!is_given(o->partial))
		return 0;
	if (o->partial.type != TYPE_OBJECT)
		return wrong_type(st, "createIndexes.indexes", "partialFilterExpression",
		    o->partial.type, "object");
	if (o->sparse)
		return cannot(st, "an index cannot be both sparse and partial");
	err = filter_parse(value_doc(o->partial), &options, a, &f, st);
	if (!err && !is_partial_filter(f))
		err = cannot(st, "partialFilterExpression takes equality, $exists: true, $gt, "
				 "$gte, $lt, $lte, $in, $type, $and and $or");
	return err;
}

/* ------------------------------------------------------------- collation */

static int check_collated_type(const struct index_options *o, struct status *st)
{
	if (o->kind != INDEX_TEXT && o->kind != INDEX_2D)
		return 0;
	return status_set(st, ERR_CANNOT_CREATE_INDEX,
	    "an index of type %s cannot have a collation", key_kind_name(o->kind));
}

int index_collation_check(struct index_options *o, struct arena *a, struct status *st)
{
	int err;

	if (!is_given(o->collation))
		return o->inherited ? check_collated_type(o, st) : 0;
	if (o->collation.type != TYPE_OBJECT)
		return wrong_type(
		    st, "createIndexes.indexes", "collation", o->collation.type, "object");
	if (doc_is_empty(value_doc(o->collation)))
		return status_set(st, ERR_BAD_VALUE, "collation is an empty document");
	err = collation_parse(value_doc(o->collation), a, &o->collator, st);
	return err || !o->collator ? err : check_collated_type(o, st);
}

static int check_range(
    const char *name, struct value v, int64_t low, int64_t high, int code, struct status *st)
{
	int64_t n;

	/* Decimals are no numbers here. */
	if (!is_given(v) ||
	    (v.type != TYPE_DECIMAL128 && number_coerce(v, &n) && n >= low && n <= high))
		return 0;
	return status_set(st, code, "%s has to be a number from %lld to %lld", name,
	    (long long)low, (long long)high);
}

/* ------------------------------------------------------------------ text */

static int check_weights(struct value weights, struct status *st)
{
	struct doc_iter it;
	struct element e;

	if (weights.type == TYPE_STRING || weights.type == TYPE_ARRAY)
		return cannot(st, "the weights of text fields are a document");
	if (weights.type != TYPE_OBJECT)
		return wrong_type(
		    st, "createIndexes.indexes", "weights", weights.type, "object");
	it = doc_iter(value_doc(weights));
	while (doc_next(&it, &e)) {
		int64_t n;

		if (!number_coerce(e.value, &n) || n < 1 || n >= 1000000000)
			return cannot(st, "the weight of a text field is from 1 to 10^9 - 1");
	}
	return 0;
}

static int check_languages(const struct index_options *o, struct status *st)
{
	if (is_given(o->default_language)) {
		if (o->default_language.type != TYPE_STRING)
			return wrong_type(st, "createIndexes.indexes", "default_language",
			    o->default_language.type, "string");
		if (!text_language_find(value_str(o->default_language)))
			return cannot(st, "default_language is not a language that is known");
	}
	if (!is_given(o->language_override))
		return 0;
	if (o->language_override.type != TYPE_STRING)
		return wrong_type(st, "createIndexes.indexes", "language_override",
		    o->language_override.type, "string");
	if (value_str(o->language_override).len == 0)
		return cannot(st, "language_override is empty");
	return 0;
}

static int check_text(const struct index_options *o, struct status *st)
{
	int err;

	if (o->kind != INDEX_TEXT && is_given(o->weights))
		return cannot(st, "weights are for text indexes");
	err = is_given(o->weights) ? check_weights(o->weights, st) : 0;
	if (err)
		return err;
	err =
	    check_range("textIndexVersion", o->text_version, 1, 3, ERR_CANNOT_CREATE_INDEX, st);
	return err ? err : check_languages(o, st);
}

/* ------------------------------------------------------------- geography */

/* A plane is alone in its index, and in front; the first version of 2dsphere had other keys. */
static int check_geo_key(const struct index_options *o, struct status *st)
{
	struct doc_iter it = doc_iter(o->key);
	struct element e;
	int64_t version = 3;

	if (o->kind == INDEX_2D && o->n_typed > 1)
		return cannot(st, "a 2d index has one field that is geographic");
	if (o->kind == INDEX_2D && doc_next(&it, &e) && e.value.type != TYPE_STRING)
		return cannot(st, "the geographic field of a 2d index is its first");
	while (o->kind == INDEX_2DSPHERE && doc_next(&it, &e))
		if (e.value.type == TYPE_STRING &&
		    key_kind_find(value_str(e.value)) != INDEX_2DSPHERE)
			return cannot(st, "an index is of one type");
	if (o->kind == INDEX_2DSPHERE && number_coerce(o->sphere_version, &version) &&
	    version == 1)
		return status_set(st, ERR_NOT_IMPLEMENTED,
		    "2dsphereIndexVersion 1: not supported; 2 and 3 are");
	return 0;
}

static int check_geo(const struct index_options *o, struct status *st)
{
	double min = -180, max = 180;
	int err = check_range(
	    "2dsphereIndexVersion", o->sphere_version, 1, 3, ERR_CANNOT_CREATE_INDEX, st);

	if (!err)
		err = check_range("bits", o->bits, 1, 32, ERR_INVALID_OPTIONS, st);
	if (err)
		return err;
	if (is_given(o->min))
		(void)!value_to_double(o->min, &min);
	if (is_given(o->max))
		(void)!value_to_double(o->max, &max);
	if (!(min < max))
		return status_set(
		    st, ERR_INVALID_OPTIONS, "min has to be less than max in a 2d index");
	return check_geo_key(o, st);
}

/* ------------------------------------------------------ hashed, wildcard */

static int check_hashed(const struct index_options *o, struct status *st)
{
	if (o->kind != INDEX_HASHED)
		return 0;
	if (o->unique || o->prepare_unique)
		return status_set(
		    st, ERR_UNIQUE_HASHED_INDEX, "a hashed index cannot be unique");
	if (o->n_typed > 1)
		return status_set(
		    st, ERR_TWO_HASHED_FIELDS, "an index can have one hashed field only");
	if (is_given(o->expire_after))
		return cannot(st, "a hashed index cannot have expireAfterSeconds");
	return 0;
}

/* Fields are taken in or left out, and nothing is computed.  As deep as documents are. */
static int check_projected(struct view projection, struct status *st)
{
	struct doc_iter it = doc_iter(projection);
	struct element e;
	int err = 0;

	while (!err && doc_next(&it, &e)) {
		if (e.value.type == TYPE_OBJECT)
			err = check_projected(value_doc(e.value), st);
		else if (e.value.type != TYPE_BOOL && !value_is_number(e.value))
			err = status_set(st, ERR_COMPUTED_PROJECTION,
			    "wildcardProjection cannot compute the field '%s'", e.name);
	}
	return err;
}

static int check_projection(const struct index_options *o, struct arena *a, struct status *st)
{
	static const struct filter_options options = {.no_expr = true};
	struct projection *projection;
	int err;

	if (o->projection.type != TYPE_OBJECT)
		return wrong_type(st, "createIndexes.indexes", "wildcardProjection",
		    o->projection.type, "object");
	if (o->scoped || doc_is_empty(value_doc(o->projection)))
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "wildcardProjection says fields, and is for the key \"$**\" alone");
	err = check_projected(value_doc(o->projection), st);
	return err ? err
		   : projection_parse(value_doc(o->projection), &options, a, &projection, st);
}

/* A field of its own is not among all the others. */
static int check_apart(const struct index_options *o, struct status *st)
{
	struct view wildcard = view_of(NULL, 0);
	struct doc_iter it = doc_iter(o->key);
	struct element e;

	while (doc_next(&it, &e))
		if (index_path_is_wildcard(view_of(e.name, e.name_len)))
			wildcard = view_of(e.name, e.name_len);
	it = doc_iter(o->key);
	while (doc_next(&it, &e)) {
		struct view name = view_of(e.name, e.name_len);

		if (!index_path_is_wildcard(name) &&
		    wildcard_takes(wildcard, o->projection, name))
			return status_set(st, ERR_WILDCARD_FIELD_WITHIN,
			    "the field '%s' of the index has to be left out of all paths",
			    e.name);
	}
	return 0;
}

static int check_wildcard(const struct index_options *o, struct arena *a, struct status *st)
{
	int err;

	if (!o->wildcard || o->kind == INDEX_TEXT) {
		if (is_given(o->projection))
			return status_set(
			    st, ERR_BAD_VALUE, "wildcardProjection is for indexes on \"$**\"");
		return 0;
	}
	if (o->sparse || o->unique || o->prepare_unique || is_given(o->expire_after) ||
	    o->n_typed)
		return cannot(
		    st, "a wildcard index cannot be sparse, unique, expiring or typed");
	if (!is_given(o->projection) && (o->scoped || doc_count(o->key) == 1))
		return check_apart(o, st);
	if (!is_given(o->projection))
		return cannot(st, "a compound wildcard index needs a wildcardProjection");
	err = check_projection(o, a, st);
	return err ? err : check_apart(o, st);
}

/* ------------------------------------------------------------- the whole */

/* false says nothing. */
static bool asks(struct value v)
{
	return is_given(v) && value_truthy(v);
}

static int refuse(const struct index_options *o, struct status *st)
{
	if (!index_types[o->wildcard ? INDEX_WILDCARD : o->kind].made)
		return status_set(st, ERR_NOT_IMPLEMENTED,
		    "indexes of type %s: not supported yet",
		    key_kind_name(o->wildcard ? INDEX_WILDCARD : o->kind));
	if (asks(o->clustered))
		return status_set(st, ERR_INVALID_OPTIONS,
		    "clustered: a collection is clustered when it is created");
	return 0;
}

int index_special_check(struct index_options *o, struct arena *a, struct status *st)
{
	int err = check_wildcard(o, a, st);

	if (!err)
		err = check_hashed(o, st);
	if (!err)
		err = check_expiry(o, st);
	if (!err)
		err = check_partial(o, a, st);
	if (!err)
		err = index_collation_check(o, a, st);
	if (!err)
		err = check_text(o, st);
	if (!err)
		err = check_geo(o, st);
	if (!err && o->kind == INDEX_TEXT)
		err = index_text_fix(o, a, st);
	return err ? err : refuse(o, st);
}
