/*
 * expr/project.h - projections, and sort keys.
 *
 * Threads: parsed specs are read-only.
 */
#ifndef EXPR_PROJECT_H
#define EXPR_PROJECT_H

#include "bson/builder.h"
#include "bson/path.h"
#include "expr/match.h"

struct projection;

/* Views of doc stay in use.  MongoDB's codes for mixed and colliding paths. */
MUST_CHECK int projection_parse(struct view doc, const struct filter_options *o,
    struct arena *a, struct projection **out, struct status *st);
/* The same language in other places: as find has it; as $project and $unset do, where
 * $slice is the expression and nothing is positional; as $addFields does, where every value
 * is computed and all fields stay. */
enum projection_form { PROJECTION_FIND, PROJECTION_STAGE, PROJECTION_ADD_FIELDS };
MUST_CHECK int projection_parse_form(struct view doc, const struct filter_options *o,
    enum projection_form form, struct arena *a, struct projection **out, struct status *st);
/* {}: everything. */
bool projection_is_identity(const struct projection *p);
/* Only fields to be included, and nothing is made of them? */
bool projection_is_plain(const struct projection *p);
/* Does it want to know which element of an array has matched ("a.$")? */
bool projection_is_positional(const struct projection *p);
/* Does it want what is known beside the fields, of this kind? */
uint32_t projection_metas(const struct projection *p); /* bits of all kinds */
bool projection_wants_meta(const struct projection *p, enum document_meta_kind kind);
/* Does it evaluate expressions? */
bool projection_computes(const struct projection *p);
/*
 * What is computed makes no larger documents.  Those between a pipeline's stages may be larger
 * than what is stored or sent, as in MongoDB.
 */
#define PROJECTION_BYTES_MAX (100 * 1024 * 1024)

/* Appends the projected document's elements to b (between begin and end).  Computing fails
 * with 10334 when there are too many bytes, and with 15 when they are nested too deep. */
MUST_CHECK int projection_apply(const struct projection *p, struct view doc,
    struct match_state *ms, struct builder *b, struct status *st);
/* May the result be made from these fields alone (for covered queries)?  Calls
 * each with every path it needs; false when it needs the whole document. */
bool projection_needs(
    const struct projection *p, void (*each)(void *arg, struct view path), void *arg);

#define SORT_FIELDS_MAX 32
/* Besides these. */
#define SORT_METAS_MAX 32

struct sort_spec {
	int n, n_metas;
	uint32_t metas; /* bit of each kind */
	struct sort_field {
		struct path path;
		bool descending;
		bool by_meta; /* and not by what is at the path */
		enum document_meta_kind meta;
	} fields[SORT_FIELDS_MAX + SORT_METAS_MAX];
	const struct collator *collator;
};

/* {a: 1, "b.c": -1}; MongoDB's codes for wrong ones. */
MUST_CHECK int sort_parse(struct view doc, const struct collator *collator, struct arena *a,
    struct sort_spec **out, struct status *st);
/* The values that doc is sorted by, as elements of the array that is open.  meta: what is known
 * of it beside its fields; may be NULL. */
void sort_key_values(const struct sort_spec *s, struct view doc,
    const struct document_meta *meta, struct builder *b);
/* Appends doc's sort key: memcmp order of keys is the order of the documents.
 * Arrays count by their least (descending: greatest) element. */
void sort_key(const struct sort_spec *s, struct view doc, const struct document_meta *meta,
    struct buf *key);

#endif
