/*
 * Filters, projections, sorts and expressions: the input is a spec and a document,
 * one behind the other.  The spec is parsed as each of them and, where it
 * is one, evaluated on the document.
 */
#include <stdlib.h>

#include "bson/builder.h"
#include "bson/validate.h"
#include "expr/expression.h"
#include "expr/project.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_filter(struct view spec, struct view doc, struct arena *a)
{
	struct match_state ms = {.row = a};
	struct filter *f;

	if (filter_parse(spec, NULL, a, &f, NULL) == 0)
		filter_matches(f, doc, &ms);
	if (filter_parse_value(spec, NULL, a, &f, NULL) == 0)
		filter_matches_value(f, value_of_doc(doc), &ms);
}

/* What comes out is BSON. */
static void try_projection(struct view spec, struct view doc, struct arena *a)
{
	struct match_state ms = {.row = a, .array_index = 0};
	struct projection *p;
	struct builder b;
	struct buf buf;

	if (projection_parse(spec, NULL, a, &p, NULL) != 0)
		return;
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	if (projection_apply(p, doc, &ms, &b, NULL) == 0) {
		builder_finish(&b);
		if (!builder_failed(&b) && bson_check(builder_view(&b), NULL) != 0)
			abort();
	}
	buf_clear(&buf);
}

static void try_sort(struct view spec, struct view doc, struct arena *a)
{
	struct sort_spec *s;
	struct buf key;

	if (sort_parse(spec, NULL, a, &s, NULL) != 0)
		return;
	buf_init(&key, NULL);
	sort_key(s, doc, &key);
	buf_clear(&key);
}

static void try_expression(struct view spec, struct view doc, struct arena *a)
{
	struct expression *e;
	struct value v;

	if (expression_parse(value_of_doc(spec), NULL, a, &e, NULL) == 0 &&
	    expression_eval(e, doc, NULL, a, &v, NULL) == 0 && v.type == TYPE_OBJECT &&
	    bson_check(value_doc(v), NULL) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view spec = {data, size}, doc;
	struct arena a;
	size_t n;

	if (bson_frame(spec, &n, NULL) != 0)
		return 0;
	spec = view_of(data, n);
	doc = view_of(data + n, size - n);
	if (bson_check(spec, NULL) != 0 || bson_check(doc, NULL) != 0)
		return 0;
	arena_init(&a, NULL);
	try_filter(spec, doc, &a);
	try_projection(spec, doc, &a);
	try_sort(spec, doc, &a);
	try_expression(spec, doc, &a);
	arena_clear(&a);
	return 0;
}
