#include "config.h"

#include "bench/document.h"

#include <pthread.h>

#include "bench/keys.h"
#include "bson/builder.h"

#define POOL_BYTES (1 << 18)

/* Sixteen letters: four bits of eight in each byte. */
static uint8_t pool[POOL_BYTES + DOCUMENT_MOST];

static void fill_pool(void)
{
	struct rng rng = {1};

	for (size_t i = 0; i < sizeof(pool); i++)
		pool[i] = (uint8_t)("etaoinshrdlucmf "[rng_next(&rng) >> 60]);
}

void document_id(uint8_t id[static DOCUMENT_ID_BYTES], enum id_order order, uint64_t key)
{
	uint64_t number = htobe64(order == IDS_SCATTERED ? scatter(key) : key);

	memcpy(id, "\x65\x00\x00\x00", 4); /* a time in 2023 */
	memcpy(id + 4, &number, 8);
}

static void build(struct buf *out, const char *note, size_t note_len)
{
	static const uint8_t no_id[DOCUMENT_ID_BYTES];
	struct builder b;

	builder_init(&b, out);
	builder_oid(&b, "_id", no_id);
	builder_str(&b, "name", "Ada L.");
	builder_i64(&b, "seq", 0);
	builder_date(&b, "when", INT64_C(1700000000000));
	builder_i32(&b, "group", 0);
	builder_str(&b, "city", "Oslo");
	builder_double(&b, "price", 12.5);
	builder_bool(&b, "active", true);
	builder_str(&b, "tag", "new");
	builder_str_n(&b, "note", note, note_len);
	builder_i32(&b, "version", 0);
	builder_i32(&b, "score", 0);
	builder_finish(&b);
}

static size_t place_of(struct view doc, const char *name)
{
	return (size_t)(doc_get(doc, name).data - doc.data);
}

void document_build(
    struct buf *out, size_t size, enum id_order order, struct document_layout *layout)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	size_t start = out->len, without;
	struct view doc;

	pthread_once(&once, fill_pool);
	assert(size >= DOCUMENT_LEAST && size <= DOCUMENT_MOST);
	build(out, "", 0);
	without = out->len - start;
	out->len = start;
	build(out, (const char *)pool, size - without);
	assert(!out->failed && out->len - start == size);
	doc = view_of(out->data + start, size);
	*layout = (struct document_layout){
	    .size = size,
	    .id = place_of(doc, "_id"),
	    .seq = place_of(doc, "seq"),
	    .group = place_of(doc, "group"),
	    .note = place_of(doc, "note") + 4, /* behind its length */
	    .version = place_of(doc, "version"),
	    .score = place_of(doc, "score"),
	    .note_len = size - without,
	    .order = order,
	};
}

static void set_i32(uint8_t *at, int32_t v)
{
	uint32_t le = htole32((uint32_t)v);

	memcpy(at, &le, 4);
}

void document_become(uint8_t *doc, const struct document_layout *layout, uint64_t key)
{
	uint64_t seq = htole64(key), random = scatter(~key);

	document_id(doc + layout->id, layout->order, key);
	memcpy(doc + layout->seq, &seq, 8);
	set_i32(doc + layout->group, (int32_t)((random & 0xFFFF) * 100 >> 16));
	set_i32(doc + layout->score, (int32_t)((random >> 16 & 0xFFFF) * 100 >> 16));
	memcpy(doc + layout->note, pool + (random >> 32) % POOL_BYTES, layout->note_len);
}
