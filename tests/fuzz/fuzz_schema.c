/*
 * Validators: the input is a schema and a document, one behind the other.  What
 * parses says the same of the document inside allOf, anyOf and oneOf, and the
 * opposite inside not; what does not match can be explained, and the explanation
 * is BSON.  The same for the schema taken as a filter.
 */
#include <stdlib.h>

#include "bson/builder.h"
#include "bson/validate.h"
#include "expr/match_explain.h"
#include "expr/schema.h"
#include "fuzz/bounded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct view wrap(struct view spec, const char *keyword, bool list, struct arena *a)
{
	struct builder b;
	struct view doc = {0};
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	if (list)
		builder_array_begin(&b, keyword);
	builder_doc(&b, list ? NULL : keyword, spec);
	if (list)
		builder_array_end(&b);
	builder_finish(&b);
	if (!builder_failed(&b))
		doc = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return doc;
}

/* 1 or 0, or -1 when it could not be said. */
static int answer(const struct schema *s, struct view doc)
{
	struct schema_state ss = {0};
	bool yes = schema_matches(s, value_of_doc(doc), &ss);

	return ss.error ? -1 : yes;
}

static void check_wrapped(
    struct view spec, const char *keyword, struct view doc, int expected, struct arena *a)
{
	bool is_not = strcmp(keyword, "not") == 0;
	struct schema *s;

	must(schema_parse(wrap(spec, keyword, !is_not, a), a, &s, NULL) == 0);
	must(answer(s, doc) == (is_not ? !expected : expected));
}

static void check_explained(struct view spec, struct view doc, struct arena *a)
{
	static const struct filter_options o;
	struct match_state ms = {.row = a, .array_index = -1};
	struct filter *f;
	struct builder b;
	struct buf buf;

	if (filter_parse(spec, &o, a, &f, NULL) != 0 || filter_matches(f, doc, &ms))
		return;
	ms.error = 0;
	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	if (filter_explain(spec, &o, doc, &ms, &b, NULL) == 0) {
		builder_finish(&b);
		must(builder_failed(&b) ||
		     bson_check(builder_view(&b), NULL) != ERR_INVALID_BSON);
		must(builder_failed(&b) ||
		     !value_is_missing(doc_get(builder_view(&b), "operatorName")));
	}
	buf_clear(&buf);
}

static void check(struct view spec, struct view doc, struct arena *a)
{
	static const char *const keywords[] = {"allOf", "anyOf", "oneOf", "not"};
	struct match_state ms = {.row = a, .array_index = -1};
	struct filter *f;
	struct schema *s;
	int yes;

	if (schema_parse(spec, a, &s, NULL) != 0)
		return;
	yes = answer(s, doc);
	if (yes < 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
		check_wrapped(spec, keywords[i], doc, yes, a);
	must(filter_parse(wrap(spec, "$jsonSchema", false, a), NULL, a, &f, NULL) == 0);
	must(filter_matches(f, doc, &ms) == yes);
	check_explained(wrap(spec, "$jsonSchema", false, a), doc, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view spec = {data, size}, doc;
	struct arena a;
	struct op op;
	size_t n;

	if (bson_frame(spec, &n, NULL) != 0)
		return 0;
	spec = view_of(data, n);
	doc = view_of(data + n, size - n);
	if (bson_check(spec, NULL) != 0 || bson_check(doc, NULL) != 0)
		return 0;
	bounded_begin(&op, &a);
	check(spec, doc, &a);
	check_explained(spec, doc, &a);
	bounded_end(&op, &a);
	return 0;
}
