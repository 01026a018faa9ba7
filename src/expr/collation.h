/*
 * expr/collation.h - collations: their documents, and strings compared by ICU.
 *
 * collation_parse turns {locale: "de", strength: 1} into a struct collator, which
 * bson/compare and bson/key_encode work with.  The locales are those that MongoDB
 * lists, not all that ICU knows, and what the document leaves open is what the
 * locale says (Danish: upper case first; Canadian French: accents backwards).
 *
 * Sort keys are ICU's and so belong to its version: whoever keeps them keeps
 * collation_icu_version beside them.  Bytes that are no UTF-8 compare as U+FFFD.
 *
 * Threads: any; a collator is read-only, and many may use one at the same time.
 */
#ifndef EXPR_COLLATION_H
#define EXPR_COLLATION_H

#include "bson/compare.h"
#include "util/arena.h"
#include "util/status.h"

/*
 * *out lives as long as a, and is NULL for {locale: "simple"}: by bytes.  An empty
 * document is one without a locale (40414): where {} means "none", the caller asks
 * before.  Fails with 14 for wrong types, 2 for values, 40413 and 40415 for fields
 * that stand twice or do not exist, 161 for a version that is not COLLATION_VERSION.
 */
MUST_CHECK int collation_parse(
    struct view doc, struct arena *a, const struct collator **out, struct status *st);

/* Makes c live as long as a, too; false when there is no memory.  c may be NULL. */
MUST_CHECK bool collation_share(const struct collator *c, struct arena *a);

/* With all fields, as listCollections and listIndexes show it; {locale: "simple"}
 * for NULL.  Lives as long as c. */
struct view collation_document(const struct collator *c);

/* Do they order all strings alike?  NULL is the simple collation. */
bool collation_equal(const struct collator *a, const struct collator *b);

/* What documents carry, whatever ICU is used: the version that MongoDB has. */
#define COLLATION_VERSION "57.1"
/* "72.1": what sort keys depend on. */
const char *collation_icu_version(void);

#endif
