#include "storage/record.h"

#include "bson/key_encode.h"

void record_key_of_id(struct buf *key, const struct collection *c, struct value id)
{
	assert(c->record_key == RECORD_KEY_ID);
	key_encode(key, NULL, id, false, NULL);
}

static void append_sequence(struct buf *key, const struct collection *c)
{
	buf_append_be64(key, (uint64_t)atomic_fetch_add(&c->live->next_sequence, 1));
}

void record_key_next(struct buf *key, const struct collection *c)
{
	assert(c->record_key == RECORD_KEY_SEQUENCE);
	append_sequence(key, c);
}

void record_key_of_time(struct buf *key, const struct collection *c, struct value time)
{
	assert(c->record_key == RECORD_KEY_TIME && time.type == TYPE_DATE);
	key_encode(key, NULL, time, false, NULL);
	append_sequence(key, c);
}

size_t record_key_size(enum record_key_kind kind)
{
	static const size_t sizes[] = {
	    [RECORD_KEY_ID] = 0, [RECORD_KEY_SEQUENCE] = 8, [RECORD_KEY_TIME] = 1 + 8 + 8};

	return sizes[kind];
}
