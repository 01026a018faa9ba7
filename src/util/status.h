/*
 * util/status.h - what went wrong, with MongoDB's code and our words.
 *
 * A function that can fail returns int: 0, an ERR_ value that is MongoDB's
 * code (see error_codes.def), or one of the negative internal values below,
 * which never leave the server.  Where words help the client, a
 * struct status * comes last and carries them.  Whoever ends an error (sends
 * it to the client, or goes on in spite of it) logs it.
 *
 * Threads: a status belongs to one caller.
 */
#ifndef UTIL_STATUS_H
#define UTIL_STATUS_H

#include "util/util.h"
#include "util/view.h"

enum error_code {
#define ERROR_CODE(name, number, code_name, labels) ERR_##name = number,
#include "util/error_codes.def"
#undef ERROR_CODE
};

/* Internal results: never in a status, never on the wire. */
enum {
	ERR_WOULD_BLOCK = -1, /* needs the disk or a lock: HANDOVER or PARK */
	ERR_ABSENT = -2,      /* there is no such key, record or name */
};

/* The errorLabels of a reply. */
enum error_label {
	LABEL_TRANSIENT_TRANSACTION = 1 << 0,
	LABEL_RETRYABLE_WRITE = 1 << 1,
	LABEL_RESUMABLE_CHANGE_STREAM = 1 << 2,
	LABEL_UNKNOWN_COMMIT_RESULT = 1 << 3,
};

/*
 * code is 0 until something fails.  extra, when it is not empty, is a BSON
 * document whose fields go into the error reply or the writeError after
 * errmsg (keyPattern and keyValue of a DuplicateKey, errInfo); the status
 * owns it.
 */
struct status {
	int code;
	unsigned int labels;
	uint8_t *extra;
	size_t extra_len;
	char message[1024];
};

void status_init(struct status *st);
/* Frees extra; the status is as after status_init. */
void status_clear(struct status *st);

/*
 * Sets code, the code's own labels and the message (cut at a whole UTF-8
 * character when too long), and returns code, for "return status_set(...)".
 * st may be NULL.  An earlier error is replaced.
 */
int status_set(struct status *st, int code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts words in front of the message: "while doing x: " + message. */
void status_prefix(struct status *st, const char *format, ...) PRINTF_LIKE(2, 3);

/* Copies the BSON document doc into extra (replacing what was there). */
void status_set_extra(struct status *st, struct view doc);

void status_copy(struct status *to, const struct status *from);

/* "DuplicateKey" for 11000; "Location<number>" for a number without a name. */
const char *error_code_name(int code, char buf[static 32]);
/* The labels that a code always carries. */
unsigned int error_code_labels(int code);

/* What a function that may suspend returns; see util/op.h. */
enum step {
	STEP_DONE,     /* finished; nothing more to come */
	STEP_ROW,      /* here is one; call again for the next */
	STEP_HANDOVER, /* call again on the executor (or: its time slice is over) */
	STEP_PARK,     /* the op's wait object is armed: call again when it fires */
	STEP_ERROR,    /* the status says what */
};

#endif
