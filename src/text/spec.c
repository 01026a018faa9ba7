#include "text/spec.h"

#define ERR_LANGUAGE_NOT_STRING 17261
#define ERR_LANGUAGE_UNKNOWN	17262

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the fields of a text");
}

int text_spec_parse(
    struct view index, struct arena *a, struct text_spec *out, struct status *st)
{
	struct value weights = doc_get(index, "weights");
	struct value language = doc_get(index, "default_language");
	struct value override = doc_get(index, "language_override");
	struct doc_iter it;
	struct element e;

	*out = (struct text_spec){.language = text_language_default};
	if (weights.type != TYPE_OBJECT || language.type != TYPE_STRING ||
	    override.type != TYPE_STRING)
		return status_set(st, ERR_INTERNAL_ERROR, "a text index without its options");
	out->override = value_str(override);
	out->language = text_language_find(value_str(language));
	out->weights = arena_new_array(
	    a, (size_t)doc_count(value_doc(weights)) + 1, struct text_weight);
	if (!out->weights)
		return no_memory(st);
	if (!out->language)
		return status_set(st, ERR_INTERNAL_ERROR, "a text index in no language");
	it = doc_iter(value_doc(weights));
	while (doc_next(&it, &e)) {
		struct text_weight *w = &out->weights[out->n];

		w->path = view_of(e.name, e.name_len);
		value_to_double(e.value, &w->weight);
		if (!view_equal(w->path, view_of_str("$**"))) {
			out->n++;
			continue;
		}
		out->wildcard = true;
		out->wildcard_weight = w->weight;
	}
	return 0;
}

struct walk {
	const struct text_spec *spec;
	struct buf *path; /* to where it is */
	text_each *each;
	void *arg;
	struct status *st;
};

enum { IS_TEXT = 1, LEADS_TO_TEXT = 2 };

/* What is at the walk's path: text itself, or a way to it. */
static int place_of(const struct walk *w, double *weight)
{
	const struct text_spec *spec = w->spec;
	struct view at = buf_view(w->path);
	int place = spec->wildcard ? IS_TEXT | LEADS_TO_TEXT : 0;

	*weight = spec->wildcard_weight;
	for (int i = 0; i < spec->n; i++) {
		struct view path = spec->weights[i].path;

		if (path.len < at.len || memcmp(path.data, at.data, at.len) != 0)
			continue;
		if (path.len == at.len) {
			place |= IS_TEXT;
			*weight = spec->weights[i].weight;
		} else if (path.data[at.len] == '.') {
			place |= LEADS_TO_TEXT;
		}
	}
	return place;
}

static int language_of(const struct walk *w, struct view doc,
    const struct text_language *outer, const struct text_language **out)
{
	struct view name = w->spec->override;
	struct value v = doc_get_n(doc, (const char *)name.data, name.len);

	*out = outer;
	if (value_is_missing(v))
		return 0;
	if (v.type != TYPE_STRING)
		return status_set(w->st, ERR_LANGUAGE_NOT_STRING,
		    "the field '%.*s' says the language of a text: a string, and not %s",
		    (int)name.len, (const char *)name.data, type_name(v.type));
	*out = text_language_find(value_str(v));
	if (*out)
		return 0;
	return status_set(w->st, ERR_LANGUAGE_UNKNOWN, "language override unsupported: %.*s",
	    (int)MIN_OF(value_str(v).len, 100), (const char *)value_str(v).data);
}

static int walk_doc(struct walk *w, struct view doc, const struct text_language *l);

static int walk_value(
    struct walk *w, struct value v, int place, double weight, const struct text_language *l)
{
	struct doc_iter it;
	struct element e;
	int err = 0;

	if (v.type == TYPE_STRING)
		return place & IS_TEXT ? w->each(w->arg, value_str(v), weight, l, w->st) : 0;
	if (v.type == TYPE_OBJECT)
		return place & LEADS_TO_TEXT ? walk_doc(w, value_doc(v), l) : 0;
	if (v.type != TYPE_ARRAY)
		return 0;
	it = doc_iter(value_doc(v));
	while (!err && doc_next(&it, &e))
		err = walk_value(w, e.value, place, weight, l);
	return err;
}

/* As deep as the document. */
static int walk_doc(struct walk *w, struct view doc, const struct text_language *l)
{
	struct doc_iter it = doc_iter(doc);
	size_t len = w->path->len;
	struct element e;
	int err = language_of(w, doc, l, &l);

	while (!err && doc_next(&it, &e)) {
		double weight;
		int place;

		if (w->spec->wildcard &&
		    view_equal(view_of(e.name, e.name_len), w->spec->override))
			continue;
		w->path->len = len;
		if (len)
			buf_append_byte(w->path, '.');
		buf_append(w->path, e.name, e.name_len);
		if (w->path->failed)
			return no_memory(w->st);
		place = place_of(w, &weight);
		if (place)
			err = walk_value(w, e.value, place, weight, l);
	}
	w->path->len = len;
	return err;
}

int text_spec_each(const struct text_spec *spec, struct view doc, struct buf *path,
    text_each *each, void *arg, struct status *st)
{
	struct walk w = {.spec = spec, .path = path, .each = each, .arg = arg, .st = st};

	buf_reset(path);
	return walk_doc(&w, doc, spec->language);
}
