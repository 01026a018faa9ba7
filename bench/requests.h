/*
 * bench/requests.h - frames made once and sent again and again, with only the
 * request's number, the key and the like put into them; and a look at what
 * comes back.
 *
 * Threads: a set belongs to one.
 */
#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include "bench/workload.h"
#include "util/status.h"

#define SESSION_BYTES 16

struct requests_options {
	const char *db, *collection;
	size_t document_bytes;
	enum id_order order;
	int batch; /* documents in an OP_INSERT of more than one */
	bool journal; /* {w: 1, j: true} */
	bool sessions; /* with an lsid, as drivers do it */
	bool scan_asks_all; /* as the mix's */
};

struct requests;
struct requests *requests_new(const struct requests_options *o);
void requests_free(struct requests *r);

/* The whole frame; the set's own, until the next call.  kind: the op's, or for
 * OP_MODIFY first OP_FIND, then OP_UPDATE. */
struct view requests_make(struct requests *r, const struct operation *op, enum op_kind kind,
    int32_t request_id, const uint8_t session[static SESSION_BYTES]);

/* {<name>: 1, $db: "admin"} */
void requests_command(struct buf *out, const char *name);

/* What an answer says. */
struct answer {
	bool ok; /* and no write error */
	int64_t n; /* documents written, or in the batch */
	struct view body;
};

/*
 * 0, or an error with words when the frame is no answer to request_id at all.
 * The bytes come from a server that is believed to send whole documents.
 */
MUST_CHECK int answer_read(
    struct view frame, int32_t request_id, struct answer *out, struct status *st);

#endif
