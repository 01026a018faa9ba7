#include "storage/log_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/log_batch.h"
#include "storage/log_file.h"

/* "000123.log"; false: something else. */
static bool parse_name(const char *name, uint64_t *number)
{
	char *end;

	if (name[0] < '0' || name[0] > '9')
		return false;
	errno = 0;
	*number = strtoull(name, &end, 10);
	return errno == 0 && strcmp(end, ".log") == 0;
}

static bool add(struct log_names *l, uint64_t number, const char *dir, const char *name)
{
	size_t size = strlen(dir) + strlen(name) + 2;
	struct log_name *grown;
	char *path;

	if (l->n == l->capacity) {
		int capacity = l->capacity ? 2 * l->capacity : 16;

		grown = realloc(l->names, (size_t)capacity * sizeof(*grown));
		if (!grown)
			return false;
		l->names = grown;
		l->capacity = capacity;
	}
	path = malloc(size);
	if (!path)
		return false;
	snprintf(path, size, "%s/%s", dir, name);
	l->names[l->n++] = (struct log_name){number, path};
	return true;
}

/* Those of one directory that an earlier one has not, at the end. */
static int list_dir(struct log_names *l, const char *path, struct status *st)
{
	int r = 0, before = l->n;
	struct dirent *e;
	uint64_t number;
	DIR *dir = opendir(path);

	if (!dir)
		return errno == ENOENT ? 0
				       : status_set(st, ERR_OPERATION_FAILED,
					     "cannot read the directory %s: %s", path,
					     strerror(errno));
	while (r == 0 && (e = readdir(dir))) {
		bool known = false;

		if (!parse_name(e->d_name, &number))
			continue;
		for (int i = 0; i < before && !known; i++)
			known = l->names[i].number == number;
		if (!known && !add(l, number, path, e->d_name))
			r = status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	}
	closedir(dir);
	return r;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = ((const struct log_name *)a)->number;
	uint64_t y = ((const struct log_name *)b)->number;

	return (x > y) - (x < y);
}

int log_names_list(
    struct log_names *l, const char *const *dirs, int n_dirs, struct status *st)
{
	int r = 0;

	*l = (struct log_names){.n = 0};
	for (int i = 0; r == 0 && i < n_dirs; i++)
		r = list_dir(l, dirs[i], st);
	if (r)
		log_names_clear(l);
	else if (l->n)
		qsort(l->names, (size_t)l->n, sizeof(*l->names), by_number);
	return r;
}

void log_names_clear(struct log_names *l)
{
	for (int i = 0; i < l->n; i++)
		free(l->names[i].path);
	free(l->names);
	*l = (struct log_names){.n = 0};
}

int log_names_after(const struct log_names *l, uint64_t number)
{
	int i = 0;

	while (i < l->n && l->names[i].number <= number)
		i++;
	return i;
}

int log_name_first_sequence(
    const struct log_name *name, uint64_t *sequence, struct status *st)
{
	struct view record, ops;
	uint32_t n_keys = 0;
	struct log_file f;
	int fd = open(name->path, O_RDONLY | O_CLOEXEC);
	int r = ERR_ABSENT;

	if (fd < 0)
		return errno == ENOENT ? ERR_ABSENT
				       : status_set(st, ERR_OPERATION_FAILED,
					     "cannot open the log file %s: %s", name->path,
					     strerror(errno));
	if (!log_file_init(&f, fd, name->number)) {
		close(fd);
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	}
	while (r == ERR_ABSENT && log_file_next(&f, &record) == LOG_READ_OK &&
	       log_batch_parse(record, sequence, &n_keys, &ops))
		if (n_keys > 0)
			r = 0;
	log_file_clear(&f);
	return r;
}
