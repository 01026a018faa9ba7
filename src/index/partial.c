#include "index/partial.h"

#include <stdlib.h>

#include "expr/match_implies.h"
#include "index/text_keys.h"

struct partial {
	struct arena arena;
	struct filter *filter;
	struct text_spec text; /* INDEX_TEXT */
};

static void partial_free(void *compiled)
{
	struct partial *p = compiled;

	if (!p)
		return;
	arena_clear(&p->arena);
	free(p);
}

/* The filter is as createIndexes has checked it. */
static int compile(const struct index *ix, struct partial **out, struct status *st)
{
	struct value spec = doc_get(ix->spec, "partialFilterExpression");
	struct filter_options o = {.collator = ix->collator};
	struct partial *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a filter");
	arena_init(&p->arena, NULL);
	err = filter_parse(spec.type == TYPE_OBJECT ? value_doc(spec) : doc_empty, &o,
	    &p->arena, &p->filter, st);
	if (!err && ix->kind == INDEX_TEXT)
		err = text_spec_parse(ix->spec, &p->arena, &p->text, st);
	if (err)
		partial_free(p);
	else
		*out = p;
	return err;
}

/* Whoever compiles it first keeps it for all. */
static int get_partial(const struct index *ix, struct partial **out, struct status *st)
{
	struct index *kept =
	    (struct index *)(uintptr_t)ix; /* but for its slot it is read-only */
	struct partial *p = __atomic_load_n(&kept->compiled, __ATOMIC_ACQUIRE);
	void *none = NULL;
	int err;

	if (p) {
		*out = p;
		return 0;
	}
	err = compile(ix, &p, st);
	if (err)
		return err;
	/* The same for all, so it does not matter whose is written last. */
	__atomic_store_n(&kept->compiled_free, partial_free, __ATOMIC_RELAXED);
	if (__atomic_compare_exchange_n(
		&kept->compiled, &none, p, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		*out = p;
	} else {
		partial_free(p);
		*out = none;
	}
	return 0;
}

int index_takes(const struct index *ix, struct view doc, bool *yes, struct status *st)
{
	struct partial *p;
	int err;

	*yes = true;
	if (!ix->partial)
		return 0;
	err = get_partial(ix, &p, st);
	if (!err)
		*yes = filter_matches(p->filter, doc, NULL);
	return err;
}

int index_text(const struct index *ix, const struct text_spec **out, struct status *st)
{
	struct partial *p;
	int err = get_partial(ix, &p, st);

	if (!err)
		*out = &p->text;
	return err;
}

bool index_covers(const struct index *ix, const struct filter *query)
{
	struct partial *p;

	if (!ix->partial)
		return true;
	return get_partial(ix, &p, NULL) == 0 && filter_implies(query, p->filter);
}

bool partial_filters_equal(struct view a, struct view b)
{
	struct filter *f, *g;
	struct arena arena;
	bool equal;

	arena_init(&arena, NULL);
	equal = filter_parse(a, NULL, &arena, &f, NULL) == 0 &&
		filter_parse(b, NULL, &arena, &g, NULL) == 0 && filter_implies(f, g) &&
		filter_implies(g, f);
	arena_clear(&arena);
	return equal;
}
