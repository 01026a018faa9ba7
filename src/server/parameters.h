/*
 * server/parameters.h - server parameters given at start (--set-parameter).
 */
#ifndef SERVER_PARAMETERS_H
#define SERVER_PARAMETERS_H

#include "commands/instance.h"
#include "util/options.h"

/*
 * Sets each NAME=VALUE.  A value is read as JSON (true, 5, {"query": 1}), and
 * as a string where it is none.  ERR_INVALID_OPTIONS with a sentence.
 */
MUST_CHECK int parameters_set_all(
    struct instance *inst, const struct option_value *given, struct status *st);

#endif
