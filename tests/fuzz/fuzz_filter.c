/*
 * Filters, sorts and expressions: the input is a spec and a document, one behind
 * the other, and maybe a collation.  The spec is parsed as each of them and, where it
 * is one, evaluated on the document.  A filter in its canonical form, where that can be
 * parsed, says the same of the document.
 */
#include "config.h"

#include <stdlib.h>

#include "bson/builder.h"
#include "bson/validate.h"
#include "expr/collation.h"
#include "expr/expression.h"
#include "expr/match.h"
#include "expr/project.h"
#include "fuzz/bounded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_random(struct view spec)
{
	return memmem(spec.data, spec.len, "$rand", 5) ||
	       memmem(spec.data, spec.len, "$sampleRate", 11);
}

static void check_format(const struct filter *f, bool random, struct view doc,
    const struct filter_options *o, struct arena *a)
{
	struct match_state ms = {.row = a}, other = {.row = a};
	bool matches = filter_matches(f, doc, &ms);
	struct view shown = filter_format(f, a);
	struct filter *again;

	if (!shown.data)
		return;
	if (bson_check(shown, NULL) == ERR_INVALID_BSON)
		abort();
	if (filter_parse(shown, o, a, &again, NULL) != 0 || random)
		return;
	if (filter_matches(again, doc, &other) != matches && !bounded_over(ms.error) &&
	    !bounded_over(other.error))
		abort();
}

static void try_filter(
    struct view spec, struct view doc, const struct filter_options *o, struct arena *a)
{
	struct match_state ms = {.row = a};
	struct filter *f;

	if (filter_parse(spec, o, a, &f, NULL) == 0)
		check_format(f, is_random(spec), doc, o, a);
	if (filter_parse_value(spec, o, a, &f, NULL) == 0)
		filter_matches_value(f, value_of_doc(doc), &ms);
}

static void try_sort(
    struct view spec, struct view doc, const struct filter_options *o, struct arena *a)
{
	struct sort_spec *s;
	struct buf key;

	if (sort_parse(spec, o->collator, a, &s, NULL) != 0)
		return;
	buf_init(&key, NULL);
	sort_key(s, doc, NULL, &key);
	buf_clear(&key);
}

static void try_expression(
    struct view spec, struct view doc, const struct filter_options *o, struct arena *a)
{
	struct expression_options eo = {.collator = o->collator};
	struct expression *e;
	struct value v;

	if (expression_parse(value_of_doc(spec), &eo, a, &e, NULL) == 0 &&
	    expression_eval(e, doc, NULL, a, &v, NULL) == 0 && v.type == TYPE_OBJECT &&
	    bson_check(value_doc(v), NULL) != 0)
		abort();
}

static void check(struct view spec, struct view doc, struct view collation, struct arena *a)
{
	struct filter_options o = {0};

	if (collation.len && collation_parse(collation, a, &o.collator, NULL) != 0)
		return;
	try_filter(spec, doc, &o, a);
	try_sort(spec, doc, &o, a);
	try_expression(spec, doc, &o, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view in = {data, size}, docs[3] = {{0}};
	struct arena a;
	struct op op;
	size_t len;
	int n = 0;

	for (; n < 3 && in.len; n++) {
		if (bson_frame(in, &len, NULL) != 0)
			return 0;
		docs[n] = view_of(in.data, len);
		if (bson_check(docs[n], NULL) != 0)
			return 0;
		in = view_of(in.data + len, in.len - len);
	}
	if (n < 2)
		return 0;
	bounded_begin(&op, &a);
	check(docs[0], docs[1], docs[2], &a);
	bounded_end(&op, &a);
	return 0;
}
