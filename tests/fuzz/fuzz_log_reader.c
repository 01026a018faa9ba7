/*
 * The log reader over a file of any bytes.  The first byte says how: even, the
 * rest is the file itself (hardly any of it passes the checksums); odd, it is a
 * list of records, each with a length of two bytes in front, which are framed
 * and checksummed as RocksDB does, so that what stands in them is reached.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bson/validate.h"
#include "storage/log.h"
#include "storage/log_header.h"
#include "util/crc32c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* One record as a whole fragment; what does not fit into the block is put into
 * the next. */
static void append_record(struct buf *file, struct view record)
{
	static const uint8_t zeros[7];
	uint8_t kind = 1;
	uint32_t crc;
	size_t room = 32768 - file->len % 32768;

	if (room < 7 + record.len) {
		while (room > 0) {
			size_t n = MIN_OF(room, sizeof(zeros));

			buf_append(file, zeros, n);
			room -= n;
		}
	}
	crc = crc32c(crc32c(0, view_of(&kind, 1)), record);
	crc = ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
	buf_append_i32(file, (int32_t)crc);
	buf_append_byte(file, (uint8_t)record.len);
	buf_append_byte(file, (uint8_t)(record.len >> 8));
	buf_append_byte(file, kind);
	buf_append_view(file, record);
}

static void frame_records(struct buf *file, struct view in)
{
	while (in.len >= 2) {
		size_t len = (size_t)in.data[0] | (size_t)in.data[1] << 8;

		in = view_of(in.data + 2, in.len - 2);
		len = MIN_OF(len, MIN_OF(in.len, (size_t)30000));
		append_record(file, view_of(in.data, len));
		in = view_of(in.data + len, in.len - len);
	}
}

static char dir[64], path[96];

static void remove_dir(void)
{
	rmdir(dir);
}

static void write_log(struct view bytes)
{
	int fd;

	if (!dir[0]) {
		snprintf(dir, sizeof(dir), "/tmp/fuzz-log-XXXXXX");
		must(mkdtemp(dir) != NULL);
		snprintf(path, sizeof(path), "%s/000001.log", dir);
		atexit(remove_dir);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	must(fd >= 0);
	must(write(fd, bytes.data, bytes.len) == (ssize_t)bytes.len);
	close(fd);
}

static int check_change(void *arg, const struct log_change *c)
{
	must(c->document.len == 0 || bson_check(c->document, NULL) == 0);
	must(c->note.len == 0 || bson_check(c->note, NULL) == 0);
	must(c->delta.len == 0 || bson_check(c->delta, NULL) == 0);
	return 0;
}

static void check_counts(void *arg, const struct log_counts *counts)
{
	int *n = arg;

	*n += counts->emptied;
}

static void read_all(uint64_t sequence)
{
	const char *dirs[] = {dir};
	struct log_reader *reader;
	uint64_t last = 0;
	struct log_entry e;
	struct status st;
	int n = 0;

	status_init(&st);
	if (log_reader_open_dir(dirs, 1, sequence, &reader, &st) == 0) {
		while (log_reader_next(reader, &e, &st) == 0) {
			must(e.n_keys > 0 && e.sequence > last);
			last = e.sequence + (uint64_t)e.n_keys - 1;
			must(last >= sequence);
			if (log_entry_changes(&e, check_change, NULL, &st) != 0 ||
			    log_entry_counts(&e, check_counts, &n, &st) != 0)
				status_clear(&st);
		}
		log_reader_close(reader);
	}
	status_clear(&st);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view rest = view_of(data + 1, size - 1);
	struct buf file;

	if (size == 0)
		return 0;
	buf_init(&file, NULL);
	if (data[0] & 1)
		frame_records(&file, rest);
	else
		buf_append_view(&file, rest);
	write_log(buf_view(&file));
	read_all(0);
	read_all(3);
	unlink(path);
	buf_clear(&file);
	return 0;
}
