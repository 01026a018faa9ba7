#include "expr/match_text.h"

#include "expr/match_op.h"

struct text_filter *filter_text(const struct filter *f)
{
	return f->op && f->op->test_doc == match_test_text ? f->data : NULL;
}

/* No deeper than the parser lets them nest. */
struct text_filter *filter_find_text(const struct filter *f)
{
	struct text_filter *found = filter_text(f);

	if (f->kind == MATCH_AND || f->kind == MATCH_OR)
		for (int i = 0; i < f->n_children && !found; i++)
			found = filter_find_text(f->children[i]);
	return found;
}

static int take_string(const struct element *e, struct view *out, struct status *st)
{
	if (e->value.type != TYPE_STRING)
		return status_set(st, ERR_TYPE_MISMATCH, "\"%s\" is a string, and not %s",
		    e->name, type_name(e->value.type));
	*out = value_str(e->value);
	return 0;
}

static int take_flag(
    const struct element *e, unsigned int flag, struct text_filter *t, struct status *st)
{
	if (e->value.type != TYPE_BOOL)
		return status_set(st, ERR_TYPE_MISMATCH, "\"%s\" is a bool, and not %s",
		    e->name, type_name(e->value.type));
	t->flags |= value_bool(e->value) ? flag : 0;
	return 0;
}

/* An empty one is the index's. */
static int take_language(const struct element *e, struct text_filter *t, struct status *st)
{
	struct view name = {NULL, 0};
	int r = take_string(e, &name, st);

	if (r || !name.len)
		return r;
	t->language = text_language_find(name);
	if (t->language)
		return 0;
	return status_set(st, ERR_BAD_VALUE, "$language: '%.*s' is not known",
	    (int)MIN_OF(name.len, 100), (const char *)name.data);
}

static int take_element(const struct element *e, struct text_filter *t, struct status *st)
{
	if (strcmp(e->name, "$search") == 0)
		return take_string(e, &t->search, st);
	if (strcmp(e->name, "$language") == 0)
		return take_language(e, t, st);
	if (strcmp(e->name, "$caseSensitive") == 0)
		return take_flag(e, TEXT_KEEP_CASE, t, st);
	if (strcmp(e->name, "$diacriticSensitive") == 0)
		return take_flag(e, TEXT_KEEP_DIACRITICS, t, st);
	return status_set(st, ERR_BAD_VALUE, "$text has no option '%s'", e->name);
}

static int take_elements(struct view doc, struct text_filter *t, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int r = 0;

	while (!r && doc_next(&it, &e))
		r = take_element(&e, t, st);
	if (!r && !t->search.data)
		r = status_set(st, ERR_NO_SUCH_KEY, "$text needs \"$search\"");
	return r;
}

static int check_place(struct filter_parser *p, const struct match_op *op)
{
	if (p->inside || p->o->no_text)
		return status_set(p->st, ERR_BAD_VALUE,
		    "%s can only stand where the whole document is", op->name);
	if (p->in_nor)
		return status_set(p->st, ERR_BAD_VALUE, "%s cannot stand in $nor", op->name);
	if (p->n_text++)
		return status_set(
		    p->st, ERR_BAD_VALUE, "%s can only stand once in a filter", op->name);
	return 0;
}

MATCH_PARSER(match_parse_text)
{
	struct filter *f = filter_new(p, MATCH_OTHER, op, path);
	struct text_filter *t = arena_new(p->a, struct text_filter);
	int r;

	if (!f || !t)
		return filter_no_memory(p);
	r = check_place(p, op);
	if (!r && operand.type != TYPE_OBJECT)
		r = status_set(p->st, ERR_BAD_VALUE, "%s takes a document, and not %s",
		    op->name, type_name(operand.type));
	if (!r)
		r = take_elements(value_doc(operand), t, p->st);
	if (!r && p->o->metas)
		p->o->metas->gives |= 1u << META_TEXT_SCORE;
	f->data = t;
	*out = f;
	return r;
}

static void forget(void *arg)
{
	struct text_filter *t = arg;

	text_maker_clear(&t->maker);
	buf_clear(&t->scratch);
}

int text_filter_set(struct text_filter *t, const struct text_spec *spec, struct arena *a,
    struct status *st)
{
	text_maker_init(&t->maker, a->account);
	buf_init(&t->scratch, a->account);
	if (!arena_defer(a, forget, t))
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a search in text");
	t->spec = spec;
	return text_search_parse(
	    t->search, t->language ? t->language : spec->language, t->flags, a, &t->terms, st);
}

/* Of documents that any index has brought. */
bool match_test_text(const struct filter *f, struct view doc, struct match_state *ms)
{
	struct text_filter *t = f->data;
	bool yes = false;
	int r = 0;

	if (t->spec)
		r = text_search_matches(&t->terms, t->spec, false, &t->maker, doc, &t->scratch,
		    &yes, ms->status);
	if (r)
		ms->error = r;
	return !r && yes;
}
