#include "storage/log_header.h"

#include <endian.h>

#include "bson/value.h"

void append_varint(struct buf *b, uint64_t v)
{
	while (v >= 0x80) {
		buf_append_byte(b, (uint8_t)(v | 0x80));
		v >>= 7;
	}
	buf_append_byte(b, (uint8_t)v);
}

static size_t varint_len(uint64_t v)
{
	size_t n = 1;

	while (v >= 0x80) {
		v >>= 7;
		n++;
	}
	return n;
}

static uint64_t zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static int64_t unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* ---- writing */

void log_header_begin(struct buf *b)
{
	buf_extend(b, LOG_HEADER_FIXED);
}

static void put_u32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, 4);
}

static void put_u64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, 8);
}

void log_header_complete(struct buf *b, const struct log_header *h)
{
	uint8_t *p = b->data;

	assert(b->len >= LOG_HEADER_FIXED);
	p[0] = LOG_HEADER_VERSION;
	p[1] = h->flags;
	p[2] = p[3] = 0;
	put_u32(p + 4, h->term);
	put_u64(p + 8, h->cluster_time);
	put_u64(p + 16, (uint64_t)h->wall_ms);
	put_u32(p + 24, h->gap);
}

static void begin_field(struct buf *b, enum log_field tag, size_t len)
{
	buf_append_byte(b, (uint8_t)tag);
	append_varint(b, len);
}

void log_header_table(struct buf *b, const struct log_table *t)
{
	begin_field(b, FIELD_TABLE, 4 + 16 + 8);
	buf_append_i32(b, (int32_t)t->table_id);
	buf_append(b, t->uuid, 16);
	buf_append_i64(b, (int64_t)t->version);
}

static size_t counted_len(size_t len)
{
	return varint_len(len) + len;
}

static void append_counted(struct buf *b, struct view v)
{
	append_varint(b, v.len);
	buf_append_view(b, v);
}

void log_header_change(struct buf *b, const struct log_header_change *c)
{
	struct view id = view_of(c->id.data, c->id.len);

	begin_field(b, FIELD_CHANGE,
	    1 + varint_len(c->table) + 1 + counted_len(id.len) + counted_len(c->delta.len) +
		counted_len(c->pre_image.len));
	buf_append_byte(b, c->kind);
	append_varint(b, c->table);
	buf_append_byte(b, c->id.type);
	append_counted(b, id);
	append_counted(b, c->delta);
	append_counted(b, c->pre_image);
}

void log_header_marker(struct buf *b, const struct log_header_marker *m)
{
	begin_field(b, FIELD_MARKER, 1 + 16 + m->doc.len);
	buf_append_byte(b, m->kind);
	buf_append(b, m->uuid, 16);
	buf_append_view(b, m->doc);
}

void log_header_session(struct buf *b, const struct log_session *s)
{
	begin_field(b, FIELD_SESSION, counted_len(s->lsid.len) + 8 + 4 * (size_t)s->n_stmt_ids);
	append_counted(b, s->lsid);
	buf_append_i64(b, s->txn_number);
	for (int i = 0; i < s->n_stmt_ids; i++)
		buf_append_i32(b, s->stmt_ids[i]);
}

void log_header_counts(struct buf *b, const struct log_counts *c)
{
	uint64_t documents = zigzag(c->documents), bytes = zigzag(c->bytes);

	begin_field(b, FIELD_COUNTS, 4 + 1 + varint_len(documents) + varint_len(bytes));
	buf_append_i32(b, (int32_t)c->table_id);
	buf_append_byte(b, c->emptied);
	append_varint(b, documents);
	append_varint(b, bytes);
}

/* ---- reading */

bool take_varint(struct view *v, uint64_t *out)
{
	uint64_t n = 0;

	for (unsigned int shift = 0; shift < 64 && v->len; shift += 7) {
		uint8_t byte = *v->data;

		v->data++;
		v->len--;
		n |= (uint64_t)(byte & 0x7F) << shift;
		if (!(byte & 0x80)) {
			*out = n;
			return true;
		}
	}
	return false;
}

bool take_bytes(struct view *v, uint64_t n, struct view *out)
{
	if (n > v->len)
		return false;
	*out = view_of(v->data, (size_t)n);
	v->data += n;
	v->len -= (size_t)n;
	return true;
}

static bool take_counted(struct view *v, struct view *out)
{
	uint64_t n;

	return take_varint(v, &n) && take_bytes(v, n, out);
}

static bool take_byte(struct view *v, uint8_t *out)
{
	struct view one;

	if (!take_bytes(v, 1, &one))
		return false;
	*out = one.data[0];
	return true;
}

bool log_header_parse(struct view bytes, struct log_header *h, struct view *fields)
{
	struct view fixed;

	*fields = bytes;
	if (!take_bytes(fields, LOG_HEADER_FIXED, &fixed) ||
	    fixed.data[0] != LOG_HEADER_VERSION)
		return false;
	h->version = fixed.data[0];
	h->flags = fixed.data[1];
	h->term = (uint32_t)read_i32(fixed.data + 4);
	h->cluster_time = (uint64_t)read_i64(fixed.data + 8);
	h->wall_ms = read_i64(fixed.data + 16);
	h->gap = (uint32_t)read_i32(fixed.data + 24);
	return true;
}

int log_field_next(struct view *fields, uint8_t *tag, struct view *field)
{
	if (fields->len == 0)
		return 0;
	return take_byte(fields, tag) && take_counted(fields, field) ? 1 : -1;
}

bool log_table_parse(struct view f, struct log_table *t)
{
	if (f.len < 28)
		return false;
	t->table_id = (uint32_t)read_i32(f.data);
	t->uuid = f.data + 4;
	t->version = (uint64_t)read_i64(f.data + 20);
	return true;
}

bool log_change_parse(struct view f, struct log_header_change *c)
{
	uint64_t table;
	struct view id;

	if (!take_byte(&f, &c->kind) || !take_varint(&f, &table) || table > UINT32_MAX ||
	    !take_byte(&f, &c->id.type) || !take_counted(&f, &id) || id.len > UINT32_MAX ||
	    !take_counted(&f, &c->delta) || !take_counted(&f, &c->pre_image))
		return false;
	c->table = (uint32_t)table;
	c->id.data = id.data;
	c->id.len = (uint32_t)id.len;
	return true;
}

bool log_marker_parse(struct view f, struct log_header_marker *m)
{
	struct view uuid;

	if (!take_byte(&f, &m->kind) || !take_bytes(&f, 16, &uuid))
		return false;
	m->uuid = uuid.data;
	m->doc = f;
	return true;
}

bool log_session_parse(
    struct view f, struct view *lsid, int64_t *txn_number, struct view *stmt_ids)
{
	struct view number;

	if (!take_counted(&f, lsid) || !take_bytes(&f, 8, &number) || f.len % 4 != 0)
		return false;
	*txn_number = read_i64(number.data);
	*stmt_ids = f;
	return true;
}

bool log_counts_parse(struct view f, struct log_counts *c)
{
	uint64_t documents, bytes;
	struct view id;
	uint8_t emptied;

	if (!take_bytes(&f, 4, &id) || !take_byte(&f, &emptied) ||
	    !take_varint(&f, &documents) || !take_varint(&f, &bytes))
		return false;
	c->table_id = (uint32_t)read_i32(id.data);
	c->emptied = emptied != 0;
	c->documents = unzigzag(documents);
	c->bytes = unzigzag(bytes);
	return true;
}
