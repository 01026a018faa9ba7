/*
 * storage/log_files.h - which log files there are, in the order of their
 * numbers, which is that of their commits.
 *
 * Threads: any; a list belongs to its maker.
 */
#ifndef STORAGE_LOG_FILES_H
#define STORAGE_LOG_FILES_H

#include "util/status.h"

struct log_name {
	uint64_t number;
	char *path;
};

struct log_names {
	int n, capacity;
	struct log_name *names; /* ascending, each number once */
};

/* A directory that is not there counts as empty.  A number that is in several
 * of them is taken from the first. */
MUST_CHECK int log_names_list(
    struct log_names *l, const char *const *dirs, int n_dirs, struct status *st);
void log_names_clear(struct log_names *l);
/* The place of the first with a higher number; n when there is none. */
int log_names_after(const struct log_names *l, uint64_t number);

/*
 * The sequence number of a file's first key: 0 with *sequence; ERR_ABSENT: it
 * holds none, or is gone meanwhile; else an error.
 */
MUST_CHECK int log_name_first_sequence(
    const struct log_name *name, uint64_t *sequence, struct status *st);

#endif
