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
#include "util/view.h"

struct cursors;
struct ops;
struct params;
struct sessions;
struct store;

/* How the server presents itself to drivers. */
enum face {
	FACE_STANDALONE,
	FACE_REPLSET, /* the primary of a set of one */
	FACE_ROUTER,  /* isdbgrid */
};

/* Counters of serverStatus; relaxed atomics. */
struct instance_stats {
	_Atomic int64_t connections_current, connections_total, connections_active;
	_Atomic int64_t bytes_in, bytes_out, requests;
	_Atomic int64_t op_insert, op_query, op_update, op_delete, op_getmore, op_command;
	_Atomic int64_t docs_inserted, docs_updated, docs_deleted, docs_returned;
	_Atomic int64_t keys_examined, docs_examined;
};

struct instance {
	struct store *store;
	struct cursors *cursors;
	struct sessions *sessions;
	struct ops *ops;       /* operations under way: currentOp, killOp */
	struct params *params; /* setParameter, getParameter, getCmdLineOpts */

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
	struct instance_stats stats;
	_Atomic bool shutting_down;

	/* Given by server/. */
	void *server;
	void (*request_shutdown)(void *server, int64_t timeout_ms, bool force);
	int (*rotate_logs)(void *server, struct status *st);
};

#endif
