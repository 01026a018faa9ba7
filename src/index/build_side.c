/*
 * index/build_side.c - what was written while the index was being built: the rows of
 * the side tables, carried out in their order; and the doubles of unique indexes.
 */
#include "index/build_parts.h"
#include "index/entry.h"
#include "storage/side.h"

/* More than this at once would keep the commit lock from writers for long. */
#define GROUP_ROWS  500
#define GROUP_BYTES (256 * 1024)
/* So much of keys that may be double: with more there is no hope. */
#define SUSPECTS_BYTES (1024 * 1024)

static const char draining[] = "Index Build: draining writes received during build";

/* --------------------------------------------------------------- doubles */

static void append_key(struct buf *b, struct view key)
{
	uint32_t len = (uint32_t)key.len;

	buf_append(b, &len, sizeof(len));
	buf_append_view(b, key);
}

/* False at the end. */
static bool next_key(const struct buf *b, size_t *at, struct view *key)
{
	uint32_t len;

	if (*at >= b->len)
		return false;
	memcpy(&len, b->data + *at, sizeof(len));
	*key = view_of(b->data + *at + sizeof(len), len);
	*at += sizeof(len) + len;
	return true;
}

int fill_suspect(struct index_fill *f, const struct collection *c, struct fill_index *fi,
    const struct index_key *key, struct status *st)
{
	if (fi->suspects.len > SUSPECTS_BYTES)
		return index_duplicate_error(c, fi->ix, key, st);
	append_key(&fi->suspects, key->key);
	return fi->suspects.failed ? fill_no_memory(st) : 0;
}

/*
 * Calls found with the second entry of the index that has this key, if there is one.
 */
static int look_for_second(struct index_fill *f, const struct collection *c,
    struct fill_index *fi, struct view key,
    int (*found)(struct index_fill *f, const struct collection *c, struct fill_index *fi,
	const struct index_key *key, struct status *st),
    struct status *st)
{
	struct iter_options o = {.tier = READ_ANY, .lower = key};
	struct index_entry e;
	struct iter *it;
	struct buf upper;
	int r;

	buf_init(&upper, NULL);
	if (key_successor(&upper, key))
		o.upper = buf_view(&upper);
	it = iter_open_entries(f->store, fi->ix, &o);
	buf_clear(&upper);
	if (!it)
		return fill_no_memory(st);
	r = iter_first(it, st);
	if (!r)
		r = iter_next(it, st);
	if (!r)
		r = index_entry_split(
		    fi->ix, c->record_key, iter_key(it), iter_value(it), &e, st);
	if (!r)
		r = found(f, c, fi, &e.key, st);
	iter_close(it);
	return r == ERR_ABSENT ? 0 : r;
}

static int is_double(struct index_fill *f, const struct collection *c, struct fill_index *fi,
    const struct index_key *key, struct status *st)
{
	return index_duplicate_error(c, fi->ix, key, st);
}

static int check_suspects(struct index_fill *f, const struct collection *c,
    struct fill_index *fi, struct op *op, struct status *st)
{
	struct view key;
	int r = 0;

	while (!r && next_key(&fi->suspects, &f->suspect_at, &key)) {
		r = fill_check(f, op, st);
		if (!r)
			r = look_for_second(f, c, fi, key, is_double, st);
		if (op_slice_over(op))
			break;
	}
	return r;
}

enum step fill_check_unique(
    struct index_fill *f, struct collection *c, struct op *op, struct status *st)
{
	while (f->at < f->n) {
		struct fill_index *fi = &f->indexes[f->at];

		if (check_suspects(f, c, fi, op, st))
			return STEP_ERROR;
		if (f->suspect_at < fi->suspects.len)
			return STEP_HANDOVER;
		f->suspect_at = 0;
		f->at++;
	}
	return STEP_DONE;
}

/* The keys that the last batch has put: is one of them there twice now? */
static int check_fresh(
    struct index_fill *f, const struct collection *c, struct fill_index *fi, struct status *st)
{
	struct view key;
	size_t at = 0;
	int r = 0;

	while (!r && next_key(&fi->fresh, &at, &key))
		r = look_for_second(f, c, fi, key, fill_suspect, st);
	buf_reset(&fi->fresh);
	return r;
}

/* -------------------------------------------------------------- draining */

static int damaged(const struct fill_index *fi, struct status *st)
{
	return status_set(st, ERR_INTERNAL_ERROR,
	    "the side table of index %s has a row that cannot be read", fi->ix->name);
}

static int note_fresh(const struct collection *c, struct fill_index *fi,
    const struct side_change *change, struct status *st)
{
	struct index_entry e;
	int r;

	if (!fi->ix->unique || !change->put)
		return 0;
	r = index_entry_split(fi->ix, c->record_key, change->key, change->value, &e, st);
	if (r)
		return r;
	append_key(&fi->fresh, e.key.key);
	return fi->fresh.failed ? fill_no_memory(st) : 0;
}

static int put_row(
    struct index_fill *f, const struct collection *c, struct fill_index *fi, struct status *st)
{
	struct side_change change;

	if (!side_change_parse(iter_value(f->it), &change))
		return damaged(fi, st);
	if (change.put)
		batch_build_put(f->batch, fi->ix, change.key, change.value);
	else
		batch_build_remove(f->batch, fi->ix, change.key);
	f->changes++;
	return note_fresh(c, fi, &change, st);
}

/* To the row behind the last that went in.  ERR_ABSENT: there is none yet. */
static int advance(struct index_fill *f, struct fill_index *fi, struct status *st)
{
	struct iter_options o = {
	    .tier = READ_ANY, .once = true, .lower = buf_view(&fi->side_at)};
	int r;

	if (f->it)
		return iter_next(f->it, st);
	f->it = iter_open_side(f->store, fi->ix, &o);
	if (!f->it)
		return fill_no_memory(st);
	r = iter_first(f->it, st);
	if (!r && fi->side_at.len && view_equal(iter_key(f->it), buf_view(&fi->side_at)))
		r = iter_next(f->it, st);
	return r;
}

/* A group of rows into the batch; ERR_ABSENT: and there were no more. */
static int fill_group(struct index_fill *f, const struct collection *c, struct fill_index *fi,
    struct op *op, struct status *st)
{
	int r = fill_new_batch(f, st);

	for (int n = 0; !r && n < GROUP_ROWS && batch_bytes(f->batch) < GROUP_BYTES; n++) {
		r = fill_check(f, op, st);
		if (!r)
			r = advance(f, fi, st);
		if (r)
			break;
		buf_reset(&fi->side_at);
		buf_append_view(&fi->side_at, iter_key(f->it));
		r = fi->side_at.failed ? fill_no_memory(st) : put_row(f, c, fi, st);
	}
	fill_close_iter(f);
	return r;
}

/* The next group, or the next index when this one has no more rows. */
static int next_group(
    struct index_fill *f, const struct collection *c, struct op *op, struct status *st)
{
	int r = fill_group(f, c, &f->indexes[f->at], op, st);

	if (r && r != ERR_ABSENT)
		return r;
	if (batch_is_empty(f->batch)) {
		f->at++;
		return 0;
	}
	fill_commit_begin(f);
	f->phase = FILL_SIDE_COMMIT;
	return 0;
}

static enum step commit_group(
    struct index_fill *f, const struct collection *c, struct op *op, struct status *st)
{
	enum step step = fill_commit(f, op, st);

	if (step != STEP_DONE)
		return step;
	f->phase = FILL_SIDE;
	atomic_store(&op->progress.done, f->changes);
	atomic_store(&op->progress.total, f->changes);
	if (check_fresh(f, c, &f->indexes[f->at], st))
		return STEP_ERROR;
	return op_slice_over(op) ? STEP_HANDOVER : STEP_DONE;
}

/* All side tables to where they end now. */
static enum step one_round(
    struct index_fill *f, const struct collection *c, struct op *op, struct status *st)
{
	while (f->at < f->n) {
		enum step step = STEP_DONE;

		if (f->phase == FILL_SIDE_COMMIT)
			step = commit_group(f, c, op, st);
		else if (next_group(f, c, op, st))
			step = STEP_ERROR;
		if (step != STEP_DONE)
			return step;
	}
	f->at = 0;
	return STEP_DONE;
}

enum step fill_side(
    struct index_fill *f, struct collection *c, int64_t few, struct op *op, struct status *st)
{
	op_set_progress(op, draining, f->changes);
	for (;;) {
		enum step step = one_round(f, c, op, st);
		int64_t found = f->changes - f->at_round;

		fill_log(f, op);
		if (step != STEP_DONE)
			return step;
		f->at_round = f->changes;
		if (found < few)
			return STEP_DONE;
	}
}
