#include "commands/clients.h"

void clients_add(struct instance *inst, struct client *c)
{
	pthread_mutex_lock(&inst->clients_lock);
	c->prev = NULL;
	c->next = inst->clients;
	if (c->next)
		c->next->prev = c;
	inst->clients = c;
	c->is_listed = true;
	pthread_mutex_unlock(&inst->clients_lock);
}

void clients_remove(struct instance *inst, struct client *c)
{
	if (!c->is_listed)
		return;
	pthread_mutex_lock(&inst->clients_lock);
	if (c->prev)
		c->prev->next = c->next;
	else
		inst->clients = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->is_listed = false;
	pthread_mutex_unlock(&inst->clients_lock);
}

bool clients_set_metadata(struct instance *inst, struct client *c, struct view doc)
{
	bool failed;

	pthread_mutex_lock(&inst->clients_lock);
	buf_append_view(&c->metadata, doc);
	failed = c->metadata.failed;
	if (failed)
		buf_reset(&c->metadata);
	pthread_mutex_unlock(&inst->clients_lock);
	return !failed;
}

void clients_each(
    struct instance *inst, void (*each)(void *arg, const struct client *c), void *arg)
{
	const struct client *c;

	pthread_mutex_lock(&inst->clients_lock);
	for (c = inst->clients; c; c = c->next)
		each(arg, c);
	pthread_mutex_unlock(&inst->clients_lock);
}
