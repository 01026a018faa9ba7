#include "query/keyset.h"

#include "util/hash.h"

#define FIRST_SLOTS 64

struct keyset_slot {
	uint64_t hash;
	size_t at; /* of the key in bytes, + 1; 0: free */
};

void keyset_init(struct keyset *s, struct memory_account *account)
{
	buf_init(&s->bytes, account);
	buf_init(&s->slots, account);
	s->n = 0;
}

void keyset_clear(struct keyset *s)
{
	buf_clear(&s->bytes);
	buf_clear(&s->slots);
	s->n = 0;
}

static size_t n_slots(const struct keyset *s)
{
	return s->slots.len / sizeof(struct keyset_slot);
}

static struct view key_at(const struct keyset *s, size_t at)
{
	uint32_t len;

	memcpy(&len, s->bytes.data + at, sizeof(len));
	return view_of(s->bytes.data + at + sizeof(len), len);
}

/* Where the key is, or where it would go. */
static struct keyset_slot *find(const struct keyset *s, uint64_t hash, struct view key)
{
	struct keyset_slot *slots = (struct keyset_slot *)s->slots.data;
	size_t mask = n_slots(s) - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask)
		if (!slots[i].at ||
		    (slots[i].hash == hash && view_equal(key_at(s, slots[i].at - 1), key)))
			return &slots[i];
}

/* Twice the slots, less than half of them taken. */
static bool grow(struct keyset *s)
{
	size_t n_old = n_slots(s), n_new = n_old ? 2 * n_old : FIRST_SLOTS;
	struct buf old = s->slots;
	uint8_t *fresh;

	buf_init(&s->slots, old.account);
	fresh = buf_extend(&s->slots, n_new * sizeof(struct keyset_slot));
	if (!fresh) {
		buf_clear(&s->slots);
		s->slots = old;
		return false;
	}
	memset(fresh, 0, n_new * sizeof(struct keyset_slot));
	for (size_t i = 0; i < n_old; i++) {
		const struct keyset_slot *slot = (struct keyset_slot *)old.data + i;
		size_t to = slot->hash & (n_new - 1);

		if (!slot->at)
			continue;
		while (((struct keyset_slot *)fresh)[to].at)
			to = (to + 1) & (n_new - 1);
		((struct keyset_slot *)fresh)[to] = *slot;
	}
	buf_clear(&old);
	return true;
}

int keyset_add(struct keyset *s, struct view key, bool *added, struct status *st)
{
	uint64_t hash = hash_bytes(key);
	uint32_t len = (uint32_t)key.len;
	struct keyset_slot *slot;
	size_t at = s->bytes.len;

	if (2 * (s->n + 1) > n_slots(s) && !grow(s))
		goto no_memory;
	slot = find(s, hash, key);
	*added = !slot->at;
	if (!*added)
		return 0;
	buf_append(&s->bytes, &len, sizeof(len));
	buf_append_view(&s->bytes, key);
	if (s->bytes.failed)
		goto no_memory;
	*slot = (struct keyset_slot){.hash = hash, .at = at + 1};
	s->n++;
	return 0;
no_memory:
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT,
	    "no memory for the %zu documents that a scan has seen", s->n);
}
