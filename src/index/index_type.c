#include "index/index_type.h"

const struct index_type index_types[] = {
    [INDEX_PLAIN] = {.made = true, .has_values = true},
    [INDEX_HASHED] = {.made = false},
    [INDEX_WILDCARD] = {.made = false},
    [INDEX_2D] = {.made = false},
    [INDEX_2DSPHERE] = {.made = false},
    [INDEX_TEXT] = {.made = false},
};
