/*
 * $unset: which fields do not go on.
 */
#include "aggregate/transforming.h"

const struct stage_type stage_unset = {
    .name = "$unset",
    .help = "Fields that do not go on.",
    .parse = transforming_parse,
    .make = transforming_make,
};
