/*
 * $addFields, and its other name $set: fields that are computed, beside those
 * that are there.
 */
#include "aggregate/transforming.h"

const struct stage_type stage_add_fields = {
    .name = "$addFields",
    .help = "Computed fields, beside those that are there.",
    .parse = transforming_parse,
    .make = transforming_make,
};

const struct stage_type stage_set = {
    .name = "$set",
    .help = "The other name of $addFields.",
    .parse = transforming_parse,
    .make = transforming_make,
};
