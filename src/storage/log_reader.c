#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/engine.h"
#include "storage/log.h"
#include "storage/log_batch.h"
#include "storage/log_file.h"
#include "storage/log_files.h"
#include "storage/log_header.h"

enum { DIRS_MAX = 4 };

struct log_reader {
	struct store *store; /* NULL: directories at rest */
	char *dirs[DIRS_MAX];
	int n_dirs;
	bool has_file;
	struct log_file file;
	/* There is a later file: this one has reached its end for good. */
	bool file_is_closed;
	uint64_t number; /* of the file that was opened last */
	uint64_t wanted; /* the first commit shown is the one that holds it */
	bool wanted_is_there; /* or was, when this was opened */
	uint64_t last;	 /* the last key seen; 0: none yet */
	/* What is left of the record read last: the commits behind the one shown. */
	struct view rest;
	uint32_t rest_keys;
	int32_t *stmt_ids;
};

/* ---- files */

static int list_names(struct log_reader *r, struct log_names *l, struct status *st)
{
	return log_names_list(l, (const char *const *)r->dirs, r->n_dirs, st);
}

static void close_file(struct log_reader *r)
{
	if (r->has_file)
		log_file_clear(&r->file);
	r->has_file = false;
}

/* ERR_ABSENT: it has been moved or dropped meanwhile. */
static int open_file(struct log_reader *r, const struct log_name *name, struct status *st)
{
	int fd = open(name->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? ERR_ABSENT
				       : status_set(st, ERR_OPERATION_FAILED,
					     "cannot open the log file %s: %s", name->path,
					     strerror(errno));
	close_file(r);
	if (!log_file_init(&r->file, fd, name->number)) {
		close(fd);
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	}
	r->has_file = true;
	r->file_is_closed = false;
	r->number = name->number;
	return 0;
}

/* Opens the first file after number.  A file that moves from one directory to
 * another between the look and the opening is found at the second look. */
static int open_after(struct log_reader *r, uint64_t number, struct status *st)
{
	bool there = true;
	int e = ERR_ABSENT;

	for (int look = 0; look < 3 && there && e == ERR_ABSENT; look++) {
		struct log_names l;
		int i;

		if (list_names(r, &l, st) != 0)
			return st->code;
		i = log_names_after(&l, number);
		there = i < l.n;
		if (there)
			e = open_file(r, &l.names[i], st);
		log_names_clear(&l);
	}
	return e;
}

static int has_later_file(struct log_reader *r, bool *later, struct status *st)
{
	struct log_names l;

	if (list_names(r, &l, st) != 0)
		return st->code;
	*later = log_names_after(&l, r->number) < l.n;
	log_names_clear(&l);
	return 0;
}

/* ---- opening */

static int history_lost(struct status *st, uint64_t sequence)
{
	return status_set(st, ERR_CHANGE_STREAM_HISTORY_LOST,
	    "the log does not reach back to sequence number %llu",
	    (unsigned long long)sequence);
}

/* Stands before the newest file whose first key is not after the wanted one. */
static int find_start(struct log_reader *r, const struct log_names *l, struct status *st)
{
	bool any = false;
	uint64_t first;

	for (int i = l->n; i-- > 0;) {
		int e = log_name_first_sequence(&l->names[i], &first, st);

		if (e == ERR_ABSENT)
			continue;
		if (e)
			return e;
		any = true;
		if (first <= r->wanted) {
			r->number = l->names[i].number - 1;
			r->wanted_is_there = true;
			return 0;
		}
	}
	if (any || (r->store && r->wanted <= atomic_load(&r->store->committer.sequence)))
		return history_lost(st, r->wanted);
	return 0; /* it is yet to come */
}

static int open_reader(struct store *s, const char *const *dirs, int n_dirs, uint64_t sequence,
    struct log_reader **out, struct status *st)
{
	struct log_reader *r = calloc(1, sizeof(*r));
	struct log_names l;
	int e = 0;

	*out = NULL;
	assert(n_dirs <= DIRS_MAX);
	if (!r)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	r->store = s;
	r->wanted = sequence;
	for (int i = 0; i < n_dirs; i++, r->n_dirs++) {
		r->dirs[i] = strdup(dirs[i]);
		if (!r->dirs[i])
			e = status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	}
	if (e == 0 && sequence > 0) {
		e = list_names(r, &l, st);
		if (e == 0) {
			e = find_start(r, &l, st);
			log_names_clear(&l);
		}
	}
	if (e) {
		log_reader_close(r);
		return e;
	}
	*out = r;
	return 0;
}

int log_reader_open(
    struct store *s, uint64_t sequence, struct log_reader **out, struct status *st)
{
	/* History first: what is linked there does not move. */
	const char *const dirs[] = {s->datadir.history, s->datadir.db, s->datadir.archive};

	return open_reader(s, dirs, (int)ARRAY_LEN(dirs), sequence, out, st);
}

int log_reader_open_dir(const char *const *dirs, int n_dirs, uint64_t sequence,
    struct log_reader **out, struct status *st)
{
	return open_reader(NULL, dirs, n_dirs, sequence, out, st);
}

void log_reader_close(struct log_reader *r)
{
	if (!r)
		return;
	close_file(r);
	for (int i = 0; i < r->n_dirs; i++)
		free(r->dirs[i]);
	free(r->stmt_ids);
	free(r);
}

/* ---- one commit */

static int damaged(struct log_reader *r, struct status *st)
{
	return status_set(st, ERR_OPERATION_FAILED,
	    "the log file %llu is damaged after sequence number %llu",
	    (unsigned long long)r->number, (unsigned long long)r->last);
}

/* A commit's header is behind its keys, where the commit has put it; the next
 * one's keys follow.  What is behind the last header has none. */
static bool take_commit(struct log_reader *r, struct log_entry *e)
{
	struct view rest = r->rest;
	struct log_op op;
	int more;

	e->ops = r->rest;
	while ((more = log_op_next(&rest, &op)) == 1 && op.kind != LOG_OP_DATA)
		e->n_keys += op.kind != LOG_OP_OTHER;
	if (more == 1) {
		e->header = op.value;
		e->ops.len -= rest.len;
	}
	if (more < 0 || (uint32_t)e->n_keys > r->rest_keys)
		return false;
	r->rest = rest;
	r->rest_keys -= (uint32_t)e->n_keys;
	return rest.len > 0 || r->rest_keys == 0;
}

static bool take_session(struct log_reader *r, struct view field, struct log_entry *e)
{
	struct view ids;
	int32_t *copy;

	if (!log_session_parse(field, &e->session.lsid, &e->session.txn_number, &ids))
		return false;
	e->session.n_stmt_ids = (int)(ids.len / 4);
	if (e->session.n_stmt_ids) {
		copy = realloc(r->stmt_ids, ids.len);
		if (!copy)
			return false;
		r->stmt_ids = copy;
		for (int i = 0; i < e->session.n_stmt_ids; i++)
			copy[i] = read_i32(ids.data + 4 * i);
	}
	e->session.stmt_ids = r->stmt_ids;
	e->has_session = true;
	return true;
}

static bool take_header(struct log_reader *r, struct log_entry *e, uint32_t *gap)
{
	struct view fields, field;
	struct log_header h;
	uint8_t tag;
	int more;

	if (e->header.len == 0)
		return true;
	if (!log_header_parse(e->header, &h, &fields))
		return false;
	e->has_header = true;
	e->term = h.term;
	e->cluster_time = h.cluster_time;
	e->wall_ms = h.wall_ms;
	*gap = h.gap;
	while ((more = log_field_next(&fields, &tag, &field)) == 1)
		if (tag == FIELD_SESSION && !take_session(r, field, e))
			return false;
	return more == 0;
}

/* Its place in the log is right behind the one before it? */
static int check_place(
    struct log_reader *r, const struct log_entry *e, uint32_t gap, struct status *st)
{
	if (!r->last)
		return r->wanted_is_there && e->sequence > r->wanted
			   ? history_lost(st, r->wanted)
			   : 0;
	if (e->sequence <= r->last)
		return damaged(r, st);
	if (e->has_header && e->sequence - gap != r->last)
		return status_set(st, ERR_CHANGE_STREAM_HISTORY_LOST,
		    "the log has a hole between the sequence numbers %llu and %llu",
		    (unsigned long long)r->last, (unsigned long long)e->sequence);
	return 0;
}

/* The first commit of what is left of the record, whose first key this is. */
static int fill_entry(
    struct log_reader *r, uint64_t sequence, struct log_entry *e, struct status *st)
{
	uint32_t gap = 0;
	int error;

	*e = (struct log_entry){.sequence = sequence};
	if (!take_commit(r, e) || !take_header(r, e, &gap))
		error = damaged(r, st);
	else
		error = check_place(r, e, gap, st);
	if (error)
		r->rest = view_of(NULL, 0);
	else if (e->n_keys)
		r->last = sequence + (uint64_t)e->n_keys - 1;
	return error;
}

/* The commits of a record one after the other; those that end before the wanted
 * one are not for the caller.  ERR_ABSENT: there is no more. */
static int next_in_record(
    struct log_reader *r, uint64_t sequence, struct log_entry *e, struct status *st)
{
	while (r->rest.len > 0) {
		int error = fill_entry(r, sequence, e, st);

		if (error || r->last >= r->wanted)
			return error;
		sequence = r->last + 1;
	}
	return ERR_ABSENT;
}

/* Begins with the record's first commit. */
static int begin_record(
    struct log_reader *r, struct view record, struct log_entry *e, struct status *st)
{
	uint64_t sequence;

	if (!log_batch_parse(record, &sequence, &r->rest_keys, &r->rest) ||
	    r->rest_keys > INT32_MAX || !r->rest.len) {
		r->rest = view_of(NULL, 0);
		return damaged(r, st);
	}
	return next_in_record(r, sequence, e, st);
}

enum verdict { SHOW, SKIP, WAIT };

static uint64_t synced(const struct log_reader *r)
{
	return r->store ? atomic_load(&r->store->syncer.sequence) : UINT64_MAX;
}

/* A record that has been read: is it for the caller? */
static enum verdict judge(struct log_reader *r, struct view record)
{
	uint64_t sequence, last;
	uint32_t n_keys;
	struct view ops;

	if (!log_batch_parse(record, &sequence, &n_keys, &ops))
		return SHOW; /* which says that it is damaged */
	if (n_keys == 0)
		return SKIP; /* RocksDB begins a file with one */
	last = sequence + n_keys - 1;
	if (last > synced(r))
		return WAIT;
	if (last < r->wanted && r->last < r->wanted) {
		r->last = last;
		return SKIP;
	}
	return SHOW;
}

/* At a file's end: 0 when there is more to read, in it or in the next. */
static int go_on(struct log_reader *r, bool bad, struct status *st)
{
	bool later = false;

	if (r->file_is_closed)
		return open_after(r, r->number, st);
	if (has_later_file(r, &later, st) != 0)
		return st->code;
	if (later) {
		/* What was written before the file was closed may have come
		 * after this reader's last look: read once more. */
		r->file_is_closed = true;
		return 0;
	}
	/* The newest file.  All that is synced can be read, unless it is
	 * damaged; at rest a torn end is the end. */
	return bad && r->store ? damaged(r, st) : ERR_ABSENT;
}

static bool is_at_the_end(const struct log_reader *r)
{
	uint64_t next = MAX_OF(r->last + 1, r->wanted);

	return r->store && next > synced(r);
}

int log_reader_next(struct log_reader *r, struct log_entry *e, struct status *st)
{
	struct view record;
	uint64_t before;
	int error;

	error = next_in_record(r, r->last + 1, e, st);
	if (error != ERR_ABSENT)
		return error;
	for (;;) {
		if (is_at_the_end(r))
			return ERR_ABSENT;
		if (!r->has_file && (error = open_after(r, r->number, st)) != 0)
			return error;
		before = r->file.at;
		switch (log_file_next(&r->file, &record)) {
		case LOG_READ_OK:
			switch (judge(r, record)) {
			case SKIP:
				continue;
			case WAIT:
				r->file.at = before;
				return ERR_ABSENT;
			case SHOW:
				error = begin_record(r, record, e, st);
				if (error != ERR_ABSENT)
					return error;
				continue;
			}
			break;
		case LOG_READ_END:
			error = go_on(r, false, st);
			break;
		case LOG_READ_DAMAGED:
			error = go_on(r, true, st);
			break;
		default:
			error = status_set(st, ERR_OPERATION_FAILED,
			    "reading the log file %llu failed: %s",
			    (unsigned long long)r->number, strerror(errno));
		}
		if (error)
			return error;
	}
}
