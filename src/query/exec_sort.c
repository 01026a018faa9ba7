#include "query/explain.h"
#include "util/sorter.h"

/* The places of a row's parts in the sorter's row. */
enum { PART_DOC, PART_RECORD_KEY, PART_INDEX_KEY, PART_TYPE_BITS, PART_META };

struct sort {
	struct exec exec;
	const struct query *query;
	const struct index *index; /* that rows come from, for returnKey */
	struct sorter *sorter;
	struct memory_account memory;
	struct buf key, packed;
	struct document_meta meta; /* of the row that has been given */
	bool loaded;
	int64_t limit, bytes;
};

static bool wants_index_key(const struct query *q)
{
	return q->spec.return_key || q->metas >> META_INDEX_KEY & 1;
}

static bool wants_sort_key(const struct query *q)
{
	return q->metas >> META_SORT_KEY & 1;
}

/* What is known beside the document, and what it is sorted by where a stage behind asks. */
static struct view pack_meta(struct sort *s, const struct row *in)
{
	static const struct document_meta nothing;
	struct document_meta known = in->meta ? *in->meta : nothing;
	struct builder b;

	buf_reset(&s->packed);
	builder_init(&b, &s->packed);
	if (wants_sort_key(s->query))
		known.values[META_SORT_KEY] = value_missing;
	meta_put(&known, &b);
	if (wants_sort_key(s->query)) {
		const char name[] = {'0' + META_SORT_KEY, 0};

		builder_array_begin(&b, name);
		sort_key_values(s->query->sort, in->doc, in->meta, &b);
		builder_array_end(&b);
	}
	builder_finish(&b);
	return builder_view(&b);
}

static int add(struct sort *s, const struct row *in, struct status *st)
{
	struct sorter_row row = {
	    .parts = {[PART_DOC] = in->doc, [PART_RECORD_KEY] = in->record_key},
	    .number = in->array_index,
	};

	if (in->index && wants_index_key(s->query)) {
		s->index = in->index;
		row.parts[PART_INDEX_KEY] = in->index_key;
		row.parts[PART_TYPE_BITS] = in->type_bits;
	}
	if (in->meta || wants_sort_key(s->query))
		row.parts[PART_META] = pack_meta(s, in);
	s->bytes += (int64_t)in->doc.len;
	buf_reset(&s->key);
	sort_key(s->query->sort, in->doc, in->meta, &s->key);
	if (s->key.failed || s->packed.failed)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a sort's keys");
	return sorter_add(s->sorter, buf_view(&s->key), &row, st);
}

static enum step load(struct sort *s, struct exec_context *cx)
{
	struct row row;

	for (;;) {
		enum step step = STEP_DONE;

		if (sorter_is_full(s->sorter))
			step = sorter_spill(s->sorter, cx->op, cx->status);
		if (step != STEP_DONE)
			return step;
		step = exec_next(s->exec.child, cx, &row);
		if (step == STEP_DONE)
			break;
		if (step != STEP_ROW)
			return step;
		s->exec.works++;
		if (add(s, &row, cx->status))
			return STEP_ERROR;
	}
	/* What the input pins is not needed any more. */
	exec_save(s->exec.child);
	s->loaded = true;
	return sorter_rewind(s->sorter, cx->status) ? STEP_ERROR : STEP_DONE;
}

static enum step sort_next(struct exec *e, struct exec_context *cx, struct row *out)
{
	struct sort *s = (struct sort *)e;
	struct sorter_row row;
	enum step step;

	if (e->done)
		return STEP_DONE;
	if (cx->op->on_loop)
		return STEP_HANDOVER;
	step = s->loaded ? STEP_DONE : load(s, cx);
	if (step == STEP_DONE)
		step = sorter_next(s->sorter, &row, cx->status);
	e->done = step == STEP_DONE;
	if (step != STEP_ROW)
		return step;
	if (op_check(cx->op, cx->status))
		return STEP_ERROR;
	e->advanced++;
	*out = (struct row){
	    .doc = row.parts[PART_DOC],
	    .record_key = row.parts[PART_RECORD_KEY],
	    .array_index = row.number,
	    .index = s->index,
	    .index_key = row.parts[PART_INDEX_KEY],
	    .type_bits = row.parts[PART_TYPE_BITS],
	};
	if (row.parts[PART_META].len) {
		meta_take(&s->meta, row.parts[PART_META]);
		out->meta = &s->meta;
	}
	return STEP_ROW;
}

static void sort_close(struct exec *e)
{
	struct sort *s = (struct sort *)e;

	sorter_free(s->sorter);
	buf_clear(&s->key);
	buf_clear(&s->packed);
	memory_account_close(&s->memory);
}

static void sort_explain(const struct exec *e, struct explain_output *x)
{
	const struct sort *s = (const struct sort *)e;
	struct sorter_stats stats;

	explain_node(x, e, e->ops->name, NULL);
	builder_doc(x->b, "sortPattern", s->query->sort_pattern);
	builder_int(x->b, "memLimit", SORT_MEMORY_BYTES);
	if (s->limit)
		builder_int(x->b, "limitAmount", s->limit);
	/* With what belongs to a row besides its document. */
	builder_str(x->b, "type", "default");
	if (!x->stats)
		return;
	sorter_stats(s->sorter, &stats);
	builder_int(x->b, "totalDataSizeSorted", s->bytes);
	builder_bool(x->b, "usedDisk", stats.spills > 0);
	builder_int(x->b, "spills", stats.spills);
	builder_int(x->b, "spilledRecords", stats.spilled_rows);
	builder_int(x->b, "spilledBytes", stats.spilled_bytes);
	builder_int(x->b, "peakTrackedMemBytes", stats.peak_bytes);
}

static const struct exec_ops sort_ops = {
    .name = "SORT",
    .next = sort_next,
    .close = sort_close,
    .explain = sort_explain,
};

struct exec *exec_sort_new(const struct plan *p, struct exec *child, int64_t limit,
    struct arena *a, struct memory_account *account)
{
	struct sort *s = arena_new(a, struct sort);
	struct sorter_options o = {
	    .limit = limit,
	    .memory_bytes = SORT_MEMORY_BYTES,
	    .spill_dir = p->query->spec.allow_disk_use ? store_spill_dir(p->store) : NULL,
	};

	if (!s || !child)
		return NULL;
	s->exec.ops = &sort_ops;
	s->exec.child = child;
	s->query = p->query;
	s->limit = limit;
	memory_account_init(&s->memory, account, 0);
	o.account = &s->memory;
	buf_init(&s->key, &s->memory);
	buf_init(&s->packed, &s->memory);
	s->sorter = sorter_new(&o);
	return s->sorter ? &s->exec : NULL;
}
