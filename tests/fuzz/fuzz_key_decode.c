/*
 * Any bytes as a key and its type bits: what decodes is good BSON, is as long
 * as key_skip says, and has just that key.  The first byte chooses the
 * direction (its lowest bit) and how many of the others are type bits.
 */
#include <stdlib.h>

#include "bson/key_encode.h"
#include "bson/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void check(struct view doc, struct view key, bool descending)
{
	struct type_bits types;
	struct buf again;

	must(bson_check(doc, NULL) == 0);
	buf_init(&again, NULL);
	type_bits_init(&types, NULL);
	key_encode(&again, &types, doc_get(doc, "v"), descending, NULL);
	must(view_equal(buf_view(&again), key));
	buf_clear(&again);
	type_bits_clear(&types);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view all, key, rest, types;
	bool descending, skips;
	struct builder b;
	struct buf out;
	size_t n_types;

	if (size < 1)
		return 0;
	descending = data[0] & 1;
	n_types = MIN_OF((size_t)data[0] >> 1, size - 1);
	types = view_of(data + 1, n_types);
	all = view_of(data + 1 + n_types, size - 1 - n_types);

	key = rest = all;
	buf_init(&out, NULL);
	builder_init(&b, &out);
	skips = key_skip(&rest, descending);
	if (key_decode(&key, &types, descending, &b, "v", NULL) == 0) {
		must(skips && key.len == rest.len);
		builder_finish(&b);
		/* a long key may be nested deeper than documents can be */
		if (size < BSON_DEPTH_MAX || bson_check(builder_view(&b), NULL) == 0)
			check(
			    builder_view(&b), view_of(all.data, all.len - key.len), descending);
	}
	buf_clear(&out);
	return 0;
}
