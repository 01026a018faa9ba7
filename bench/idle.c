#include "config.h"

#include "bench/idle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/process.h"
#include "bench/requests.h"
#include "server/limits.h"

/* How many of n are open now. */
static int open_all(const struct addrinfo *address, int *fds, int n)
{
	struct buf hello, in;
	int i = 0;

	buf_init(&hello, NULL);
	buf_init(&in, NULL);
	requests_command(&hello, "hello");
	while (i < n && (fds[i] = client_connect(address)) >= 0)
		if (!client_exchange(fds[i++], buf_view(&hello), &in))
			break;
	buf_clear(&hello);
	buf_clear(&in);
	return i;
}

int idle_run(const struct addrinfo *address, int n, int duration_ms, pid_t pid)
{
	int *fds = calloc((size_t)n, sizeof(*fds));
	int64_t before = process_rss_bytes(pid), then;
	struct cpu_time cpu_before, cpu_then;
	int opened;

	if (!fds)
		abort();
	limits_raise_files();
	opened = open_all(address, fds, n);
	process_cpu(pid, &cpu_before);
	usleep((useconds_t)duration_ms * 1000);
	process_cpu(pid, &cpu_then);
	then = process_rss_bytes(pid);
	printf("{\"connections\": %d, \"rss_before_bytes\": %" PRId64
	       ", \"rss_bytes\": %" PRId64 ", \"bytes_each\": %.0f, \"cpu_percent\": %.2f}\n",
	    opened, before, then, opened ? (double)(then - before) / opened : 0,
	    100e3 * (cpu_then.total - cpu_before.total) / duration_ms);
	for (int i = 0; i < opened; i++)
		close(fds[i]);
	free(fds);
	return opened == n ? EXIT_SUCCESS : EXIT_FAILURE;
}
