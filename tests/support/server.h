/*
 * support/server.h - a real server for a test: started on a free port of
 * 127.0.0.1 over a directory of its own, stopped in the end.
 *
 * The program is ./dolmen, or what the environment variable DOLMEN says.  What
 * goes wrong here fails the test at once, with the server's own words.
 */
#ifndef SUPPORT_SERVER_H
#define SUPPORT_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct test_server {
	pid_t pid; /* 0: not running */
	int port;
	char dir[128]; /* the test's own; the data is in dir/data */
	char uri[128]; /* "mongodb://127.0.0.1:PORT/?directConnection=true" */
	const char **args; /* further ones, as they were given */
};

/* Makes a directory and starts a server.  Further options follow, NULL ends
 * them; they outlive the server.  It answers when this returns. */
struct test_server *server_new(const char *const *args);
/* Stops it if it runs, checks that it ended well, removes the directory. */
void server_free(struct test_server *s);

/* Starts it (again), over the same directory; the port changes. */
void server_start(struct test_server *s);
/* SIGTERM; it must exit with 0 and leave no sanitizer's report behind. */
void server_stop(struct test_server *s);
/* The same for one that has been told to stop otherwise. */
void server_wait(struct test_server *s);
/* SIGKILL. */
void server_kill(struct test_server *s);

/*
 * Runs "dolmen server" with these words, which is expected to refuse: returns
 * its exit status, and what it wrote to standard error in message.
 */
int server_refuses(const char *const *words, char *message, size_t message_len);

/* A figure of /proc/PID/status in KiB, such as "VmRSS". */
long server_memory_kib(const struct test_server *s, const char *name);

/* A connected TCP socket; the caller closes it. */
int server_connect(const struct test_server *s);

#endif
