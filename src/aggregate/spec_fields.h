/*
 * aggregate/spec_fields.h - the fields of a stage's specification, where
 * MongoDB checks them like a command's.
 *
 * Threads: pure.
 */
#ifndef AGGREGATE_SPEC_FIELDS_H
#define AGGREGATE_SPEC_FIELDS_H

#include "bson/value.h"
#include "util/status.h"

struct spec_field {
	const char *name;
	uint8_t type; /* TYPE_EOD: any */
	bool required;
};

/*
 * values[i]: what fields[i] is given; missing where it is absent or null.  40415 for a field that
 * is not among them, 40413 for one that is given twice, 14 for a wrong type, 40414 for a
 * required one that is missing.
 */
MUST_CHECK int spec_fields_take(const char *stage, struct view spec,
    const struct spec_field *fields, int n, struct value *values, struct status *st);

#endif
