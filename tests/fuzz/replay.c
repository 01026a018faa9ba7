/*
 * Runs a fuzz target over files and folders of inputs, without a fuzzer: what
 * make check does with the corpus, and how a found input is looked at again.
 * Linked with one fuzz_<name>.c.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int inputs;

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat sb;
	uint8_t *data;

	if (!f || fstat(fileno(f), &sb) != 0) {
		perror(path);
		if (f)
			fclose(f);
		return 1;
	}
	/* A buffer of just this size, so that a read past its end is seen. */
	data = malloc((size_t)sb.st_size ? (size_t)sb.st_size : 1);
	if (!data || fread(data, 1, (size_t)sb.st_size, f) != (size_t)sb.st_size) {
		perror(path);
		fclose(f);
		free(data);
		return 1;
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)sb.st_size);
	free(data);
	inputs++;
	return 0;
}

static int run(const char *path)
{
	struct dirent *entry;
	int failed = 0;
	DIR *dir = opendir(path);

	if (!dir)
		return run_file(path);
	while ((entry = readdir(dir))) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		failed |= run(name);
	}
	closedir(dir);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc < 2) {
		/* Under make check: the corpus of the target's own name. */
		const char *name = strstr(argv[0], "replay_");
		const char *srcdir = getenv("srcdir");
		char path[4096];

		if (!name) {
			fprintf(stderr, "usage: %s FILE|FOLDER...\n", argv[0]);
			return 2;
		}
		snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".",
		    name + strlen("replay_"));
		failed = run(path);
	}
	for (int i = 1; i < argc; i++)
		failed |= run(argv[i]);
	printf("%s: %d inputs\n", argv[0], inputs);
	return failed || !inputs;
}
