#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bson/builder.h"
#include "storage/engine.h"
#include "util/log.h"

/*
 * Making or dropping families stops all writers (0.5 ms each in a batch, much
 * more one by one), so spare ones are made ahead of need by the keeper, and
 * what is emptied becomes spare again.  A family in which no index lives is one
 * that only the table refers to.
 */
enum {
	SPARES_LOW = 4,	 /* with fewer the keeper makes more */
	SPARES_MADE = 8, /* at a time */
	SPARES_MAX = 16, /* of emptied ones; the rest is dropped */
	SHARED = 8,	 /* past the limit, indexes go into so many */
	DEDICATED_DEFAULT = 256,
};

struct family *family_new(
    struct store *s, uint32_t number, rocksdb_column_family_handle_t *handle)
{
	struct family *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->refs = 1;
	f->number = number;
	f->handle = handle;
	f->store = s;
	return f;
}

/* Where number stands or would stand. */
static int place_of(const struct families *fs, uint32_t number)
{
	int low = 0, high = fs->n;

	while (low < high) {
		int mid = (low + high) / 2;

		if (fs->index[mid]->number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool families_add(struct families *fs, struct family *f)
{
	int at = place_of(fs, f->number);

	if (fs->n == fs->capacity) {
		int capacity = fs->capacity ? 2 * fs->capacity : 16;
		struct family **grown =
		    realloc(fs->index, (size_t)capacity * sizeof(struct family *));

		if (!grown)
			return false;
		fs->index = grown;
		fs->capacity = capacity;
	}
	memmove(fs->index + at + 1, fs->index + at,
	    (size_t)(fs->n - at) * sizeof(struct family *));
	fs->index[at] = f;
	fs->n++;
	if (f->number >= fs->next_number)
		fs->next_number = f->number + 1;
	return true;
}

/* ---- making spare ones */

/*
 * Families come and go beside the log, whose batches name them by RocksDB's
 * ids: a marker says which id is which family.
 */
static int note_families(struct store *s, const char *what, struct family *const *list, int n,
    struct status *st)
{
	static const uint8_t no_uuid[16];
	struct batch *b = batch_new(s, NULL);
	struct commit commit;
	struct builder doc;
	struct buf bytes;
	int r;

	if (!b)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	buf_init(&bytes, NULL);
	builder_init(&doc, &bytes);
	builder_array_begin(&doc, what);
	for (int i = 0; i < n; i++) {
		builder_doc_begin(&doc, NULL);
		builder_i64(&doc, "family", list[i]->number);
		builder_i64(&doc, "id", rocksdb_column_family_handle_get_id(list[i]->handle));
		builder_doc_end(&doc);
	}
	builder_array_end(&doc);
	builder_finish(&doc);
	batch_note(b, MARKER_FAMILY, no_uuid, builder_view(&doc));
	commit_init(&commit, b);
	r = commit_blocking(s, &commit, st);
	buf_clear(&bytes);
	batch_free(b);
	return r;
}

/* Makes n, which nobody knows of yet. */
static int create_families(struct store *s, struct family **list, int n, struct status *st)
{
	rocksdb_column_family_handle_t *handles[SPARES_MADE];
	struct families *fs = &s->families;
	char names[SPARES_MADE][32];
	const char *name_list[SPARES_MADE];
	struct door_status d;
	uint32_t number;

	pthread_mutex_lock(&fs->lock);
	number = fs->next_number;
	fs->next_number += (uint32_t)n;
	pthread_mutex_unlock(&fs->lock);
	for (int i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), INDEX_FAMILY "%u", number + (uint32_t)i);
		name_list[i] = names[i];
	}
	/* RocksDB stops all writers meanwhile: better that they queue than that an event
	 * loop stands still. */
	commit_lock(s);
	door_families_create(s->db, s->engine.db, n, name_list, handles, &d);
	commit_unlock(s);
	if (d.code != DOOR_OK)
		return status_of_door(st, &d, "no column families can be made");
	for (int i = 0; i < n; i++) {
		list[i] = family_new(s, number + (uint32_t)i, handles[i]);
		if (list[i])
			continue;
		/* What is left over is swept at the next opening. */
		for (int j = 0; j < n; j++) {
			if (j < i)
				family_free(list[j]);
			else
				door_family_close(handles[j]);
		}
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	}
	return 0;
}

static int make_spares(struct store *s, struct status *st)
{
	struct families *fs = &s->families;
	struct family *list[SPARES_MADE];
	int r = create_families(s, list, SPARES_MADE, st);

	if (r)
		return r;
	r = note_families(s, "create", list, SPARES_MADE, st);
	pthread_mutex_lock(&fs->lock);
	for (int i = 0; i < SPARES_MADE; i++) {
		list[i]->spare = true;
		if (r || !families_add(fs, list[i]))
			family_free(list[i]);
	}
	pthread_mutex_unlock(&fs->lock);
	return r;
}

static int count_spares(const struct families *fs)
{
	int n = 0;

	for (int i = 0; i < fs->n; i++)
		n += fs->index[i]->spare;
	return n;
}

/* ---- taking */

static struct family *find_spare(const struct families *fs)
{
	for (int i = 0; i < fs->n; i++)
		if (fs->index[i]->spare)
			return fs->index[i];
	return NULL;
}

static int dedicated_limit(const struct store *s)
{
	return s->options.dedicated_families ? s->options.dedicated_families : DEDICATED_DEFAULT;
}

/* One of the shared ones in turn, once there are enough of them. */
static struct family *find_shared(struct families *fs)
{
	struct family *shared[SHARED];
	int n = 0;

	for (int i = 0; i < fs->n && n < SHARED; i++) {
		struct family *f = fs->index[i];

		if (f->shared && atomic_load(&f->refs) > 1)
			shared[n++] = f;
	}
	return n == SHARED ? shared[fs->next_shared++ % SHARED] : NULL;
}

/* Under the lock: a new reference, or NULL: there is no spare one. */
static struct family *take_locked(struct store *s)
{
	struct families *fs = &s->families;
	int used = fs->n - count_spares(fs);
	bool share = used >= dedicated_limit(s);
	struct family *f = share ? find_shared(fs) : NULL;

	if (!f) {
		f = find_spare(fs);
		if (!f)
			return NULL;
		f->spare = false;
		f->shared = share;
	}
	return family_ref(f);
}

int store_family_take(struct store *s, struct family **out, struct status *st)
{
	struct families *fs = &s->families;
	int spares;

	for (;;) {
		pthread_mutex_lock(&fs->lock);
		*out = take_locked(s);
		spares = count_spares(fs);
		pthread_mutex_unlock(&fs->lock);
		if (spares < SPARES_LOW)
			keeper_poke(s);
		if (*out)
			return 0;
		/* The need came faster than the keeper. */
		if (make_spares(s, st) != 0)
			return st->code;
	}
}

struct family *store_family_find(struct store *s, uint32_t number)
{
	struct families *fs = &s->families;
	struct family *f = NULL;
	int at;

	pthread_mutex_lock(&fs->lock);
	at = place_of(fs, number);
	if (at < fs->n && fs->index[at]->number == number && !fs->index[at]->spare)
		f = family_ref(fs->index[at]);
	pthread_mutex_unlock(&fs->lock);
	return f;
}

void store_family_retire(struct store *s, struct family *f)
{
	assert(f->store == s);
	keeper_poke(s);
}

struct family *store_family_system(struct store *s)
{
	return s->families.system;
}

struct family *store_family_documents(struct store *s)
{
	return s->families.documents;
}

uint32_t family_number(const struct family *f)
{
	return f->number;
}

struct family *family_ref(struct family *f)
{
	atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return f;
}

void family_unref(struct family *f)
{
	int before = atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel);

	assert(before > 1);
	(void)before;
}

/* ---- all of them */

static int flush_one(
    struct store *s, const rocksdb_flushoptions_t *o, struct family *f, struct status *st)
{
	char *text = NULL;

	/* It begins a new log file, which after a failed write would touch the
	 * old one (and a build with assertions end the process). */
	if (store_writable(s, st) != 0)
		return st->code;
	rocksdb_flush_cf(s->db, o, f->handle, &text);
	return text ? status_of_text(st, text, "memtables cannot be written out") : 0;
}

int families_flush(struct store *s, const rocksdb_flushoptions_t *o, struct status *st)
{
	struct families *fs = &s->families;
	uint32_t number = 0;
	struct family *f;
	int at, r;

	r = flush_one(s, o, fs->system, st);
	if (r == 0)
		r = flush_one(s, o, fs->documents, st);
	/* By number, for the table may change between two of them. */
	while (r == 0) {
		pthread_mutex_lock(&fs->lock);
		at = place_of(fs, number + 1);
		f = at < fs->n ? family_ref(fs->index[at]) : NULL;
		pthread_mutex_unlock(&fs->lock);
		if (!f)
			break;
		number = f->number;
		r = flush_one(s, o, f, st);
		family_unref(f);
	}
	return r;
}

static uint64_t property(struct store *s, const struct family *f, const char *name)
{
	uint64_t n;

	return rocksdb_property_int_cf(s->db, f->handle, name, &n) == 0 ? n : 0;
}

static void add_figures(struct store *s, const struct family *f, struct store_stats *out)
{
	out->families++;
	out->spare_families += f->spare;
	out->memtable_bytes += (int64_t)property(s, f, "rocksdb.cur-size-all-mem-tables");
	out->table_files_bytes += (int64_t)property(s, f, "rocksdb.live-sst-files-size");
}

void families_stats(struct store *s, struct store_stats *out)
{
	struct families *fs = &s->families;

	pthread_mutex_lock(&fs->lock);
	add_figures(s, fs->system, out);
	add_figures(s, fs->documents, out);
	for (int i = 0; i < fs->n; i++)
		add_figures(s, fs->index[i], out);
	pthread_mutex_unlock(&fs->lock);
}

int64_t store_range_bytes(struct store *s, struct family *f, struct view from, struct view to)
{
	const char *begin = (const char *)from.data, *end = (const char *)to.data;

	return door_range_bytes(s->db, f->handle, begin, from.len, end, to.len);
}

/* ---- the keeper's part */

static bool family_is_empty(struct store *s, struct family *f)
{
	rocksdb_readoptions_t *ro = rocksdb_readoptions_create();
	rocksdb_iterator_t *it = rocksdb_create_iterator_cf(s->db, ro, f->handle);
	struct door_status d;
	bool empty;

	rocksdb_iter_seek_to_first(it);
	door_iter_status(it, &d);
	empty = !rocksdb_iter_valid(it) && d.code == DOOR_OK;
	rocksdb_iter_destroy(it);
	rocksdb_readoptions_destroy(ro);
	return empty;
}

/* Takes those that nobody uses off the table: at most max, into list.  Nobody
 * can find them then. */
static int take_off_unused(struct families *fs, struct family **list, int max)
{
	int n = 0, kept = 0;

	pthread_mutex_lock(&fs->lock);
	for (int i = 0; i < fs->n; i++) {
		struct family *f = fs->index[i];

		if (!f->spare && atomic_load(&f->refs) == 1 && n < max)
			list[n++] = f;
		else
			fs->index[kept++] = f;
	}
	fs->n = kept;
	pthread_mutex_unlock(&fs->lock);
	return n;
}

static bool put_back_as_spare(struct families *fs, struct family *f)
{
	bool done = false;

	pthread_mutex_lock(&fs->lock);
	if (count_spares(fs) < SPARES_MAX)
		done = families_add(fs, f);
	if (done) {
		f->spare = true;
		f->shared = false;
	}
	pthread_mutex_unlock(&fs->lock);
	return done;
}

static void drop_families(struct store *s, struct family *const *list, int n)
{
	rocksdb_column_family_handle_t *handles[64];
	struct door_status d;
	struct status st;

	assert(n <= (int)ARRAY_LEN(handles));
	status_init(&st);
	for (int i = 0; i < n; i++)
		handles[i] = list[i]->handle;
	commit_lock(s); /* as when they are made */
	door_families_drop(s->db, n, handles, &d);
	commit_unlock(s);
	/* One that could not be dropped is swept at the next opening. */
	if (d.code != DOOR_OK)
		status_of_door(&st, &d, "RocksDB says");
	if (d.code != DOOR_OK || note_families(s, "drop", list, n, &st) != 0)
		log_write(LOG_STORAGE, LOG_WARNING, 1020, "Column families not dropped",
		    (struct log_attr[]){{"error", LOG_STR(st.message)}, {NULL}});
	status_clear(&st);
	for (int i = 0; i < n; i++)
		family_free(list[i]);
}

static void reclaim_unused(struct store *s)
{
	struct family *list[64], *drop[64];
	int n, n_drop;

	do {
		n = take_off_unused(&s->families, list, (int)ARRAY_LEN(list));
		n_drop = 0;
		for (int i = 0; i < n; i++)
			if (!family_is_empty(s, list[i]) ||
			    !put_back_as_spare(&s->families, list[i]))
				drop[n_drop++] = list[i];
		if (n_drop)
			drop_families(s, drop, n_drop);
	} while (n == (int)ARRAY_LEN(list));
}

void families_tend(struct store *s)
{
	struct families *fs = &s->families;
	struct status st;
	int spares;

	reclaim_unused(s);
	pthread_mutex_lock(&fs->lock);
	spares = count_spares(fs);
	pthread_mutex_unlock(&fs->lock);
	if (spares >= SPARES_LOW)
		return;
	status_init(&st);
	if (make_spares(s, &st) != 0)
		log_write(LOG_STORAGE, LOG_WARNING, 1021, "No spare column families",
		    (struct log_attr[]){{"error", LOG_STR(st.message)}, {NULL}});
	status_clear(&st);
}

void families_settle(struct store *s)
{
	struct families *fs = &s->families;

	for (int i = 0; i < fs->n; i++) {
		/* The table's reference and one for each index. */
		if (atomic_load(&fs->index[i]->refs) > 2)
			fs->index[i]->shared = true;
	}
	reclaim_unused(s);
}
