#include "config.h"

#include "bench/index_kinds.h"

#include "bson/value.h"

static const char *const number_names[] = {"seq", "group", "score"};

const struct index_kind index_kinds[INDEX_KINDS] = {
    {"seq_1", {{SEQ, 1}}},
    {"group_1", {{GROUP, 1}}},
    {"score_1", {{SCORE, 1}}},
    {"group_1_seq_-1", {{GROUP, 1}, {SEQ, -1}}},
    {"score_1_group_1", {{SCORE, 1}, {GROUP, 1}}},
};

static uint64_t number_of(
    enum index_number number, const uint8_t *doc, const struct document_layout *layout)
{
	switch (number) {
	case SEQ:
		return (uint64_t)read_i64(doc + layout->seq);
	case GROUP:
		return (uint64_t)read_i32(doc + layout->group);
	default:
		return (uint64_t)read_i32(doc + layout->score);
	}
}

/* doc/format.md, "Numbers": 0, or the number times two in as few bytes as it needs. */
static size_t encode_number(uint8_t *out, uint64_t number, uint8_t invert)
{
	uint64_t twice = htobe64(2 * number);
	size_t n = 0;

	if (number)
		for (n = 8; n > 1 && !(2 * number >> (8 * (n - 1))); n--)
			;
	out[0] = (uint8_t)((number ? 0x2D + n : 0x2C) ^ invert);
	for (size_t i = 0; i < n; i++)
		out[1 + i] = ((uint8_t *)&twice)[8 - n + i] ^ invert;
	return 1 + n;
}

const char *index_field_name(const struct index_kind *k, int field)
{
	return number_names[k->fields[field].number];
}

size_t index_entry_key(uint8_t out[static INDEX_KEY_MOST], int kind, const uint8_t *doc,
    const struct document_layout *layout)
{
	const struct index_kind *k = &index_kinds[kind];
	size_t len = 0;

	for (int i = 0; i < 2 && k->fields[i].direction; i++)
		len += encode_number(out + len, number_of(k->fields[i].number, doc, layout),
		    k->fields[i].direction < 0 ? 0xFF : 0);
	return len;
}
