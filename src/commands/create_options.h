/*
 * commands/create_options.h - the options of create: decoded, checked, and as
 * the catalog keeps them.
 *
 *     create_options_check     is it what MongoDB would take?
 *     create_options_document  as listCollections shows it; two collections are
 *                              alike when these are equal
 *     create_options_spec      what the catalog wants to know; refuses by name
 *                              what is known but cannot be done yet
 *
 * Threads: pure.
 */
#ifndef COMMANDS_CREATE_OPTIONS_H
#define COMMANDS_CREATE_OPTIONS_H

#include "commands/command.h"
#include "storage/catalog.h"

struct create_options {
	struct view coll;
	struct arg_bool capped, auto_index_id, temp;
	struct arg_int size, max, expire_after_seconds;
	struct view id_index, storage_engine, index_option_defaults, validator,
	    validation_level, validation_action, view_on, pipeline, collation, pre_images,
	    timeseries, encrypted_fields;
	struct value clustered_index;

	/* Set by create_options_check. */
	bool is_view, is_clustered, has_pre_images;
	const struct collator *collator; /* NULL: by bytes */
	struct value record_key; /* storageEngine.dolmen.recordKey, or missing */
	struct view clustered_name;
};

extern const struct field create_fields[];

MUST_CHECK int create_options_check(
    struct create_options *o, struct view db, struct arena *a, struct status *st);
/* data is NULL when there is no memory. */
struct view create_options_document(const struct create_options *o, struct arena *a);
MUST_CHECK int create_options_spec(const struct create_options *o, struct view db,
    struct store *s, struct view document, struct arena *a, struct create_spec *spec,
    struct status *st);

/* commands/create_check.c: documents inside of the options. */

MUST_CHECK int storage_engine_check(
    struct view doc, const char *where, struct value *record_key, struct status *st);
MUST_CHECK int encrypted_fields_check(struct view doc, struct arena *a, struct status *st);
/* name is set to the index's name. */
MUST_CHECK int clustered_index_check(struct value v, struct view *name, struct status *st);
/* collator: the collection's. */
MUST_CHECK int id_index_check(
    struct view doc, const struct collator *collator, struct arena *a, struct status *st);
MUST_CHECK int pre_images_check(struct view doc, bool *enabled, struct status *st);

#endif
