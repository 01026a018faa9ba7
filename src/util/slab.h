/*
 * util/slab.h - memory for a great many objects of all sizes, in huge pages.
 *
 * Objects that are looked for at random cost memory twice: for themselves, and for the page
 * tables on the way to them, which a virtual machine walks twice again.  So they stand in chunks
 * of 2 MiB, which Linux is asked to back by one page each once there are some of them
 * (doc/performance.md has what it gains).
 *
 * A chunk is 32 runs, a run has objects of one class of sizes, of which there are eight to each
 * doubling.  What is given back is used for the next of its class; a run whose objects are all
 * back, for any class; a chunk whose runs are, by others.
 *
 * Threads: any; a lock is held for some instructions.
 */
#ifndef UTIL_SLAB_H
#define UTIL_SLAB_H

#include "util/util.h"

/* The largest object. */
#define SLAB_MOST 15360

struct slab;

/* NULL without memory. */
struct slab *slab_new(void);
/* All objects have been given back. */
void slab_free(struct slab *s);

/* n bytes at most SLAB_MOST, aligned to 8; NULL without memory. */
void *slab_take(struct slab *s, size_t n);
void slab_give(void *object);

/* Of memory that an object of n bytes takes. */
size_t slab_size(size_t n);
/* Of chunks. */
size_t slab_bytes(struct slab *s);

#endif
