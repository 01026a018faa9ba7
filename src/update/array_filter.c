#include "update/update_op.h"

/* a-z first, then letters and digits. */
static bool is_identifier(struct view name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];
		bool other = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!(c >= 'a' && c <= 'z') && !(i && other))
			return false;
	}
	return name.len > 0;
}

/* All paths of the filter begin with one and the same name. */
static int find_name(const struct filter *f, struct view *name, struct status *st)
{
	for (int i = 0; i < f->n_children; i++) {
		int r = find_name(f->children[i], name, st);

		if (r)
			return r;
	}
	if (f->n_children || f->path.n == 0)
		return 0;
	if (name->data &&
	    !view_equal(*name, view_of(f->path.parts[0].name, f->path.parts[0].len)))
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "an array filter begins with one name: '%.*s' and '%.*s' are two",
		    (int)MIN_OF(name->len, 100), (const char *)name->data,
		    (int)MIN_OF(f->path.parts[0].len, 100), f->path.parts[0].name);
	*name = view_of(f->path.parts[0].name, f->path.parts[0].len);
	return 0;
}

static int parse_filter(struct update_parser *p, struct value v, struct array_filter *f)
{
	struct filter_options o = {.collator = p->o->collator,
	    .let = p->o->let,
	    .no_expr = true,
	    .no_text = true,
	    .no_near = true};
	int r;

	if (v.type != TYPE_OBJECT)
		return status_set(p->st, ERR_TYPE_MISMATCH,
		    "an array filter is a document, and not %s", type_name(v.type));
	r = filter_parse(value_doc(v), &o, p->a, &f->filter, p->st);
	if (r == 0)
		r = find_name(f->filter, &f->name, p->st);
	if (r)
		return r;
	if (!f->name.data)
		return status_set(
		    p->st, ERR_FAILED_TO_PARSE, "an array filter needs a field's name");
	if (!is_identifier(f->name))
		return status_set(p->st, ERR_BAD_VALUE,
		    "an array filter's name begins with a small letter and goes on with "
		    "letters and "
		    "digits; '%.*s' does not",
		    (int)MIN_OF(f->name.len, 100), (const char *)f->name.data);
	return 0;
}

int update_parse_filters(struct update_parser *p)
{
	struct view list = p->o->array_filters;
	struct doc_iter it;
	struct element e;

	if (!list.len)
		return 0;
	p->u->filters = arena_new_array(p->a, (size_t)doc_count(list) + 1, struct array_filter);
	if (!p->u->filters)
		return update_no_memory(p->st);
	it = doc_iter(list);
	while (doc_next(&it, &e)) {
		struct array_filter *f = &p->u->filters[p->u->n_filters];
		int r = parse_filter(p, e.value, f);

		if (r)
			return r;
		for (int i = 0; i < p->u->n_filters; i++)
			if (view_equal(p->u->filters[i].name, f->name))
				return status_set(p->st, ERR_FAILED_TO_PARSE,
				    "there are two array filters for '%.*s'",
				    (int)MIN_OF(f->name.len, 100), (const char *)f->name.data);
		p->u->n_filters++;
	}
	return 0;
}

int update_check_filters(struct update_parser *p)
{
	for (int i = 0; i < p->u->n_filters; i++) {
		const struct array_filter *f = &p->u->filters[i];

		if (!f->used)
			return status_set(p->st, ERR_FAILED_TO_PARSE,
			    "the array filter for '%.*s' is not used in the update",
			    (int)MIN_OF(f->name.len, 100), (const char *)f->name.data);
	}
	return 0;
}
