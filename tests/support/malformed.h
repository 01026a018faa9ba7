/*
 * support/malformed.h - messages that are wrong, each in its own way.
 *
 * The unit tests give them to message_parse, the client tests send them to a
 * server.
 */
#ifndef SUPPORT_MALFORMED_H
#define SUPPORT_MALFORMED_H

#include "support/frames.h"

#define MALFORMED_ANY_ERROR (-1000)

/* Valid during the call it is given to. */
struct malformed {
	const char *name; /* what is wrong with it */
	struct view bytes;
	/* What message_parse makes of it: ERR_CLOSE, the code of the answer, or
	 * MALFORMED_ANY_ERROR.  0: it is a message like any other, and what it asks
	 * for is refused. */
	int expect;
	/* The header announces more than bytes has: a server waits for the rest. */
	bool cut;
};

/* The same ones in the same order each time.  Returns how many there were. */
int malformed_each(void (*each)(void *arg, const struct malformed *m), void *arg);

#endif
