#include "storage/record.h"

#include <stdlib.h>

#include "storage/engine.h"
#include "util/arena.h"

void pinned_release(struct pinned *p)
{
	if (p->pin)
		door_pin_free(p->pin);
	record_cache_release(p->cached);
	*p = (struct pinned){.pin = NULL};
}

struct get {
	struct family *family;
	uint32_t prefix[2];
	int n_prefix;
	struct view key;
	const struct snapshot *snap;
	enum read_tier tier;
	bool cached; /* through the cache of records */
};

static int get_whole_key(struct store *s, const struct get *g, struct view key,
    struct pinned *out, struct status *st)
{
	struct door_status d;

	*out = (struct pinned){.pin = NULL};
	door_get(s->db, g->family->handle, g->snap ? snapshot_handle(g->snap) : NULL,
	    g->tier == READ_CACHED, key.data, key.len, &out->pin, &out->bytes.data,
	    &out->bytes.len, &d);
	switch (d.code) {
	case DOOR_OK:
		return 0;
	case DOOR_ABSENT:
		return ERR_ABSENT;
	case DOOR_INCOMPLETE:
		return ERR_WOULD_BLOCK;
	default:
		return status_of_door(st, &d, "reading failed");
	}
}

/* The newest state of a document: from the cache, or through it. */
static int get_record(struct store *s, const struct get *g, struct view key, uint64_t hash,
    struct pinned *out, struct status *st)
{
	uint64_t ticket;
	int r;

	*out = (struct pinned){.pin = NULL};
	out->cached = record_cache_find(s->records, key, hash, &out->bytes);
	if (out->cached)
		return 0;
	ticket = record_cache_begin_read(s->records, hash);
	r = get_whole_key(s, g, key, out, st);
	if (!r)
		record_cache_end_read(s->records, key, hash, out->bytes, ticket);
	return r;
}

static int whole_key_make(struct whole_key *w, const uint32_t *prefix, int n_prefix,
    struct view key, struct status *st)
{
	size_t prefix_len = 4 * (size_t)n_prefix;

	w->len = prefix_len + key.len;
	w->bytes = w->len > sizeof(w->room) ? malloc(w->len) : w->room;
	if (!w->bytes)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a key");
	for (int i = 0; i < n_prefix; i++) {
		uint32_t be = htobe32(prefix[i]);

		memcpy(w->bytes + 4 * i, &be, 4);
	}
	if (key.len)
		memcpy(w->bytes + prefix_len, key.data, key.len);
	return 0;
}

static void whole_key_clear(struct whole_key *w)
{
	if (w->bytes != w->room)
		free(w->bytes);
}

static int get(struct store *s, const struct get *g, struct pinned *out, struct status *st)
{
	struct whole_key key;
	struct view bytes;
	int r = whole_key_make(&key, g->prefix, g->n_prefix, g->key, st);

	if (r)
		return r;
	bytes = view_of(key.bytes, key.len);
	if (g->cached)
		r = get_record(s, g, bytes, record_cache_hash(bytes), out, st);
	else
		r = get_whole_key(s, g, bytes, out, st);
	whole_key_clear(&key);
	return r;
}

/* What a dropped collection had may still be there. */
static bool is_kept(const struct collection *c)
{
	return !atomic_load_explicit(&c->live->dropped, memory_order_acquire);
}

int record_get(struct store *s, const struct snapshot *snap, const struct collection *c,
    struct view record_key, enum read_tier tier, struct pinned *out, struct status *st)
{
	const struct get g = {.family = s->families.documents,
	    .prefix = {c->namespace_id, c->table_id},
	    .n_prefix = 2,
	    .key = record_key,
	    .snap = snap,
	    .tier = tier,
	    .cached = !snap && is_kept(c)};

	return get(s, &g, out, st);
}

int record_read_begin(struct record_read *r, struct store *s, const struct collection *c,
    struct view record_key, struct status *st)
{
	const uint32_t prefix[] = {c->namespace_id, c->table_id};

	if (whole_key_make(&r->key, prefix, 2, record_key, st))
		return st->code;
	r->collection = c;
	r->hash = record_cache_hash(view_of(r->key.bytes, r->key.len));
	record_cache_prefetch(s->records, r->hash);
	return 0;
}

int record_read_end(struct record_read *r, struct store *s, enum read_tier tier,
    struct pinned *out, struct status *st)
{
	const struct get g = {.family = s->families.documents, .tier = tier};
	struct view key = view_of(r->key.bytes, r->key.len);
	int err = is_kept(r->collection) ? get_record(s, &g, key, r->hash, out, st)
					 : get_whole_key(s, &g, key, out, st);

	whole_key_clear(&r->key);
	return err;
}

int entry_get(struct store *s, const struct snapshot *snap, const struct index *ix,
    struct view key, enum read_tier tier, struct pinned *out, struct status *st)
{
	const struct get g = {.family = ix->family,
	    .prefix = {ix->id},
	    .n_prefix = 1,
	    .key = key,
	    .snap = snap,
	    .tier = tier};

	return get(s, &g, out, st);
}

int row_get(struct store *s, int table, struct view row_key, enum read_tier tier,
    struct arena *a, struct view *out, struct status *st)
{
	const struct get g = {.family = s->families.system,
	    .prefix = {SYSTEM_PREFIX, (uint32_t)table},
	    .n_prefix = 2,
	    .key = row_key,
	    .tier = tier};
	struct pinned p;
	int r = get(s, &g, &p, st);

	if (r)
		return r;
	*out = arena_dup(a, p.bytes);
	if (!out->data)
		r = status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a system row");
	pinned_release(&p);
	return r;
}
