/*
 * bson/conformance.h - what BSON should be like beyond what can be read: what
 * validate's checkBSONConformance looks for.
 *
 * Names stand once in a document, an array's are 0, 1, 2, ..., strings and names
 * are UTF-8, a UUID has 16 bytes, a regular expression's options are in order.
 *
 * Threads: pure.
 */
#ifndef BSON_CONFORMANCE_H
#define BSON_CONFORMANCE_H

#include "bson/value.h"
#include "util/arena.h"

/* doc has passed bson_check.  NULL, or what is wrong first; a is for what is looked up
 * meanwhile. */
const char *bson_conformance(struct view doc, struct arena *a);

#endif
