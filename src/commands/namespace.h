/*
 * commands/namespace.h - what commands on collections share: collectionUUID.
 */
#ifndef COMMANDS_NAMESPACE_H
#define COMMANDS_NAMESPACE_H

#include "commands/request.h"

struct collection;

/*
 * Is it the collection that the client means?  c is the one of that name, or
 * NULL when there is none.  uuid empty: the client does not say.  Else
 * CollectionUUIDMismatch (361) with the names of both in the status' extra.
 */
MUST_CHECK int collection_uuid_check(struct request *r, const struct collection *c,
    struct view db, struct view name, struct view uuid, struct status *st);

#endif
