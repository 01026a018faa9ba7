/*
 * Projections: the input is a spec and a document, one behind the other, and maybe
 * a collation.  Whatever comes out is BSON and the same each time.
 */
#include <stdlib.h>

#include "bson/builder.h"
#include "bson/validate.h"
#include "expr/collation.h"
#include "expr/project.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static int apply(const struct projection *p, struct view doc, int64_t array_index,
    struct arena *a, struct buf *out)
{
	struct match_state ms = {.row = a, .array_index = array_index};
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

static void check_apply(
    const struct projection *p, struct view doc, int64_t array_index, struct arena *a)
{
	struct buf first, second;
	int code;

	buf_init(&first, NULL);
	buf_init(&second, NULL);
	code = apply(p, doc, array_index, a, &first);
	must(apply(p, doc, array_index, a, &second) == code);
	if (code == 0) {
		must(view_equal(buf_view(&first), buf_view(&second)));
		must(!projection_is_identity(p) || view_equal(buf_view(&first), doc));
	}
	buf_clear(&first);
	buf_clear(&second);
}

static void see_path(void *arg, struct view path)
{
	size_t *n = arg;

	*n += path.len;
}

static void check(struct view spec, struct view doc, struct view collation, struct arena *a)
{
	struct filter_options o = {0};
	struct projection *p;
	size_t n = 0;

	if (collation.len && collation_parse(collation, a, &o.collator, NULL) != 0)
		return;
	if (projection_parse(spec, &o, a, &p, NULL) != 0)
		return;
	for (int64_t i = -1; i < 2; i++)
		check_apply(p, doc, i, a);
	projection_needs(p, see_path, &n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view in = {data, size}, docs[3] = {{0}};
	struct arena a;
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
	arena_init(&a, NULL);
	check(docs[0], docs[1], docs[2], &a);
	arena_clear(&a);
	return 0;
}
