/*
 * A collation's document, and behind it the bytes of two strings: what parses
 * makes a document that means the same, and a collator whose keys order strings
 * as it compares them.
 */
#include <stdlib.h>

#include "bson/validate.h"
#include "expr/collation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static int sign(int c)
{
	return (c > 0) - (c < 0);
}

static void check_strings(const struct collator *c, struct view a, struct view b)
{
	int by_string = sign(c->compare(c, a, b));
	struct buf key_a, key_b;

	buf_init(&key_a, NULL);
	buf_init(&key_b, NULL);
	c->sort_key(c, a, &key_a);
	c->sort_key(c, b, &key_b);
	must(!key_a.failed && !key_b.failed);
	must(by_string == sign(view_compare(buf_view(&key_a), buf_view(&key_b))));
	must(by_string == -sign(c->compare(c, b, a)));
	buf_clear(&key_a);
	buf_clear(&key_b);
}

static void check_document(const struct collator *c, struct arena *a)
{
	const struct collator *again;

	must(bson_check(collation_document(c), NULL) == 0);
	must(collation_parse(collation_document(c), a, &again, NULL) == 0);
	must(collation_equal(c, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct collator *c;
	struct view doc, rest;
	struct arena a;
	size_t len;

	if (size < 5)
		return 0;
	len = (uint32_t)read_i32(data);
	if (len < 5 || len > size)
		return 0;
	doc = view_of(data, len);
	rest = view_of(data + len, size - len);
	if (bson_check(doc, NULL) != 0)
		return 0;
	arena_init(&a, NULL);
	if (collation_parse(doc, &a, &c, NULL) == 0) {
		check_document(c, &a);
		if (c)
			check_strings(c, view_of(rest.data, rest.len / 2),
			    view_of(rest.data + rest.len / 2, rest.len - rest.len / 2));
	}
	arena_clear(&a);
	return 0;
}
