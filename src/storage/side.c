#include "storage/side.h"

#include "storage/log_header.h"

enum { SIDE_PUT = 1, SIDE_REMOVE = 2 };

void side_change_format(struct buf *b, const struct side_change *change)
{
	uint8_t kind = change->put ? SIDE_PUT : SIDE_REMOVE;

	buf_append(b, &kind, 1);
	append_varint(b, change->key.len);
	buf_append_view(b, change->key);
	buf_append_view(b, change->value);
}

bool side_change_parse(struct view row, struct side_change *change)
{
	uint64_t key_len;
	uint8_t kind;

	if (row.len == 0)
		return false;
	kind = row.data[0];
	row = view_of(row.data + 1, row.len - 1);
	if (!take_varint(&row, &key_len) || !take_bytes(&row, key_len, &change->key))
		return false;
	change->put = kind == SIDE_PUT;
	change->value = row;
	return change->put || (kind == SIDE_REMOVE && row.len == 0);
}
