/*
 * $project: which fields go on, and computed ones.
 */
#include "aggregate/transforming.h"

const struct stage_type stage_project = {
    .name = "$project",
    .flags = STAGE_SHAPES,
    .help = "Which fields go on, and computed ones.",
    .parse = transforming_parse,
    .make = transforming_make,
};
