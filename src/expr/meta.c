#include "expr/meta.h"

#include "expr/expr_op.h"

#define ERR_META_NOT_STRING 17307
#define ERR_META_UNKNOWN    17308
#define ERR_META_NO_SORT    31138

static const struct keyword {
	const char *name;
	enum document_meta_kind kind;
	bool sorts;
} keywords[] = {
    {"indexKey", META_INDEX_KEY},
    {"recordId", META_RECORD_ID},
    {"sortKey", META_SORT_KEY},
    {"textScore", META_TEXT_SCORE, true},
    {"geoNearDistance", META_GEO_DISTANCE, true},
    {"geoNearPoint", META_GEO_POINT},
    {"score", META_SCORE, true},
    {"scoreDetails", META_SCORE},
    {"randVal", META_RANDOM, true},
    {"searchScore", META_NOTHING, true},
    {"vectorSearchScore", META_NOTHING, true},
    {"searchHighlights", META_NOTHING},
    {"searchScoreDetails", META_NOTHING},
    {"searchSequenceToken", META_NOTHING},
    {"searchRootDocumentId", META_NOTHING},
    {"stream", META_NOTHING},
    {"timeseriesBucketMinTime", META_NOTHING},
    {"timeseriesBucketMaxTime", META_NOTHING},
};

static const struct keyword *find_keyword(struct value v)
{
	for (size_t i = 0; v.type == TYPE_STRING && i < ARRAY_LEN(keywords); i++)
		if (view_equal(value_str(v), view_of_str(keywords[i].name)))
			return &keywords[i];
	return NULL;
}

int meta_parse(struct value v, struct meta_use *use, enum document_meta_kind *out,
    struct status *st)
{
	const struct keyword *k = find_keyword(v);

	if (v.type != TYPE_STRING)
		return status_set(st, ERR_META_NOT_STRING, "$meta takes a string, and not %s",
		    type_name(v.type));
	if (!k)
		return status_set(st, ERR_META_UNKNOWN, "there is no metadata '%.*s'",
		    (int)MIN_OF(value_str(v).len, 100), (const char *)value_str(v).data);
	*out = k->kind;
	if (use)
		use->wants |= 1u << k->kind;
	return 0;
}

int meta_parse_sort(struct value v, enum document_meta_kind *out, struct status *st)
{
	const struct keyword *k = find_keyword(v);

	if (!k || !k->sorts)
		return status_set(st, ERR_META_NO_SORT, "a sort cannot be by such metadata");
	*out = k->kind;
	return 0;
}

int meta_check(uint32_t wants, uint32_t gives, struct status *st)
{
	uint32_t lacks = wants & META_GIVEN & ~gives;

	for (size_t i = 0; lacks && i < ARRAY_LEN(keywords); i++)
		if (lacks >> keywords[i].kind & 1)
			return status_set(st, ERR_META_NOT_AVAILABLE,
			    "query requires %s metadata, but it is not available",
			    keywords[i].name);
	return 0;
}

int meta_get(const struct document_meta *m, enum document_meta_kind kind, struct arena *row,
    struct value *out, struct status *st)
{
	*out = value_missing;
	if (!m || kind >= META_KINDS)
		return 0;
	*out = m->values[kind];
	return value_is_missing(*out) && m->get ? m->get(m, kind, row, out, st) : 0;
}

/* Named by their numbers. */
void meta_put(const struct document_meta *m, struct builder *b)
{
	for (int i = 0; i < META_KINDS; i++) {
		const char name[] = {(char)('0' + i), 0};

		if (!value_is_missing(m->values[i]))
			builder_value(b, name, m->values[i]);
	}
}

void meta_take(struct document_meta *m, struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	*m = (struct document_meta){0};
	while (doc_next(&it, &e))
		m->values[e.name[0] - '0'] = e.value;
}

const struct document_meta *meta_keep(struct meta_keeper *k, const struct document_meta *m)
{
	struct builder b;

	if (!m)
		return NULL;
	buf_reset(&k->packed);
	builder_init(&b, &k->packed);
	meta_put(m, &b);
	builder_finish(&b);
	if (builder_failed(&b))
		return NULL;
	meta_take(&k->meta, builder_view(&b));
	return &k->meta;
}

/* -------------------------------------------------------- the expression */

EXPR_PARSE(expr_parse_meta)
{
	enum document_meta_kind kind;
	int r = meta_parse(operand, p->o->metas, &kind, p->st);

	if (r)
		return r;
	*out = expr_new(p, op, 0);
	if (!*out)
		return expr_no_memory(p->st);
	(*out)->variable = (int)kind;
	return 0;
}

EXPR_EVAL(expr_eval_meta)
{
	return meta_get(ev->variables ? ev->variables->meta : NULL,
	    (enum document_meta_kind)e->variable, ev->a, out, ev->st);
}
