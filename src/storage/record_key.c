#include "storage/record.h"

#include "bson/key_encode.h"

void record_key_of_id(struct buf *key, const struct collection *c, struct value id)
{
	assert(c->record_key == RECORD_KEY_ID);
	key_encode(key, NULL, id, false, NULL);
}

void record_key_next(struct buf *key, const struct collection *c)
{
	assert(c->record_key == RECORD_KEY_SEQUENCE);
	buf_append_be64(key, (uint64_t)atomic_fetch_add(&c->live->next_sequence, 1));
}
