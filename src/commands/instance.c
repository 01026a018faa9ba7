#include "commands/instance.h"

#include <stdlib.h>
#include <unistd.h>

#include "commands/ops.h"
#include "commands/params.h"
#include "util/clock.h"
#include "util/hash.h"

/* An ObjectId's four bytes of seconds in front, as drivers expect of one. */
static void draw_process_id(struct instance *inst)
{
	uint32_t seconds = htobe32((uint32_t)(inst->start_wall_ms / 1000));

	memcpy(inst->process_id, &seconds, 4);
	random_bytes(inst->process_id + 4, sizeof(inst->process_id) - 4);
}

int instance_init(struct instance *inst, struct status *st)
{
	memset(inst, 0, sizeof(*inst));
	memory_account_init(&inst->memory, NULL, 0);
	waitlist_init(&inst->topology_waiters);
	pthread_mutex_init(&inst->clients_lock, NULL);
	inst->start_wall_ms = clock_wall_ms();
	inst->start_mono_us = clock_mono_us();
	inst->slow_ms = 100;
	if (gethostname(inst->host_name, sizeof(inst->host_name) - 1))
		strcpy(inst->host_name, "localhost");
	draw_process_id(inst);
	inst->ops = ops_new();
	inst->params = params_new(inst);
	if (inst->ops && inst->params)
		return 0;
	instance_clear(inst);
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
}

void instance_clear(struct instance *inst)
{
	ops_free(inst->ops);
	params_free(inst->params);
	inst->ops = NULL;
	inst->params = NULL;
	waitlist_clear(&inst->topology_waiters);
	pthread_mutex_destroy(&inst->clients_lock);
	memory_account_close(&inst->memory);
}

void instance_topology_changed(struct instance *inst)
{
	atomic_fetch_add(&inst->topology_counter, 1);
	waitlist_wake_all(&inst->topology_waiters);
}

void instance_shut_down(struct instance *inst)
{
	atomic_store(&inst->shutting_down, true);
	instance_topology_changed(inst);
}
