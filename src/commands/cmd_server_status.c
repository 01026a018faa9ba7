/*
 * serverStatus: figures, in sections that a client can leave out
 * ({serverStatus: 1, metrics: 0}) or ask for.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "commands/command.h"
#include "commands/replset.h"
#include "query/cursors.h"
#include "query/query_state.h"
#include "session/sessions.h"
#include "storage/catalog.h"
#include "storage/store.h"
#include "util/clock.h"

struct section {
	const char *name;
	bool on_request; /* only when it is asked for */
	void (*put)(struct request *r, struct builder *b);
};

static void put_asserts(struct request *r, struct builder *b)
{
	builder_i32(b, "regular", 0);
	builder_i32(b, "warning", 0);
	builder_i32(b, "msg", 0);
	builder_int(b, "user", stat_get(&r->inst->stats->errors));
	builder_i32(b, "tripwire", 0);
	builder_i32(b, "rollovers", 0);
}

struct catalog_counts {
	int collections, capped, timeseries, views, internal;
};

static bool count_collection(void *arg, struct collection *c)
{
	struct catalog_counts *n = arg;

	n->views += c->kind == KIND_VIEW;
	n->collections += c->kind == KIND_COLLECTION;
	n->timeseries += c->kind == KIND_TIMESERIES;
	n->capped += c->capped;
	n->internal += !strncmp(c->name, "system.", 7);
	return true;
}

static void put_catalog(struct request *r, struct builder *b)
{
	struct catalog_counts n = {0};

	if (r->inst->store)
		catalog_each(
		    store_catalog(r->inst->store), view_of(NULL, 0), count_collection, &n);
	builder_i32(b, "collections", n.collections);
	builder_i32(b, "capped", n.capped);
	builder_i32(b, "clustered", 0);
	builder_i32(b, "timeseries", n.timeseries);
	builder_i32(b, "views", n.views);
	builder_i32(b, "internalCollections", n.internal);
	builder_i32(b, "internalViews", 0);
}

static void put_connections(struct request *r, struct builder *b)
{
	struct instance_stats *s = r->inst->stats;
	int64_t current = stat_get(&s->connections_current);

	builder_int(b, "current", current);
	builder_int(b, "available", MAX_OF(r->inst->max_connections - current, 0));
	builder_int(b, "totalCreated", stat_get(&s->connections_total));
	builder_int(b, "active", stat_get(&s->connections_active));
}

static void put_extra_info(struct request *r, struct builder *b)
{
	struct rusage u;

	builder_str(b, "note", "fields vary by platform");
	if (getrusage(RUSAGE_SELF, &u))
		return;
	builder_i64(
	    b, "user_time_us", u.ru_utime.tv_sec * INT64_C(1000000) + u.ru_utime.tv_usec);
	builder_i64(
	    b, "system_time_us", u.ru_stime.tv_sec * INT64_C(1000000) + u.ru_stime.tv_usec);
	builder_i64(b, "maximum_resident_set_kb", u.ru_maxrss);
	builder_i64(b, "input_blocks", u.ru_inblock);
	builder_i64(b, "output_blocks", u.ru_oublock);
	builder_i64(b, "page_reclaims", u.ru_minflt);
	builder_i64(b, "page_faults", u.ru_majflt);
	builder_i64(b, "voluntary_context_switches", u.ru_nvcsw);
	builder_i64(b, "involuntary_context_switches", u.ru_nivcsw);
}

/* There is no global lock; the running operations are what is counted. */
static void put_global_lock(struct request *r, struct builder *b)
{
	int active = (int)stat_get(&r->inst->stats->connections_active);

	builder_i64(b, "totalTime", clock_mono_us() - r->inst->start_mono_us);
	builder_doc_begin(b, "currentQueue");
	builder_i32(b, "total", 0);
	builder_i32(b, "readers", 0);
	builder_i32(b, "writers", 0);
	builder_doc_end(b);
	builder_doc_begin(b, "activeClients");
	builder_i32(b, "total", active);
	builder_i32(b, "readers", 0);
	builder_i32(b, "writers", 0);
	builder_doc_end(b);
}

static void put_locks(struct request *r, struct builder *b)
{
}

static void put_session_cache(struct request *r, struct builder *b)
{
	builder_i32(b, "activeSessionsCount",
	    r->inst->sessions ? sessions_count(r->inst->sessions) : 0);
}

/* Pages of the process: all and resident. */
static void put_memory(struct request *r, struct builder *b)
{
	long long total = 0, resident = 0;
	long page = sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%lld %lld", &total, &resident) != 2)
		total = resident = 0;
	if (f)
		fclose(f);
	builder_i32(b, "bits", (int)sizeof(void *) * 8);
	builder_i32(b, "resident", (int32_t)(resident * page >> 20));
	builder_i32(b, "virtual", (int32_t)(total * page >> 20));
	builder_bool(b, "supported", true);
}

static void put_cursor_metrics(struct request *r, struct builder *b)
{
	struct cursors_stats c = {0};

	if (r->inst->cursors)
		cursors_stats(r->inst->cursors, &c);
	builder_doc_begin(b, "cursor");
	builder_i64(b, "timedOut", c.timed_out);
	builder_i64(b, "totalOpened", c.total_opened);
	builder_doc_begin(b, "open");
	builder_i64(b, "noTimeout", c.no_timeout);
	builder_i64(b, "pinned", c.pinned);
	builder_i64(b, "total", c.open);
	builder_doc_end(b);
	builder_doc_end(b);
}

static void put_plan_cache_metrics(struct request *r, struct builder *b)
{
	struct plan_cache *pc = r->inst->store ? query_plan_cache(r->inst->store) : NULL;
	struct plan_cache_stats s = {0};

	if (pc)
		plan_cache_stats(pc, &s);
	builder_doc_begin(b, "query");
	builder_doc_begin(b, "planCache");
	builder_doc_begin(b, "classic");
	builder_i64(b, "hits", s.hits);
	builder_i64(b, "misses", s.misses);
	builder_i64(b, "replanned", s.replanned);
	builder_doc_end(b);
	builder_i64(b, "totalQueryShapes", s.entries);
	builder_i64(b, "totalSizeEstimateBytes", s.bytes);
	builder_doc_end(b);
	builder_doc_end(b);
}

static void put_metrics(struct request *r, struct builder *b)
{
	struct instance_stats *s = r->inst->stats;

	put_cursor_metrics(r, b);
	builder_doc_begin(b, "document");
	builder_i64(b, "deleted", stat_get(&s->docs_deleted));
	builder_i64(b, "inserted", stat_get(&s->docs_inserted));
	builder_i64(b, "returned", stat_get(&s->docs_returned));
	builder_i64(b, "updated", stat_get(&s->docs_updated));
	builder_doc_end(b);
	put_plan_cache_metrics(r, b);
	builder_doc_begin(b, "queryExecutor");
	builder_i64(b, "scanned", stat_get(&s->keys_examined));
	builder_i64(b, "scannedObjects", stat_get(&s->docs_examined));
	builder_doc_end(b);
	builder_doc_begin(b, "ttl");
	builder_i64(b, "deletedDocuments", stat_get(&s->ttl_deleted));
	/* createIndexes and collMod let none in that would have to be passed over. */
	builder_i64(b, "invalidTTLIndexSkips", 0);
	builder_i64(b, "passes", stat_get(&s->ttl_passes));
	builder_i64(b, "subPasses", stat_get(&s->ttl_sub_passes));
	builder_doc_end(b);
}

static void put_mirrored_reads(struct request *r, struct builder *b)
{
	builder_i64(b, "seen", 0);
	builder_i64(b, "sent", 0);
}

static void put_network(struct request *r, struct builder *b)
{
	struct instance_stats *s = r->inst->stats;

	builder_i64(b, "bytesIn", stat_get(&s->bytes_in));
	builder_i64(b, "bytesOut", stat_get(&s->bytes_out));
	builder_i64(b, "physicalBytesIn", stat_get(&s->bytes_in));
	builder_i64(b, "physicalBytesOut", stat_get(&s->bytes_out));
	builder_i64(b, "numRequests", stat_get(&s->requests));
}

static void put_opcounters(struct request *r, struct builder *b)
{
	struct instance_stats *s = r->inst->stats;

	builder_i64(b, "insert", stat_get(&s->op_insert));
	builder_i64(b, "query", stat_get(&s->op_query));
	builder_i64(b, "update", stat_get(&s->op_update));
	builder_i64(b, "delete", stat_get(&s->op_delete));
	builder_i64(b, "getmore", stat_get(&s->op_getmore));
	builder_i64(b, "command", stat_get(&s->op_command));
}

/* Nothing is replicated to a set of one. */
static void put_opcounters_repl(struct request *r, struct builder *b)
{
	static const char *const names[] = {
	    "insert", "query", "update", "delete", "getmore", "command"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		builder_i64(b, names[i], 0);
}

static void put_repl(struct request *r, struct builder *b)
{
	replset_put_hello(r, "isWritablePrimary");
}

static void put_storage_engine(struct request *r, struct builder *b)
{
	builder_str(b, "name", "dolmen");
	builder_bool(b, "supportsCommittedReads", true);
	builder_bool(b, "supportsSnapshotReadConcern", false);
	builder_bool(b, "readOnly", false);
	builder_bool(b, "persistent", true);
}

static void put_dolmen(struct request *r, struct builder *b)
{
	struct store_stats s;

	builder_i64(b, "memoryUsedBytes", atomic_load(&r->inst->memory.used_bytes));
	builder_i64(b, "memoryPeakBytes", atomic_load(&r->inst->memory.peak_bytes));
	if (!r->inst->store)
		return;
	store_stats(r->inst->store, &s);
	builder_i64(b, "latestSequence", (int64_t)s.latest_sequence);
	builder_i64(b, "syncedSequence", (int64_t)s.synced_sequence);
	builder_i64(b, "commits", (int64_t)s.commits);
	builder_i64(b, "syncs", (int64_t)s.syncs);
	builder_i64(b, "stalls", (int64_t)s.stalls);
	builder_i64(b, "cacheUsedBytes", s.cache_used_bytes);
	builder_i64(b, "cacheCapacityBytes", s.cache_capacity_bytes);
	builder_i64(b, "recordCacheBytes", s.record_cache_bytes);
	builder_i64(b, "recordCacheCapacityBytes", s.record_cache_capacity_bytes);
	builder_i64(b, "recordCacheHits", s.record_cache_hits);
	builder_i64(b, "recordCacheMisses", s.record_cache_misses);
	builder_i64(b, "memtableBytes", s.memtable_bytes);
	builder_i64(b, "tableFilesBytes", s.table_files_bytes);
	builder_i64(b, "diskFreeBytes", s.disk_free_bytes);
	builder_i64(b, "diskTotalBytes", s.disk_total_bytes);
	builder_i32(b, "families", s.families);
	builder_i32(b, "spareFamilies", s.spare_families);
	builder_i64(b, "fences", s.fences);
	builder_i64(b, "longestFenceMicros", s.longest_fence_us);
}

/* Multi-document transactions: none are taken, so none are counted. */
static void put_transactions(struct request *r, struct builder *b)
{
	builder_i64(b, "retriedCommandsCount", stat_get(&r->inst->stats->retried_commands));
	builder_i64(b, "retriedStatementsCount", stat_get(&r->inst->stats->retried_statements));
	builder_i64(b, "currentActive", 0);
	builder_i64(b, "currentInactive", 0);
	builder_i64(b, "currentOpen", 0);
	builder_i64(b, "totalAborted", 0);
	builder_i64(b, "totalCommitted", 0);
	builder_i64(b, "totalStarted", 0);
}

/* In the order of the reply. */
static const struct section sections[] = {
    {"asserts", false, put_asserts},
    {"catalogStats", false, put_catalog},
    {"connections", false, put_connections},
    {"dolmen", false, put_dolmen},
    {"extra_info", false, put_extra_info},
    {"globalLock", false, put_global_lock},
    {"locks", false, put_locks},
    {"logicalSessionRecordCache", false, put_session_cache},
    {"mirroredReads", true, put_mirrored_reads},
    {"network", false, put_network},
    {"opcounters", false, put_opcounters},
    {"opcountersRepl", false, put_opcounters_repl},
    {"repl", false, put_repl},
    {"storageEngine", false, put_storage_engine},
    {"transactions", false, put_transactions},
    {"mem", false, put_memory},
    {"metrics", false, put_metrics},
};

/* What the client says of a section: anything that is not false, 0 or null is
 * yes. */
static bool wants(struct request *r, const struct section *s)
{
	struct value v = doc_get(r->body, s->name);

	if (!strcmp(s->name, "repl") && r->inst->face != FACE_REPLSET)
		return false;
	return value_is_missing(v) ? !s->on_request : value_truthy(v);
}

static enum step server_status_run(struct request *r)
{
	struct builder *b = &r->builder;
	int64_t up_ms = (clock_mono_us() - r->inst->start_mono_us) / 1000;
	const char *process = r->inst->face == FACE_ROUTER ? "mongos" : "mongod";
	size_t i;

	builder_printf(b, "host", "%s:%d", r->inst->host_name, r->inst->port);
	builder_str(b, "version", BUILD_INFO_VERSION);
	builder_str(b, "process", process);
	builder_array_begin(b, "service");
	builder_str(b, NULL, process);
	builder_array_end(b);
	builder_i64(b, "pid", getpid());
	builder_double(b, "uptime", (double)(up_ms / 1000));
	builder_i64(b, "uptimeMillis", up_ms);
	builder_i64(b, "uptimeEstimate", up_ms / 1000);
	builder_date(b, "localTime", clock_wall_ms());
	for (i = 0; i < ARRAY_LEN(sections); i++) {
		if (!wants(r, &sections[i]))
			continue;
		builder_doc_begin(b, sections[i].name);
		sections[i].put(r, b);
		builder_doc_end(b);
	}
	return STEP_DONE;
}

const struct command cmd_server_status = {
    .name = "serverStatus",
    .flags = CMD_READ | CMD_ANY_FIELDS,
    .help = "Figures about the server, by sections.",
    .run = server_status_run,
};
