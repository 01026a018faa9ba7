#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/engine.h"
#include "util/crc32c.h"

#define FORMAT_NAME "dolmen data directory, format "

/* SYNCED: two slots, written in turn, so that a torn write leaves the other. */
enum {
	SLOT_DISTANCE = 512,
	SLOT_BYTES = 40,
};
static const char slot_magic[8] = "DLMSYNC1";

static char *join(const char *dir, const char *name)
{
	size_t size = strlen(dir) + 1 + strlen(name) + 1;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s/%s", dir, name);
	return path;
}

/* One sentence for a system call that failed on the way. */
static int dir_error(struct status *st, const char *what, const char *path)
{
	switch (errno) {
	case EACCES:
	case EPERM:
	case EROFS:
		return status_set(st, ERR_OPERATION_FAILED,
		    "cannot %s %s: no permission to (%s)", what, path, strerror(errno));
	case ENOSPC:
	case EDQUOT:
		return status_set(st, ERR_OUT_OF_DISK_SPACE, "cannot %s %s: the disk is full",
		    what, path);
	default:
		return status_set(st, ERR_OPERATION_FAILED, "cannot %s %s: %s", what, path,
		    strerror(errno));
	}
}

/* What may stand in a directory whose making was interrupted, or where a file
 * system begins. */
static bool is_nothing(const char *name)
{
	static const char *const names[] = {".", "..", "LOCK", "FORMAT.new", "lost+found"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int check_empty(const char *path, struct status *st)
{
	struct dirent *e;
	DIR *dir = opendir(path);
	int r = 0;

	if (!dir)
		return dir_error(st, "read the data directory", path);
	while (r == 0 && (e = readdir(dir)))
		if (!is_nothing(e->d_name))
			r = status_set(st, ERR_UNSUPPORTED_FORMAT,
			    "%s is not a data directory of this program and not empty (it "
			    "holds %s)",
			    path, e->d_name);
	closedir(dir);
	return r;
}

/* 0, or ERR_ABSENT when there is no FORMAT. */
static int check_format(const char *dir, struct status *st)
{
	char path[4096], text[128];
	size_t name_len = strlen(FORMAT_NAME);
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/FORMAT", dir);
	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? ERR_ABSENT : dir_error(st, "read", path);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (strncmp(text, FORMAT_NAME, name_len) != 0)
		return status_set(st, ERR_UNSUPPORTED_FORMAT,
		    "%s does not name a format of this program", path);
	if (strtol(text + name_len, NULL, 10) != STORE_FORMAT_VERSION)
		return status_set(st, ERR_UNSUPPORTED_FORMAT,
		    "the data directory %s has format %s, and this program knows format %d only",
		    dir, text + name_len, STORE_FORMAT_VERSION);
	return 0;
}

int dir_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -1;
	r = fsync(fd);
	close(fd);
	return r;
}

/* The directory that a directory is in. */
static int sync_parent(const char *dir)
{
	char parent[4096];
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	while (n > 0 && dir[n - 1] != '/')
		n--;
	snprintf(parent, sizeof(parent), "%.*s", n ? (int)n : 1, n ? dir : ".");
	if (dir_sync(parent) == 0)
		return 0;
	if (errno != EACCES)
		return -1;
	/* It may be one that can be written and not read. */
	sync();
	return 0;
}

static bool write_all(int fd, struct view bytes)
{
	ssize_t n = pwrite(fd, bytes.data, bytes.len, 0);

	if (n >= 0 && n < (ssize_t)bytes.len)
		errno = ENOSPC;
	return n == (ssize_t)bytes.len;
}

/* A file that is there with all its bytes or not at all, also after a power
 * loss. */
static int make_file(const char *dir, const char *name, struct view bytes, struct status *st)
{
	char path[4096], to[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.new", dir, name);
	snprintf(to, sizeof(to), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return dir_error(st, "write", path);
	if (!write_all(fd, bytes) || fsync(fd) != 0) {
		dir_error(st, "write", path);
		close(fd);
		return st->code;
	}
	close(fd);
	if (rename(path, to) != 0 || dir_sync(dir) != 0)
		return dir_error(st, "write", to);
	return 0;
}

static int write_format(const char *dir, struct status *st)
{
	char text[64];

	snprintf(text, sizeof(text), "%s%d\n", FORMAT_NAME, STORE_FORMAT_VERSION);
	if (sync_parent(dir) != 0)
		return dir_error(st, "bring to the disk", dir);
	return make_file(dir, "FORMAT", view_of_str(text), st);
}

static int take_lock(struct datadir *d, struct status *st)
{
	char path[4096], pid[32] = "";
	ssize_t n;

	snprintf(path, sizeof(path), "%s/LOCK", d->dir);
	d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (d->lock_fd < 0)
		return dir_error(st, "write", path);
	if (flock(d->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return dir_error(st, "lock", path);
		n = pread(d->lock_fd, pid, sizeof(pid) - 1, 0);
		pid[n > 0 ? n : 0] = '\0';
		pid[strcspn(pid, "\n")] = '\0';
		return status_set(st, ERR_OBJECT_IS_BUSY,
		    "the data directory %s is in use by another process (%s%s)", d->dir,
		    pid[0] ? "pid " : "unknown", pid);
	}
	n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(d->lock_fd, 0) != 0 || pwrite(d->lock_fd, pid, (size_t)n, 0) != n)
		return dir_error(st, "write", path);
	return 0;
}

static int make_dir(const char *path, struct status *st)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return dir_error(st, "make the directory", path);
	return 0;
}

static int set_names(struct datadir *d, const char *dir, struct status *st)
{
	*d = (struct datadir){.lock_fd = -1, .watermark_fd = -1};
	d->dir = strdup(dir);
	d->db = join(dir, "db");
	d->archive = join(dir, "db/archive");
	d->history = join(dir, "history");
	d->spill = join(dir, "spill");
	if (!d->dir || !d->db || !d->archive || !d->history || !d->spill)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	if (strlen(dir) > 3000)
		return status_set(st, ERR_BAD_VALUE, "the data directory's name is too long");
	return 0;
}

static void put_slot(uint8_t *p, const struct watermark *w)
{
	uint64_t sequence = htole64(w->sequence), time = htole64(w->cluster_time);
	uint32_t term = htole32(w->term), clean = htole32(w->clean), crc;

	memcpy(p, slot_magic, 8);
	memcpy(p + 8, &sequence, 8);
	memcpy(p + 16, &time, 8);
	memcpy(p + 24, &term, 4);
	memcpy(p + 28, &clean, 4);
	memset(p + 32, 0, 4);
	crc = htole32(crc32c(0, view_of(p, SLOT_BYTES - 4)));
	memcpy(p + SLOT_BYTES - 4, &crc, 4);
}

/* Both slots are there from the beginning, and promise nothing: from now on one is
 * whole while the other is written. */
static int open_watermark(struct datadir *d, struct status *st)
{
	uint8_t bytes[SLOT_DISTANCE + SLOT_BYTES] = {0};
	const struct watermark nothing = {.sequence = 0};
	char path[4096];

	snprintf(path, sizeof(path), "%s/SYNCED", d->dir);
	d->watermark_fd = open(path, O_RDWR | O_CLOEXEC);
	if (d->watermark_fd < 0 && errno == ENOENT) {
		put_slot(bytes, &nothing);
		put_slot(bytes + SLOT_DISTANCE, &nothing);
		if (make_file(d->dir, "SYNCED", view_of(bytes, sizeof(bytes)), st) != 0)
			return st->code;
		d->watermark_fd = open(path, O_RDWR | O_CLOEXEC);
	}
	return d->watermark_fd < 0 ? dir_error(st, "write", path) : 0;
}

static int make_missing(struct datadir *d, struct status *st)
{
	const char *const dirs[] = {d->db, d->archive, d->history, d->spill};

	/* First of all: with it the directory is ours, whatever comes between. */
	if (d->fresh && write_format(d->dir, st) != 0)
		return st->code;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (make_dir(dirs[i], st) != 0)
			return st->code;
	/* What is synced in a directory is lost with the directory's own name.
	 * Each time, for an earlier opening may have ended before it came to
	 * this. */
	if (dir_sync(d->db) != 0 || dir_sync(d->dir) != 0)
		return dir_error(st, "bring to the disk", d->dir);
	return open_watermark(d, st);
}

int datadir_open(struct datadir *d, const char *dir, struct status *st)
{
	int r = set_names(d, dir, st);

	if (r)
		return r;
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return dir_error(st, "make the data directory", dir);
	r = check_format(dir, st);
	if (r == ERR_ABSENT) {
		/* Looked at before the lock file is made: what is not ours
		 * stays as it is. */
		d->fresh = true;
		r = check_empty(dir, st);
	}
	if (r == 0)
		r = take_lock(d, st);
	if (r == 0 && d->fresh) {
		/* Again: another process may have made it meanwhile. */
		r = check_format(dir, st);
		d->fresh = r == ERR_ABSENT;
		if (d->fresh)
			r = 0;
	}
	return r ? r : make_missing(d, st);
}

void datadir_close(struct datadir *d)
{
	if (d->watermark_fd >= 0)
		close(d->watermark_fd);
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	free(d->dir);
	free(d->db);
	free(d->archive);
	free(d->history);
	free(d->spill);
}

int datadir_empty_spill(struct datadir *d, struct status *st)
{
	DIR *dir = opendir(d->spill);
	struct dirent *e;

	if (!dir)
		return dir_error(st, "read", d->spill);
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' && unlinkat(dirfd(dir), e->d_name, 0) != 0) {
			dir_error(st, "empty", d->spill);
			closedir(dir);
			return st->code;
		}
	closedir(dir);
	return 0;
}

static bool get_slot(const uint8_t *p, struct watermark *w)
{
	uint64_t sequence, time;
	uint32_t term, clean, crc;

	memcpy(&crc, p + SLOT_BYTES - 4, 4);
	if (memcmp(p, slot_magic, 8) != 0 ||
	    le32toh(crc) != crc32c(0, view_of(p, SLOT_BYTES - 4)))
		return false;
	memcpy(&sequence, p + 8, 8);
	memcpy(&time, p + 16, 8);
	memcpy(&term, p + 24, 4);
	memcpy(&clean, p + 28, 4);
	*w = (struct watermark){le64toh(sequence), le64toh(time), le32toh(term), clean != 0};
	return true;
}

/* Later: in a higher term, or further in the same; the clean mark comes last. */
static bool is_later(const struct watermark *a, const struct watermark *b)
{
	if (a->term != b->term)
		return a->term > b->term;
	if (a->sequence != b->sequence)
		return a->sequence > b->sequence;
	return a->clean && !b->clean;
}

int watermark_read(struct datadir *d, struct watermark *w, struct status *st)
{
	uint8_t bytes[SLOT_DISTANCE + SLOT_BYTES] = {0};
	ssize_t n = pread(d->watermark_fd, bytes, sizeof(bytes), 0);
	struct watermark second;
	bool first;

	if (n < 0)
		return dir_error(st, "read the watermark of", d->dir);
	if (n == 0)
		return ERR_ABSENT;
	first = get_slot(bytes, w);
	d->watermark_slot = 1;
	if (get_slot(bytes + SLOT_DISTANCE, &second) && (!first || is_later(&second, w))) {
		*w = second;
		d->watermark_slot = 0;
		return 0;
	}
	if (!first)
		return status_set(st, ERR_OPERATION_FAILED,
		    "%s/SYNCED, which says what was on disk, is damaged", d->dir);
	return 0;
}

int watermark_write(struct datadir *d, const struct watermark *w)
{
	uint8_t slot[SLOT_BYTES];
	off_t at = d->watermark_slot ? SLOT_DISTANCE : 0;

	put_slot(slot, w);
	if (pwrite(d->watermark_fd, slot, sizeof(slot), at) != (ssize_t)sizeof(slot))
		return errno ? errno : EIO;
	d->watermark_slot ^= 1;
	return 0;
}

int watermark_sync(struct datadir *d, struct status *st)
{
	if (fdatasync(d->watermark_fd) != 0)
		return dir_error(st, "sync the watermark of", d->dir);
	return 0;
}
