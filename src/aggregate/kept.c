#include "aggregate/kept.h"

#define ROOM_LEN_MIN 16u

bool kept_set(struct kept *k, struct value v, struct arena *a)
{
	if (v.len > k->room_len || !k->room) {
		uint32_t len = MAX_OF(v.len, ROOM_LEN_MIN);

		if (k->room)
			len = MAX_OF(len, MIN_OF(k->room_len, UINT32_MAX / 2) * 2);
		k->room = arena_alloc(a, len);
		k->room_len = k->room ? len : 0;
		if (!k->room)
			return false;
	}
	if (v.len)
		memcpy(k->room, v.data, v.len);
	k->value = (struct value){k->room, v.len, v.type};
	return true;
}
