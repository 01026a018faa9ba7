/*
 * Bytes that pass bson_check may be walked, compared, hashed, shown, copied and
 * made a key of without another look at their lengths.
 */
#include <stdlib.h>

#include "bson/compare.h"
#include "bson/format.h"
#include "bson/key_encode.h"
#include "bson/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

/* Every element once more through the builder gives the same bytes. */
static void rebuild(struct view doc)
{
	struct doc_iter it = doc_iter(doc);
	struct builder b;
	struct element e;
	struct buf out;

	buf_init(&out, NULL);
	builder_init(&b, &out);
	while (doc_next(&it, &e))
		builder_value_n(&b, e.name, e.name_len, e.value);
	builder_finish(&b);
	must(view_equal(builder_view(&b), doc));
	buf_clear(&out);
}

/* Names in arrays are not kept in keys, so the value is equal, not the bytes. */
static void there_and_back(struct value v, bool descending)
{
	struct type_bits types;
	struct view key, kinds;
	struct builder b;
	struct buf buf, out;

	buf_init(&buf, NULL);
	buf_init(&out, NULL);
	type_bits_init(&types, NULL);
	key_encode(&buf, &types, v, descending, NULL);
	must(!buf.failed);
	key = buf_view(&buf);
	kinds = buf_view(&types.bytes);
	builder_init(&b, &out);
	must(key_decode(&key, &kinds, descending, &b, "v", NULL) == 0);
	builder_finish(&b);
	must(key.len == 0 && kinds.len == 0);
	must(value_equal(doc_get(builder_view(&b), "v"), v, NULL));
	buf_clear(&buf);
	buf_clear(&out);
	type_bits_clear(&types);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct value v = value_of_doc(view_of(data, size));
	struct buf text;

	if (bson_check(value_doc(v), NULL))
		return 0;
	must(value_compare(v, v, NULL) == 0);
	must(value_hash(v, NULL) == value_hash(v, NULL));
	buf_init(&text, NULL);
	value_format(&text, v, 2000);
	must(text.len <= 2000);
	buf_clear(&text);
	rebuild(value_doc(v));
	there_and_back(v, false);
	there_and_back(v, true);
	return 0;
}
