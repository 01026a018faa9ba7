/*
 * util/timezone.h - the zones of the IANA (Olson) database, out of ICU's copy of it.
 *
 * A zone is found by its exact name ("Europe/Berlin", "UTC", "EST5EDT"); ICU's own
 * abbreviations ("PST") are none.  It is a table of its transitions, made when it is
 * first asked for and kept for good: some 16 KiB each, for as many as there are names.
 *
 * Times are milliseconds since 1970; offsets are milliseconds to the east.
 * Threads: any; a zone is read-only.
 */
#ifndef UTIL_TIMEZONE_H
#define UTIL_TIMEZONE_H

#include "util/view.h"

struct timezone_rules;

enum timezone_found { TIMEZONE_FOUND, TIMEZONE_UNKNOWN, TIMEZONE_NO_MEMORY };

MUST_CHECK enum timezone_found timezone_find(
    struct view name, const struct timezone_rules **out);

/* What to add to a time to have the zone's local time. */
int64_t timezone_offset(const struct timezone_rules *z, int64_t ms);

/* What to take from a local time.  Of a local time that there is twice the earlier is
 * meant; one that there is not is read with the offset that was before it. */
int64_t timezone_offset_of_local(const struct timezone_rules *z, int64_t local_ms);

#endif
