#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/engine.h"
#include "storage/log_batch.h"
#include "storage/log_file.h"
#include "storage/log_files.h"
#include "util/clock.h"
#include "util/log.h"

/*
 * RocksDB drops log files when it likes.  Each that is closed (there is a later
 * one) gets a second name in the history directory, and stays as long as our
 * own retention says: for change streams and backups, and always as long as
 * the counters need it.
 */

/* ---- keeping */

static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -1;
	r = fdatasync(fd);
	close(fd);
	return r;
}

/* A log file has its second name only when all of it is on disk, for it is not
 * looked at again.  0, also when RocksDB has dropped it meanwhile; else errno. */
static int keep_file(const struct store *s, const struct log_name *name, bool *any)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%06llu.log", s->datadir.history,
	    (unsigned long long)name->number);
	if (access(path, F_OK) == 0)
		return 0;
	fd = open(name->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	if (fdatasync(fd) != 0)
		sync_failed(strerror(errno));
	close(fd);
	if (link(name->path, path) != 0)
		return errno == ENOENT ? 0 : errno;
	*any = true;
	return 0;
}

static void warn(const char *what, const char *error)
{
	log_write(LOG_STORAGE, LOG_WARNING, 1015, what,
	    (struct log_attr[]){{"error", LOG_STR(error)}, {NULL}});
}

static int keep_closed(struct store *s, struct status *st)
{
	const char *const dirs[] = {s->datadir.db, s->datadir.archive};
	struct log_names l;
	bool any = false;

	if (log_names_list(&l, dirs, (int)ARRAY_LEN(dirs), st) != 0)
		return st->code;
	for (int i = 0; i + 1 < l.n; i++) {
		int error = keep_file(s, &l.names[i], &any);

		if (error)
			warn("A log file is not kept as history", strerror(error));
	}
	log_names_clear(&l);
	/* RocksDB's names of them go sooner or later. */
	if (any && dir_sync(s->datadir.history) != 0)
		warn("The names of log files are not on disk", strerror(errno));
	return 0;
}

int history_sync_log(struct store *s, struct status *st)
{
	const char *const dirs[] = {s->datadir.db};
	struct log_names l;
	int r = log_names_list(&l, dirs, 1, st);

	if (r)
		return r;
	for (int i = 0; r == 0 && i < l.n; i++)
		/* One that is gone meanwhile is not needed any more. */
		if (sync_file(l.names[i].path) != 0 && errno != ENOENT)
			r = status_set(st, ERR_OPERATION_FAILED,
			    "the log file %s cannot be synced: %s", l.names[i].path,
			    strerror(errno));
	if (r == 0 && dir_sync(s->datadir.db) != 0)
		r = status_set(st, ERR_OPERATION_FAILED,
		    "the names of the log files cannot be synced: %s", strerror(errno));
	log_names_clear(&l);
	return r;
}

static int list_history(struct store *s, struct log_names *l, struct status *st)
{
	const char *const dirs[] = {s->datadir.history};

	return log_names_list(l, dirs, 1, st);
}

/* ---- cutting at open */

enum content { HAS_KEYS, HAS_NO_KEYS, WAS_CUT };

/* Cuts the file at its first record that is damaged or beyond sequence. */
static int cut_file(const struct log_name *name, uint64_t sequence, enum content *content,
    struct status *st)
{
	int fd = open(name->path, O_RDWR | O_CLOEXEC);
	struct view record, ops;
	struct log_file f;
	struct stat sb;
	uint64_t first, keep = 0;
	uint32_t n_keys;
	int r = 0;

	if (fd < 0 || fstat(fd, &sb) != 0 || !log_file_init(&f, fd, name->number)) {
		status_set(st, ERR_OPERATION_FAILED, "cannot open the log file %s: %s",
		    name->path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return st->code;
	}
	*content = HAS_NO_KEYS;
	while (log_file_next(&f, &record) == LOG_READ_OK &&
	       log_batch_parse(record, &first, &n_keys, &ops)) {
		if (n_keys && first + n_keys - 1 > sequence)
			break;
		if (n_keys)
			*content = HAS_KEYS;
		keep = f.at;
	}
	if (keep < (uint64_t)sb.st_size) {
		if (ftruncate(fd, (off_t)keep) != 0 || fsync(fd) != 0)
			r = status_set(st, ERR_OPERATION_FAILED,
			    "cannot cut the log file %s: %s", name->path, strerror(errno));
		*content = WAS_CUT;
		log_write(LOG_STORAGE, LOG_INFO, 1016, "Log file cut where its commits end",
		    (struct log_attr[]){{"file", LOG_STR(name->path)},
			{"from", LOG_NUM(sb.st_size)}, {"to", LOG_NUM(keep)}, {NULL}});
	}
	log_file_clear(&f);
	return r;
}

int history_clean_up(struct store *s, uint64_t recovered, struct status *st)
{
	enum content content = HAS_NO_KEYS;
	struct log_names l;
	int r = keep_closed(s, st);

	if (r == 0)
		r = list_history(s, &l, st);
	if (r)
		return r;
	/* What RocksDB has not recovered is in the newest files: a file that is
	 * whole has only whole ones before it, or the database would have
	 * stopped there. */
	for (int i = l.n; r == 0 && i-- > 0 && content != HAS_KEYS;)
		r = cut_file(&l.names[i], recovered, &content, st);
	log_names_clear(&l);
	return r;
}

/* ---- dropping */

struct retention {
	int64_t now_ms, total_bytes;
};

static bool is_outlived(const struct store *s, const struct retention *t, const struct stat *sb)
{
	int64_t age = t->now_ms - (int64_t)sb->st_mtime * 1000;

	return age > s->options.log_retention_ms ||
	       (s->options.log_retention_bytes &&
		   t->total_bytes > s->options.log_retention_bytes);
}

/* Are all its commits older than the counters' rows?  The next file says where
 * it ends. */
static bool is_needless(const struct store *s, const struct log_names *l, int i)
{
	struct status st;
	uint64_t next;
	int r = ERR_ABSENT;

	status_init(&st);
	for (i++; i < l->n && r == ERR_ABSENT; i++)
		r = log_name_first_sequence(&l->names[i], &next, &st);
	status_clear(&st);
	return r == 0 && next <= s->counts.from + 1;
}

static void drop_outlived(struct store *s, const struct log_names *l)
{
	struct retention t = {.now_ms = clock_wall_ms()};
	struct stat sb;

	for (int i = 0; i < l->n; i++)
		if (stat(l->names[i].path, &sb) == 0)
			t.total_bytes += sb.st_size;
	/* The oldest first, and none after one that stays: history has no holes.
	 * The newest stays, for it tells where the one before it ends. */
	for (int i = 0; i + 1 < l->n; i++) {
		if (stat(l->names[i].path, &sb) != 0)
			continue;
		if (!is_outlived(s, &t, &sb) || !is_needless(s, l, i))
			return;
		if (unlink(l->names[i].path) != 0) {
			warn("A log file is not dropped", strerror(errno));
			return;
		}
		t.total_bytes -= sb.st_size;
	}
}

void history_tend(struct store *s)
{
	struct log_names l;
	struct status st;

	status_init(&st);
	if (keep_closed(s, &st) != 0 || list_history(s, &l, &st) != 0) {
		warn("Log files are not kept as history", st.message);
		status_clear(&st);
		return;
	}
	drop_outlived(s, &l);
	log_names_clear(&l);
}
