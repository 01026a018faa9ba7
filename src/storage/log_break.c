#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/engine.h"
#include "storage/log_batch.h"
#include "storage/log_file.h"
#include "storage/log_files.h"
#include "storage/log_header.h"
#include "util/log.h"

/*
 * A power loss may take the end of one log file and leave the next, or some pages
 * from the middle of one, which are zeros then: nothing of these was synced.  Where
 * the rest ends between two records, or in zeros, RocksDB sees no damage and goes on
 * with the next file or block, and the store would have lost commits from the middle.
 * Each header says how far it is from the commit before it, so the files are looked
 * through before RocksDB reads them.
 */

struct scan {
	uint64_t last;	 /* the last key so far; 0: none */
	uint64_t synced; /* the watermark */
	struct log_break *out;
};

static bool parse_header(struct view ops, struct log_header *h)
{
	struct view header, fields;

	return log_batch_header(ops, &header) && header.len &&
	       log_header_parse(header, h, &fields);
}

/* The first commit of a term follows what its opening has recovered, which is in
 * tables by then, whatever the log before it says. */
static bool follows(const struct scan *s, uint64_t first, struct view ops)
{
	struct log_header h;

	if (!s->last || !parse_header(ops, &h) || h.flags & LOG_HEADER_FIRST)
		return true;
	return first - h.gap == s->last;
}

static int open_log(struct log_file *f, const struct log_name *name, struct status *st)
{
	int fd = open(name->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return status_set(st, ERR_OPERATION_FAILED, "cannot open the log file %s: %s",
		    name->path, strerror(errno));
	if (log_file_init(f, fd, name->number))
		return 0;
	close(fd);
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
}

static void note_break(struct scan *s, const struct log_name *name, uint64_t at)
{
	s->out->found = true;
	s->out->number = name->number;
	s->out->at = at;
	s->out->last = s->last;
}

static void note_tail(struct scan *s, const struct log_name *name, uint64_t at)
{
	if (s->out->tail_number)
		return;
	s->out->tail_number = name->number;
	s->out->tail_at = at;
}

/* As RocksDB does it, which sees no damage in zeros. */
static enum log_read next_record(struct log_file *f, struct view *record)
{
	enum log_read r;

	do
		r = log_file_next(f, record);
	while (r == LOG_READ_END && log_file_skip_zeros(f));
	return r;
}

/* live: RocksDB is going to read it. */
static int scan_file(struct scan *s, const struct log_name *name, bool live, struct status *st)
{
	struct view record, ops;
	enum log_read r = LOG_READ_OK;
	struct log_file f;
	uint64_t first, at = 0;
	uint32_t n_keys;

	if (open_log(&f, name, st) != 0)
		return st->code;
	while (!s->out->found && (r = next_record(&f, &record)) == LOG_READ_OK &&
	       log_batch_parse(record, &first, &n_keys, &ops)) {
		if (n_keys && live && !follows(s, first, ops))
			note_break(s, name, at);
		if (n_keys)
			s->last = first + n_keys - 1;
		if (n_keys && live && s->last > s->synced)
			note_tail(s, name, at);
		at = f.at;
	}
	if (r == LOG_READ_FAILED)
		status_set(st, ERR_OPERATION_FAILED, "cannot read the log file %s: %s",
		    name->path, strerror(errno));
	log_file_clear(&f);
	return st->code;
}

static bool is_live(const struct store *s, const struct log_name *name)
{
	size_t n = strlen(s->datadir.db);

	return strncmp(name->path, s->datadir.db, n) == 0 && !strchr(name->path + n + 1, '/');
}

/* The file with the last commit before those that RocksDB is going to read. */
static int find_context(const struct store *s, const struct log_names *l, struct status *st)
{
	uint64_t sequence;
	int i = 0;

	while (i < l->n && !is_live(s, &l->names[i]))
		i++;
	while (i > 0 && log_name_first_sequence(&l->names[--i], &sequence, st) == ERR_ABSENT)
		;
	return i;
}

int log_break_find(
    const struct store *s, uint64_t synced, struct log_break *out, struct status *st)
{
	/* The live ones first: that is where each file is looked for first. */
	const char *const dirs[] = {s->datadir.db, s->datadir.archive, s->datadir.history};
	struct scan scan = {.synced = synced, .out = out};
	struct log_names l;
	int r = log_names_list(&l, dirs, (int)ARRAY_LEN(dirs), st);

	*out = (struct log_break){.found = false};
	if (r)
		return r;
	for (int i = find_context(s, &l, st); r == 0 && i < l.n && !out->found; i++)
		r = scan_file(&scan, &l.names[i], is_live(s, &l.names[i]), st);
	log_names_clear(&l);
	return r ? r : st->code;
}

static int cut(const struct log_name *name, uint64_t to, struct status *st)
{
	int fd = open(name->path, O_RDWR | O_CLOEXEC);
	struct stat sb;

	if (fd < 0 || fstat(fd, &sb) != 0 || ftruncate(fd, (off_t)to) != 0 || fsync(fd) != 0)
		status_set(st, ERR_OPERATION_FAILED, "cannot cut the log file %s: %s",
		    name->path, strerror(errno));
	else
		log_write(LOG_STORAGE, LOG_WARNING, 1018,
		    "Log file cut: commits before these have not reached the disk",
		    (struct log_attr[]){{"file", LOG_STR(name->path)},
			{"from", LOG_NUM(sb.st_size)}, {"to", LOG_NUM(to)}, {NULL}});
	if (fd >= 0)
		close(fd);
	return st->code;
}

int log_break_cut(const struct store *s, const struct log_break *b, struct status *st)
{
	const char *const dirs[] = {s->datadir.db};
	struct log_names l;
	int r = log_names_list(&l, dirs, (int)ARRAY_LEN(dirs), st);

	if (r)
		return r;
	/* The last first: interrupted, this leaves what it has found. */
	for (int i = l.n; r == 0 && i-- > 0 && l.names[i].number >= b->number;)
		r = cut(&l.names[i], l.names[i].number == b->number ? b->at : 0, st);
	log_names_clear(&l);
	return r;
}

/* ---- what may be in memory only */

static bool rewrite(int fd, uint64_t at, uint8_t *bytes)
{
	ssize_t n;

	while ((n = pread(fd, bytes, LOG_BLOCK_BYTES, (off_t)at)) > 0) {
		if (pwrite(fd, bytes, (size_t)n, (off_t)at) != n)
			return false;
		at += (uint64_t)n;
	}
	return n == 0;
}

static int rewrite_file(const struct log_name *name, uint64_t at, struct status *st)
{
	int fd = open(name->path, O_RDWR | O_CLOEXEC);
	uint8_t *bytes = malloc(LOG_BLOCK_BYTES);

	if (!bytes)
		status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	else if (fd < 0 || !rewrite(fd, at, bytes))
		status_set(st, ERR_OPERATION_FAILED, "cannot write the log file %s: %s",
		    name->path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(bytes);
	return st->code;
}

/*
 * The last process may have ended for a sync that failed.  The kernel then has
 * bytes that it takes for written, and that are not on the disk: syncing alone
 * does nothing for them.  Bytes that are written once more, the same ones, make
 * nothing worse that is there already.
 */
int log_break_rewrite(const struct store *s, const struct log_break *b, struct status *st)
{
	const char *const dirs[] = {s->datadir.db};
	struct log_names l;
	int r;

	if (!b->tail_number)
		return 0;
	r = log_names_list(&l, dirs, (int)ARRAY_LEN(dirs), st);
	if (r)
		return r;
	for (int i = 0; r == 0 && i < l.n; i++)
		if (l.names[i].number >= b->tail_number)
			r = rewrite_file(&l.names[i],
			    l.names[i].number == b->tail_number ? b->tail_at : 0, st);
	log_names_clear(&l);
	return r;
}
