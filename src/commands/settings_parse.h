/*
 * commands/settings_parse.h - the document of settings that setQuerySettings is given.
 *
 * Threads: pure.
 */
#ifndef COMMANDS_SETTINGS_PARSE_H
#define COMMANDS_SETTINGS_PARSE_H

#include "query/settings_change.h"

/*
 * What out points to is in the document or in a.  Index hints become an array with one for each
 * collection; such as allow no index say nothing and are left out.  8727502 for {}.
 */
MUST_CHECK int settings_parse(
    struct view doc, struct arena *a, struct settings_parts *out, struct status *st);

#endif
