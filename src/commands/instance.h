/*
 * commands/instance.h - the running server as the commands see it.
 *
 * Made by server/ at start, handed to every request.  What commands need from
 * the server (which stands above them) they reach through the function
 * pointers here.
 *
 * Threads: read-only after start but for what has its own lock.
 */
#ifndef COMMANDS_INSTANCE_H
#define COMMANDS_INSTANCE_H

#include <stdatomic.h>

#include "util/memory.h"
#include "util/op.h"
#include "util/status.h"
#include "util/thread_slot.h"
#include "util/view.h"

struct client;
struct cursors;
struct ops;
struct options;
struct params;
struct sessions;
struct store;

/* How the server presents itself to drivers. */
enum face {
	FACE_STANDALONE,
	FACE_REPLSET, /* the primary of a set of one */
	FACE_ROUTER,  /* isdbgrid */
};

/*
 * Counters of serverStatus: relaxed atomics, bumped with stat_add.  Each thread adds to a copy of its own (util/thread_slot.h), or the loops would
 * spend their time on passing these cache lines to and fro.  stat_add and
 * stat_get are given the counter of the first copy: &inst->stats->requests.
 */
struct instance_stats {
	_Alignas(CACHE_LINE) _Atomic int64_t connections_current, connections_total,
	    connections_active;
	_Atomic int64_t bytes_in, bytes_out, requests;
	_Atomic int64_t op_insert, op_query, op_update, op_delete, op_getmore, op_command;
	_Atomic int64_t docs_inserted, docs_updated, docs_deleted, docs_returned;
	_Atomic int64_t keys_examined, docs_examined;
	_Atomic int64_t errors; /* requests that were answered with one */
	_Atomic int64_t ttl_deleted, ttl_passes, ttl_sub_passes;
	_Atomic int64_t retried_commands, retried_statements; /* answered, not done again */
};

/* The MongoDB whose language is spoken: buildInfo, serverStatus. */
#define BUILD_INFO_VERSION "8.2.4"


struct instance {
	struct store *store;
	struct cursors *cursors;
	struct sessions *sessions;
	struct ops *ops;       /* operations under way: currentOp, killOp */
	struct params *params; /* setParameter, getParameter, getCmdLineOpts */
	struct client *clients; /* the connections: commands/clients.h */
	pthread_mutex_t clients_lock;

	enum face face;
	const char *set_name;  /* FACE_REPLSET */
	const char *advertise; /* "host:port" for hello, or NULL */
	char host_name[256];
	int port;
	uint8_t process_id[12]; /* an ObjectId drawn at start: topologyVersion */
	int64_t start_wall_ms, start_mono_us;
	int max_connections;
	int slow_ms;
	int64_t cache_bytes;

	struct memory_account memory; /* the server's; every op's parent */
	struct instance_stats stats[THREAD_SLOTS];
	_Atomic bool shutting_down; /* set with instance_shut_down */

	/* topologyVersion's counter, and the hellos that wait for it to change. */
	_Atomic int64_t topology_counter;
	struct waitlist topology_waiters;

	/* Given by server/. */
	void *server;
	void (*request_shutdown)(void *server, int64_t timeout_ms, bool force);
	int (*rotate_logs)(void *server, struct status *st);
	const struct options *options; /* as they were given: getCmdLineOpts; or NULL */
};

static inline _Atomic int64_t *stat_copy(_Atomic int64_t *counter, unsigned int slot)
{
	return counter + slot * (sizeof(struct instance_stats) / sizeof(*counter));
}

static inline void stat_add(_Atomic int64_t *counter, int64_t n)
{
	atomic_fetch_add_explicit(stat_copy(counter, thread_slot()), n, memory_order_relaxed);
}

static inline int64_t stat_get(_Atomic int64_t *counter)
{
	int64_t sum = 0;

	for (unsigned int i = 0; i < THREAD_SLOTS; i++)
		sum += atomic_load_explicit(stat_copy(counter, i), memory_order_relaxed);
	return sum;
}

/*
 * Zeroes all, draws the process's id, takes the times and the host's name,
 * makes ops and params.  The server sets the rest: face, port, limits, and
 * then the store, sessions (session/sessions.h) and cursors.
 */
MUST_CHECK int instance_init(struct instance *inst, struct status *st);
/* Frees what instance_init made.  No request may be left. */
void instance_clear(struct instance *inst);

/* The topology has changed: waiting hellos are answered.  Any thread. */
void instance_topology_changed(struct instance *inst);
/* From now on requests are refused (91) and waiting hellos say so. */
void instance_shut_down(struct instance *inst);

#endif
