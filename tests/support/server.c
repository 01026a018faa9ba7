#include "config.h"

#include "support/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS  120000
#define STOP_MS   120000
#define MOST_ARGS 64

static const char *program(void)
{
	const char *path = getenv("DOLMEN");

	return path ? path : "./dolmen";
}

static void path_in(const struct test_server *s, const char *name, char *to, size_t len)
{
	snprintf(to, len, "%s/%s", s->dir, name);
}

/* What the server wrote to a file, or "". */
static char *read_all(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, 1 << 20);
	size_t n = 0;

	if (f) {
		n = fread(text, 1, (1 << 20) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

static _Noreturn void __attribute__((format(printf, 2, 3)))
fail(const struct test_server *s, const char *format, ...)
{
	char path[160];
	va_list ap;

	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	path_in(s, "stderr", path, sizeof(path));
	fprintf(
	    stderr, "\n--- the server's standard error (%s):\n%s---\n", path, read_all(path));
	if (s->pid)
		kill(s->pid, SIGKILL);
	abort();
}

static void check_sanitizers(const struct test_server *s)
{
	static const char *const signs[] = {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
	    "runtime error:", "WARNING: ThreadSanitizer"};
	char path[160], *text;

	path_in(s, "stderr", path, sizeof(path));
	text = read_all(path);
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strstr(text, signs[i]))
			fail(s, "a sanitizer has something to say");
	free(text);
}

/* In the child: becomes the server, with its output where the test finds it. */
static _Noreturn void become_server(const char *const *argv, int out, const char *err_path)
{
	int err = open(err_path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	execv(argv[0], (char *const *)argv);
	fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static pid_t spawn(const char *const *argv, const char *err_path, int *out)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		abort();
	pid = fork();
	if (pid < 0)
		abort();
	if (!pid)
		become_server(argv, fds[1], err_path);
	close(fds[1]);
	*out = fds[0];
	return pid;
}

/* Reads standard output until the line that says where it listens. */
static int read_port(struct test_server *s, int out)
{
	char text[4096], *line;
	size_t len = 0;

	for (;;) {
		struct pollfd p = {.fd = out, .events = POLLIN};
		ssize_t n;

		if (poll(&p, 1, START_MS) <= 0)
			fail(s, "the server did not start in time");
		n = read(out, text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			fail(s, "the server did not start");
		len += (size_t)n;
		text[len] = '\0';
		line = strstr(text, "Listening on 127.0.0.1:");
		if (line && strchr(line, '\n'))
			return atoi(line + strlen("Listening on 127.0.0.1:"));
	}
}

void server_start(struct test_server *s)
{
	const char *argv[MOST_ARGS] = {program(), "server", "--port", "0", "--data-dir"};
	char data[160], err[160];
	int n = 5, out;

	path_in(s, "data", data, sizeof(data));
	path_in(s, "stderr", err, sizeof(err));
	argv[n++] = data;
	for (int i = 0; s->args && s->args[i] && n < MOST_ARGS - 1; i++)
		argv[n++] = s->args[i];
	s->pid = spawn(argv, err, &out);
	s->port = read_port(s, out);
	close(out);
	snprintf(
	    s->uri, sizeof(s->uri), "mongodb://127.0.0.1:%d/?directConnection=true", s->port);
}

static void make_dir(struct test_server *s)
{
	const char *top = getenv("TMPDIR");

	snprintf(s->dir, sizeof(s->dir), "%s/dolmen-test.XXXXXX", top ? top : "/tmp");
	if (!mkdtemp(s->dir))
		abort();
}

struct test_server *server_new(const char *const *args)
{
	struct test_server *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->args = (const char **)args;
	make_dir(s);
	server_start(s);
	return s;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int wait_for_end(struct test_server *s)
{
	int64_t end = now_ms() + STOP_MS;
	int status;

	while (waitpid(s->pid, &status, WNOHANG) == 0) {
		if (now_ms() > end)
			fail(s, "the server does not stop");
		usleep(2000);
	}
	s->pid = 0;
	return status;
}

void server_stop(struct test_server *s)
{
	kill(s->pid, SIGTERM);
	server_wait(s);
}

void server_wait(struct test_server *s)
{
	int status = wait_for_end(s);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail(s, "the server ended with status 0x%x", (unsigned int)status);
	check_sanitizers(s);
}

void server_kill(struct test_server *s)
{
	kill(s->pid, SIGKILL);
	wait_for_end(s);
	check_sanitizers(s);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	return remove(path);
}

void server_free(struct test_server *s)
{
	if (s->pid)
		server_stop(s);
	nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(s);
}

int server_refuses(const char *const *words, char *message, size_t message_len)
{
	const char *argv[MOST_ARGS] = {program(), "server"};
	struct test_server s = {0};
	int n = 2, out, status;
	char err[160], *text;

	make_dir(&s);
	path_in(&s, "stderr", err, sizeof(err));
	for (int i = 0; words[i] && n < MOST_ARGS - 1; i++)
		argv[n++] = words[i];
	s.pid = spawn(argv, err, &out);
	status = wait_for_end(&s);
	close(out);
	if (!WIFEXITED(status))
		fail(&s, "the server ended with status 0x%x", (unsigned int)status);
	check_sanitizers(&s);
	text = read_all(err);
	snprintf(message, message_len, "%s", text);
	free(text);
	nftw(s.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return WEXITSTATUS(status);
}

long server_memory_kib(const struct test_server *s, const char *name)
{
	char path[64], line[256];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)s->pid);
	f = fopen(path, "re");
	if (!f)
		fail(s, "cannot read %s", path);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			kib = atol(line + strlen(name) + 1);
	fclose(f);
	return kib;
}

int server_connect(const struct test_server *s)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)s->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail(s, "cannot connect: %s", strerror(errno));
	return fd;
}
