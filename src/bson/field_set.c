#include "bson/field_set.h"

#include "util/hash.h"

static bool is_named(const struct element *e, struct view name)
{
	return view_equal(view_of(e->name, e->name_len), name);
}

static int *find_slot(const struct field_set *f, struct view name)
{
	size_t i = hash_bytes(name);

	for (;; i++) {
		int *slot = &f->slots[i & (f->n_slots - 1)];

		if (!*slot || is_named(&f->list[*slot - 1], name))
			return slot;
	}
}

int field_set_find(const struct field_set *f, struct view name)
{
	return f->n ? *find_slot(f, name) - 1 : -1;
}

static bool grow(struct field_set *f, struct arena *a)
{
	int capacity = f->capacity ? 2 * f->capacity : 16;
	struct element *list = arena_new_array(a, (size_t)capacity, struct element);
	int *slots = arena_new_array(a, 2 * (size_t)capacity, int);

	if (!list || !slots)
		return false;
	if (f->n)
		memcpy(list, f->list, (size_t)f->n * sizeof(*list));
	f->list = list;
	f->slots = slots;
	f->n_slots = 2 * (size_t)capacity;
	f->capacity = capacity;
	for (int i = 0; i < f->n; i++)
		*find_slot(f, view_of(list[i].name, list[i].name_len)) = i + 1;
	return true;
}

bool field_set_put(struct field_set *f, struct view name, struct value v, struct arena *a)
{
	int *slot;

	if (f->n == f->capacity && !grow(f, a))
		return false;
	slot = find_slot(f, name);
	if (!*slot) {
		f->list[f->n++] = (struct element){
		    .name = (const char *)name.data, .name_len = (uint32_t)name.len};
		*slot = f->n;
	}
	f->list[*slot - 1].value = v;
	return true;
}
