/*
 * Projections: the input is a spec and a document, one behind the other, and maybe
 * a collation.  Whatever comes out is BSON and the same each time, but for what is
 * random.
 */
#include "config.h"

#include <stdlib.h>

#include "bson/builder.h"
#include "bson/validate.h"
#include "expr/collation.h"
#include "expr/expression.h"
#include "expr/project.h"
#include "fuzz/bounded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static const struct variables variables = {.now_ms = 1};

static int apply(const struct projection *p, struct view doc, int64_t array_index,
    struct arena *a, struct buf *out)
{
	struct match_state ms = {
	    .row = a, .variables = &variables, .array_index = array_index};
	struct builder b;
	int code;

	builder_init(&b, out);
	code = projection_apply(p, doc, &ms, &b, NULL);
	if (code)
		return code;
	builder_finish(&b);
	if (builder_failed(&b))
		return ERR_OVERFLOW;
	must(bson_check(builder_view(&b), NULL) == 0);
	return 0;
}

/* A second time, unless it is random. */
static void check_again(const struct projection *p, struct view doc, int64_t array_index,
    struct arena *a, int code, struct view first)
{
	struct buf second;
	int again;

	buf_init(&second, NULL);
	again = apply(p, doc, array_index, a, &second);
	if (!bounded_over(code) && !bounded_over(again)) {
		must(again == code);
		must(code || view_equal(first, buf_view(&second)));
	}
	buf_clear(&second);
}

static void check_apply(const struct projection *p, bool random, struct view doc,
    int64_t array_index, struct arena *a)
{
	struct buf first;
	int code;

	buf_init(&first, NULL);
	code = apply(p, doc, array_index, a, &first);
	must(code || !projection_is_identity(p) || view_equal(buf_view(&first), doc));
	if (!random)
		check_again(p, doc, array_index, a, code, buf_view(&first));
	buf_clear(&first);
}

static void see_path(void *arg, struct view path)
{
	size_t *n = arg;

	*n += path.len;
}

static void check(struct view spec, struct view doc, struct view collation, struct arena *a)
{
	struct filter_options o = {.let = &variables};
	bool random = memmem(spec.data, spec.len, "$rand", 5);
	struct projection *p;
	size_t n = 0;

	if (collation.len && collation_parse(collation, a, &o.collator, NULL) != 0)
		return;
	if (projection_parse(spec, &o, a, &p, NULL) != 0)
		return;
	for (int64_t i = -1; i < 2; i++)
		check_apply(p, random, doc, i, a);
	projection_needs(p, see_path, &n);
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
