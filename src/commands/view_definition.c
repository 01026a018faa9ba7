#include "commands/view_definition.h"

#include "bson/builder.h"

/* The bytes of all stages of a view. */
#define VIEW_PIPELINE_BYTES_MAX 16000000

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
}

int view_pipeline_strip(
    struct view pipeline, struct arena *a, struct view *out, struct status *st)
{
	struct doc_iter it = doc_iter(pipeline);
	struct builder b;
	struct element e;
	struct buf buf;
	size_t bytes = 0;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_array_begin(&b, "pipeline");
	while (doc_next(&it, &e)) {
		if (e.value.type == TYPE_NULL || e.value.type == TYPE_UNDEFINED)
			continue;
		if (e.value.type != TYPE_OBJECT) {
			buf_clear(&buf);
			return status_set(st, ERR_TYPE_MISMATCH,
			    "BSON field 'pipeline.%s' is the wrong type '%s', expected "
			    "type 'object'",
			    e.name, type_name(e.value.type));
		}
		bytes += e.value.len;
		builder_value(&b, NULL, e.value);
	}
	builder_array_end(&b);
	builder_finish(&b);
	*out = view_of(NULL, 0);
	if (!builder_failed(&b))
		*out = arena_dup(a, value_doc(doc_get(builder_view(&b), "pipeline")));
	buf_clear(&buf);
	if (bytes > VIEW_PIPELINE_BYTES_MAX)
		return status_set(st, ERR_VIEW_PIPELINE_TOO_LARGE,
		    "the pipeline of a view has %d bytes at most", VIEW_PIPELINE_BYTES_MAX);
	return out->data ? 0 : no_memory(st);
}
