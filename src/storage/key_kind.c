#include "storage/catalog.h"

static const char *const names[] = {
    [INDEX_HASHED] = "hashed",
    [INDEX_WILDCARD] = "wildcard",
    [INDEX_2D] = "2d",
    [INDEX_2DSPHERE] = "2dsphere",
    [INDEX_TEXT] = "text",
};

const char *key_kind_name(enum key_kind kind)
{
	return names[kind];
}

bool index_path_is_wildcard(struct view path)
{
	size_t n = strlen("$**");

	if (path.len < n || memcmp(path.data + path.len - n, "$**", n) != 0)
		return false;
	return path.len == n || path.data[path.len - n - 1] == '.';
}

enum key_kind key_kind_find(struct view name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i] && view_equal(name, view_of_str(names[i])))
			return (enum key_kind)i;
	return INDEX_PLAIN;
}

/* These hashes stand on disk: FNV-1a. */
uint64_t index_path_array_bit(struct view path)
{
	uint64_t hash = 0xCBF29CE484222325;

	for (size_t i = 0; i < path.len; i++)
		hash = (hash ^ path.data[i]) * 0x100000001B3;
	return (uint64_t)1 << (WILDCARD_FIELD_BITS +
			       hash % (INDEX_ARRAY_BITS - WILDCARD_FIELD_BITS));
}
