/*
 * bench/document.h - the documents that are loaded and read, and their _id.
 *
 *     {_id: ObjectId, name: "", seq: int64, when: date, group: int32, city: "",
 *      price: double, active: bool, tag: "", note: "", version: int32, score: int32}
 *
 * Twelve fields; group, the fifth, and score, the last, are 0 to 99 and do not
 * depend on each other, so {group: {$lt: 10}, score: {$lt: 10}} selects 1 %.
 * note fills up to the size that is wanted, with text that compresses to about
 * a half and differs from document to document.
 *
 * A document is made once and then becomes that of another key in place.
 *
 * Threads: the layout and the bytes belong to one.
 */
#ifndef BENCH_DOCUMENT_H
#define BENCH_DOCUMENT_H

#include "util/buf.h"

#define DOCUMENT_ID_BYTES 12
#define DOCUMENT_LEAST    180
#define DOCUMENT_MOST     (16 * 1024)
#define DOCUMENT_SELECTED 10 /* below this, of 100, in both fields */

/* How a key's number becomes an _id. */
enum id_order {
	IDS_ASCENDING, /* in the order of the numbers, as drivers make them */
	IDS_SCATTERED, /* anywhere */
};

/* Where in a document of this size what differs stands. */
struct document_layout {
	size_t size;
	size_t id, seq, group, note, version, score;
	size_t note_len;
	enum id_order order;
};

/* Appends the document of key 0, of exactly size bytes (within the two limits
 * above), and says where its parts are, counted from its first byte. */
void document_build(
    struct buf *out, size_t size, enum id_order order, struct document_layout *layout);
/* Makes the document at doc that of key. */
void document_become(uint8_t *doc, const struct document_layout *layout, uint64_t key);

void document_id(uint8_t id[static DOCUMENT_ID_BYTES], enum id_order order, uint64_t key);

#endif
