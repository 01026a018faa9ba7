/*
 * util/log.h - structured logs: JSON lines, or readable ones on a terminal.
 *
 * A line has a time, a severity, a component, an id that never changes (for
 * searching), a message without variable parts, and attributes.
 *
 * Levels are set per component while running.  The last lines are kept in
 * memory for the getLog command.  A line is written with one write(2).
 *
 * Threads: any.
 */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include "util/status.h"
#include "util/view.h"

enum log_component {
	LOG_DEFAULT,
	LOG_COMMAND,
	LOG_CONTROL,
	LOG_INDEX,
	LOG_NETWORK,
	LOG_QUERY,
	LOG_STORAGE,
	LOG_WRITE,
	LOG_N_COMPONENTS
};

enum log_severity { LOG_FATAL, LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_JSON, LOG_FORMAT_TEXT };

/* An attribute's value; LOG_STR may be NULL.  DOC is BSON, shown as JSON. */
struct log_value {
	enum { LOG_V_STR, LOG_V_INT, LOG_V_DOUBLE, LOG_V_BOOL, LOG_V_DOC } kind;
	union {
		const char *str;
		int64_t i;
		double d;
		bool b;
		struct view doc;
	};
};

struct log_attr {
	const char *name; /* NULL: the end */
	struct log_value value;
};

#define LOG_STR(s)    {.kind = LOG_V_STR, .str = (s)}
#define LOG_NUM(n)    {.kind = LOG_V_INT, .i = (int64_t)(n)}
#define LOG_DOUBLE(x) {.kind = LOG_V_DOUBLE, .d = (x)}
#define LOG_BOOL(x)   {.kind = LOG_V_BOOL, .b = (x)}
#define LOG_DOC(v)    {.kind = LOG_V_DOC, .doc = (v)}

/* path NULL: standard error.  Fails when the file cannot be opened. */
MUST_CHECK int log_open(const char *path, enum log_format format, struct status *st);
void log_close(void);
/* Opens the same path again (after a rotation), from any thread. */
MUST_CHECK int log_reopen(struct status *st);

/* 0: information; 1 to 5: more and more debug lines. */
void log_set_level(enum log_component component, int level);
int log_get_level(enum log_component component);
/* "command" and so on, as in MongoDB's logComponentVerbosity. */
const char *log_component_name(enum log_component component);

bool log_wants(enum log_component component, enum log_severity severity, int level);

/*
 * The usual way:
 *     log_write(LOG_STORAGE, LOG_INFO, 1001, "Store opened",
 *         (struct log_attr[]){{"dir", LOG_STR(dir)}, {"ms", LOG_NUM(ms)}, {NULL}});
 * attrs may be NULL.
 */
void log_write(enum log_component component, enum log_severity severity, int id,
    const char *message, const struct log_attr *attrs);
/* Debug lines: written at the component's level >= level. */
void log_debug(enum log_component component, int level, int id, const char *message,
    const struct log_attr *attrs);

/* The newest lines (at most 1024), oldest first: calls each with the line as
 * JSON.  Returns how many were ever written. */
int64_t log_recent(void (*each)(void *arg, const char *line, size_t len), void *arg);
/* The same for warnings of this start (getLog: "startupWarnings"). */
int64_t log_startup_warnings(void (*each)(void *arg, const char *line, size_t len), void *arg);

#endif
