/*
 * commands/read_options.h - what find, count, distinct, update, delete and
 * findAndModify share before they plan: collation and variables.
 */
#ifndef COMMANDS_READ_OPTIONS_H
#define COMMANDS_READ_OPTIONS_H

#include "commands/request.h"
#include "query/query.h"

/*
 * Fills in spec->collator and spec->let.  c may be NULL (no such collection).
 * A view is refused here (166): who can read views has resolved it before.
 */
MUST_CHECK int read_options(struct request *r, const struct collection *c,
    struct view collation, struct view let, struct arena *a, struct query_spec *spec,
    struct status *st);

/* Only the binary collation ({locale: "simple"}) is there; others are refused by name. */
MUST_CHECK int collation_check(struct view collation, struct status *st);

#endif
