/*
 * $replaceRoot, and its short form $replaceWith: the document becomes what an
 * expression makes of it.
 */
#include "aggregate/transforming.h"

const struct stage_type stage_replace_root = {
    .name = "$replaceRoot",
    .flags = STAGE_SHAPES,
    .help = "The document becomes what an expression makes of it.",
    .parse = transforming_parse,
    .make = transforming_make,
};

const struct stage_type stage_replace_with = {
    .name = "$replaceWith",
    .flags = STAGE_SHAPES,
    .help = "The short form of $replaceRoot.",
    .parse = transforming_parse,
    .make = transforming_make,
};
