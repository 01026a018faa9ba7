/*
 * Updates: the input is {u: update, f: array filters, q: filter} and a document,
 * one behind the other.  The update is applied to the document and used for
 * an upsert.
 */
#include <stdlib.h>

#include "bson/validate.h"
#include "fuzz/bounded.h"
#include "update/update.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What comes out is BSON, the delta too, and what is other than before has changed (a
 * replacement without the _id counts as a change even when it is not). */
static void try_update(const struct update *u, struct view doc, struct arena *a)
{
	struct update_result r;

	if (update_apply(u, doc, 0, a, &r, NULL) != 0)
		return;
	if (bson_check(r.doc, NULL) != 0)
		abort();
	if (r.changed && r.delta.len && bson_check(r.delta, NULL) != 0)
		abort();
	if (!r.changed && !view_equal(r.doc, doc))
		abort();
}

static void try_upsert(const struct update *u, struct value q, struct arena *a)
{
	struct filter *f;
	struct view doc;

	if (q.type == TYPE_OBJECT && filter_parse(value_doc(q), NULL, a, &f, NULL) == 0 &&
	    update_upsert(u, f, a, &doc, NULL) == 0 && bson_check(doc, NULL) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view spec = {data, size}, doc;
	struct update_options o = {0};
	struct value filters;
	struct update *u;
	struct arena a;
	struct op op;
	size_t n;

	if (bson_frame(spec, &n, NULL) != 0)
		return 0;
	spec = view_of(data, n);
	doc = view_of(data + n, size - n);
	if (bson_check(spec, NULL) != 0 || bson_check(doc, NULL) != 0)
		return 0;
	filters = doc_get(spec, "f");
	if (filters.type == TYPE_ARRAY)
		o.array_filters = value_doc(filters);
	bounded_begin(&op, &a);
	if (update_parse(doc_get(spec, "u"), &o, &a, &u, NULL) == 0) {
		try_update(u, doc, &a);
		try_upsert(u, doc_get(spec, "q"), &a);
	}
	bounded_end(&op, &a);
	return 0;
}
