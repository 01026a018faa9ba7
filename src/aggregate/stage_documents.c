/*
 * $documents: the documents that its specification says.
 */
#include "aggregate/stage.h"
#include "query/exec_documents.h"

#define ERR_DOCUMENTS_NOT_ARRAY	 5858202
#define ERR_DOCUMENTS_NOT_OBJECT 5858203

static int documents_parse(
    struct stage *s, struct value v, const struct stage_context *cx, struct status *st)
{
	struct expression_options o = {.collator = cx->collator, .let = cx->let};
	struct value *list = arena_new(cx->arena, struct value);
	struct expression *e;
	struct doc_iter it;
	struct element x;
	int err;

	if (!list)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for $documents");
	err = expression_parse(v, &o, cx->arena, &e, st);
	if (!err)
		err = expression_eval(e, doc_empty, cx->let, cx->arena, list, st);
	if (err)
		return err;
	if (list->type != TYPE_ARRAY)
		return status_set(st, ERR_DOCUMENTS_NOT_ARRAY,
		    "$documents takes an array of objects, not %s", type_name(list->type));
	it = doc_iter(value_doc(*list));
	while (doc_next(&it, &x))
		if (x.value.type != TYPE_OBJECT)
			return status_set(st, ERR_DOCUMENTS_NOT_OBJECT,
			    "each element of $documents' array is an object, not %s",
			    type_name(x.value.type));
	s->data = list;
	return 0;
}

static struct exec *documents_make(
    const struct stage *s, struct exec *input, struct arena *a, struct memory_account *account)
{
	const struct value *list = s->data;
	struct documents *d = documents_new(a, account);
	struct doc_iter it = doc_iter(value_doc(*list));
	struct element e;

	while (d && doc_next(&it, &e)) {
		builder_elements(documents_begin(d), value_doc(e.value));
		documents_end(d);
	}
	return d ? documents_exec(d) : NULL;
}

const struct stage_type stage_documents = {
    .name = "$documents",
    .flags = STAGE_FIRST | STAGE_SOURCE,
    .help = "The documents that it lists.",
    .parse = documents_parse,
    .make = documents_make,
};
