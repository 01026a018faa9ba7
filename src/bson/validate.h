/*
 * bson/validate.h - is this BSON?  The only code that looks at lengths which
 * nobody has checked yet.
 *
 * Limits: 200 levels below the outermost document; names and regular expressions without NUL;
 * bool is 0 or 1; strings end with NUL (UTF-8 is not checked: MongoDB stores
 * what drivers send); code with scope and arrays are checked inside; nothing
 * follows the last byte.
 *
 * Threads: pure.
 */
#ifndef BSON_VALIDATE_H
#define BSON_VALIDATE_H

#include "bson/value.h"
#include "util/status.h"

#define BSON_DEPTH_MAX         201 /* with the outermost */
#define BSON_USER_SIZE_MAX     (16 * 1024 * 1024)
#define BSON_INTERNAL_SIZE_MAX (16 * 1024 * 1024 + 16 * 1024)

/* bytes holds one document and nothing else: 0, ERR_INVALID_BSON, or
 * ERR_OVERFLOW when it is nested too deep. */
MUST_CHECK int bson_check(struct view bytes, struct status *st);

/* bytes begins with a document: its length in *len.  0 or ERR_INVALID_BSON.
 * Checks only the outermost length against bytes. */
MUST_CHECK int bson_frame(struct view bytes, size_t *len, struct status *st);

#endif
