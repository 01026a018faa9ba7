#include "util/log.h"

#include <bson/bson.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/clock.h"

#define RECENT_LINES  1024
#define WARNING_LINES 64
#define MOST_LINE     (16 * 1024) /* longer attributes are cut */

struct ring {
	char **lines;
	size_t size;
	int64_t written;
};

static struct {
	pthread_mutex_t lock;
	int fd;
	char *path;
	bool json;
	_Atomic int levels[LOG_N_COMPONENTS];
	struct ring recent, warnings;
} state = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .fd = STDERR_FILENO,
    .recent = {.size = RECENT_LINES},
    .warnings = {.size = WARNING_LINES},
};

static const char *const component_names[LOG_N_COMPONENTS] = {
    [LOG_DEFAULT] = "default",
    [LOG_COMMAND] = "command",
    [LOG_CONTROL] = "control",
    [LOG_INDEX] = "index",
    [LOG_NETWORK] = "network",
    [LOG_QUERY] = "query",
    [LOG_STORAGE] = "storage",
    [LOG_WRITE] = "write",
};

static const char *const severity_letters[] = {"F", "E", "W", "I", "D"};

static int open_file(const char *path, struct status *st)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0) {
		status_set(st, ERR_INVALID_OPTIONS, "cannot open the log file %s: %s", path,
		    strerror(errno));
		return -1;
	}
	return fd;
}

int log_open(const char *path, enum log_format format, struct status *st)
{
	int fd = STDERR_FILENO;

	if (path) {
		fd = open_file(path, st);
		if (fd < 0)
			return ERR_INVALID_OPTIONS;
	}
	pthread_mutex_lock(&state.lock);
	if (state.fd != STDERR_FILENO)
		close(state.fd);
	free(state.path);
	state.path = path ? strdup(path) : NULL;
	state.fd = fd;
	state.json = format == LOG_FORMAT_JSON || (format == LOG_FORMAT_AUTO && !isatty(fd));
	pthread_mutex_unlock(&state.lock);
	return 0;
}

static void ring_clear(struct ring *r)
{
	for (size_t i = 0; r->lines && i < r->size; i++)
		free(r->lines[i]);
	free(r->lines);
	r->lines = NULL;
	r->written = 0;
}

void log_close(void)
{
	pthread_mutex_lock(&state.lock);
	if (state.fd != STDERR_FILENO)
		close(state.fd);
	state.fd = STDERR_FILENO;
	free(state.path);
	state.path = NULL;
	ring_clear(&state.recent);
	ring_clear(&state.warnings);
	pthread_mutex_unlock(&state.lock);
}

int log_reopen(struct status *st)
{
	int err = 0;

	pthread_mutex_lock(&state.lock);
	if (state.path) {
		int fd = open_file(state.path, st);

		if (fd < 0) {
			err = ERR_INVALID_OPTIONS;
		} else {
			close(state.fd);
			state.fd = fd;
		}
	}
	pthread_mutex_unlock(&state.lock);
	return err;
}

void log_set_level(enum log_component component, int level)
{
	state.levels[component] = level;
}

int log_get_level(enum log_component component)
{
	return state.levels[component];
}

const char *log_component_name(enum log_component component)
{
	return component_names[component];
}

bool log_wants(enum log_component component, enum log_severity severity, int level)
{
	return severity != LOG_DEBUG || state.levels[component] >= level;
}

static void append_json_string(struct buf *b, const char *s)
{
	char *escaped = bson_utf8_validate(s, strlen(s), false) ? bson_utf8_escape_for_json(s, -1)
								 : NULL;

	buf_printf(b, "\"%s\"", escaped ? escaped : "(not UTF-8)");
	bson_free(escaped);
}

static void append_value(struct buf *b, const struct log_value *v, bool json)
{
	switch (v->kind) {
	case LOG_V_STR:
		if (!v->str)
			buf_printf(b, "null");
		else if (json)
			append_json_string(b, v->str);
		else
			buf_printf(b, "%s", v->str);
		break;
	case LOG_V_INT:
		buf_printf(b, "%lld", (long long)v->i);
		break;
	case LOG_V_DOUBLE:
		buf_printf(b, "%g", v->d);
		break;
	case LOG_V_BOOL:
		buf_printf(b, "%s", v->b ? "true" : "false");
		break;
	case LOG_V_DOC: {
		bson_t doc;
		char *text = bson_init_static(&doc, v->doc.data, v->doc.len)
				 ? bson_as_relaxed_extended_json(&doc, NULL)
				 : NULL;

		buf_printf(b, "%s", text ? text : "null");
		bson_free(text);
		break;
	}
	}
}

static void format_json(struct buf *b, const char *when, enum log_component component,
    enum log_severity severity, int id, const char *message, const struct log_attr *attrs)
{
	buf_printf(b, "{\"t\":{\"$date\":\"%s\"},\"s\":\"%s\",\"c\":\"%s\",\"id\":%d,\"ctx\":\"%ld\",\"msg\":",
	    when, severity_letters[severity], component_names[component], id,
	    (long)syscall(SYS_gettid));
	append_json_string(b, message);
	if (attrs && attrs->name) {
		buf_printf(b, ",\"attr\":{");
		for (const struct log_attr *a = attrs; a->name; a++) {
			size_t before = b->len;

			buf_printf(b, "%s\"%s\":", a == attrs ? "" : ",", a->name);
			append_value(b, &a->value, true);
			if (b->len > MOST_LINE) {
				b->len = before;
				buf_printf(b, "%s\"%s\":\"(too long)\"", a == attrs ? "" : ",",
				    a->name);
			}
		}
		buf_append_byte(b, '}');
	}
	buf_append_byte(b, '}');
}

static void format_text(struct buf *b, const char *when, enum log_component component,
    enum log_severity severity, const char *message, const struct log_attr *attrs)
{
	buf_printf(b, "%.12s %s %-8s %s", when + 11, severity_letters[severity],
	    component_names[component], message);
	for (const struct log_attr *a = attrs; a && a->name; a++) {
		buf_printf(b, "%s%s=", a == attrs ? "  " : " ", a->name);
		append_value(b, &a->value, false);
	}
}

static void ring_add(struct ring *r, const char *line, size_t len)
{
	char **slot;

	if (!r->lines) {
		r->lines = calloc(r->size, sizeof(*r->lines));
		if (!r->lines)
			return;
	}
	slot = &r->lines[r->written % (int64_t)r->size];
	free(*slot);
	*slot = strndup(line, len);
	r->written++;
}

static void write_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return; /* there is nobody left to tell */
		p += done;
		n -= (size_t)done;
	}
}

void log_write(enum log_component component, enum log_severity severity, int id,
    const char *message, const struct log_attr *attrs)
{
	int errno_before = errno;
	struct buf line, text;
	char when[40];

	buf_init(&line, NULL);
	buf_init(&text, NULL);
	clock_format_iso(clock_wall_ms(), when);
	format_json(&line, when, component, severity, id, message, attrs);
	if (!state.json)
		format_text(&text, when, component, severity, message, attrs);
	pthread_mutex_lock(&state.lock);
	if (!line.failed) {
		ring_add(&state.recent, (const char *)line.data, line.len);
		if (severity <= LOG_WARNING && state.warnings.written < WARNING_LINES)
			ring_add(&state.warnings, (const char *)line.data, line.len);
	}
	{
		struct buf *out = state.json ? &line : &text;

		buf_append_byte(out, '\n');
		if (!out->failed)
			write_all(state.fd, out->data, out->len);
	}
	pthread_mutex_unlock(&state.lock);
	buf_clear(&line);
	buf_clear(&text);
	errno = errno_before;
}

void log_debug(enum log_component component, int level, int id, const char *message,
    const struct log_attr *attrs)
{
	if (log_wants(component, LOG_DEBUG, level))
		log_write(component, LOG_DEBUG, id, message, attrs);
}

static int64_t ring_each(
    struct ring *r, void (*each)(void *arg, const char *line, size_t len), void *arg)
{
	int64_t written, first;

	pthread_mutex_lock(&state.lock);
	written = r->written;
	first = written > (int64_t)r->size ? written - (int64_t)r->size : 0;
	for (int64_t i = first; r->lines && i < written; i++) {
		const char *line = r->lines[i % (int64_t)r->size];

		if (line)
			each(arg, line, strlen(line));
	}
	pthread_mutex_unlock(&state.lock);
	return written;
}

int64_t log_recent(void (*each)(void *arg, const char *line, size_t len), void *arg)
{
	return ring_each(&state.recent, each, arg);
}

int64_t log_startup_warnings(void (*each)(void *arg, const char *line, size_t len), void *arg)
{
	return ring_each(&state.warnings, each, arg);
}
