#include "index/entry.h"

#include "storage/iter.h"

void index_entry_put(struct batch *b, const struct index *ix, const struct index_key *key,
    struct view record_key, struct buf *scratch)
{
	buf_reset(scratch);
	if (ix->layout == LAYOUT_UNIQUE) {
		buf_append_view(scratch, record_key);
		buf_append_view(scratch, key->type_bits);
		batch_put_entry(b, ix, key->key, buf_view(scratch));
	} else {
		buf_append_view(scratch, key->key);
		buf_append_view(scratch, record_key);
		batch_put_entry(b, ix, buf_view(scratch), key->type_bits);
	}
}

void index_entry_remove(struct batch *b, const struct index *ix, const struct index_key *key,
    struct view record_key, struct buf *scratch)
{
	if (ix->layout == LAYOUT_UNIQUE) {
		batch_remove_entry(b, ix, key->key);
		return;
	}
	buf_reset(scratch);
	buf_append_view(scratch, key->key);
	buf_append_view(scratch, record_key);
	batch_remove_entry(b, ix, buf_view(scratch));
}

static int not_an_entry(const struct index *ix, struct status *st)
{
	return status_set(
	    st, ERR_INTERNAL_ERROR, "index %s has an entry that cannot be read", ix->name);
}

/* Where the index key ends in a key with the record key behind it. */
static bool split_key(const struct index *ix, enum record_key_kind kind, struct view whole,
    struct view *key, struct view *record_key)
{
	struct view rest = whole;
	size_t len = record_key_size(kind);

	if (whole.len < len)
		return false;
	if (len) {
		rest = view_of(whole.data + whole.len - len, len);
	} else {
		for (int i = 0; i < ix->n_fields; i++)
			if (!key_skip(&rest, ix->fields[i].descending))
				return false;
	}
	*record_key = rest;
	*key = view_of(whole.data, whole.len - rest.len);
	return true;
}

static bool split_value(enum record_key_kind kind, struct view value, struct view *record_key,
    struct view *type_bits)
{
	struct view rest = value;
	size_t len = record_key_size(kind);

	if (value.len < len)
		return false;
	if (len) {
		rest = view_of(value.data + len, value.len - len);
	} else if (!key_skip(&rest, false)) {
		return false;
	}
	*type_bits = rest;
	*record_key = view_of(value.data, value.len - rest.len);
	return true;
}

int index_entry_split(const struct index *ix, enum record_key_kind kind, struct view key,
    struct view value, struct index_entry *out, struct status *st)
{
	bool ok;

	if (ix->layout == LAYOUT_UNIQUE) {
		out->key.key = key;
		ok = split_value(kind, value, &out->record_key, &out->key.type_bits);
	} else {
		out->key.type_bits = value;
		ok = split_key(ix, kind, key, &out->key.key, &out->record_key);
	}
	return ok ? 0 : not_an_entry(ix, st);
}

static int taken_in_unique(struct store *s, const struct collection *c, const struct index *ix,
    struct view key, struct view own, enum read_tier tier, bool *taken, struct status *st)
{
	struct view record_key, type_bits;
	struct pinned p;
	int r = entry_get(s, NULL, ix, key, tier, &p, st);

	*taken = false;
	if (r == ERR_ABSENT)
		return 0;
	if (r)
		return r;
	if (split_value(c->record_key, p.bytes, &record_key, &type_bits))
		*taken = !view_equal(record_key, own);
	else
		r = not_an_entry(ix, st);
	pinned_release(&p);
	return r;
}

/* Entries of several records may stand under the key: any but ours counts. */
static int taken_under_prefix(struct store *s, const struct collection *c,
    const struct index *ix, struct view key, struct view own, enum read_tier tier, bool *taken,
    struct status *st)
{
	struct iter_options o = {.tier = tier, .lower = key};
	struct index_entry entry;
	struct iter *it;
	struct buf upper;
	int r;

	*taken = false;
	buf_init(&upper, NULL);
	if (key_successor(&upper, key))
		o.upper = buf_view(&upper);
	it = iter_open_entries(s, ix, &o);
	buf_clear(&upper);
	if (!it)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an iterator");
	for (r = iter_first(it, st); r == 0; r = iter_next(it, st)) {
		r = index_entry_split(
		    ix, c->record_key, iter_key(it), iter_value(it), &entry, st);
		*taken = r == 0 && !view_equal(entry.record_key, own);
		if (r || *taken)
			break;
	}
	iter_close(it);
	return r == ERR_ABSENT ? 0 : r;
}

int index_key_taken(struct store *s, const struct collection *c, const struct index *ix,
    struct view key, struct view own, enum read_tier tier, bool *taken, struct status *st)
{
	if (ix->layout == LAYOUT_UNIQUE)
		return taken_in_unique(s, c, ix, key, own, tier, taken, st);
	return taken_under_prefix(s, c, ix, key, own, tier, taken, st);
}
