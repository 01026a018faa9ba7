#include "index/index_type.h"

#include "index/geo_keys.h"
#include "index/hashed.h"
#include "index/text_keys.h"
#include "index/wildcard.h"

const struct index_type index_types[] = {
    [INDEX_PLAIN] = {.made = true, .has_values = true},
    [INDEX_HASHED] = {.made = true,
	.on_array = ERR_HASHED_ARRAY,
	.put = hashed_put,
	.set = hashed_set},
    [INDEX_WILDCARD] = {.made = true,
	.no_path = true,
	.has_values = true,
	.keys = wildcard_keys},
    [INDEX_2D] = {.made = true, .no_path = true, .keys = geo_keys, .set = geo_set},
    [INDEX_2DSPHERE] = {.made = true, .no_path = true, .keys = geo_keys, .set = geo_set},
    [INDEX_TEXT] = {.made = true,
	.no_path = true,
	.others_on_array = ERR_CANNOT_BUILD_INDEX_KEYS,
	.keys = text_keys},
};
