/*
 * query/exec_text.c - documents that have terms, and the rest of what $text asks of them.
 *
 *     TEXT_MATCH   phrases, negations, case and diacritics, asked of documents
 *     (FETCH)
 *     TEXT_OR      each record once; with the sum of its entries' scores where it is wanted
 *     IXSCAN       entries of the terms
 */
#include "index/keygen.h"
#include "query/explain.h"
#include "query/keyset.h"
#include "text/scores.h"

/* ---------------------------------------------------------------- TEXT_OR */

struct text_or {
	struct exec exec;
	bool scores; /* somebody wants them */
	struct keyset seen; /* without scores */
	/* With them: all records first. */
	struct arena arena;
	struct text_scores sums; /* by record key */
	bool loaded;
	int at;
	struct buf key;
	uint8_t score[8]; /* of the row that has been given, as BSON has it */
	struct document_meta meta;
	struct collection *collection; /* a reference: $text has views of its index */
};

static int score_of(struct text_or *s, const struct row *row, double *out, struct status *st)
{
	struct builder b;
	int r;

	*out = 0;
	buf_reset(&s->key);
	builder_init(&b, &s->key);
	r = index_key_decode(row->index, row->index_key, row->type_bits, &b, st);
	builder_finish(&b);
	if (r)
		return r;
	if (builder_failed(&b))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a score");
	value_to_double(doc_get(builder_view(&b), "_ftsx"), out);
	return 0;
}

static enum step load(struct text_or *s, struct exec_context *cx)
{
	struct row row;
	double score;

	for (;;) {
		enum step step = exec_next(s->exec.child, cx, &row);

		if (step == STEP_DONE)
			break;
		if (step != STEP_ROW)
			return step;
		s->exec.works++;
		if (score_of(s, &row, &score, cx->status) ||
		    text_scores_add(&s->sums, row.record_key, score, cx->status))
			return STEP_ERROR;
	}
	exec_save(s->exec.child);
	s->loaded = true;
	return STEP_DONE;
}

static enum step next_scored(struct text_or *s, struct exec_context *cx, struct row *out)
{
	const struct text_score *list;
	uint64_t bits;
	int n;

	if (!s->loaded) {
		enum step step = load(s, cx);

		if (step != STEP_DONE)
			return step;
	}
	list = text_scores_list(&s->sums, &n);
	if (s->at == n) {
		s->exec.done = true;
		return STEP_DONE;
	}
	memcpy(&bits, &list[s->at].score, sizeof(bits));
	bits = htole64(bits);
	memcpy(s->score, &bits, sizeof(bits));
	s->meta.values[META_TEXT_SCORE] = (struct value){s->score, 8, TYPE_DOUBLE};
	*out = (struct row){
	    .record_key = list[s->at++].term, .array_index = -1, .meta = &s->meta};
	s->exec.advanced++;
	return STEP_ROW;
}

static enum step next_unseen(struct text_or *s, struct exec_context *cx, struct row *out)
{
	bool is_new = false;

	do {
		enum step step = exec_next(s->exec.child, cx, out);

		s->exec.done = step == STEP_DONE;
		if (step != STEP_ROW)
			return step;
		s->exec.works++;
		if (keyset_add(&s->seen, out->record_key, &is_new, cx->status))
			return STEP_ERROR;
	} while (!is_new);
	s->exec.advanced++;
	return STEP_ROW;
}

static enum step text_or_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct text_or *s = container_of(e, struct text_or, exec);

	if (e->done)
		return STEP_DONE;
	return s->scores ? next_scored(s, cx, out) : next_unseen(s, cx, out);
}

static void text_or_close(struct exec *e)
{
	struct text_or *s = container_of(e, struct text_or, exec);

	keyset_clear(&s->seen);
	text_scores_clear(&s->sums);
	arena_clear(&s->arena);
	buf_clear(&s->key);
	collection_unref(s->collection);
}

static void text_or_explain(const struct exec *e, struct explain_output *x)
{
	const struct text_or *s = container_of(e, struct text_or, exec);

	explain_node(x, e, s->scores ? e->ops->name : "OR", NULL);
	if (x->stats && !s->scores) {
		builder_int(x->b, "dupsTested", e->works);
		builder_int(x->b, "dupsDropped", e->works - e->advanced);
	}
}

static const struct exec_ops text_or_ops = {
    .name = "TEXT_OR",
    .next = text_or_next,
    .close = text_or_close,
    .explain = text_or_explain,
};

struct exec *exec_text_or_new(
    const struct plan *p, struct exec *child, struct arena *a, struct memory_account *account)
{
	struct text_or *s = arena_new(a, struct text_or);

	if (!s || !child)
		return NULL;
	s->exec.ops = &text_or_ops;
	s->exec.child = child;
	s->collection = collection_ref(p->collection);
	s->scores = p->query->metas >> META_TEXT_SCORE & 1;
	keyset_init(&s->seen, account);
	arena_init(&s->arena, account);
	text_scores_init(&s->sums, &s->arena, account);
	buf_init(&s->key, account);
	return &s->exec;
}

/* ------------------------------------------------------------- TEXT_MATCH */

struct text_match {
	struct exec exec;
	const struct candidate *scan;
	bool plain; /* the entries have said it all */
	struct text_maker maker;
	struct buf scratch;
};

static enum step text_match_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct text_match *s = container_of(e, struct text_match, exec);
	const struct text_filter *t = s->scan->text;
	bool yes = true;

	do {
		enum step step = exec_next(e->child, cx, out);

		e->done = e->child->done;
		if (step != STEP_ROW)
			return step;
		e->works++;
		if (!s->plain && text_search_matches(&t->terms, t->spec, true, &s->maker,
				     out->doc, &s->scratch, &yes, cx->status))
			return STEP_ERROR;
	} while (!yes);
	e->advanced++;
	return STEP_ROW;
}

static void text_match_close(struct exec *e)
{
	struct text_match *s = container_of(e, struct text_match, exec);

	text_maker_clear(&s->maker);
	buf_clear(&s->scratch);
}

static void put_list(struct builder *b, const char *name, const struct text_list *list)
{
	builder_array_begin(b, name);
	for (int i = 0; i < list->n; i++)
		builder_str_n(b, NULL, (const char *)list->v[i].data, list->v[i].len);
	builder_array_end(b);
}

static void text_match_explain(const struct exec *e, struct explain_output *x)
{
	const struct text_match *s = container_of(e, struct text_match, exec);
	const struct text_search *t = &s->scan->text->terms;
	struct builder *b = x->b;

	explain_node(x, e, e->ops->name, NULL);
	builder_doc(b, "indexPrefix", doc_empty);
	builder_str(b, "indexName", s->scan->index->name);
	builder_doc_begin(b, "parsedTextQuery");
	put_list(b, "terms", &t->keys);
	put_list(b, "negatedTerms", &t->negated);
	put_list(b, "phrases", &t->phrases);
	put_list(b, "negatedPhrases", &t->negated_phrases);
	builder_doc_end(b);
	builder_i32(b, "textIndexVersion", 3);
	if (x->stats)
		builder_int(b, "docsRejected", e->works - e->advanced);
}

static const struct exec_ops text_match_ops = {
    .name = "TEXT_MATCH",
    .next = text_match_next,
    .close = text_match_close,
    .explain = text_match_explain,
};

struct exec *exec_text_match_new(const struct candidate *scan, struct exec *child,
    struct arena *a, struct memory_account *account)
{
	struct text_match *s = arena_new(a, struct text_match);

	if (!s || !child)
		return NULL;
	s->exec.ops = &text_match_ops;
	s->exec.child = child;
	s->scan = scan;
	s->plain = text_search_is_plain(&scan->text->terms);
	text_maker_init(&s->maker, account);
	buf_init(&s->scratch, account);
	return &s->exec;
}
