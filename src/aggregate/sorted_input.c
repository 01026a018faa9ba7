#include "aggregate/sorted_input.h"

#include "query/plan.h"

bool sorted_input_init(struct sorted_input *s, const struct stage_context *cx, int64_t limit,
    struct memory_account *account)
{
	struct sorter_options o = {
	    .limit = limit,
	    .memory_bytes = SORT_MEMORY_BYTES,
	    .spill_dir = cx->allow_disk_use && cx->store ? store_spill_dir(cx->store) : NULL,
	    .account = &s->memory,
	};

	memory_account_init(&s->memory, account, 0);
	buf_init(&s->key, &s->memory);
	s->sorter = sorter_new(&o);
	return s->sorter;
}

void sorted_input_clear(struct sorted_input *s)
{
	sorter_free(s->sorter);
	buf_clear(&s->key);
	memory_account_close(&s->memory);
}

static int add(struct sorted_input *s, struct exec *e, const struct row *in,
    sorted_input_put *put, struct status *st)
{
	struct sorter_row row = {.number = 0};
	int err;

	buf_reset(&s->key);
	err = put(e, in, &row, st);
	if (err)
		return err;
	if (s->key.failed)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a sort's keys");
	return sorter_add(s->sorter, buf_view(&s->key), &row, st);
}

enum step sorted_input_load(
    struct sorted_input *s, struct exec *e, struct exec_context *cx, sorted_input_put *put)
{
	struct row row;

	if (s->loaded)
		return STEP_DONE;
	if (cx->op->on_loop)
		return STEP_HANDOVER;
	for (;;) {
		enum step step = STEP_DONE;

		if (sorter_is_full(s->sorter))
			step = sorter_spill(s->sorter, cx->op, cx->status);
		if (step != STEP_DONE)
			return step;
		step = exec_next(e->child, cx, &row);
		if (step == STEP_DONE)
			break;
		if (step != STEP_ROW)
			return step;
		e->works++;
		if (add(s, e, &row, put, cx->status))
			return STEP_ERROR;
	}
	/* What the input pins is not needed any more. */
	exec_save(e->child);
	s->loaded = true;
	return sorter_rewind(s->sorter, cx->status) ? STEP_ERROR : STEP_DONE;
}
