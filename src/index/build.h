/*
 * index/build.h - filling new indexes with the keys of the documents that are
 * there already, while others write.
 *
 *     struct index_fill fill;
 *     index_fill_init(&fill, store, memory);
 *     struct index_build b = index_fill_build(&fill, n, specs);
 *     step = ddl_create_indexes(&ddl, db, name, &b, op, st);
 *     index_fill_clear(&fill);
 *
 * All new indexes are filled by one scan of one snapshot.  Their entries are sorted, in
 * bounded memory, and handed to the store as table files, or in batches where they are
 * few.  Then come the changes that writers have put into the side tables meanwhile, in the
 * order in which they were committed.
 *
 * Unique indexes: keys of which there seem to be two (in the snapshot, or when a change has
 * come in) are looked at again at the end, when nobody writes; what matters is what is
 * there then, as in MongoDB.
 *
 * Threads: belongs to one request.
 */
#ifndef INDEX_BUILD_H
#define INDEX_BUILD_H

#include "index/keygen.h"
#include "storage/ddl.h"
#include "storage/iter.h"

struct fill_index; /* index/build_parts.h */

struct index_fill {
	int64_t documents, entries; /* scanned; their keys */
	int64_t changes; /* out of side tables */
	int64_t spills; /* of the sort */

	/* Its own. */
	struct store *store;
	struct memory_account *memory;
	size_t sort_bytes; /* of memory for all sorts together; 0: 64 MiB */
	int phase;
	int n;
	struct fill_index *indexes;
	int at; /* the index that is loaded or drained */
	int64_t at_round; /* changes when the round of all side tables began */
	bool checking; /* the suspects, at the end */
	size_t suspect_at;
	struct snapshot *snap;
	struct iter *it;
	struct buf position, scratch;
	struct arena arena;
	struct keygen keygen;
	struct batch *batch;
	struct commit commit;
	int64_t logged_us;
};

void index_fill_init(struct index_fill *f, struct store *s, struct memory_account *memory);
void index_fill_clear(struct index_fill *f);
/* What ddl_create_indexes wants; f and specs live as long.  DUPLICATE_KEY with its
 * details when a unique index cannot be. */
struct index_build index_fill_build(
    struct index_fill *f, int n, const struct index_spec *specs);

#endif
