/*
 * storage/log_file.h - one file of RocksDB's write-ahead log: 32 KiB blocks of
 * checksummed fragments, put together to records (write batches).
 *
 * The file may be growing while it is read, and is filled with zeros ahead of what
 * is written (door.cc): what is not there yet is told from what is damaged.  Nothing
 * in the file is believed before its checksum holds.
 *
 * Threads: a file belongs to one reader.
 */
#ifndef STORAGE_LOG_FILE_H
#define STORAGE_LOG_FILE_H

#include "util/buf.h"
#include "util/view.h"

#define LOG_BLOCK_BYTES (32 * 1024)
/* A record longer than this is damage: no batch is. */
#define LOG_RECORD_MAX (512u * 1024 * 1024)

struct log_file {
	int fd;
	uint64_t number;
	uint64_t at; /* where the next record begins */
	/* The block that has been read last: its place, and how much of it was
	 * there. */
	uint64_t block_at;
	size_t block_len;
	uint8_t *block;
	struct buf record; /* of several fragments */
};

enum log_read {
	LOG_READ_OK,
	LOG_READ_END,	  /* nothing more, or not yet: half a record may be there */
	LOG_READ_DAMAGED, /* these bytes are no record */
	LOG_READ_FAILED,  /* errno */
};

/* False: errno says why.  fd is the file's from then on. */
MUST_CHECK bool log_file_init(struct log_file *f, int fd, uint64_t number);
void log_file_clear(struct log_file *f);

/* The next record; valid until the next call.  On anything but OK f->at stays
 * where that record begins. */
MUST_CHECK enum log_read log_file_next(struct log_file *f, struct view *record);

/* After LOG_READ_END: are there zeros at f->at, and more of the file behind their
 * block?  Then f->at is moved there, which is where RocksDB goes on. */
bool log_file_skip_zeros(struct log_file *f);

#endif
