#include "update/update_op.h"

int update_immutable_id(struct status *st)
{
	return status_set(
	    st, ERR_IMMUTABLE_FIELD, "the update would change the immutable field '_id'");
}

int update_replace(struct view old, struct view new_doc, struct arena *a,
    struct update_result *out, struct status *st)
{
	struct value id = doc_get(old, "_id"), new_id = doc_get(new_doc, "_id");
	struct doc_iter it = doc_iter(new_doc);
	struct element e;
	struct builder b;
	struct buf buf;
	int r;

	*out = (struct update_result){.doc = old};
	if (!value_is_missing(new_id) && !value_equal(id, new_id, NULL))
		return update_immutable_id(st);
	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_value(&b, "_id", id);
	while (doc_next(&it, &e))
		if (strcmp(e.name, "_id") != 0)
			builder_value_n(&b, e.name, e.name_len, e.value);
	builder_finish(&b);
	r = update_check_growth(&b, st);
	/* As MongoDB: one that says all but the _id counts as a change even so. */
	if (r == 0 && !view_equal(new_doc, old)) {
		out->changed = true;
		out->doc = arena_dup(a, builder_view(&b));
		if (!out->doc.data)
			r = update_no_memory(st);
	}
	buf_clear(&buf);
	return r;
}
