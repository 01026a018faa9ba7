#include "config.h"

#include "server/server.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "expr/collation.h"
#include "index/rebuild.h"
#include "query/cursors.h"
#include "query/query_state.h"
#include "server/conn.h"
#include "server/housekeeping.h"
#include "server/limits.h"
#include "server/listener.h"
#include "server/notify.h"
#include "server/options.h"
#include "server/parameters.h"
#include "server/ttl_monitor.h"
#include "session/sessions.h"
#include "storage/store.h"
#include "util/clock.h"
#include "util/log.h"

#define SERVER_FILES  768 /* of our own and of the store, beside the connections */
#define LEAST_CLIENTS 64 /* below this a limit on files is not usable */
#define ANSWER_MS     1000 /* for what was interrupted, to say so */
#define LAST_MS       10000
#define POLL_US       2000

/* The cache of plans: a part of what operations may have, but never more than is of use. */
#define PLAN_CACHE_PART 16
#define PLAN_CACHE_MOST (64 * 1024 * 1024)

struct server {
	struct options options;
	struct instance inst;
	struct executor executor;
	struct timers timers;
	struct job_env env;
	struct loop **loops;
	int n_loops;
	struct listener listener;
	struct housekeeping *housekeeping;
	struct ttl_monitor *ttl_monitor;

	int64_t files; /* that we may open */
	int signal_fd;
	int wake_fd; /* the shutdown command */
	_Atomic bool stop_wanted;
	_Atomic int64_t stop_timeout_ms;
	bool served; /* it was started as a whole */
	struct status *listen_status;
	int listen_err;
};

static int64_t number(const struct server *s, const char *name)
{
	return options_number(&s->options, name);
}

static const char *str(const struct server *s, const char *name)
{
	return options_str(&s->options, name);
}

/* ------------------------------------------------- what commands ask of us */

static void request_shutdown(void *server, int64_t timeout_ms, bool force)
{
	struct server *s = server;
	uint64_t one = 1;

	s->stop_timeout_ms = timeout_ms;
	s->stop_wanted = true;
	if (write(s->wake_fd, &one, sizeof(one)) < 0)
		assert(errno == EAGAIN);
}

static int rotate_logs(void *server, struct status *st)
{
	return log_reopen(st);
}

/* ------------------------------------------------------ parts: the process */

static int start_log(struct server *s, struct status *st)
{
	const struct option_value *levels = options_get(&s->options, "log-level");
	int err = log_open(str(s, "log-path"), (enum log_format)number(s, "log-format"), st);

	for (int i = 0; !err && i < levels->n_all; i++)
		err = server_options_set_levels(levels->all[i], st);
	return err;
}

static void stop_log(struct server *s)
{
	if (s->served)
		log_write(LOG_CONTROL, LOG_INFO, 2006, "Stopped", NULL);
	log_close();
}

/* Before there are threads: all of them inherit the mask. */
static int start_signals(struct server *s, struct status *st)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (s->signal_fd < 0 || s->wake_fd < 0)
		return status_set(
		    st, ERR_OPERATION_FAILED, "cannot watch for signals: %s", strerror(errno));
	return 0;
}

static void stop_signals(struct server *s)
{
	close(s->signal_fd);
	close(s->wake_fd);
}

static int start_limits(struct server *s, struct status *st)
{
	s->files = limits_raise_files();
	if (s->files < SERVER_FILES + LEAST_CLIENTS)
		return status_set(st, ERR_OPERATION_FAILED,
		    "the limit of open files is %lld; a server needs at least %d",
		    (long long)s->files, SERVER_FILES + LEAST_CLIENTS);
	return 0;
}

/* ----------------------------------------------------- parts: what it serves */

static int start_listener(struct server *s, struct status *st)
{
	struct listen_options o = {
	    .addresses = str(s, "bind"),
	    .port = (int)number(s, "port"),
	    .unix_path = str(s, "unix-socket"),
	    .allow_network = options_flag(&s->options, "allow-unauthenticated-network"),
	};

	return listener_open(&s->listener, &o, st);
}

static void stop_listener(struct server *s)
{
	listener_close(&s->listener);
}

static int64_t connection_limit(struct server *s)
{
	int64_t wanted = number(s, "max-connections");
	int64_t possible = s->files - SERVER_FILES;

	if (possible >= wanted)
		return wanted;
	if (options_get(&s->options, "max-connections")->source != OPTION_DEFAULT)
		log_write(LOG_CONTROL, LOG_WARNING, 2001,
		    "The limit of open files allows fewer connections than wanted",
		    (struct log_attr[]){
			{"wanted", LOG_NUM(wanted)}, {"possible", LOG_NUM(possible)}, {NULL}});
	return possible;
}

static int start_instance(struct server *s, struct status *st)
{
	struct instance *inst = &s->inst;
	int err = instance_init(inst, st);

	if (err)
		return err;
	inst->face = FACE_STANDALONE;
	if (str(s, "replset"))
		inst->face = FACE_REPLSET;
	if (options_flag(&s->options, "router"))
		inst->face = FACE_ROUTER;
	inst->set_name = str(s, "replset");
	inst->advertise = str(s, "advertise");
	inst->port = s->listener.port ? s->listener.port : (int)number(s, "port");
	inst->max_connections = (int)connection_limit(s);
	inst->slow_ms = (int)number(s, "slow-ms");
	inst->server = s;
	inst->request_shutdown = request_shutdown;
	inst->rotate_logs = rotate_logs;
	inst->options = &s->options;
	return 0;
}

static void stop_instance(struct server *s)
{
	instance_clear(&s->inst);
}

static void stop_store(struct server *s)
{
	store_close(s->inst.store);
	s->inst.store = NULL;
}

static const struct collations collations = {collation_parse, collation_icu_version};

static int start_store(struct server *s, struct status *st)
{
	struct memory_plan plan =
	    limits_plan_memory(limits_memory_bytes(), number(s, "cache-size"));
	struct store_options o = {
	    .dir = str(s, "data-dir"),
	    .cache_bytes = (size_t)plan.cache_bytes,
	    .memtable_bytes = (size_t)plan.memtable_bytes,
	    .disk_floor_bytes = number(s, "disk-floor"),
	    .log_retention_ms = number(s, "log-retention") * 1000,
	    .log_retention_bytes = number(s, "log-retention-size"),
	    .sync_interval_ms = (int)number(s, "sync-interval-ms"),
	    .dedicated_families = (int)number(s, "dedicated-index-families"),
	    .accept_damage = options_flag(&s->options, "accept-damage"),
	    .sequence_by_default = number(s, "record-key") == 1,
	    .collations = &collations,
	};

	s->inst.cache_bytes = plan.cache_bytes;
	s->inst.memory.limit_bytes = plan.work_bytes;
	if (store_open(&o, &s->inst.store, st) == 0 &&
	    index_rebuild_outdated(s->inst.store, st) != 0)
		stop_store(s);
	return st->code;
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "there is not enough memory to start");
}

static int start_queries(struct server *s, struct status *st)
{
	return query_state_open(s->inst.store,
	    (size_t)MIN_OF(s->inst.memory.limit_bytes / PLAN_CACHE_PART, PLAN_CACHE_MOST), st);
}

static void stop_queries(struct server *s)
{
	query_state_close(s->inst.store);
}

static int start_sessions(struct server *s, struct status *st)
{
	s->inst.sessions = sessions_new(s->inst.store, 0, 0);
	return s->inst.sessions ? 0 : no_memory(st);
}

static void stop_sessions(struct server *s)
{
	sessions_free(s->inst.sessions);
}

static int start_parameters(struct server *s, struct status *st)
{
	return parameters_set_all(&s->inst, options_get(&s->options, "set-parameter"), st);
}

static int start_cursors(struct server *s, struct status *st)
{
	s->inst.cursors = cursors_new(&s->inst.memory, number(s, "cursor-timeout"));
	return s->inst.cursors ? 0 : no_memory(st);
}

static void stop_cursors(struct server *s)
{
	cursors_free(s->inst.cursors);
}

/* ------------------------------------------------------------ parts: threads */

static int start_timers(struct server *s, struct status *st)
{
	return timers_start(&s->timers, st);
}

static void stop_timers(struct server *s)
{
	timers_stop(&s->timers);
}

static int start_executor(struct server *s, struct status *st)
{
	int n = (int)number(s, "executor-threads");

	return executor_start(&s->executor, n ? n : 2 * limits_cores(), st);
}

static void stop_executor(struct server *s)
{
	executor_stop(&s->executor);
}

static int start_housekeeping(struct server *s, struct status *st)
{
	s->env = (struct job_env){&s->inst, &s->executor, &s->timers};
	s->housekeeping = housekeeping_start(&s->env);
	return s->housekeeping ? 0 : no_memory(st);
}

static void stop_housekeeping(struct server *s)
{
	housekeeping_stop(s->housekeeping);
}

static int start_ttl_monitor(struct server *s, struct status *st)
{
	s->ttl_monitor = ttl_monitor_start(&s->env);
	return s->ttl_monitor ? 0 : no_memory(st);
}

static void stop_ttl_monitor(struct server *s)
{
	ttl_monitor_stop(s->ttl_monitor);
}

struct order {
	struct task task;
	struct server *server;
	struct loop *loop;
	void (*what)(struct server *s, struct loop *l);
	sem_t *done;
};

static void carry_out(struct task *t, struct worker *worker)
{
	struct order *o = container_of(t, struct order, task);

	o->what(o->server, o->loop);
	sem_post(o->done);
}

/* Each loop does it on its own thread; returns when all have. */
static void tell_loops(struct server *s, void (*what)(struct server *s, struct loop *l))
{
	sem_t done;

	sem_init(&done, 0, 0);
	for (int i = 0; i < s->n_loops; i++) {
		struct order o = {.task.run = carry_out,
		    .server = s,
		    .loop = s->loops[i],
		    .what = what,
		    .done = &done};

		loop_post(o.loop, &o.task);
		while (sem_wait(&done))
			;
	}
	sem_destroy(&done);
}

static void stop_loops(struct server *s)
{
	for (int i = 0; i < s->n_loops; i++)
		loop_stop(s->loops[i]);
	for (int i = 0; i < s->n_loops; i++)
		loop_free(s->loops[i]);
	free(s->loops);
}

static int make_loops(struct server *s, struct status *st)
{
	int n = (int)number(s, "loops"), err = 0;

	n = n ? n : limits_cores();
	s->loops = calloc((size_t)n, sizeof(struct loop *));
	if (!s->loops)
		return no_memory(st);
	while (!err && s->n_loops < n) {
		err = loop_new(&s->env, &s->loops[s->n_loops], st);
		s->n_loops += !err;
	}
	return err;
}

static void begin_listening(struct server *s, struct loop *l)
{
	if (l == s->loops[0])
		s->listen_err =
		    listener_begin(&s->listener, s->loops, s->n_loops, s->listen_status);
}

static int start_loops(struct server *s, struct status *st)
{
	int err = make_loops(s, st);

	for (int i = 0; !err && i < s->n_loops; i++)
		err = loop_start(s->loops[i], i, st);
	if (!err) {
		s->listen_status = st;
		tell_loops(s, begin_listening);
		err = s->listen_err;
	}
	if (err)
		stop_loops(s);
	return err;
}

/* ---------------------------------------------------------- parts: the world */

static int start_pid_file(struct server *s, struct status *st)
{
	const char *path = str(s, "pid-file");
	FILE *f;

	if (!path)
		return 0;
	f = fopen(path, "we");
	if (!f || fprintf(f, "%d\n", (int)getpid()) < 0 || fclose(f))
		return status_set(st, ERR_INVALID_OPTIONS, "cannot write the pid file %s: %s",
		    path, strerror(errno));
	return 0;
}

static void stop_pid_file(struct server *s)
{
	if (str(s, "pid-file"))
		unlink(str(s, "pid-file"));
}

static int start_announcing(struct server *s, struct status *st)
{
	for (int i = 0; i < s->listener.n; i++)
		printf("Listening on %s\n", s->listener.sockets[i].name);
	fflush(stdout);
	log_write(LOG_CONTROL, LOG_INFO, 2000, "Ready",
	    (struct log_attr[]){
		{"version", LOG_STR(PACKAGE_VERSION)},
		{"pid", LOG_NUM(getpid())},
		{"port", LOG_NUM(s->listener.port)},
		{"dataDir", LOG_STR(str(s, "data-dir"))},
		{"startMillis", LOG_NUM((clock_mono_us() - s->inst.start_mono_us) / 1000)},
		{NULL},
	    });
	if (options_flag(&s->options, "allow-unauthenticated-network"))
		log_write(LOG_CONTROL, LOG_WARNING, 2002,
		    "Access control is not enabled: whoever reaches the server can read and "
		    "change all data",
		    NULL);
	notify_send("READY=1\nSTATUS=Serving\n");
	return 0;
}

/* -------------------------------------------------------------- its end */

static void drain(struct server *s, struct loop *l)
{
	if (l == s->loops[0])
		listener_end(&s->listener);
	conn_drain_all(l);
}

static void interrupt(struct server *s, struct loop *l)
{
	conn_cancel_all(l, ERR_INTERRUPTED_AT_SHUTDOWN);
}

static void close_all(struct server *s, struct loop *l)
{
	conn_close_all(l);
}

/* Another signal means: now. */
static bool is_impatient(struct server *s)
{
	struct signalfd_siginfo info;

	return read(s->signal_fd, &info, sizeof(info)) == sizeof(info) &&
	       info.ssi_signo != SIGHUP;
}

/* True when all answers are out. */
static bool wait_until_idle(struct server *s, int64_t timeout_ms)
{
	int64_t end = clock_mono_us() + timeout_ms * 1000;

	while (stat_get(&s->inst.stats->connections_active)) {
		if (clock_mono_us() >= end || is_impatient(s))
			return false;
		usleep(POLL_US);
	}
	return true;
}

static void log_end(struct server *s, const char *message)
{
	log_write(LOG_CONTROL, LOG_INFO, 2003, message,
	    (struct log_attr[]){
		{"working", LOG_NUM(stat_get(&s->inst.stats->connections_active))},
		{NULL},
	    });
}

/*
 * No new requests; those that run may end, for a while; then they are
 * interrupted.  What does not even hear that would hang the store's closing:
 * then the process ends as if it had been killed, which loses nothing either.
 */
static void stop_serving(struct server *s)
{
	notify_send("STOPPING=1\n");
	log_end(s, "Shutting down");
	instance_shut_down(&s->inst);
	tell_loops(s, drain);
	if (!wait_until_idle(s, s->stop_timeout_ms)) {
		log_end(s, "Interrupting what still runs");
		tell_loops(s, interrupt);
		wait_until_idle(s, ANSWER_MS);
	}
	tell_loops(s, close_all);
	if (!wait_until_idle(s, LAST_MS)) {
		log_write(LOG_CONTROL, LOG_FATAL, 2004,
		    "Ending without closing the store: an operation does not end", NULL);
		_exit(SERVER_EXIT_UNCLEAN);
	}
	stop_loops(s);
}

/* -------------------------------------------------------------- all of it */

static const struct part {
	int (*start)(struct server *s, struct status *st);
	void (*stop)(struct server *s); /* NULL: nothing to stop */
	int exit_status; /* when it does not start */
} parts[] = {
    {start_log, stop_log, SERVER_EXIT_USAGE},
    {start_signals, stop_signals, SERVER_EXIT_SYSTEM},
    {start_limits, NULL, SERVER_EXIT_SYSTEM},
    {start_listener, stop_listener, SERVER_EXIT_NETWORK},
    {start_instance, stop_instance, SERVER_EXIT_SYSTEM},
    {start_store, stop_store, SERVER_EXIT_DATA},
    {start_queries, stop_queries, SERVER_EXIT_SYSTEM},
    {start_sessions, stop_sessions, SERVER_EXIT_SYSTEM},
    {start_parameters, NULL, SERVER_EXIT_USAGE},
    {start_cursors, stop_cursors, SERVER_EXIT_SYSTEM},
    {start_timers, stop_timers, SERVER_EXIT_SYSTEM},
    {start_executor, stop_executor, SERVER_EXIT_SYSTEM},
    {start_housekeeping, stop_housekeeping, SERVER_EXIT_SYSTEM},
    {start_ttl_monitor, stop_ttl_monitor, SERVER_EXIT_SYSTEM},
    {start_loops, stop_serving, SERVER_EXIT_SYSTEM},
    {start_pid_file, stop_pid_file, SERVER_EXIT_USAGE},
    {start_announcing, NULL, SERVER_EXIT_SYSTEM},
};

static void reopen_log(void)
{
	struct status st;

	status_init(&st);
	if (log_reopen(&st))
		log_write(LOG_CONTROL, LOG_ERROR, 2005, "Cannot open the log again",
		    (struct log_attr[]){{"error", LOG_STR(st.message)}, {NULL}});
	status_clear(&st);
}

/* Until a signal or the shutdown command. */
static void wait_for_stop(struct server *s)
{
	struct pollfd fds[] = {
	    {.fd = s->signal_fd, .events = POLLIN},
	    {.fd = s->wake_fd, .events = POLLIN},
	};
	struct signalfd_siginfo info;

	while (!s->stop_wanted) {
		if (poll(fds, ARRAY_LEN(fds), -1) < 0)
			continue;
		if (read(s->signal_fd, &info, sizeof(info)) != sizeof(info))
			continue;
		if (info.ssi_signo == SIGHUP)
			reopen_log();
		else
			request_shutdown(s, number(s, "shutdown-timeout") * 1000, false);
	}
}

static int run(struct server *s)
{
	int n = 0, result = SERVER_EXIT_OK;
	struct status st;

	status_init(&st);
	for (; n < (int)ARRAY_LEN(parts); n++) {
		int err = parts[n].start(s, &st);

		if (err) {
			result = err == ERR_INVALID_OPTIONS &&
					 parts[n].exit_status != SERVER_EXIT_DATA
				     ? SERVER_EXIT_USAGE
				     : parts[n].exit_status;
			fprintf(stderr, "dolmen: %s\n", st.message);
			break;
		}
	}
	s->served = result == SERVER_EXIT_OK;
	if (s->served)
		wait_for_stop(s);
	while (n > 0)
		if (parts[--n].stop)
			parts[n].stop(s);
	status_clear(&st);
	return result;
}

static void print_help(void)
{
	puts("Usage: dolmen server [OPTION]...\n"
	     "\n"
	     "Serves a directory of data to MongoDB's drivers and shells until it is told to\n"
	     "stop by SIGTERM, SIGINT or the shutdown command.\n");
	options_print_help(stdout, server_option_table);
}

const char *server_event_version(void)
{
	return event_get_version();
}

int server_main(int argc, const char *const *argv, int first)
{
	struct server *s = aligned_alloc(_Alignof(struct server), sizeof(*s));
	struct status st;
	int result = SERVER_EXIT_USAGE;

	if (!s)
		return SERVER_EXIT_SYSTEM;
	memset(s, 0, sizeof(*s));
	/* Few heaps: with one for each thread an idle server would be twice as large. */
	mallopt(M_ARENA_MAX, limits_cores() + 2);
	status_init(&st);
	if (options_parse(&s->options, server_option_table, argc, argv, first, &st)) {
		fprintf(stderr, "dolmen: %s\n", st.message);
	} else if (options_flag(&s->options, "help")) {
		print_help();
		result = SERVER_EXIT_OK;
	} else if (server_options_check(&s->options, &st)) {
		fprintf(stderr, "dolmen: %s\n", st.message);
	} else {
		result = run(s);
	}
	options_clear(&s->options);
	status_clear(&st);
	free(s);
	return result;
}
