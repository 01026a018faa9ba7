#include "query/row_meta.h"

#include "index/keygen.h"

int row_put_index_key(const struct row *row, struct builder *b, struct status *st)
{
	if (!row->index || !row->index_key.len)
		return 0;
	return index_key_decode(row->index, row->index_key, row->type_bits, b, st);
}

void row_put_record_id(const struct row *row, const char *name, struct builder *b)
{
	struct view key = row->record_key;
	uint64_t n = 0;

	if (key.len != 8) {
		builder_binary(b, name, 0, key.data, key.len);
		return;
	}
	for (int i = 0; i < 8; i++)
		n = n << 8 | key.data[i];
	builder_i64(b, name, (int64_t)n);
}

int row_put_meta(const struct row *row, enum document_meta_kind kind, const struct query *q,
    const char *name, struct builder *b, struct status *st)
{
	int r = 0;

	if (kind == META_RECORD_ID && row->record_key.len) {
		row_put_record_id(row, name, b);
	} else if (kind == META_INDEX_KEY && row->index && row->index_key.len) {
		builder_doc_begin(b, name);
		r = row_put_index_key(row, b, st);
		builder_doc_end(b);
	} else if (kind == META_SORT_KEY && q->sort) {
		builder_array_begin(b, name);
		sort_key_values(q->sort, row->doc, row->meta, b);
		builder_array_end(b);
	}
	return r;
}
