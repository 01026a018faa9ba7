#include "index/key_check.h"

#include "bson/key_encode.h"

/* The first interval that does not end before the bytes; n: none. */
static int find_ahead(const struct key_check_field *f, struct view bytes)
{
	int low = 0, high = f->n;

	while (low < high) {
		int middle = low + (high - low) / 2;
		struct view end = f->v[middle].upper;

		if (!end.len || view_compare(bytes, end) < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* What follows all that begin with prefix. */
static void after(struct buf *target, struct view prefix)
{
	if (prefix.len)
		(void)key_successor(target, prefix);
}

/* The field's bytes are behind prefix, and out. */
static void go_ahead(
    const struct key_check_field *f, int next, struct view prefix, struct buf *target)
{
	if (next == f->n) {
		after(target, prefix);
		return;
	}
	buf_append_view(target, prefix);
	buf_append_view(target, f->v[next].lower);
}

/* next is the interval behind them. */
static void go_back(
    const struct key_check_field *f, int next, struct view prefix, struct buf *target)
{
	buf_append_view(target, prefix);
	if (next > 0)
		buf_append_view(target, f->v[next - 1].upper);
}

bool key_check_test(const struct key_check *c, const struct index *ix, struct view key,
    bool reverse, struct buf *target)
{
	struct view rest = key;

	for (int i = 0; i <= c->last; i++) {
		const struct key_check_field *f = &c->fields[i];
		struct view prefix = view_of(key.data, key.len - rest.len), bytes = rest;
		int next;

		if (!key_skip(&rest, ix->fields[i].descending))
			return true; /* whoever takes it apart says so */
		bytes.len -= rest.len;
		if (!f->n)
			continue;
		next = find_ahead(f, bytes);
		if (next < f->n && view_compare(f->v[next].lower, bytes) <= 0)
			continue;
		buf_reset(target);
		if (reverse)
			go_back(f, next, prefix, target);
		else
			go_ahead(f, next, prefix, target);
		return false;
	}
	return true;
}
