#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/engine.h"

static bool has_database(const struct datadir *d)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/CURRENT", d->db);
	return access(path, F_OK) == 0;
}

/* Takes the handle in; a name that is not ours is an error. */
static int adopt(struct store *s, const char *name, rocksdb_column_family_handle_t *handle,
    struct status *st)
{
	struct families *fs = &s->families;
	unsigned int number = 0;
	struct family *f;
	char rest;

	if (sscanf(name, INDEX_FAMILY "%u%c", &number, &rest) != 1)
		number = 0;
	f = family_new(s, number, handle);
	if (!f) {
		door_family_close(handle);
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	}
	if (strcmp(name, "default") == 0) {
		fs->system = f;
	} else if (strcmp(name, "documents") == 0) {
		fs->documents = f;
	} else if (number == 0 || !families_add(fs, f)) {
		door_family_close(handle);
		free(f);
		return status_set(st, ERR_UNSUPPORTED_FORMAT,
		    "the store holds a column family \"%s\" that is not known", name);
	}
	return 0;
}

struct names {
	int n;
	char **list; /* of RocksDB's, or NULL: the two of a new store */
};

static const char *const first_names[] = {"default", "documents"};

/* A store whose making ended between the two families gets the second. */
static int list_names(struct store *s, struct names *names, struct status *st)
{
	char *text = NULL;
	size_t n = 0;

	*names = (struct names){.n = (int)ARRAY_LEN(first_names)};
	if (!has_database(&s->datadir))
		return 0;
	names->list = rocksdb_list_column_families(s->engine.db, s->datadir.db, &n, &text);
	/* What it gives beside an error is the part that it had read. */
	if (text) {
		rocksdb_list_column_families_destroy(names->list, n);
		names->list = NULL;
		return status_of_text(st, text, "the store cannot be opened");
	}
	if (n > 1) {
		names->n = (int)n;
		return 0;
	}
	rocksdb_list_column_families_destroy(names->list, n);
	names->list = NULL;
	return 0;
}

static void clear_names(struct names *names)
{
	if (names->list)
		rocksdb_list_column_families_destroy(names->list, (size_t)names->n);
}

/* The database and a handle for each name. */
struct opened {
	rocksdb_t *db;
	rocksdb_column_family_handle_t **handles;
};

static int open_rocksdb(struct store *s, const struct names *names, bool read_only,
    struct opened *o, struct status *st)
{
	const char *const *list = names->list ? (const char *const *)names->list : first_names;
	const rocksdb_options_t **options = calloc((size_t)names->n, sizeof(*options));
	char *text = NULL;

	o->db = NULL;
	o->handles = calloc((size_t)names->n, sizeof(*o->handles));
	if (!o->handles || !options) {
		free(options);
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory");
	}
	for (int i = 0; i < names->n; i++)
		options[i] =
		    strcmp(list[i], "documents") ? s->engine.db : s->engine.documents;
	if (read_only)
		o->db = rocksdb_open_for_read_only_column_families(s->engine.db, s->datadir.db,
		    names->n, list, options, o->handles, 0, &text);
	else
		o->db = rocksdb_open_column_families(s->engine.db, s->datadir.db, names->n,
		    list, options, o->handles, &text);
	free(options);
	return o->db ? 0 : status_of_text(st, text, "the store cannot be opened");
}

int families_probe(struct store *s, uint64_t *sequence, struct status *st)
{
	struct opened o = {.db = NULL};
	struct names names;
	int r = 0;

	*sequence = 0;
	if (!has_database(&s->datadir))
		return 0;
	r = list_names(s, &names, st);
	if (r)
		return r;
	/* One whose making was interrupted is not there for reading. */
	if (names.list) {
		r = open_rocksdb(s, &names, true, &o, st);
		if (r == 0) {
			*sequence = rocksdb_get_latest_sequence_number(o.db);
			for (int i = 0; i < names.n; i++)
				door_family_close(o.handles[i]);
			rocksdb_close(o.db);
		}
		free(o.handles);
	}
	clear_names(&names);
	return r;
}

/* The log names families by RocksDB's ids, and readers know these two. */
static int check_ids(struct store *s, struct status *st)
{
	struct families *fs = &s->families;

	if (rocksdb_column_family_handle_get_id(fs->system->handle) == FAMILY_ID_SYSTEM &&
	    rocksdb_column_family_handle_get_id(fs->documents->handle) == FAMILY_ID_DOCUMENTS)
		return 0;
	return status_set(
	    st, ERR_UNSUPPORTED_FORMAT, "the store's column families are not in their order");
}

int families_open(struct store *s, struct status *st)
{
	struct opened o = {.db = NULL};
	struct names names;
	int r;

	s->families.next_number = 1;
	r = list_names(s, &names, st);
	if (r)
		return r;
	r = open_rocksdb(s, &names, false, &o, st);
	s->db = o.db;
	for (int i = 0; o.db && i < names.n; i++) {
		if (r)
			door_family_close(o.handles[i]);
		else
			r = adopt(s, names.list ? names.list[i] : first_names[i], o.handles[i],
			    st);
	}
	free(o.handles);
	clear_names(&names);
	if (r == 0 && !s->families.documents)
		r = status_set(st, ERR_UNSUPPORTED_FORMAT,
		    "the store has no column family \"documents\"");
	return r ? r : check_ids(s, st);
}

void family_free(struct family *f)
{
	if (!f)
		return;
	assert(atomic_load(&f->refs) == 1);
	door_family_close(f->handle);
	free(f);
}

void families_close(struct store *s)
{
	struct families *fs = &s->families;

	for (int i = 0; i < fs->n; i++)
		family_free(fs->index[i]);
	free(fs->index);
	family_free(fs->system);
	family_free(fs->documents);
}

