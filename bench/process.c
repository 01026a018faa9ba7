#include "config.h"

#include "bench/process.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	WINDOW_MS = 100,
	QUIET_PERCENT = 3,
	QUIET_WINDOWS = 2, /* one after the other */
};

static double read_clock(pid_t pid)
{
	struct timespec ts;
	clockid_t id;

	if (clock_getcpuclockid(pid, &id) || clock_gettime(id, &ts))
		return 0;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Fields 14 and 15 of /proc/PID/stat; the second field may hold spaces. */
static void read_parts(pid_t pid, struct cpu_time *out)
{
	double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
	unsigned long user = 0, system = 0;
	char path[64], line[1024];
	const char *behind_name;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(line, sizeof(line), f) && (behind_name = strrchr(line, ')')) &&
	    sscanf(behind_name, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
		&system) == 2) {
		out->user = (double)user * tick;
		out->system = (double)system * tick;
	}
	fclose(f);
}

void process_cpu(pid_t pid, struct cpu_time *out)
{
	*out = (struct cpu_time){0};
	if (!pid)
		return;
	out->total = read_clock(pid);
	read_parts(pid, out);
}

void process_settle(pid_t pid, int most_ms)
{
	const struct timespec window = {.tv_nsec = WINDOW_MS * 1000000L};
	double last = read_clock(pid), now;
	int quiet = 0;

	if (!pid)
		return;
	for (int ms = 0; ms < most_ms && quiet < QUIET_WINDOWS; ms += WINDOW_MS) {
		nanosleep(&window, NULL);
		now = read_clock(pid);
		quiet = now - last < QUIET_PERCENT / 100.0 * WINDOW_MS / 1e3 ? quiet + 1 : 0;
		last = now;
	}
}

int64_t process_rss_bytes(pid_t pid)
{
	char path[64], line[256];
	int64_t kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %" SCNd64, &kib) == 1)
			break;
	fclose(f);
	return kib < 0 ? -1 : kib * 1024;
}
