/*
 * storage/door.h - what rocksdb/c.h has no door for, behind a C header:
 * numeric results, families in batches, background errors, resuming.
 *
 * door.cc is C++, as beside it geo/sphere.cc alone.  It knows how RocksDB's C API keeps
 * its C++ objects inside the opaque structs of c.h; configure checks the
 * versions of which that is known.
 *
 * Threads: as RocksDB's own functions: any.
 */
#ifndef STORAGE_DOOR_H
#define STORAGE_DOOR_H

#include <rocksdb/c.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum door_code {
	DOOR_OK,
	DOOR_ABSENT,
	DOOR_INCOMPLETE, /* would have to wait or to read the disk */
	DOOR_NO_SPACE,
	DOOR_CORRUPTION,
	DOOR_IO_ERROR,
	DOOR_OTHER,
};

/* code DOOR_OK: the message is not set. */
struct door_status {
	enum door_code code;
	char message[512];
};

void door_write(rocksdb_t *db, const rocksdb_writeoptions_t *options,
    rocksdb_writebatch_t *batch, struct door_status *st);

/* One batch that does what several do, each with its log data behind it; they stay as they are. */
struct door_part {
	const rocksdb_writebatch_t *batch;
	const void *log_data;
	size_t log_data_len;
};
void door_write_joined(rocksdb_t *db, const rocksdb_writeoptions_t *options,
    const struct door_part *parts, size_t n, struct door_status *st);

/* Other bytes in the place of as many that have been put into it. */
void door_batch_overwrite(rocksdb_writebatch_t *batch, size_t at, const void *bytes, size_t n);

/* A value where RocksDB has it: in a block or copied out of a memtable.  On
 * DOOR_OK *pin is the caller's to free with door_pin_free. */
struct door_pin;
void door_get(rocksdb_t *db, rocksdb_column_family_handle_t *family,
    const rocksdb_snapshot_t *snapshot, bool cached_only, const void *key, size_t key_len,
    struct door_pin **pin, const unsigned char **value, size_t *value_len,
    struct door_status *st);
void door_pin_free(struct door_pin *pin);

void door_iter_status(const rocksdb_iterator_t *it, struct door_status *st);

/* Of a range, on disk and in memtables, about; 0 when it cannot be told. */
long long door_range_bytes(rocksdb_t *db, rocksdb_column_family_handle_t *family,
    const void *from, size_t from_len, const void *to, size_t to_len);

/* All or none; the handles end with door_family_close. */
void door_families_create(rocksdb_t *db, const rocksdb_options_t *options, int n,
    const char *const *names, rocksdb_column_family_handle_t **handles, struct door_status *st);
void door_families_drop(rocksdb_t *db, int n, rocksdb_column_family_handle_t *const *handles,
    struct door_status *st);
/* For every handle, wherever it comes from. */
void door_family_close(rocksdb_column_family_handle_t *handle);

/* Which part of RocksDB met a background error. */
enum door_error_source {
	DOOR_FROM_WRITE, /* the log or a memtable: what became of a write is unknown */
	DOOR_FROM_BACKGROUND, /* flush, compaction, manifest */
	DOOR_FROM_BACKGROUND_FOR_GOOD, /* the same, and door_resume will not help */
};

struct door_listener {
	/* From RocksDB's threads, with its lock held: must be short.  RocksDB
	 * does not try by itself to leave the error behind. */
	void (*background_error)(void *arg, enum door_error_source source,
	    const struct door_status *st);
	void *arg;
};
/* Before the database is opened; l must live as long as the database. */
void door_listen(rocksdb_options_t *options, const struct door_listener *l);

/* What RocksDB has to say goes there, and not to a text file of its own. */
enum door_severity { DOOR_WARNING, DOOR_ERROR };
typedef void door_say(enum door_severity severity, const char *message);
void door_log(rocksdb_options_t *options, door_say *say);

/* Called, from any thread, when a log file could not be synced; does not return.
 * RocksDB would go on with the next thing to do: syncing the same file again, for
 * one, which succeeds, whatever has become of its bytes. */
typedef void door_failed(const char *error);
/* The log's files are synced so, and filled with zeros ahead of what is written where
 * that makes syncs cheaper.  Before the database is opened; it is one function in a
 * process. */
void door_own_log(rocksdb_options_t *options, door_failed *failed);

/* Tries to leave a background error behind. */
void door_resume(rocksdb_t *db, struct door_status *st);

/* "7.8.3", of the library as it runs. */
const char *door_version(void);

#ifdef __cplusplus
}
#endif

#endif
