#include "bson/value_set.h"

static int *find_slot(const struct value_set *s, struct value v)
{
	size_t i = value_hash(v, s->collator);

	for (;; i++) {
		int *slot = &s->slots[i & (s->n_slots - 1)];

		if (!*slot || value_equal(s->list[*slot - 1], v, s->collator))
			return slot;
	}
}

bool value_set_has(const struct value_set *s, struct value v)
{
	return s->n && *find_slot(s, v);
}

static bool grow(struct value_set *s, struct arena *a)
{
	int capacity = s->capacity ? 2 * s->capacity : 16;
	struct value *list = arena_new_array(a, (size_t)capacity, struct value);
	int *slots = arena_new_array(a, 2 * (size_t)capacity, int);

	if (!list || !slots)
		return false;
	if (s->n)
		memcpy(list, s->list, (size_t)s->n * sizeof(*list));
	s->list = list;
	s->slots = slots;
	s->n_slots = 2 * (size_t)capacity;
	s->capacity = capacity;
	for (int i = 0; i < s->n; i++)
		*find_slot(s, list[i]) = i + 1;
	return true;
}

bool value_set_add(struct value_set *s, struct value v, struct arena *a)
{
	int *slot;

	if (s->n == s->capacity && !grow(s, a))
		return false;
	slot = find_slot(s, v);
	if (!*slot) {
		s->list[s->n] = v;
		*slot = ++s->n;
	}
	return true;
}
