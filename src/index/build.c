#include "index/build.h"

#include "index/entry.h"

#define GROUP_DOCS  500
#define GROUP_BYTES (1024 * 1024)
#define LOOK_EVERY  64

enum { FILLING, COMMITTING, VERIFYING };

void index_fill_init(struct index_fill *f, struct store *s, struct memory_account *memory)
{
	*f = (struct index_fill){.store = s, .memory = memory};
	buf_init(&f->position, memory);
	buf_init(&f->previous, memory);
	buf_init(&f->scratch, memory);
	arena_init(&f->arena, memory);
	keygen_init(&f->keygen, memory);
}

static void close_iter(struct index_fill *f)
{
	if (f->it)
		iter_close(f->it);
	f->it = NULL;
}

void index_fill_clear(struct index_fill *f)
{
	close_iter(f);
	if (f->batch)
		batch_free(f->batch);
	keygen_clear(&f->keygen);
	arena_clear(&f->arena);
	buf_clear(&f->scratch);
	buf_clear(&f->previous);
	buf_clear(&f->position);
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an index build");
}

/* Behind the position; ix NULL: in the records.  ERR_ABSENT at the end. */
static int advance(
    struct index_fill *f, struct collection *c, const struct index *ix, struct status *st)
{
	struct iter_options o = {.tier = READ_ANY, .lower = buf_view(&f->position)};
	int r;

	if (f->it) {
		r = iter_next(f->it, st);
	} else {
		f->it = ix ? iter_open_entries(f->store, ix, &o)
			   : iter_open_records(f->store, c, &o);
		if (!f->it)
			return no_memory(st);
		r = iter_first(f->it, st);
		if (!r && view_equal(iter_key(f->it), buf_view(&f->position)))
			r = iter_next(f->it, st);
	}
	if (r)
		return r;
	buf_reset(&f->position);
	buf_append_view(&f->position, iter_key(f->it));
	return f->position.failed ? no_memory(st) : 0;
}

/* --------------------------------------------------------------- filling */

/* The index is not known to anybody yet: its bits are written with its row. */
static int put_keys(struct index_fill *f, struct index *ix, struct status *st)
{
	struct index_keys keys;
	int r = index_keys_make(&f->keygen, ix, iter_value(f->it), &f->arena, &keys, st);

	if (r)
		return r;
	atomic_fetch_or(&ix->multikey, keys.multikey);
	for (int k = 0; k < keys.n; k++)
		index_entry_put(f->batch, ix, &keys.keys[k], iter_key(f->it), &f->scratch);
	f->entries += keys.n;
	return 0;
}

/* Documents into the batch until it is a group; ERR_ABSENT: there are no more. */
static int fill_group(struct index_fill *f, struct collection *c, struct index **indexes, int n,
    struct op *op, struct status *st)
{
	for (int docs = 0; docs < GROUP_DOCS && batch_bytes(f->batch) < GROUP_BYTES; docs++) {
		int r = op_check(op, st);

		if (!r)
			r = advance(f, c, NULL, st);
		if (r)
			return r;
		arena_reset(&f->arena);
		for (int i = 0; i < n && !r; i++)
			r = put_keys(f, indexes[i], st);
		if (r)
			return r;
		f->documents_done++;
	}
	return 0;
}

static enum step fill(struct index_fill *f, struct collection *c, struct index **indexes, int n,
    struct op *op, struct status *st)
{
	int r;

	if (!f->batch) {
		f->batch = batch_new(f->store, f->memory);
		f->documents_total = atomic_load(&c->live->documents);
	}
	if (!f->batch)
		return no_memory(st) ? STEP_ERROR : STEP_DONE;
	batch_reset(f->batch);
	r = fill_group(f, c, indexes, n, op, st);
	if (r && r != ERR_ABSENT)
		return STEP_ERROR;
	if (r == ERR_ABSENT && batch_is_empty(f->batch)) {
		close_iter(f);
		buf_reset(&f->position);
		f->phase = VERIFYING;
		return STEP_DONE;
	}
	commit_init(&f->commit, f->batch);
	f->phase = COMMITTING;
	return STEP_DONE;
}

static enum step commit(struct index_fill *f, struct op *op, struct status *st)
{
	enum step step;

	close_iter(f); /* it may have to wait */
	step = commit_run(f->store, &f->commit, op, st);
	if (step != STEP_DONE)
		return step;
	f->phase = FILLING;
	return op_slice_over(op) ? STEP_HANDOVER : STEP_DONE;
}

/* ------------------------------------------------------------- verifying */

/* Entries with the same key stand side by side. */
static int compare_with_previous(
    struct index_fill *f, struct collection *c, struct index *ix, struct status *st)
{
	struct index_entry e;
	int r =
	    index_entry_split(ix, c->record_key, iter_key(f->it), iter_value(f->it), &e, st);

	if (r)
		return r;
	if (f->previous.len && view_equal(buf_view(&f->previous), e.key.key))
		return index_duplicate_error(c, ix, &e.key, st);
	buf_reset(&f->previous);
	buf_append_view(&f->previous, e.key.key);
	return f->previous.failed ? no_memory(st) : 0;
}

/* DONE: this index has no doubles. */
static enum step verify(struct index_fill *f, struct collection *c, struct index *ix,
    struct op *op, struct status *st)
{
	int r = 0;

	for (int n = 1; !r && ix->unique; n++) {
		r = op_check(op, st);
		if (!r)
			r = advance(f, c, ix, st);
		if (!r)
			r = compare_with_previous(f, c, ix, st);
		if (!r && n % LOOK_EVERY == 0 && op_slice_over(op)) {
			close_iter(f);
			return STEP_HANDOVER;
		}
	}
	close_iter(f);
	buf_reset(&f->position);
	buf_reset(&f->previous);
	return r && r != ERR_ABSENT ? STEP_ERROR : STEP_DONE;
}

enum step index_fill_run(struct index_build *b, struct collection *c, struct index **indexes,
    struct op *op, struct status *st)
{
	struct index_fill *f = b->arg;
	enum step step;

	if (op->on_loop)
		return STEP_HANDOVER;
	while (f->phase != VERIFYING) {
		step = f->phase == COMMITTING ? commit(f, op, st)
					      : fill(f, c, indexes, b->n_indexes, op, st);
		if (step != STEP_DONE)
			return step;
	}
	while (f->verifying < b->n_indexes) {
		step = verify(f, c, indexes[f->verifying], op, st);
		if (step != STEP_DONE)
			return step;
		f->verifying++;
	}
	return STEP_DONE;
}
