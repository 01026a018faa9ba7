#include "config.h"

#include "util/sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sorted at once: about a millisecond's work. */
#define RUN_ITEMS 4096
/* Limits up to this keep only the rows that are wanted. */
#define KEEP_MOST 10000
/* So many files are open at the most; then they become one. */
#define FILES_MOST  64
#define FILE_BUFFER (64 * 1024)
#define LOOK_EVERY  64

/* On disk as in memory, header and bytes: the files end with the process. */
struct item {
	uint64_t front; /* the key's first bytes, big-endian */
	uint64_t order; /* of coming in */
	int64_t number;
	uint32_t key_len, part_len[SORTER_PARTS];
	uint8_t bytes[]; /* key, parts */
};

/* A sorted sequence of items, in memory or in a file. */
struct run {
	struct item **items;
	int n, at;
	FILE *file;
	struct item *head; /* the next to come out; NULL: at its end */
	size_t head_bytes; /* allocated, of a file's */
};

struct sorter {
	struct sorter_options o;
	struct item **fill; /* the run that is being filled, or the heap of those kept */
	int n_fill, fill_room;
	bool keeping;
	struct run *runs;
	int n_runs, runs_room, n_files;
	struct run **heap; /* of the runs, by their heads */
	int n_heap;
	struct run *out_of; /* the run that the last row came out of */
	FILE *spilling;
	int merged_from; /* with spilling: the first run that goes into it */
	size_t used_bytes;
	uint64_t order;
	struct sorter_stats stats;
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a sort");
}

static bool charge(struct sorter *s, size_t bytes)
{
	return !s->o.account || memory_charge(s->o.account, bytes);
}

static size_t item_bytes(const struct item *i)
{
	return sizeof(*i) + i->key_len + i->part_len[0] + i->part_len[1] + i->part_len[2] +
	       i->part_len[3];
}

static int compare(const struct item *a, const struct item *b)
{
	int c;

	if (a->front != b->front)
		return a->front < b->front ? -1 : 1;
	c = view_compare(view_of(a->bytes, a->key_len), view_of(b->bytes, b->key_len));
	return c ? c : (a->order > b->order) - (a->order < b->order);
}

static int compare_pointers(const void *a, const void *b)
{
	return compare(*(struct item *const *)a, *(struct item *const *)b);
}

struct sorter *sorter_new(const struct sorter_options *o)
{
	struct sorter *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->o = *o;
	s->keeping = o->limit > 0 && o->limit <= KEEP_MOST;
	return s;
}

static void free_item(struct sorter *s, struct item *i)
{
	s->used_bytes -= item_bytes(i);
	memory_release(s->o.account, item_bytes(i));
	free(i);
}

static void free_run(struct sorter *s, struct run *r)
{
	for (int i = r->at; i < r->n; i++)
		free_item(s, r->items[i]);
	free(r->items);
	if (r->file) {
		fclose(r->file);
		free(r->head);
		memory_release(s->o.account, r->head_bytes);
		s->n_files--;
	}
	*r = (struct run){0};
}

void sorter_free(struct sorter *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->n_fill; i++)
		free_item(s, s->fill[i]);
	for (int i = 0; i < s->n_runs; i++)
		free_run(s, &s->runs[i]);
	if (s->spilling)
		fclose(s->spilling);
	free(s->fill);
	free(s->runs);
	free(s->heap);
	free(s);
}

/* ------------------------------------------------------------- coming in */

static uint64_t front_of(struct view key)
{
	uint64_t front = 0;

	for (size_t i = 0; i < 8; i++)
		front = front << 8 | (i < key.len ? key.data[i] : 0);
	return front;
}

static struct item *make_item(struct sorter *s, struct view key, const struct sorter_row *row)
{
	size_t bytes = sizeof(struct item) + key.len;
	struct item *i;
	uint8_t *to;

	for (int p = 0; p < SORTER_PARTS; p++)
		bytes += row->parts[p].len;
	if (!charge(s, bytes))
		return NULL;
	i = malloc(bytes);
	if (!i) {
		memory_release(s->o.account, bytes);
		return NULL;
	}
	i->front = front_of(key);
	i->order = s->order;
	i->number = row->number;
	i->key_len = (uint32_t)key.len;
	to = i->bytes;
	if (key.len)
		memcpy(to, key.data, key.len);
	to += key.len;
	for (int p = 0; p < SORTER_PARTS; p++) {
		i->part_len[p] = (uint32_t)row->parts[p].len;
		if (row->parts[p].len)
			memcpy(to, row->parts[p].data, row->parts[p].len);
		to += row->parts[p].len;
	}
	s->used_bytes += bytes;
	s->stats.peak_bytes = MAX_OF(s->stats.peak_bytes, (int64_t)s->used_bytes);
	return i;
}

static struct run *add_run(struct sorter *s)
{
	if (s->n_runs == s->runs_room) {
		int room = s->runs_room ? 2 * s->runs_room : 16;
		struct run *more = realloc(s->runs, (size_t)room * sizeof(*more));

		if (!more)
			return NULL;
		s->runs = more;
		s->runs_room = room;
	}
	s->runs[s->n_runs] = (struct run){0};
	return &s->runs[s->n_runs++];
}

/* What has been filled becomes a sorted run. */
static int end_run(struct sorter *s, struct status *st)
{
	struct run *r;

	if (!s->n_fill)
		return 0;
	r = add_run(s);
	if (!r)
		return no_memory(st);
	qsort(s->fill, (size_t)s->n_fill, sizeof(*s->fill), compare_pointers);
	r->items = s->fill;
	r->n = s->n_fill;
	s->fill = NULL;
	s->n_fill = s->fill_room = 0;
	return 0;
}

static bool make_room(struct sorter *s)
{
	int room = s->fill_room ? 2 * s->fill_room : 64;
	struct item **more;

	if (s->n_fill < s->fill_room)
		return true;
	more = realloc(s->fill, (size_t)room * sizeof(*more));
	if (!more)
		return false;
	s->fill = more;
	s->fill_room = room;
	return true;
}

/* The heap of those kept has the greatest on top. */
static void sift_up(struct item **h, int i)
{
	while (i > 0 && compare(h[i], h[(i - 1) / 2]) > 0) {
		struct item *t = h[i];

		h[i] = h[(i - 1) / 2];
		h[(i - 1) / 2] = t;
		i = (i - 1) / 2;
	}
}

static void sift_down(struct item **h, int n)
{
	int i = 0;

	for (;;) {
		int child = 2 * i + 1;
		struct item *t = h[i];

		if (child >= n)
			return;
		if (child + 1 < n && compare(h[child + 1], h[child]) > 0)
			child++;
		if (compare(h[child], t) <= 0)
			return;
		h[i] = h[child];
		h[child] = t;
		i = child;
	}
}

/* Would the row come behind all that are kept? */
static bool is_beyond(const struct sorter *s, struct view key)
{
	const struct item *last = s->fill[0];

	return view_compare(key, view_of(last->bytes, last->key_len)) >= 0;
}

static int add_kept(
    struct sorter *s, struct view key, const struct sorter_row *row, struct status *st)
{
	bool all = s->n_fill == (int)s->o.limit;
	struct item *i;

	if (all && is_beyond(s, key))
		return 0;
	if (!all && !make_room(s))
		return no_memory(st);
	i = make_item(s, key, row);
	if (!i)
		return no_memory(st);
	if (all) {
		free_item(s, s->fill[0]);
		s->fill[0] = i;
		sift_down(s->fill, s->n_fill);
	} else {
		s->fill[s->n_fill] = i;
		sift_up(s->fill, s->n_fill++);
	}
	return 0;
}

int sorter_add(
    struct sorter *s, struct view key, const struct sorter_row *row, struct status *st)
{
	s->order++;
	s->stats.rows++;
	if (s->keeping)
		return add_kept(s, key, row, st);
	if (s->n_fill == RUN_ITEMS && end_run(s, st))
		return st->code;
	if (!make_room(s))
		return no_memory(st);
	s->fill[s->n_fill] = make_item(s, key, row);
	if (!s->fill[s->n_fill])
		return no_memory(st);
	s->n_fill++;
	return 0;
}

/* ------------------------------------------------------------ coming out */

static int file_failed(struct status *st, const char *what)
{
	if (errno == ENOSPC)
		return status_set(
		    st, ERR_OUT_OF_DISK_SPACE, "%s a sort's file: the disk is full", what);
	return status_set(
	    st, ERR_INTERNAL_ERROR, "%s a sort's file: %s", what, strerror(errno));
}

/* Room for the next head of a file. */
static bool make_head(struct sorter *s, struct run *r, size_t bytes)
{
	if (bytes <= r->head_bytes && r->head)
		return true;
	free(r->head);
	r->head = NULL;
	memory_release(s->o.account, r->head_bytes);
	r->head_bytes = 0;
	if (!charge(s, bytes))
		return false;
	r->head_bytes = bytes;
	r->head = malloc(bytes);
	return r->head != NULL;
}

/* The next item of a file becomes the run's head. */
static int read_item(struct sorter *s, struct run *r, struct status *st)
{
	struct item header;
	size_t bytes;

	errno = EIO;
	if (fread(&header, sizeof(header), 1, r->file) != 1) {
		if (!feof(r->file))
			return file_failed(st, "reading");
		free(r->head);
		r->head = NULL;
		return 0;
	}
	bytes = item_bytes(&header);
	if (!make_head(s, r, bytes))
		return no_memory(st);
	memcpy(r->head, &header, sizeof(header));
	bytes -= sizeof(header);
	if (bytes && fread(r->head + 1, bytes, 1, r->file) != 1)
		return file_failed(st, "reading");
	return 0;
}

static int next_head(struct sorter *s, struct run *r, struct status *st)
{
	if (r->file)
		return read_item(s, r, st);
	if (r->head)
		free_item(s, r->items[r->at++]);
	r->head = r->at < r->n ? r->items[r->at] : NULL;
	return 0;
}

/* The heap of runs has the one with the least head on top. */
static void settle_run(struct sorter *s, int i)
{
	struct run **h = s->heap, *t = h[i];

	for (;;) {
		int child = 2 * i + 1;

		if (child >= s->n_heap)
			break;
		if (child + 1 < s->n_heap && compare(h[child + 1]->head, h[child]->head) < 0)
			child++;
		if (compare(t->head, h[child]->head) <= 0)
			break;
		h[i] = h[child];
		i = child;
	}
	h[i] = t;
}

/* The runs from first on are to be merged. */
static int begin_merge(struct sorter *s, int first, struct status *st)
{
	free(s->heap);
	s->n_heap = 0;
	s->out_of = NULL;
	s->heap = malloc((size_t)(s->n_runs - first + 1) * sizeof(*s->heap));
	if (!s->heap)
		return no_memory(st);
	for (int i = first; i < s->n_runs; i++) {
		struct run *r = &s->runs[i];

		if (r->file) {
			errno = EIO;
			if (fseek(r->file, 0, SEEK_SET))
				return file_failed(st, "reading");
		}
		if (next_head(s, r, st))
			return st->code;
		if (r->head)
			s->heap[s->n_heap++] = r;
	}
	for (int i = s->n_heap / 2 - 1; i >= 0; i--)
		settle_run(s, i);
	return 0;
}

/* The least of all heads, NULL at the end; the one before is gone. */
static int take_least(struct sorter *s, const struct item **out, struct status *st)
{
	*out = NULL;
	if (s->out_of) {
		int r = next_head(s, s->out_of, st);

		if (r)
			return r;
		if (!s->out_of->head)
			s->heap[0] = s->heap[--s->n_heap];
		if (s->n_heap)
			settle_run(s, 0);
	}
	s->out_of = s->n_heap ? s->heap[0] : NULL;
	if (s->out_of)
		*out = s->out_of->head;
	return 0;
}

int sorter_rewind(struct sorter *s, struct status *st)
{
	int r = end_run(s, st);

	return r ? r : begin_merge(s, 0, st);
}

enum step sorter_next(struct sorter *s, struct sorter_row *row, struct status *st)
{
	const struct item *i;
	const uint8_t *at;

	if (take_least(s, &i, st))
		return STEP_ERROR;
	if (!i)
		return STEP_DONE;
	row->key = view_of(i->bytes, i->key_len);
	at = i->bytes + i->key_len;
	for (int p = 0; p < SORTER_PARTS; p++) {
		row->parts[p] = view_of(at, i->part_len[p]);
		at += i->part_len[p];
	}
	row->number = i->number;
	return STEP_ROW;
}

/* -------------------------------------------------------------- spilling */

bool sorter_is_full(const struct sorter *s)
{
	return s->spilling || s->used_bytes > s->o.memory_bytes;
}

/* Without a name from the start, or as soon as it is open. */
static FILE *open_file(const char *dir)
{
	char path[4096];
	FILE *file;
	int fd;

	snprintf(path, sizeof(path), "%s/sort-XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return NULL;
	unlink(path);
	file = fdopen(fd, "w+b");
	if (!file)
		close(fd);
	else
		setvbuf(file, NULL, _IOFBF, FILE_BUFFER);
	return file;
}

/* All runs in memory go into one file; when there are many files, these too. */
static int begin_spill(struct sorter *s, struct status *st)
{
	if (!s->o.spill_dir)
		return status_set(st, ERR_QUERY_EXCEEDED_MEMORY_LIMIT,
		    "a sort takes more than %zu bytes of memory, and allowDiskUse does not let "
		    "it use the disk",
		    s->o.memory_bytes);
	s->keeping = false;
	if (end_run(s, st))
		return st->code;
	s->spilling = open_file(s->o.spill_dir);
	if (!s->spilling)
		return file_failed(st, "making");
	s->stats.spills++;
	/* Files stand before the runs in memory. */
	s->merged_from = s->n_files >= FILES_MOST ? 0 : s->n_files;
	return begin_merge(s, s->merged_from, st);
}

/* The runs that have been merged make place for the file. */
static int end_spill(struct sorter *s, struct status *st)
{
	struct run *r;

	if (fflush(s->spilling))
		return file_failed(st, "writing");
	for (int i = s->merged_from; i < s->n_runs; i++)
		free_run(s, &s->runs[i]);
	s->n_runs = s->merged_from;
	r = add_run(s);
	if (!r)
		return no_memory(st);
	r->file = s->spilling;
	s->spilling = NULL;
	s->n_files++;
	return 0;
}

static int write_item(struct sorter *s, const struct item *i, struct status *st)
{
	size_t bytes = item_bytes(i);

	if (fwrite(i, bytes, 1, s->spilling) != 1)
		return file_failed(st, "writing");
	s->stats.spilled_rows++;
	s->stats.spilled_bytes += (int64_t)bytes;
	return 0;
}

enum step sorter_spill(struct sorter *s, struct op *op, struct status *st)
{
	if (!s->spilling && begin_spill(s, st))
		return STEP_ERROR;
	for (int n = 1;; n++) {
		const struct item *i;

		if (take_least(s, &i, st))
			return STEP_ERROR;
		if (!i)
			return end_spill(s, st) ? STEP_ERROR : STEP_DONE;
		if (write_item(s, i, st))
			return STEP_ERROR;
		if (n % LOOK_EVERY)
			continue;
		if (op_check(op, st))
			return STEP_ERROR;
		if (op_slice_over(op))
			return STEP_HANDOVER;
	}
}

void sorter_stats(const struct sorter *s, struct sorter_stats *out)
{
	*out = s->stats;
}
