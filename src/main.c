/*
 * The program: finds the subcommand and nothing else.
 */
#include "config.h"

#include <bson/bson.h>
#include <mbedtls/version.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#include "server/server.h"
#include "storage/store.h"

static int print_version(void)
{
	char mbedtls[16] = "";

	mbedtls_version_get_string(mbedtls);
	printf("dolmen %s (%s)\n", PACKAGE_VERSION, GIT_COMMIT);
	printf("  RocksDB  %s\n", store_engine_version());
	printf("  libevent %s\n", server_event_version());
	printf("  libbson  %s\n", bson_get_version());
	printf("  mbedtls  %s\n", mbedtls);
	printf("  zlib     %s\n", zlibVersion());
	printf("  zstd     %s\n", ZSTD_versionString());
	printf("  snappy   %s\n", SNAPPY_VERSION_TEXT);
	printf("  xxHash   %u.%u.%u\n", XXH_versionNumber() / 10000,
	    XXH_versionNumber() / 100 % 100, XXH_versionNumber() % 100);
	printf("  compiler %s\n", BUILD_COMPILER);
	printf("  flags    %s\n", BUILD_CFLAGS);
	printf("  sanitizers %s\n", BUILD_SANITIZERS);
	return 0;
}

static int print_help(void)
{
	puts("Usage: dolmen server [OPTION]...   serve a directory of data\n"
	     "       dolmen server --help        its options\n"
	     "       dolmen --version            the versions of the program and its libraries\n"
	     "       dolmen --help               this");
	return 0;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (!strcmp(word, "server"))
		return server_main(argc, (const char *const *)argv, 2);
	if (!strcmp(word, "--version"))
		return print_version();
	if (!strcmp(word, "--help"))
		return print_help();
	fprintf(stderr, "dolmen: '%s' is not a command; try 'dolmen --help'\n", word);
	return SERVER_EXIT_USAGE;
}
