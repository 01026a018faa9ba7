/*
 * server/server.h - "dolmen server", from its options to its exit status.
 *
 * The parts of a server are started in one order and stopped in the other;
 * server.c has the list.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

/* Exit statuses, as the man page has them. */
enum server_exit {
	SERVER_EXIT_OK = 0,
	SERVER_EXIT_USAGE = 1, /* an option or the configuration file is wrong */
	SERVER_EXIT_DATA = 2, /* the data directory is in use, unreadable, damaged ... */
	SERVER_EXIT_NETWORK = 3, /* an address cannot be listened on */
	SERVER_EXIT_SYSTEM = 4, /* the system refuses threads, memory, files */
	SERVER_EXIT_UNCLEAN = 5, /* stopped with work that did not end in time */
};

/* libevent's, for --version. */
const char *server_event_version(void);

/* Runs a server until it is told to stop; its options begin at argv[first]. */
int server_main(int argc, const char *const *argv, int first);

#endif
