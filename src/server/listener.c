#include "config.h"

#include "server/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/conn.h"
#include "util/clock.h"
#include "util/log.h"

#define BACKLOG        1024
#define ACCEPTS_A_TURN 64
#define PAUSE_US       100000
#define WARN_EVERY_US  10000000
#define PORT_TRIES     20

/* ------------------------------------------------------------- opening */

static bool is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	}
	if (sa->sa_family == AF_INET6) {
		const struct in6_addr *a = &((const struct sockaddr_in6 *)sa)->sin6_addr;

		return IN6_IS_ADDR_LOOPBACK(a) ||
		       (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
	}
	return false;
}

static struct listener_socket *add_socket(struct listener *l, int family, struct status *st)
{
	struct listener_socket *s = &l->sockets[l->n];

	if (l->n == LISTENER_MOST) {
		status_set(st, ERR_INVALID_OPTIONS, "more than %d addresses to listen on",
		    LISTENER_MOST);
		return NULL;
	}
	s->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0) {
		status_set(
		    st, ERR_HOST_UNREACHABLE, "cannot make a socket: %s", strerror(errno));
		return NULL;
	}
	s->listener = l;
	l->n++;
	return s;
}

static void set_port(struct sockaddr *sa, int port)
{
	if (sa->sa_family == AF_INET)
		((struct sockaddr_in *)sa)->sin_port = htons((uint16_t)port);
	else
		((struct sockaddr_in6 *)sa)->sin6_port = htons((uint16_t)port);
}

static int bound_port(int fd)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);

	getsockname(fd, (struct sockaddr *)&ss, &len);
	return ntohs(ss.ss_family == AF_INET ? ((struct sockaddr_in *)&ss)->sin_port
					     : ((struct sockaddr_in6 *)&ss)->sin6_port);
}

static void name_socket(struct listener_socket *s, const struct sockaddr *sa, int port)
{
	char host[INET6_ADDRSTRLEN] = "";
	const void *addr = sa->sa_family == AF_INET
			       ? (const void *)&((const struct sockaddr_in *)sa)->sin_addr
			       : (const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr;

	inet_ntop(sa->sa_family, addr, host, sizeof(host));
	snprintf(s->name, sizeof(s->name), sa->sa_family == AF_INET ? "%s:%d" : "[%s]:%d", host,
	    port);
}

static int bind_address(
    struct listener *l, const struct addrinfo *ai, int port, struct status *st)
{
	struct listener_socket *s = add_socket(l, ai->ai_family, st);
	struct sockaddr_storage ss = {0};
	int on = 1;

	if (!s)
		return st->code;
	memcpy(&ss, ai->ai_addr, ai->ai_addrlen);
	set_port((struct sockaddr *)&ss, port);
	setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(s->fd, (struct sockaddr *)&ss, ai->ai_addrlen)) {
		name_socket(s, (struct sockaddr *)&ss, port);
		return status_set(st, ERR_HOST_UNREACHABLE, "cannot listen on %s: %s", s->name,
		    strerror(errno));
	}
	l->port = bound_port(s->fd);
	name_socket(s, (struct sockaddr *)&ss, l->port);
	return 0;
}

/* All that one name stands for. */
static int bind_name(
    struct listener *l, const struct listen_options *o, const char *name, struct status *st)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found,
			*ai;
	int err = getaddrinfo(name, NULL, &hints, &found);

	if (err)
		return status_set(st, ERR_INVALID_OPTIONS, "--bind: '%s' is no address: %s",
		    name, gai_strerror(err));
	for (ai = found, err = 0; ai && !err; ai = ai->ai_next) {
		if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
			continue;
		if (!o->allow_network && !is_loopback(ai->ai_addr))
			err = status_set(st, ERR_INVALID_OPTIONS,
			    "other machines can reach %s, and there is no authentication: "
			    "listen on 127.0.0.1, or give --allow-unauthenticated-network",
			    name);
		else
			err = bind_address(l, ai, l->port ? l->port : o->port, st);
	}
	freeaddrinfo(found);
	return err;
}

static int bind_names(struct listener *l, const struct listen_options *o, struct status *st)
{
	char names[1024], *rest = names, *name;
	int err = 0;

	if (!strcmp(o->addresses, "none"))
		return 0;
	if (strlen(o->addresses) >= sizeof(names))
		return status_set(st, ERR_INVALID_OPTIONS, "--bind is too long");
	strcpy(names, o->addresses);
	while (!err && (name = strsep(&rest, ",")))
		err = bind_name(l, o, name, st);
	return err;
}

/* A socket file that nobody listens on any more is taken away. */
static int remove_stale(const struct sockaddr_un *sun, struct status *st)
{
	struct stat sb;
	int fd, err = 0;

	if (lstat(sun->sun_path, &sb))
		return 0;
	if (!S_ISSOCK(sb.st_mode))
		return status_set(st, ERR_HOST_UNREACHABLE,
		    "cannot listen on %s: it exists and is no socket", sun->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (const struct sockaddr *)sun, sizeof(*sun)))
		err = status_set(st, ERR_HOST_UNREACHABLE,
		    "cannot listen on %s: another server does", sun->sun_path);
	else
		unlink(sun->sun_path);
	if (fd >= 0)
		close(fd);
	return err;
}

static int bind_unix(struct listener *l, const char *path, struct status *st)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct listener_socket *s;
	int err;

	if (strlen(path) >= sizeof(sun.sun_path))
		return status_set(st, ERR_INVALID_OPTIONS,
		    "--unix-socket: a path may have %zu bytes", sizeof(sun.sun_path) - 1);
	strcpy(sun.sun_path, path);
	err = remove_stale(&sun, st);
	if (err)
		return err;
	s = add_socket(l, AF_UNIX, st);
	if (!s)
		return st->code;
	/* Nobody can connect before listen(), so chmod comes in time. */
	if (bind(s->fd, (struct sockaddr *)&sun, sizeof(sun)) || chmod(path, 0700))
		return status_set(
		    st, ERR_HOST_UNREACHABLE, "cannot listen on %s: %s", path, strerror(errno));
	l->unix_path = path;
	snprintf(s->name, sizeof(s->name), "%s", path);
	return 0;
}

/* With port 0 the first address draws a port that another may have taken. */
static int bind_all(struct listener *l, const struct listen_options *o, struct status *st)
{
	int err = 0;

	for (int tries = 0; tries < PORT_TRIES; tries++) {
		err = bind_names(l, o, st);
		if (err != ERR_HOST_UNREACHABLE || o->port || l->n < 2)
			break;
		listener_close(l);
	}
	if (!err && o->unix_path)
		err = bind_unix(l, o->unix_path, st);
	return err;
}

int listener_open(struct listener *l, const struct listen_options *o, struct status *st)
{
	int err;

	*l = (struct listener){.n = 0};
	err = bind_all(l, o, st);
	if (err)
		listener_close(l);
	return err;
}

void listener_close(struct listener *l)
{
	assert(!l->begun);
	while (l->n)
		close(l->sockets[--l->n].fd);
	if (l->unix_path)
		unlink(l->unix_path);
	l->unix_path = NULL;
	l->port = 0;
}

/* ----------------------------------------------------------- accepting */

static void watch_all(struct listener *l)
{
	for (int i = 0; i < l->n; i++)
		event_add(&l->sockets[i].event, NULL);
}

static void after_pause(evutil_socket_t fd, short what, void *arg)
{
	watch_all(arg);
}

/* A log full of the same words helps nobody. */
static bool may_warn(int64_t *last_us)
{
	int64_t now = clock_mono_us();

	if (*last_us && now - *last_us < WARN_EVERY_US)
		return false;
	*last_us = now;
	return true;
}

/* The system has no more descriptors or memory: the clients wait in the
 * kernel's queue, and we do not spin over them. */
static void pause_accepting(struct listener *l)
{
	struct timeval tv = {0, PAUSE_US};

	if (may_warn(&l->warned_us))
		log_write(LOG_NETWORK, LOG_WARNING, 2111, "Cannot accept connections for now",
		    (struct log_attr[]){{"error", LOG_STR(strerror(errno))}, {NULL}});
	for (int i = 0; i < l->n; i++)
		event_del(&l->sockets[i].event);
	event_add(&l->pause, &tv);
}

/* The loop with the fewest connections; each in its turn among equals. */
static struct loop *choose_loop(struct listener *l)
{
	struct loop *best = NULL;

	l->turn = (l->turn + 1) % l->n_loops;
	for (int i = 0; i < l->n_loops; i++) {
		struct loop *one = l->loops[(l->turn + i) % l->n_loops];

		if (!best || one->n_conns < best->n_conns)
			best = one;
	}
	return best;
}

static void take_client(struct listener *l, int fd, const struct sockaddr *peer)
{
	struct loop *loop = choose_loop(l);
	struct instance *inst = loop->env->inst;

	if (stat_get(&inst->stats->connections_current) < inst->max_connections) {
		if (!conn_new(loop, fd, peer))
			close(fd);
		return;
	}
	close(fd);
	if (may_warn(&l->refused_us))
		log_write(LOG_NETWORK, LOG_WARNING, 2112,
		    "Refusing connections: there are as many as allowed",
		    (struct log_attr[]){{"most", LOG_NUM(inst->max_connections)}, {NULL}});
}

static bool is_passing(int err)
{
	return err == EAGAIN || err == EWOULDBLOCK || err == EINTR || err == ECONNABORTED ||
	       err == EPROTO;
}

static void on_client(evutil_socket_t fd, short what, void *arg)
{
	struct listener_socket *s = arg;

	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_storage peer = {0};
		socklen_t len = sizeof(peer);
		int client =
		    accept4(fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client < 0) {
			if (!is_passing(errno))
				pause_accepting(s->listener);
			return;
		}
		if (peer.ss_family == AF_UNSPEC)
			peer.ss_family = AF_UNIX;
		take_client(s->listener, client, (struct sockaddr *)&peer);
	}
}

int listener_begin(
    struct listener *l, struct loop *const *loops, int n_loops, struct status *st)
{
	l->loops = loops;
	l->n_loops = n_loops;
	evtimer_assign(&l->pause, loops[0]->base, after_pause, l);
	for (int i = 0; i < l->n; i++) {
		struct listener_socket *s = &l->sockets[i];

		event_assign(
		    &s->event, loops[0]->base, s->fd, EV_READ | EV_PERSIST, on_client, s);
		if (listen(s->fd, BACKLOG))
			return status_set(st, ERR_HOST_UNREACHABLE, "cannot listen on %s: %s",
			    s->name, strerror(errno));
	}
	watch_all(l);
	l->begun = true;
	return 0;
}

void listener_end(struct listener *l)
{
	if (!l->begun)
		return;
	event_del(&l->pause);
	for (int i = 0; i < l->n; i++)
		event_del(&l->sockets[i].event);
	l->begun = false;
}
