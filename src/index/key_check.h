/*
 * index/key_check.h - bounds of fields that ranges of keys do not say.
 *
 * A range holds points and then one interval; what is known of the fields behind that is
 * looked at in each key, and a key that is out says where the next one could be that is
 * not.
 *
 * Threads: read-only once made.
 */
#ifndef INDEX_KEY_CHECK_H
#define INDEX_KEY_CHECK_H

#include "storage/catalog.h"
#include "util/buf.h"

/* Keys from lower (inclusive) to upper (exclusive); an empty one is no bound. */
struct key_range {
	struct view lower, upper;
};

struct key_check {
	int last; /* the last field that is looked at */
	struct key_check_field {
		int n; /* 0: anything */
		const struct key_range *v; /* of its own bytes, in the order of keys */
	} fields[INDEX_FIELDS_MAX];
};

/*
 * Is the key (with or without a record key behind it) within?  Where it is not: target
 * becomes what the walk may go on to, in its direction; at or behind it in the order of
 * keys, or at or before it in reverse.  Empty: nothing can follow.
 */
bool key_check_test(const struct key_check *c, const struct index *ix, struct view key,
    bool reverse, struct buf *target);

#endif
