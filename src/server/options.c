#include "server/options.h"

#include <stdlib.h>

#include "util/log.h"

#define MOST_BYTES (INT64_C(1) << 50)
#define MOST_INT   2147483647

/* In the order of the help. */
const struct option_def server_option_table[] = {
    {.name = "help",
	.letter = 'h',
	.kind = OPTION_FLAG,
	.flags = OPTION_LINE_ONLY,
	.group = "General",
	.help = "Prints this and does nothing else."},
    {.name = "config",
	.letter = 'f',
	.kind = OPTION_STR,
	.flags = OPTION_LINE_ONLY | OPTION_IS_FILE,
	.value_name = "FILE",
	.path = "config",
	.help = "Reads options from FILE: one 'name = value' a line, the names as here without "
		"their dashes, comments after #. What the command line says wins."},
    {.name = "pid-file",
	.kind = OPTION_STR,
	.value_name = "FILE",
	.path = "processManagement.pidFilePath",
	.help = "Writes the process's number to FILE once the server is ready."},
    {.name = "set-parameter",
	.kind = OPTION_STR,
	.flags = OPTION_REPEATED | OPTION_PAIRS,
	.value_name = "NAME=VALUE",
	.path = "setParameter",
	.help = "Sets a server parameter at start, as the setParameter command would. May be "
		"repeated."},
    {.name = "shutdown-timeout",
	.kind = OPTION_INT,
	.value_name = "SECONDS",
	.fallback = "15",
	.least = 0,
	.most = 86400,
	.path = "processManagement.shutdownTimeoutSecs",
	.parameter = "shutdownTimeoutSecs",
	.help = "How long operations may go on after SIGTERM before they are interrupted."},

    {.name = "bind",
	.kind = OPTION_STR,
	.value_name = "ADDR,...",
	.fallback = "127.0.0.1",
	.path = "net.bindIp",
	.group = "Network",
	.help =
	    "The addresses to listen on, with commas between them; 'none' for --unix-socket "
	    "alone."},
    {.name = "port",
	.letter = 'p',
	.kind = OPTION_INT,
	.value_name = "N",
	.fallback = "27017",
	.least = 0,
	.most = 65535,
	.path = "net.port",
	.help =
	    "The port to listen on; 0 takes a free one. It is printed in the line 'Listening "
	    "on ADDR:PORT'."},
    {.name = "unix-socket",
	.kind = OPTION_STR,
	.value_name = "PATH",
	.path = "net.unixDomainSocket.path",
	.help = "Also listens on a unix domain socket, which only the server's own user may "
		"open."},
    {.name = "allow-unauthenticated-network",
	.kind = OPTION_FLAG,
	.path = "net.allowUnauthenticatedNetwork",
	.help =
	    "Allows listening on addresses that other machines can reach, although everybody "
	    "who reaches them may then read and change all data."},
    {.name = "max-connections",
	.kind = OPTION_INT,
	.value_name = "N",
	.fallback = "65536",
	.least = 1,
	.most = 1000000,
	.path = "net.maxIncomingConnections",
	.parameter = "maxIncomingConnections",
	.help = "How many clients may be connected at once."},
    {.name = "loops",
	.kind = OPTION_INT,
	.value_name = "N",
	.fallback = "0",
	.least = 0,
	.most = 256,
	.path = "net.loops",
	.parameter = "loops",
	.help = "Threads that serve connections; 0: one for each core."},
    {.name = "executor-threads",
	.kind = OPTION_INT,
	.value_name = "N",
	.fallback = "0",
	.least = 0,
	.most = 1024,
	.path = "net.executorThreads",
	.parameter = "executorThreads",
	.help =
	    "Threads for work that takes long or waits for the disk; 0: two for each core."},
    {.name = "cursor-timeout",
	.kind = OPTION_INT,
	.value_name = "MS",
	.fallback = "600000",
	.least = 1,
	.most = MOST_INT,
	.path = "net.cursorTimeoutMillis",
	.parameter = "cursorTimeoutMillis",
	.help = "How long a cursor is kept that nobody reads from."},

    {.name = "replset",
	.kind = OPTION_STR,
	.value_name = "NAME",
	.path = "replication.replSetName",
	.group = "How the server presents itself",
	.help =
	    "As the primary of a replica set of one member, so that drivers retry writes and "
	    "acknowledged ones are on disk by default."},
    {.name = "router",
	.kind = OPTION_FLAG,
	.path = "sharding.router",
	.help = "As the router of a sharded cluster."},
    {.name = "advertise",
	.kind = OPTION_STR,
	.value_name = "HOST:PORT",
	.path = "net.advertise",
	.parameter = "advertise",
	.help = "The address that drivers are told to connect to. Otherwise it is the one that "
		"the client has reached."},

    {.name = "data-dir",
	.letter = 'd',
	.kind = OPTION_STR,
	.value_name = "DIR",
	.fallback = "./data",
	.path = "storage.dbPath",
	.group = "Storage",
	.help = "Where the data is; made if it is not there and its parent is."},
    {.name = "cache-size",
	.kind = OPTION_BYTES,
	.value_name = "BYTES",
	.fallback = "0",
	.least = 0,
	.most = MOST_BYTES,
	.path = "storage.cacheSizeBytes",
	.parameter = "cacheSizeBytes",
	.help = "Memory for cached data; K, M, G and T may follow the number. 0: a part of the "
		"machine's memory or of the control group's limit."},
    {.name = "sync-interval-ms",
	.kind = OPTION_INT,
	.value_name = "MS",
	.fallback = "100",
	.least = 1,
	.most = 500,
	.path = "storage.journal.commitIntervalMs",
	.parameter = "syncIntervalMs",
	.help = "How soon writes that nobody waits for are on disk."},
    {.name = "disk-floor",
	.kind = OPTION_BYTES,
	.value_name = "BYTES",
	.fallback = "128M",
	.least = 0,
	.most = MOST_BYTES,
	.path = "storage.diskFloorBytes",
	.parameter = "diskFloorBytes",
	.help = "With less free space than this on the disk, the server refuses writes until "
		"there is more."},
    {.name = "log-retention",
	.kind = OPTION_INT,
	.value_name = "SECONDS",
	.fallback = "86400",
	.least = 0,
	.most = MOST_INT,
	.path = "storage.oplogMinRetentionSecs",
	.parameter = "logRetentionSecs",
	.help =
	    "How long the history of changes (the write-ahead log) is kept for change streams "
	    "and restores."},
    {.name = "log-retention-size",
	.kind = OPTION_BYTES,
	.value_name = "BYTES",
	.fallback = "1G",
	.least = 0,
	.most = MOST_BYTES,
	.path = "storage.oplogSizeBytes",
	.parameter = "logRetentionBytes",
	.help =
	    "The history of changes takes at most this much of the disk, even if it then goes "
	    "back less far."},
    {.name = "dedicated-index-families",
	.kind = OPTION_INT,
	.value_name = "N",
	.fallback = "256",
	.least = 1,
	.most = 4096,
	.path = "storage.dedicatedIndexFamilies",
	.parameter = "dedicatedIndexFamilies",
	.help = "How many indexes have a column family of their own; further ones share."},
    {.name = "record-key",
	.kind = OPTION_CHOICE,
	.value_name = "id|sequence",
	.fallback = "id",
	.path = "storage.recordKey",
	.parameter = "recordKey",
	.help =
	    "How new collections that do not say it themselves keep their documents: in the "
	    "order of _id, or in the order of insertion with an index on _id."},
    {.name = "accept-damage",
	.kind = OPTION_FLAG,
	.path = "storage.acceptDamage",
	.help = "Opens the data although writes that were on disk are missing, as after a disk "
		"failure. They are lost."},

    {.name = "log-path",
	.kind = OPTION_STR,
	.value_name = "FILE",
	.path = "systemLog.path",
	.group = "Log",
	.help =
	    "Appends the log to FILE instead of writing it to standard error. SIGHUP and the "
	    "logRotate command open it anew."},
    {.name = "log-format",
	.kind = OPTION_CHOICE,
	.value_name = "auto|json|text",
	.fallback = "auto",
	.path = "systemLog.format",
	.help = "JSON lines, or readable ones; auto is readable on a terminal."},
    {.name = "log-level",
	.kind = OPTION_STR,
	.flags = OPTION_REPEATED | OPTION_RUNTIME,
	.value_name = "LEVELS",
	.fallback = "0",
	.path = "systemLog.verbosity",
	.help = "How much is logged, 0 to 5: a number for all components, or single ones as in "
		"'storage=1,query=3'. The components are default, command, control, index, "
		"network, query, storage and write. May be repeated."},
    {.name = "slow-ms",
	.kind = OPTION_INT,
	.flags = OPTION_RUNTIME,
	.value_name = "MS",
	.fallback = "100",
	.least = -1,
	.most = MOST_INT,
	.path = "operationProfiling.slowOpThresholdMs",
	.parameter = "slowMs",
	.help = "Operations that take longer are logged; -1 logs all of them."},
    {NULL},
};

static int find_component(const char *name, size_t len)
{
	for (int i = 0; i < LOG_N_COMPONENTS; i++) {
		const char *known = log_component_name((enum log_component)i);

		if (strlen(known) == len && !memcmp(known, name, len))
			return i;
	}
	return -1;
}

/* One of "storage=1,query=3", or "2"; *s moves behind it. */
static int read_level(const char **s, int *component, int *level, struct status *st)
{
	size_t len = strcspn(*s, ","), name_len = strcspn(*s, "=,");
	const char *digit = *s;

	*component = -1;
	if (name_len < len) {
		*component = find_component(*s, name_len);
		if (*component < 0)
			return status_set(st, ERR_INVALID_OPTIONS,
			    "log-level knows no component '%.*s'", (int)name_len, *s);
		digit = *s + name_len + 1;
	}
	if (digit[0] < '0' || digit[0] > '5' || (digit[1] && digit[1] != ','))
		return status_set(st, ERR_INVALID_OPTIONS,
		    "log-level takes levels from 0 to 5, not '%.*s'", (int)len, *s);
	*level = digit[0] - '0';
	*s = digit + 1 + (digit[1] == ',');
	return 0;
}

int server_options_set_levels(const char *spec, struct status *st)
{
	int levels[LOG_N_COMPONENTS], component, level = 0;

	for (int i = 0; i < LOG_N_COMPONENTS; i++)
		levels[i] = log_get_level((enum log_component)i);
	do {
		int err = read_level(&spec, &component, &level, st);

		if (err)
			return err;
		for (int i = 0; i < LOG_N_COMPONENTS; i++)
			if (component < 0 || component == i)
				levels[i] = level;
	} while (*spec);
	for (int i = 0; i < LOG_N_COMPONENTS; i++)
		log_set_level((enum log_component)i, levels[i]);
	return 0;
}

/* "host:port", "[::1]:port" */
static bool is_host_and_port(const char *s)
{
	const char *colon = strrchr(s, ':');
	char *end;
	long port;

	if (!colon || colon == s || colon[1] < '0' || colon[1] > '9')
		return false;
	if (memchr(s, ':', (size_t)(colon - s)) && (*s != '[' || colon[-1] != ']'))
		return false;
	port = strtol(colon + 1, &end, 10);
	return !*end && port >= 1 && port <= 65535;
}

int server_options_check(const struct options *o, struct status *st)
{
	const char *advertise = options_str(o, "advertise");

	if (options_str(o, "replset") && options_flag(o, "router"))
		return status_set(
		    st, ERR_INVALID_OPTIONS, "--replset and --router cannot be given together");
	if (advertise && !is_host_and_port(advertise))
		return status_set(st, ERR_INVALID_OPTIONS,
		    "--advertise takes HOST:PORT, not '%s'", advertise);
	if (!strcmp(options_str(o, "bind"), "none") && !options_str(o, "unix-socket"))
		return status_set(st, ERR_INVALID_OPTIONS,
		    "--bind none leaves nothing to listen on without --unix-socket");
	return 0;
}
