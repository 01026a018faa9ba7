/*
 * storage/bulk.h - many entries at once into an index that is being built: written, in
 * their order, to table files of which RocksDB then becomes the owner.
 *
 *     bulk_new
 *     bulk_put ... bulk_put      in ascending order
 *     bulk_load                  all of them are in the index, or none
 *     bulk_free
 *
 * The files stand in the store's spill directory until then.  Nothing of it is in the
 * log.  RocksDB takes them in without a sequence number: there is nothing in the index
 * that they could be older or newer than.
 *
 * Threads: belongs to one request; reads and writes the disk.
 */
#ifndef STORAGE_BULK_H
#define STORAGE_BULK_H

#include "storage/catalog.h"

struct bulk;

/* ix lives as long as it does.  NULL: no memory. */
struct bulk *bulk_new(struct store *s, const struct index *ix);
/* Removes the files that RocksDB has not got. */
void bulk_free(struct bulk *b);
/* An entry as batch_build_put takes it. */
MUST_CHECK int bulk_put(struct bulk *b, struct view key, struct view value, struct status *st);
/* Stops commits meanwhile.  Fails when the build has been aborted. */
MUST_CHECK int bulk_load(struct bulk *b, struct status *st);

#endif
