#include "storage/log_batch.h"

#include "bson/value.h"
#include "storage/log_header.h"

/* RocksDB's tags, of which the log can hold these. */
enum {
	TAG_DELETE = 0x00,
	TAG_PUT = 0x01,
	TAG_LOG_DATA = 0x03,
	TAG_FAMILY_DELETE = 0x04,
	TAG_FAMILY_PUT = 0x05,
	TAG_SINGLE_DELETE = 0x07,
	TAG_FAMILY_SINGLE_DELETE = 0x08,
	TAG_NOOP = 0x0D,
	TAG_FAMILY_RANGE_DELETE = 0x0E,
	TAG_RANGE_DELETE = 0x0F,
};

/* RocksDB's sequence numbers have 56 bits and begin with 1. */
#define SEQUENCE_MAX (((uint64_t)1 << 56) - 1)

/* What follows a tag, and what it means. */
struct tag {
	uint8_t tag;
	bool family, key, value;
	enum log_op_kind kind;
};

static const struct tag tags[] = {
    {TAG_FAMILY_PUT, true, true, true, LOG_OP_PUT},
    {TAG_FAMILY_DELETE, true, true, false, LOG_OP_DELETE},
    {TAG_LOG_DATA, false, false, true, LOG_OP_DATA},
    {TAG_PUT, false, true, true, LOG_OP_PUT},
    {TAG_DELETE, false, true, false, LOG_OP_DELETE},
    {TAG_FAMILY_RANGE_DELETE, true, true, true, LOG_OP_DELETE_RANGE},
    {TAG_RANGE_DELETE, false, true, true, LOG_OP_DELETE_RANGE},
    {TAG_FAMILY_SINGLE_DELETE, true, true, false, LOG_OP_DELETE},
    {TAG_SINGLE_DELETE, false, true, false, LOG_OP_DELETE},
    {TAG_NOOP, false, false, false, LOG_OP_OTHER},
};

bool log_batch_parse(struct view bytes, uint64_t *sequence, uint32_t *n_keys, struct view *ops)
{
	if (bytes.len < LOG_BATCH_HEADER)
		return false;
	*sequence = (uint64_t)read_i64(bytes.data);
	*n_keys = (uint32_t)read_i32(bytes.data + 8);
	if (*sequence > SEQUENCE_MAX || (*sequence == 0 && *n_keys > 0))
		return false;
	*ops = view_of(bytes.data + LOG_BATCH_HEADER, bytes.len - LOG_BATCH_HEADER);
	return true;
}

static const struct tag *find_tag(uint8_t byte)
{
	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (tags[i].tag == byte)
			return &tags[i];
	return NULL;
}

static bool take_counted(struct view *v, struct view *out)
{
	uint64_t n;

	return take_varint(v, &n) && take_bytes(v, n, out);
}

int log_op_next(struct view *ops, struct log_op *op)
{
	const struct tag *tag;
	uint64_t family = 0;

	if (ops->len == 0)
		return 0;
	tag = find_tag(ops->data[0]);
	if (!tag)
		return -1;
	*op = (struct log_op){.kind = tag->kind};
	ops->data++;
	ops->len--;
	if (tag->family && (!take_varint(ops, &family) || family > UINT32_MAX))
		return -1;
	if (tag->key && !take_counted(ops, &op->key))
		return -1;
	if (tag->value && !take_counted(ops, &op->value))
		return -1;
	op->family = (uint32_t)family;
	return 1;
}

bool log_batch_header(struct view ops, struct view *header)
{
	struct log_op op;
	int more;

	*header = view_of(NULL, 0);
	while ((more = log_op_next(&ops, &op)) == 1)
		if (op.kind == LOG_OP_DATA) {
			*header = op.value;
			return true;
		}
	return more == 0;
}
