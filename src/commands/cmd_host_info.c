/*
 * hostInfo: the machine underneath.
 */
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "commands/command.h"
#include "util/clock.h"

/* What /proc and /etc say. */
struct machine {
	struct utsname uts;
	char os_name[128], os_version[64];
	char cpu[128], frequency[32], features[4096];
	int cores, physical_cores, sockets, numa_nodes;
	int64_t memory_bytes, limit_bytes;
	int64_t page_bytes, pages, files;
};

/* name's value in a line "name : value" or name="value", or NULL. */
static char *value_in(char *line, const char *name)
{
	size_t n = strlen(name);
	char *v, *end;

	if (strncmp(line, name, n))
		return NULL;
	v = line + n;
	v += strspn(v, " \t");
	if (*v != ':' && *v != '=')
		return NULL;
	v++;
	v += strspn(v, " \t\"");
	end = v + strcspn(v, "\"\n");
	*end = '\0';
	return v;
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%.*s", (int)size - 1, from);
}

static void read_os(struct machine *m)
{
	char line[512], *v;
	FILE *f = fopen("/etc/os-release", "re");

	copy(m->os_name, sizeof(m->os_name), m->uts.sysname);
	copy(m->os_version, sizeof(m->os_version), m->uts.release);
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if ((v = value_in(line, "PRETTY_NAME")))
			copy(m->os_name, sizeof(m->os_name), v);
		else if ((v = value_in(line, "VERSION_ID")))
			copy(m->os_version, sizeof(m->os_version), v);
	}
	fclose(f);
}

static void read_cpus(struct machine *m)
{
	char line[8192], *v;
	FILE *f = fopen("/proc/cpuinfo", "re");
	int socket = -1, highest = -1, cores = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if ((v = value_in(line, "model name")))
			copy(m->cpu, sizeof(m->cpu), v);
		else if ((v = value_in(line, "cpu MHz")))
			copy(m->frequency, sizeof(m->frequency), v);
		else if ((v = value_in(line, "flags")))
			copy(m->features, sizeof(m->features), v);
		else if ((v = value_in(line, "physical id")) && (socket = atoi(v)) > highest)
			highest = socket;
		else if ((v = value_in(line, "cpu cores")))
			cores = atoi(v);
	}
	if (f)
		fclose(f);
	m->cores = get_nprocs();
	m->sockets = MAX_OF(highest + 1, 1);
	m->physical_cores = cores > 0 ? cores * m->sockets : m->cores;
}

static int64_t read_number(const char *path)
{
	long long n = -1;
	FILE *f = fopen(path, "re");

	if (!f)
		return -1;
	if (fscanf(f, "%lld", &n) != 1)
		n = -1; /* "max" */
	fclose(f);
	return n;
}

/* The smallest limit of the control group, or all of the memory. */
static void read_memory(struct machine *m)
{
	static const char *const limits[] = {
	    "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
	struct sysinfo info;
	size_t i;

	if (!sysinfo(&info))
		m->memory_bytes = (int64_t)info.totalram * info.mem_unit;
	m->limit_bytes = m->memory_bytes;
	for (i = 0; i < ARRAY_LEN(limits); i++) {
		int64_t n = read_number(limits[i]);

		if (n > 0 && n < m->limit_bytes)
			m->limit_bytes = n;
	}
}

static int count_numa_nodes(void)
{
	char path[64];
	int n = 0;

	for (; n < 1024; n++) {
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", n);
		if (access(path, F_OK))
			break;
	}
	return MAX_OF(n, 1);
}

static void read_machine(struct machine *m)
{
	struct rlimit files;

	memset(m, 0, sizeof(*m));
	uname(&m->uts);
	read_os(m);
	read_cpus(m);
	read_memory(m);
	m->numa_nodes = count_numa_nodes();
	m->page_bytes = sysconf(_SC_PAGESIZE);
	m->pages = sysconf(_SC_PHYS_PAGES);
	if (!getrlimit(RLIMIT_NOFILE, &files))
		m->files = (int64_t)files.rlim_cur;
}

static void put_system(struct builder *b, const struct machine *m, const char *host)
{
	builder_doc_begin(b, "system");
	builder_date(b, "currentTime", clock_wall_ms());
	builder_str(b, "hostname", host);
	builder_i32(b, "cpuAddrSize", (int)sizeof(void *) * 8);
	builder_i64(b, "memSizeMB", m->memory_bytes >> 20);
	builder_i64(b, "memLimitMB", m->limit_bytes >> 20);
	builder_i32(b, "numCores", m->cores);
	builder_i32(b, "numCoresAvailableToProcess", m->cores);
	builder_i32(b, "numPhysicalCores", m->physical_cores);
	builder_i32(b, "numCpuSockets", m->sockets);
	builder_str(b, "cpuArch", m->uts.machine);
	builder_bool(b, "numaEnabled", m->numa_nodes > 1);
	builder_i32(b, "numNumaNodes", m->numa_nodes);
	builder_doc_end(b);
}

static void put_extra(struct builder *b, const struct machine *m)
{
	builder_doc_begin(b, "extra");
	builder_str(b, "versionString", m->uts.version);
	builder_str(b, "libcVersion", gnu_get_libc_version());
	builder_str(b, "kernelVersion", m->uts.release);
	builder_str(b, "cpuString", m->cpu);
	builder_str(b, "cpuFrequencyMHz", m->frequency);
	builder_str(b, "cpuFeatures", m->features);
	builder_i64(b, "pageSize", m->page_bytes);
	builder_int(b, "numPages", m->pages);
	builder_int(b, "maxOpenFiles", m->files);
	builder_doc_end(b);
}

static enum step host_info_run(struct request *r)
{
	struct builder *b = &r->builder;
	struct machine m;

	read_machine(&m);
	put_system(b, &m, r->inst->host_name);
	builder_doc_begin(b, "os");
	builder_str(b, "type", m.uts.sysname);
	builder_str(b, "name", m.os_name);
	builder_str(b, "version", m.os_version);
	builder_doc_end(b);
	put_extra(b, &m);
	return STEP_DONE;
}

const struct command cmd_host_info = {
    .name = "hostInfo",
    .flags = CMD_READ,
    .help = "The machine that the server runs on.",
    .run = host_info_run,
};
