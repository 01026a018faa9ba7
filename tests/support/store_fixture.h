/*
 * support/store_fixture.h - a store in a directory of its own, and collections
 * without a catalog, for tests of what stands on the store.
 */
#ifndef SUPPORT_STORE_FIXTURE_H
#define SUPPORT_STORE_FIXTURE_H

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bson/builder.h"
#include "storage/batch.h"
#include "expr/collation.h"
#include "storage/catalog.h"
#include "storage/store.h"

static const struct collations fixture_collations = {collation_parse, collation_icu_version};

struct store_fixture {
	char dir[256];
	struct store_options options;
	struct store *store;
};

static inline void fixture_remove_tree(const char *dir)
{
	char *const paths[] = {(char *)dir, NULL};
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	assert_non_null(tree);
	while ((e = fts_read(tree)))
		if (e->fts_info != FTS_D)
			remove(e->fts_path);
	fts_close(tree);
}

static inline void fixture_make_dir(char dir[static 256])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, 256, "%s/dolmen-test-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
}

static inline void fixture_open(struct store_fixture *f)
{
	struct status st;

	status_init(&st);
	f->options.dir = f->dir;
	f->options.collations = &fixture_collations;
	if (store_open(&f->options, &f->store, &st) != 0)
		fail_msg("store_open: %s", st.message);
}

/* Small memtables: log files change often. */
static inline void fixture_init(struct store_fixture *f)
{
	*f = (struct store_fixture){.options = {
		.cache_bytes = 4 << 20,
		.memtable_bytes = 1 << 20,
		.background_jobs = 2,
		.sync_interval_ms = 20,
	    }};
	fixture_make_dir(f->dir);
	fixture_open(f);
}

static inline void fixture_reopen(struct store_fixture *f)
{
	store_close(f->store);
	fixture_open(f);
}

static inline void fixture_clear(struct store_fixture *f)
{
	store_close(f->store);
	fixture_remove_tree(f->dir);
}

/* A collection that no catalog knows. */
struct fake_collection {
	struct collection c;
	struct collection_live live;
};

static inline void fake_collection_init(struct fake_collection *f, uint32_t table_id)
{
	memset(f, 0, sizeof(*f));
	f->c.namespace_id = 3;
	f->c.table_id = table_id;
	memset(f->c.uuid, (int)table_id, 16);
	f->c.version = 1;
	f->c.live = &f->live;
	waitlist_init(&f->live.appended);
}

/* {_id: id, pad: "xxx..."} in b; the value is that of _id. */
static inline struct view fake_doc(struct buf *b, int64_t id, size_t pad_len)
{
	char *pad = malloc(pad_len + 1);
	struct builder doc;

	memset(pad, 'x', pad_len);
	buf_reset(b);
	builder_init(&doc, b);
	builder_i64(&doc, "_id", id);
	builder_str_n(&doc, "pad", pad, pad_len);
	builder_finish(&doc);
	free(pad);
	return builder_view(&doc);
}

/* A record key that sorts as the number does. */
struct fake_key {
	uint8_t bytes[8];
};

static inline struct view fake_key(struct fake_key *k, uint64_t id)
{
	uint64_t be = htobe64(id);

	memcpy(k->bytes, &be, 8);
	return view_of(k->bytes, 8);
}

static inline void fixture_commit(struct store *s, struct batch *b, struct commit *out)
{
	struct status st;

	status_init(&st);
	commit_init(out, b);
	if (commit_blocking(s, out, &st) != 0)
		fail_msg("commit: %s", st.message);
}

#endif
