/*
 * server/options.h - the table of the server's options; util/options.h reads it.
 */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include "util/options.h"

extern const struct option_def server_option_table[];

/* What one option's value cannot say alone: 0, or ERR_INVALID_OPTIONS with a
 * sentence (--router together with --replset, a malformed --advertise). */
MUST_CHECK int server_options_check(const struct options *o, struct status *st);

/*
 * Sets the levels of one --log-level value: "2" for all components, or
 * "storage=1,query=3".  Nothing is set when it fails.
 */
MUST_CHECK int server_options_set_levels(const char *spec, struct status *st);

#endif
