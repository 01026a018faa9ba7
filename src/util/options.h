/*
 * util/options.h - options from one table: command line, configuration file,
 * help, man page, getCmdLineOpts and getParameter.
 *
 * A program has one const table (the server's is in server/options.c) and one
 * struct options with what was chosen.  The command line wins over the file,
 * the file over the table's defaults; of an option that may be repeated, the
 * file's values come first and the command line's behind them.
 *
 * A configuration file has one "name = value" a line, the names as on the
 * command line without their dashes; empty lines and those that begin with #
 * say nothing.
 *
 * Threads: read-only once parsed.
 */
#ifndef UTIL_OPTIONS_H
#define UTIL_OPTIONS_H

#include <stdio.h>

#include "util/arena.h"
#include "util/status.h"

enum option_kind {
	OPTION_FLAG, /* given or not; true or false in a file */
	OPTION_INT, /* least to most */
	OPTION_BYTES, /* the same, with K, M, G or T (of 1024) behind the number */
	OPTION_STR, /* any words that are not empty */
	OPTION_CHOICE, /* one of those in value_name, "id|sequence" */
};

enum option_flags {
	OPTION_REPEATED = 1 << 0, /* every value counts */
	OPTION_LINE_ONLY = 1 << 1, /* cannot stand in a file */
	OPTION_IS_FILE = 1 << 2, /* names the configuration file */
	OPTION_RUNTIME = 1 << 3, /* may be changed while running, by its parameter */
	OPTION_PAIRS = 1 << 4, /* REPEATED, and each value is NAME=VALUE */
};

struct option_def {
	const char *name; /* "data-dir"; NULL: the end of the table */
	char letter; /* 'd', or 0 */
	enum option_kind kind;
	unsigned int flags;
	const char *value_name; /* "DIR" in the help; the choices */
	const char *fallback; /* the default as one would write it; NULL: none */
	int64_t least, most; /* of INT and BYTES */
	const char *path; /* in getCmdLineOpts: "storage.dbPath"; NULL: not there */
	const char *parameter; /* in getParameter; NULL: not there */
	const char *group; /* the heading it stands under; NULL: the last one's */
	const char *help; /* a sentence or two */
};

enum option_source { OPTION_DEFAULT, OPTION_FROM_FILE, OPTION_FROM_LINE };

struct option_value {
	enum option_source source;
	int64_t number; /* FLAG (0 or 1), INT, BYTES, CHOICE (which: from 0) */
	const char *str; /* as it was written, the last one; NULL: no value */
	const char **all; /* REPEATED: every one, in order */
	int n_all;
};

struct options {
	const struct option_def *table;
	int count;
	struct option_value *values; /* values[i] belongs to table[i] */
	int argc;
	const char *const *argv; /* borrowed, whole */
	struct arena arena;
};

/*
 * Reads argv from argv[first] on, then the configuration file if one is named.
 * 0 or ERR_INVALID_OPTIONS with a sentence for people.  o is to be cleared in
 * either case; table and argv outlive it.
 */
MUST_CHECK int options_parse(struct options *o, const struct option_def *table, int argc,
    const char *const *argv, int first, struct status *st);
void options_clear(struct options *o);

/* The option of that name: there must be one. */
const struct option_value *options_get(const struct options *o, const char *name);
int64_t options_number(const struct options *o, const char *name);
bool options_flag(const struct options *o, const char *name);
const char *options_str(const struct options *o, const char *name);

/* "64M" as 67108864; false when it is not a number of bytes. */
MUST_CHECK bool options_parse_bytes(const char *s, int64_t *out);

/* The table for --help, in lines of at most 80 columns. */
void options_print_help(FILE *to, const struct option_def *table);
/* The table as troff for a man page. */
void options_print_man(FILE *to, const struct option_def *table);

#endif
