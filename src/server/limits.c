#include "config.h"

#include "server/limits.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB            (INT64_C(1) << 20)
#define GROUP_FS       "/sys/fs/cgroup"
#define MOST_FILES     (1 << 20)
#define LEAST_CACHE    (8 * MIB)
#define LEAST_MEMTABLE (8 * MIB)
#define MOST_MEMTABLE  (512 * MIB)
#define LEAST_WORK     (64 * MIB)

/* The first line of a file, or "". */
static void read_line(const char *path, char *to, size_t len)
{
	FILE *f = fopen(path, "re");

	to[0] = '\0';
	if (!f)
		return;
	if (!fgets(to, (int)len, f))
		to[0] = '\0';
	fclose(f);
}

/* Our group in the unified hierarchy, "/system.slice/dolmen.service"; "" in
 * the older one, and "/" seen from inside a container. */
static void own_group(char *to, size_t len)
{
	char line[512];
	FILE *f = fopen("/proc/self/cgroup", "re");

	to[0] = '\0';
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "0::", 3))
			snprintf(to, len, "%s", line + 3);
	}
	if (f)
		fclose(f);
}

/* Calls each with the value of a file in our group and in all above it. */
static void each_group(const char *file, void (*each)(const char *line, void *arg), void *arg)
{
	char group[512], path[640], line[128];

	own_group(group, sizeof(group));
	for (;;) {
		char *slash;

		snprintf(path, sizeof(path), GROUP_FS "%s/%s", group, file);
		read_line(path, line, sizeof(line));
		if (line[0])
			each(line, arg);
		slash = strrchr(group, '/');
		if (!slash)
			return;
		*slash = '\0';
	}
}

/* "max 100000" or "150000 100000": microseconds of each period. */
static void take_quota(const char *line, void *arg)
{
	int *cores = arg;
	long long quota, period;

	if (sscanf(line, "%lld %lld", &quota, &period) == 2 && period > 0 && quota > 0)
		*cores = (int)MIN_OF(*cores, (quota + period - 1) / period);
}

int limits_cores(void)
{
	cpu_set_t set;
	int cores = sched_getaffinity(0, sizeof(set), &set) ? (int)sysconf(_SC_NPROCESSORS_ONLN)
							    : CPU_COUNT(&set);

	each_group("cpu.max", take_quota, &cores);
	return MAX_OF(cores, 1);
}

static void take_limit(const char *line, void *arg)
{
	int64_t *bytes = arg, limit = strtoll(line, NULL, 10);

	if (limit > 0) /* not "max" */
		*bytes = MIN_OF(*bytes, limit);
}

int64_t limits_memory_bytes(void)
{
	int64_t bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	char line[128];

	each_group("memory.max", take_limit, &bytes);
	read_line(GROUP_FS "/memory/memory.limit_in_bytes", line, sizeof(line));
	take_limit(line, &bytes);
	return bytes;
}

int64_t limits_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? MOST_FILES : limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur == RLIM_INFINITY ? MOST_FILES : (int64_t)limit.rlim_cur;
}

struct memory_plan limits_plan_memory(int64_t memory_bytes, int64_t cache_bytes)
{
	struct memory_plan p;

	/* The system and RocksDB's own small things want some of it. */
	memory_bytes -= memory_bytes / 5;
	p.cache_bytes = cache_bytes ? cache_bytes : memory_bytes / 2;
	p.cache_bytes = MAX_OF(p.cache_bytes, LEAST_CACHE);
	p.memtable_bytes = MAX_OF(MIN_OF(p.cache_bytes / 4, MOST_MEMTABLE), LEAST_MEMTABLE);
	p.work_bytes = memory_bytes - p.cache_bytes - p.memtable_bytes;
	p.work_bytes = MAX_OF(p.work_bytes, LEAST_WORK);
	return p;
}
