/*
 * index/rebuild.h - indexes whose sort keys were made by another version of ICU
 * than the one at hand.
 *
 * Such an index is emptied and filled again, and then its row says the version: a
 * crash before that leaves the old one there, and the next opening begins anew.
 *
 * Threads: the one that opens, before anybody else uses the store.
 */
#ifndef INDEX_REBUILD_H
#define INDEX_REBUILD_H

#include "storage/store.h"

/* Reads all documents of the collections concerned.  Fails with DUPLICATE_KEY when
 * documents of a unique index have the same key now: then it is better to go back to
 * the version that the message names. */
MUST_CHECK int index_rebuild_outdated(struct store *s, struct status *st);

#endif
