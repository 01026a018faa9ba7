#include "query/walk.h"

/* So many keys are passed over one by one before the iterator seeks: that costs as much. */
#define STEPS_MOST 8

const struct key_range walk_everything;

void walk_init(struct walk *w, struct collection *c, const struct index *ix,
    const struct key_range *ranges, int n, bool reverse, struct memory_account *account)
{
	*w = (struct walk){
	    .collection = collection_ref(c),
	    .index = ix,
	    .ranges = ranges,
	    .n = n,
	    .reverse = reverse,
	};
	buf_init(&w->position, account);
	buf_init(&w->target, account);
}

void walk_clear(struct walk *w)
{
	walk_save(w);
	buf_clear(&w->position);
	buf_clear(&w->target);
	collection_unref(w->collection);
}

void walk_save(struct walk *w)
{
	if (w->it)
		iter_close(w->it);
	w->it = NULL;
	w->standing = false;
}

void walk_rewind(struct walk *w, struct view position)
{
	walk_save(w);
	w->at = 0;
	buf_reset(&w->position);
	buf_append_view(&w->position, position);
	buf_reset(&w->target);
}

void walk_restore(struct walk *w, struct collection *c, const struct index *ix)
{
	assert(!w->it);
	collection_ref(c);
	collection_unref(w->collection);
	w->collection = c;
	w->index = ix;
}

void walk_skip(struct walk *w, struct view target)
{
	if (!target.len)
		w->at = w->n;
	buf_reset(&w->target);
	buf_append_view(&w->target, target);
}

static const struct key_range *range(const struct walk *w)
{
	return &w->ranges[w->reverse ? w->n - 1 - w->at : w->at];
}

/* The oldest records of a capped collection stand behind the tombstones of all
 * that were there before. */
static struct view oldest(const struct walk *w, uint8_t key[static 8])
{
	int64_t first = w->index ? 0 : atomic_load(&w->collection->live->capped_first);
	uint64_t be = htobe64((uint64_t)first);

	memcpy(key, &be, 8);
	return view_of(key, first ? 8 : 0);
}

static int open_iter(struct walk *w, struct exec_context *cx)
{
	uint8_t key[8];
	struct iter_options o = {
	    .snap = cx->snap,
	    .tier = read_tier_of(cx->op),
	    .reverse = w->reverse,
	    .lower = w->ranges[0].lower,
	    .upper = w->ranges[w->n - 1].upper,
	};

	if (!o.lower.len)
		o.lower = oldest(w, key);
	/* What has been passed need not be looked at again. */
	if (w->position.len) {
		if (w->reverse)
			o.upper = buf_view(&w->position);
		else
			o.lower = buf_view(&w->position);
	}
	w->it = w->index ? iter_open_entries(cx->store, w->index, &o)
			 : iter_open_records(cx->store, w->collection, &o);
	if (!w->it)
		return status_set(
		    cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an iterator");
	return 0;
}

/* To the first key of the range in the walk's direction. */
static int seek_range(struct walk *w, struct status *st)
{
	const struct key_range *r = range(w);
	int err;

	w->seeks++;
	if (!w->reverse)
		return r->lower.len ? iter_seek(w->it, r->lower, st) : iter_first(w->it, st);
	if (!r->upper.len)
		return iter_first(w->it, st);
	err = iter_seek(w->it, r->upper, st);
	/* At or before: the bound itself is outside. */
	if (!err && view_equal(iter_key(w->it), r->upper))
		err = iter_next(w->it, st);
	return err;
}

/* Behind the position, in the range it was in. */
static int seek_position(struct walk *w, struct status *st)
{
	int err = iter_first(w->it, st);

	w->seeks++;
	/* The bounds begin there. */
	if (!err && view_equal(iter_key(w->it), buf_view(&w->position)))
		err = iter_next(w->it, st);
	return err;
}

/* Is the key where the walk has been told not to go? */
static bool is_short_of(const struct walk *w, struct view key)
{
	int c = view_compare(key, buf_view(&w->target));

	return w->reverse ? c >= 0 : c < 0;
}

/* To the target: mostly it is near. */
static int go_to_target(struct walk *w, struct status *st)
{
	int err = iter_next(w->it, st);

	for (int i = 0; !err && i < STEPS_MOST; i++) {
		if (!is_short_of(w, iter_key(w->it)))
			return 0;
		err = iter_next(w->it, st);
	}
	if (err || !is_short_of(w, iter_key(w->it)))
		return err;
	w->seeks++;
	err = iter_seek(w->it, buf_view(&w->target), st);
	if (!err && w->reverse && view_equal(iter_key(w->it), buf_view(&w->target)))
		err = iter_next(w->it, st);
	return err;
}

static bool is_behind(const struct walk *w, const struct key_range *r, struct view key)
{
	if (w->reverse)
		return view_compare(key, r->lower) < 0;
	return r->upper.len && view_compare(key, r->upper) >= 0;
}

static bool is_before(const struct walk *w, const struct key_range *r, struct view key)
{
	if (w->reverse)
		return r->upper.len && view_compare(key, r->upper) >= 0;
	return view_compare(key, r->lower) < 0;
}

/* It stands on a key: is that in a range, or which one is next? */
static int settle(struct walk *w, struct status *st)
{
	for (;;) {
		struct view key = iter_key(w->it);
		int err;

		while (is_behind(w, range(w), key))
			if (++w->at == w->n)
				return ERR_ABSENT;
		if (!is_before(w, range(w), key))
			return 0;
		err = seek_range(w, st);
		if (err)
			return err;
	}
}

static int advance(struct walk *w, struct exec_context *cx)
{
	int err;

	if (w->standing) {
		err =
		    w->target.len ? go_to_target(w, cx->status) : iter_next(w->it, cx->status);
	} else {
		err = w->it ? 0 : open_iter(w, cx);
		if (!err)
			err = w->position.len ? seek_position(w, cx->status)
					      : seek_range(w, cx->status);
		if (!err && w->target.len && is_short_of(w, iter_key(w->it)))
			err = go_to_target(w, cx->status);
	}
	w->standing = false;
	if (err)
		return err; /* where to go on is kept: it may be asked again */
	buf_reset(&w->target);
	return settle(w, cx->status);
}

enum step walk_next(struct walk *w, struct exec_context *cx)
{
	int err = w->at < w->n ? advance(w, cx) : ERR_ABSENT;

	switch (err) {
	case 0:
		break;
	case ERR_ABSENT:
		walk_save(w);
		return STEP_DONE;
	case ERR_WOULD_BLOCK:
		walk_save(w);
		return STEP_HANDOVER;
	default:
		return STEP_ERROR;
	}
	buf_reset(&w->position);
	buf_append_view(&w->position, iter_key(w->it));
	if (w->position.failed) {
		status_set(
		    cx->status, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a scan's position");
		return STEP_ERROR;
	}
	w->standing = true;
	return STEP_ROW;
}
