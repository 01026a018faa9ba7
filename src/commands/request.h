/*
 * commands/request.h - one request from its message to its reply.
 *
 * server/ makes a request when a whole message has arrived, calls
 * request_run on a loop, and on HANDOVER or PARK again on the executor or
 * when its op fires, until DONE.  Then reply holds a complete message (or
 * nothing, when no answer is wanted), and request_clear ends it.  request_run
 * never returns ROW or ERROR: an error has become a reply.
 *
 * A request is run by one thread at a time; everything in it belongs to that
 * thread, except op.killed and op.wait (util/op.h).
 */
#ifndef COMMANDS_REQUEST_H
#define COMMANDS_REQUEST_H

#include "bson/builder.h"
#include "commands/instance.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/op.h"
#include "wire/message.h"

struct command;
struct session;

/* One connection as the commands see it.  The server owns it; it outlives its
 * requests. */
struct client {
	uint64_t id;		/* connectionId */
	char peer[80];		/* "127.0.0.1:54321" */
	char local[80];		/* the address that the client reached */
	char sni[256];		/* the name it asked for over TLS, or "" */
	struct buf metadata;	/* hello's client document, once sent: commands/clients.h */
	const struct command *last_command; /* of the request before; NULL: none */
	uint8_t compressors;	/* bits (1 << id) that hello agreed on */
	bool is_unix;
	struct client *next, *prev; /* inst->clients: commands/clients.h */
	bool is_listed;
	_Atomic bool is_busy; /* it has a request in inst->ops */
};

/* The bytes of a session's id: its UUID, then the SHA-256 of its user. */
#define LSID_BYTES 48

/* The fields that every command may carry. */
struct common_args {
	struct view db;
	bool has_lsid;
	uint8_t lsid[LSID_BYTES];
	bool has_txn_number;
	int64_t txn_number;
	struct view read_preference; /* empty: not given */
	struct value comment;
	int64_t max_time_ms; /* 0: none */
	struct view api_version;
	bool api_strict, api_deprecation_errors;
};

enum read_level { LEVEL_LOCAL, LEVEL_AVAILABLE, LEVEL_MAJORITY, LEVEL_LINEARIZABLE, LEVEL_SNAPSHOT };

/* readConcern, checked. */
struct read_concern {
	bool given;
	enum read_level level;
	uint64_t after_cluster_time, at_cluster_time; /* 0: not given */
};

/* writeConcern, checked and with the defaults filled in. */
struct write_concern {
	bool given;
	bool majority, journal; /* either: wait until it is synced */
	int w;			/* 0 or 1 when not majority */
	int64_t wtimeout_ms;	/* 0: no limit */
	int unsatisfiable;	/* 0, or the code that this set of one always answers */
};

static inline bool write_is_acknowledged(const struct write_concern *w)
{
	return w->w != 0 || w->majority || w->journal;
}

#define REQUEST_ROOM 8192

struct request {
	struct op op;
	struct instance *inst;
	struct client *client;
	struct message *message; /* views into the received frame */

	const struct command *command;
	const char *name; /* the command's name as it was sent */
	struct view body; /* its document */
	struct common_args common;
	struct write_concern write_concern;
	struct read_concern read_concern;
	void *args;  /* the command's own, decoded by its field table */
	void *state; /* the command's own, zeroed; in arena; freed by command->clear */

	struct arena arena;	 /* ends with the request */
	struct session *session; /* checked out (it has a txnNumber), or NULL */
	uint64_t last_commit;	 /* the sequence of the newest commit it made, or 0 */
	uint64_t last_cluster_time;

	/* What the reply answers; request_init takes it from message. */
	int32_t response_to;
	int32_t request_id;    /* of the reply */
	bool ok_is_int;	       /* its ok is an int32: MongoDB's distinct on a view */
	bool no_reply;	       /* moreToCome was set: answer nothing */
	bool close_connection; /* after the reply, or instead of it */
	/* Set by the command: the reply is one of a stream (exhaust).  The server
	 * sends it and then makes another request of the same message, whose
	 * response_to is this one's request_id, until one is not more_to_come. */
	bool more_to_come;

	int phase; /* dispatch's own progress */
	bool has_state, deadline_woke;
	int64_t start_mono_us;
	int64_t idle_us; /* waited because the client wished it (awaitData, hello) */
	int64_t sync_deadline_us;
	uint64_t sync_sequence;
	int sync_error; /* why the waiting for it ended early, or 0 */
	/* What it did, for the log of slow operations and currentOp. */
	struct view ns;
	int64_t docs_examined, keys_examined, n_returned, n_affected;
	int64_t n_retried; /* statements that had been done before */
	const char *plan_summary;

	struct request *ops_next, *ops_prev; /* inst->ops: commands/ops.h */
	bool in_ops;
	void *server_slot;		     /* server/'s own */

	/* The reply: a message begun by dispatch; the command writes its fields
	 * with builder.  (From here on request_init does not zero.)  Its memory
	 * is the server's, and stays for the next request if it is small. */
	struct buf reply;
	size_t reply_start;
	struct status status;
	struct builder builder;
	_Alignas(16) uint8_t room[REQUEST_ROOM]; /* arena's first bytes */
};

/* Once for the memory, before the first and after the last request in it. */
void request_setup(struct request *r, struct instance *inst);
void request_teardown(struct request *r);

/* message and client stay the caller's and outlive the request. */
void request_init(struct request *r, struct instance *inst, struct client *client,
    struct message *message, void (*fire)(struct op *));
/* DONE, HANDOVER or PARK. */
MUST_CHECK enum step request_run(struct request *r);
void request_clear(struct request *r);

#endif
