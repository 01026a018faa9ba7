/*
 * commands/collation.h - the collation document that commands and indexes take.
 *
 * Threads: pure.
 */
#ifndef COMMANDS_COLLATION_H
#define COMMANDS_COLLATION_H

#include "bson/value.h"
#include "util/status.h"

/*
 * Checks types, ranges, the locale and what goes not together, as MongoDB
 * does.  *simple: it is the binary comparison, which needs no rules of a
 * language.
 */
MUST_CHECK int collation_validate(struct view doc, bool *simple, struct status *st);

/* The error for those that are not simple. */
int collation_not_supported(struct status *st);

#endif
