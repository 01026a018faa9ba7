#include "query/series_update.h"

static bool is(const struct element *e, const char *name)
{
	return strcmp(e->name, name) == 0;
}

/* Is the path the metaField, or something in it? */
static bool is_meta(struct view path, struct view meta)
{
	return path.len >= meta.len && memcmp(path.data, meta.data, meta.len) == 0 &&
	       (path.len == meta.len || path.data[meta.len] == '.');
}

/* ------------------------------------------------------------- the filter */

/* "$a.b" is a field, "$$v" a variable, of which these two are the document. */
static bool string_asks_meta(struct view s, struct view meta)
{
	static const char *const documents[] = {"$$ROOT", "$$CURRENT"};

	if (s.len < 2 || s.data[0] != '$')
		return true;
	if (s.data[1] != '$')
		return is_meta(view_of(s.data + 1, s.len - 1), meta);
	for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
		size_t len = strlen(documents[i]);

		if (s.len >= len && memcmp(s.data, documents[i], len) == 0)
			return s.len > len + 1 &&
			       is_meta(view_of(s.data + len + 1, s.len - len - 1), meta);
	}
	return true;
}

static bool expression_asks_meta(struct value v, struct view meta)
{
	struct doc_iter it;
	struct element e;

	if (v.type == TYPE_STRING)
		return string_asks_meta(value_str(v), meta);
	if (v.type != TYPE_OBJECT && v.type != TYPE_ARRAY)
		return true;
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e))
		if (!expression_asks_meta(e.value, meta))
			return false;
	return true;
}

static bool filter_asks_meta(struct view filter, struct view meta);

static bool all_ask_meta(struct view filters, struct view meta)
{
	struct doc_iter it = doc_iter(filters);
	struct element e;

	while (doc_next(&it, &e))
		if (!filter_asks_meta(value_doc(e.value), meta))
			return false;
	return true;
}

static bool operator_asks_meta(const struct element *e, struct view meta)
{
	static const char *const of_nothing[] = {
	    "$comment", "$alwaysTrue", "$alwaysFalse", "$sampleRate"};

	if (is(e, "$and") || is(e, "$or") || is(e, "$nor"))
		return all_ask_meta(value_doc(e->value), meta);
	if (is(e, "$expr"))
		return expression_asks_meta(e->value, meta);
	for (size_t i = 0; i < ARRAY_LEN(of_nothing); i++)
		if (is(e, of_nothing[i]))
			return true;
	return false; /* of the whole document */
}

/* Their depth is limited by the parser, which has been there. */
static bool filter_asks_meta(struct view filter, struct view meta)
{
	struct doc_iter it;
	struct element e;

	if (!filter.len)
		return true;
	it = doc_iter(filter);
	while (doc_next(&it, &e))
		if (e.name[0] == '$' ? !operator_asks_meta(&e, meta)
				     : !is_meta(view_of(e.name, e.name_len), meta))
			return false;
	return true;
}

bool series_filter_asks_meta(struct view filter, struct view meta)
{
	return meta.data && filter_asks_meta(filter, meta);
}

/* ------------------------------------------------------------- the update */

/* {$set: {"meta.a": 1}, $rename: {"meta.a": "meta.b"}} */
static bool operator_changes_meta(const struct element *op, struct view meta)
{
	struct doc_iter it = doc_iter(value_doc(op->value));
	struct element e;

	while (doc_next(&it, &e))
		if (!is_meta(view_of(e.name, e.name_len), meta) ||
		    (is(op, "$rename") && !is_meta(value_str(e.value), meta)))
			return false;
	return true;
}

static bool update_changes_meta(struct view update, struct view meta)
{
	struct doc_iter it = doc_iter(update);
	struct element e;

	while (doc_next(&it, &e))
		if (!operator_changes_meta(&e, meta))
			return false;
	return true;
}

/* What is wrong with it, in the order in which MongoDB says it. */
static const char *why_not(struct view meta, const struct modify_spec *spec)
{
	if (spec->upsert)
		return "cannot be an upsert";
	if (!spec->multi)
		return "has to be one with multi: true";
	if (!meta.data)
		return "needs a metaField, of which this collection has none";
	if (spec->update.type != TYPE_OBJECT)
		return "cannot be one by a pipeline";
	if (!filter_asks_meta(spec->query.filter, meta))
		return "may ask for the metaField only";
	if (!update_changes_meta(value_doc(spec->update), meta))
		return "may change the metaField only";
	return NULL;
}

int series_update_check(
    const struct collection *c, const struct modify_spec *spec, struct status *st)
{
	const char *why = why_not(collection_meta_field(c), spec);

	if (!why)
		return 0;
	return status_set(
	    st, ERR_INVALID_OPTIONS, "an update of the time series '%s' %s", c->ns, why);
}
