/*
 * support/peer.h - one connection to a server, frame by frame: for tests that
 * look at what stands on the wire.
 *
 * What comes in is checked before a test sees it: whole frames that answer
 * FRAMES_REQUEST_ID (or the answer before, in an exhaust stream), with one valid
 * document each.  All else fails the test, and so does a server that is silent
 * for PEER_PATIENCE_MS.
 */
#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

#include "support/frames.h"
#include "support/server.h"

#define PEER_PATIENCE_MS 120000 /* a server under sanitizers, on a busy machine */

struct peer {
	int fd;
	struct buf in; /* the last answer, decompressed */
	struct frame_header header; /* as it was on the wire */
	enum opcode opcode; /* after decompression */
	int compressor; /* -1: it was not compressed */
	uint32_t flags; /* of OP_MSG or OP_REPLY */
	struct view doc; /* until the next peer_receive */
};

void peer_open(struct peer *p, const struct test_server *s);
void peer_close(struct peer *p);

/* False when the server closed before it had taken all of it. */
bool peer_send(struct peer *p, struct view bytes);

/* The next answer; false when the connection is closed instead.  what names the
 * test's step where it fails. */
bool peer_receive(struct peer *p, const char *what);

/* Nothing comes within ms, and the connection stays open. */
bool peer_is_silent(struct peer *p, int ms);

/* {ok: 1, ...} */
bool peer_says_ok(const struct peer *p);
/* The code of the error that the answer must be. */
int peer_error_code(const struct peer *p, const char *what);

/* Sends a ping, which must be answered. */
void peer_check_ping(struct peer *p, const char *after);

#endif
