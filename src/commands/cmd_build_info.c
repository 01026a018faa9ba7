/*
 * buildInfo: drivers and shells read version and versionArray to see which
 * features are there, so these name the MongoDB whose language is spoken; what
 * really runs stands in a document of its own.
 */
#include "config.h"

#include "bson/validate.h"
#include "commands/command.h"

/* BUILD_INFO_VERSION, with MongoDB's 0 for a release behind it. */
static const int version[] = {8, 2, 4, 0};

static void put_dolmen(struct builder *b)
{
	builder_doc_begin(b, "dolmen");
	builder_str(b, "version", PACKAGE_VERSION);
	builder_str(b, "gitVersion", GIT_COMMIT);
	builder_str(b, "storageEngine", "rocksdb");
	builder_doc_end(b);
}

static void put_environment(struct builder *b)
{
	builder_doc_begin(b, "buildEnvironment");
	builder_str(b, "distmod", "");
#if defined(__x86_64__)
	builder_str(b, "distarch", "x86_64");
	builder_str(b, "target_arch", "x86_64");
#elif defined(__aarch64__)
	builder_str(b, "distarch", "aarch64");
	builder_str(b, "target_arch", "aarch64");
#else
	builder_str(b, "distarch", "unknown");
	builder_str(b, "target_arch", "unknown");
#endif
	builder_str(b, "cc", BUILD_COMPILER);
	builder_str(b, "ccflags", BUILD_CFLAGS);
	builder_str(b, "target_os", "linux");
	builder_doc_end(b);
}

static enum step build_info_run(struct request *r)
{
	struct builder *b = &r->builder;
	size_t i;

	builder_str(b, "version", BUILD_INFO_VERSION);
	builder_str(b, "gitVersion", GIT_COMMIT);
	builder_array_begin(b, "modules");
	builder_array_end(b);
	builder_str(b, "allocator", "system");
	builder_str(b, "javascriptEngine", "none");
	builder_str(b, "sysInfo", "deprecated");
	builder_array_begin(b, "versionArray");
	for (i = 0; i < ARRAY_LEN(version); i++)
		builder_i32(b, NULL, version[i]);
	builder_array_end(b);
	builder_doc_begin(b, "openssl");
	builder_str(b, "running", "none (mbed TLS)");
	builder_doc_end(b);
	put_environment(b);
	builder_i32(b, "bits", (int)sizeof(void *) * 8);
	builder_bool(b, "debug", false);
	builder_i32(b, "maxBsonObjectSize", BSON_USER_SIZE_MAX);
	builder_array_begin(b, "storageEngines");
	builder_str(b, NULL, "dolmen");
	builder_array_end(b);
	put_dolmen(b);
	return STEP_DONE;
}

const struct command cmd_build_info = {
    .name = "buildInfo",
    .alias = "buildinfo",
    .flags = CMD_READ | CMD_NO_AUTH | CMD_LOOP,
    .help = "The versions of the server and what it was built with.",
    .run = build_info_run,
};
