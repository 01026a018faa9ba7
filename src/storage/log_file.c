#include "storage/log_file.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/param.h>
#include <unistd.h>

#include "util/crc32c.h"

/* Kinds of fragments.  The recyclable kinds say the file's number too, so that
 * what an earlier use of the file has left is not taken for its own. */
enum fragment_kind {
	FRAGMENT_ZERO = 0,
	FRAGMENT_FULL = 1,
	FRAGMENT_FIRST = 2,
	FRAGMENT_MIDDLE = 3,
	FRAGMENT_LAST = 4,
	RECYCLABLE = 4, /* added to the four */
	FRAGMENT_RECYCLABLE_LAST = 8,
};

enum {
	HEADER_BYTES = 7, /* masked checksum, length, kind */
	RECYCLABLE_HEADER_BYTES = 11, /* and the file's number */
};

bool log_file_init(struct log_file *f, int fd, uint64_t number)
{
	*f = (struct log_file){.fd = fd, .number = number};
	buf_init(&f->record, NULL);
	f->block = malloc(LOG_BLOCK_BYTES);
	return f->block != NULL;
}

void log_file_clear(struct log_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->block);
	buf_clear(&f->record);
	*f = (struct log_file){.fd = -1};
}

/* Reads of the block at that place what is not there yet.  False: errno. */
static bool load_block(struct log_file *f, uint64_t block_at)
{
	if (f->block_at != block_at) {
		f->block_at = block_at;
		f->block_len = 0;
	}
	while (f->block_len < LOG_BLOCK_BYTES) {
		ssize_t n = pread(f->fd, f->block + f->block_len,
		    LOG_BLOCK_BYTES - f->block_len, (off_t)(block_at + f->block_len));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			break;
		f->block_len += (size_t)n;
	}
	return true;
}

struct fragment {
	unsigned int kind; /* FULL to LAST */
	struct view payload;
};

/* As RocksDB stores it, so that a checksum of bytes that hold checksums stays
 * a good one. */
static uint32_t unmask(uint32_t masked)
{
	uint32_t rotated = masked - 0xa282ead8u;

	return (rotated >> 17) | (rotated << 15);
}

static uint32_t read_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return le32toh(v);
}

/* The fragment at offset of the block that is loaded. */
static enum log_read parse_fragment(
    const struct log_file *f, size_t offset, struct fragment *out, size_t *end)
{
	const uint8_t *p = f->block + offset;
	size_t room = f->block_len - offset, header = HEADER_BYTES, len;

	if (room < HEADER_BYTES)
		return LOG_READ_END;
	len = (size_t)p[4] | (size_t)p[5] << 8;
	out->kind = p[6];
	/* Zeros are where the file was made larger and never written. */
	if (out->kind == FRAGMENT_ZERO && len == 0)
		return LOG_READ_END;
	if (out->kind == FRAGMENT_ZERO || out->kind > FRAGMENT_RECYCLABLE_LAST)
		return LOG_READ_DAMAGED;
	if (out->kind > FRAGMENT_LAST) {
		header = RECYCLABLE_HEADER_BYTES;
		out->kind -= RECYCLABLE;
	}
	if (offset + header + len > LOG_BLOCK_BYTES)
		return LOG_READ_DAMAGED;
	if (room < header + len)
		return LOG_READ_END;
	if (unmask(read_u32(p)) != crc32c(0, view_of(p + 6, header - 6 + len)))
		return LOG_READ_DAMAGED;
	if (header == RECYCLABLE_HEADER_BYTES && read_u32(p + 7) != (uint32_t)f->number)
		return LOG_READ_END; /* of an earlier use */
	out->payload = view_of(p + header, len);
	*end = offset + header + len;
	return LOG_READ_OK;
}

static enum log_read look(struct log_file *f, uint64_t block_at, size_t offset,
    struct fragment *out, size_t *end)
{
	if (!load_block(f, block_at))
		return LOG_READ_FAILED;
	return offset > f->block_len ? LOG_READ_END : parse_fragment(f, offset, out, end);
}

/* The fragment at *at, which is moved behind it. */
static enum log_read next_fragment(struct log_file *f, uint64_t *at, struct fragment *out)
{
	size_t offset = (size_t)(*at % LOG_BLOCK_BYTES), end;
	enum log_read r;
	bool seen;

	/* The rest of a block is too short for a header. */
	if (LOG_BLOCK_BYTES - offset < HEADER_BYTES) {
		*at += LOG_BLOCK_BYTES - offset;
		offset = 0;
	}
	seen = f->block_at == *at - offset && f->block_len > offset;
	r = look(f, *at - offset, offset, out, &end);
	/* Where there were zeros, or half a record, there may be one now. */
	if (r != LOG_READ_OK && seen) {
		f->block_len = offset;
		r = look(f, *at - offset, offset, out, &end);
	}
	if (r == LOG_READ_OK)
		*at += end - offset;
	else
		f->block_len = MIN(f->block_len, offset);
	return r;
}

enum log_read log_file_next(struct log_file *f, struct view *record)
{
	uint64_t at = f->at;
	struct fragment fragment;
	enum log_read r;

	buf_reset(&f->record);
	for (bool first = true;; first = false) {
		r = next_fragment(f, &at, &fragment);
		if (r != LOG_READ_OK)
			return r;
		if (first != (fragment.kind == FRAGMENT_FULL || fragment.kind == FRAGMENT_FIRST))
			return LOG_READ_DAMAGED;
		if (fragment.kind == FRAGMENT_FULL) {
			*record = fragment.payload;
			break;
		}
		if (f->record.len + fragment.payload.len > LOG_RECORD_MAX)
			return LOG_READ_DAMAGED;
		buf_append_view(&f->record, fragment.payload);
		if (f->record.failed) {
			errno = ENOMEM;
			return LOG_READ_FAILED;
		}
		if (fragment.kind == FRAGMENT_LAST) {
			*record = buf_view(&f->record);
			break;
		}
	}
	f->at = at;
	return LOG_READ_OK;
}

bool log_file_skip_zeros(struct log_file *f)
{
	size_t offset = (size_t)(f->at % LOG_BLOCK_BYTES), end;
	struct fragment fragment;

	if (LOG_BLOCK_BYTES - offset < HEADER_BYTES) {
		f->at += LOG_BLOCK_BYTES - offset;
		offset = 0;
	}
	if (look(f, f->at - offset, offset, &fragment, &end) != LOG_READ_END ||
	    f->block_len < LOG_BLOCK_BYTES)
		return false;
	f->at += LOG_BLOCK_BYTES - offset;
	return true;
}
