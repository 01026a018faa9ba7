/*
 * session/sessions.h - logical sessions: who they are, who uses them, when
 * they end.
 *
 * A session comes to be when it is first named and ends 30 minutes after it
 * was last used, or when its client says so.  A request with a txnNumber has
 * its session for itself: it checks it out, and others with a txnNumber PARK
 * until it is checked in.  Requests without one only keep it alive.
 *
 * What a checked-out session holds belongs to the one request that has it, so
 * nothing of it is locked.
 *
 * Threads: any.
 */
#ifndef SESSION_SESSIONS_H
#define SESSION_SESSIONS_H

#include "session/retryable.h"
#include "util/op.h"

#define SESSION_KEY_BYTES 48 /* a UUID, then the SHA-256 of the user's name */
#define SESSION_TIMEOUT_MINUTES 30

/* SHA-256 of no bytes: the user of a session when there are no users. */
extern const uint8_t session_no_user[32];

struct session {
	uint8_t key[SESSION_KEY_BYTES];
	struct retry retry; /* the holder's */

	/* The table's own. */
	struct session *next;
	struct waitlist waiters;
	int64_t last_use_us;
	bool in_use, ended;
};

struct sessions;

/* store (NULL in tests): where retry rows are.  timeout_us 0: 30 minutes;
 * max 0: a million. */
struct sessions *sessions_new(struct store *store, int64_t timeout_us, int max);
/* None may be checked out. */
void sessions_free(struct sessions *ss);

/* Makes it or keeps it alive.  261 when there are too many. */
MUST_CHECK int sessions_touch(
    struct sessions *ss, const uint8_t key[static SESSION_KEY_BYTES], struct status *st);

/* DONE with *out for the caller alone until sessions_checkin; PARK while
 * another has it: call again.  ERROR: too many, or the op was stopped. */
MUST_CHECK enum step sessions_checkout(struct sessions *ss,
    const uint8_t key[static SESSION_KEY_BYTES], struct op *op, struct session **out,
    struct status *st);
void sessions_checkin(struct sessions *ss, struct session *s);

/* Its client is done with it: forgotten at once, or when it is checked in. */
void sessions_end(struct sessions *ss, const uint8_t key[static SESSION_KEY_BYTES]);

/* Forgets those not used for the time-out; returns how many. */
int sessions_expire(struct sessions *ss, int64_t now_us);

int sessions_count(struct sessions *ss);

/*
 * Puts the removal of retry rows into batch whose sessions timed out and are
 * not in memory: looks at a few hundred at a time, and goes on where it was
 * the last time.  Call now and then, on the executor, and commit the batch.
 */
MUST_CHECK int sessions_sweep_rows(
    struct sessions *ss, int64_t now_wall_ms, struct batch *batch, struct status *st);

#endif
