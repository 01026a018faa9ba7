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
