/*
 * query/query_settings.h - what an administrator has said for all queries of a shape:
 * which indexes they may use, or that they are refused.
 *
 *     query_settings_concern   is anything said of this namespace?  (most often: no)
 *     query_settings_find      by the shape's hash (query/query_shape.h)
 *     query_restrict           takes from it what concerns the collection
 *
 * They are rows of the system table QUERY_SETTINGS, all of which are in memory as
 * well; settings_change.h changes both.
 *
 * Threads: any.  As long as nothing is said of anything a command pays for the look at a
 * counter.
 */
#ifndef QUERY_QUERY_SETTINGS_H
#define QUERY_QUERY_SETTINGS_H

#include "query/query_shape.h"
#include "storage/store.h"

struct query_setting {
	struct query_setting *next; /* in a list */
	char hash[QUERY_SHAPE_DIGITS + 1];
	uint64_t id; /* of what it restricts: restriction_draw_id */
	/* As $querySettings shows them: {indexHints: [{ns: {db, coll}, allowedIndexes: [...]}],
	 * queryFramework, reject, comment}, each where it is said. */
	struct view settings;
	bool reject;
	/* {find: ..., $db: ...} and its namespace; empty: it is known by its hash alone. */
	struct view query, ns;
};

struct query_settings;
struct settings_entry; /* one of them */

struct query_settings *query_settings_new(void);
void query_settings_free(struct query_settings *qs);
/* At open: reads the rows. */
MUST_CHECK int query_settings_load(
    struct query_settings *qs, struct store *s, struct status *st);
/* The row's document, as it stands on disk. */
MUST_CHECK int query_setting_format(
    const struct query_setting *s, struct arena *a, struct view *out, struct status *st);

bool query_settings_concern(struct query_settings *qs, struct view ns);
/* A copy in a; NULL: nothing is said of it.  ns empty: whatever the namespace is. */
MUST_CHECK int query_settings_find(struct query_settings *qs, struct view ns, const char *hash,
    struct arena *a, const struct query_setting **out, struct status *st);
MUST_CHECK int query_settings_list(
    struct query_settings *qs, struct arena *a, struct query_setting **out, struct status *st);

/* In two parts, for what is committed between them must be known afterwards: a copy of
 * s, with an id of its own (NULL: no memory); and its publication, instead of what is known of
 * that hash. */
struct settings_entry *query_settings_prepare(const struct query_setting *s);
void query_settings_discard(struct settings_entry *e);
void query_settings_publish(struct query_settings *qs, struct settings_entry *e);
void query_settings_drop(struct query_settings *qs, const char *hash);

#endif
