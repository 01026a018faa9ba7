/*
 * commands/clients.h - the connections there are, for those who list them.
 *
 * The server adds a client when its connection is made and removes it when it
 * is closed.  What the client says of itself in hello is kept under the lock,
 * so that others may read it.
 *
 * Threads: any.
 */
#ifndef COMMANDS_CLIENTS_H
#define COMMANDS_CLIENTS_H

#include "commands/request.h"

void clients_add(struct instance *inst, struct client *c);
/* Does nothing when c was not added. */
void clients_remove(struct instance *inst, struct client *c);

/* Appends to c->metadata; false without memory. */
MUST_CHECK bool clients_set_metadata(struct instance *inst, struct client *c, struct view doc);

/* Calls each for every client, under the lock: it must be short. */
void clients_each(
    struct instance *inst, void (*each)(void *arg, const struct client *c), void *arg);

#endif
