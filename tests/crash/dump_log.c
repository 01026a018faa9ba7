/*
 * Prints the log of a data directory as JSON lines, one a commit, oldest
 * first, up to what is synced: dump_log DIR
 */
#include <bson/bson.h>
#include <stdio.h>
#include <stdlib.h>

#include "storage/log.h"

static void print_hex(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x", p[i]);
}

static void print_doc(const char *name, struct view doc)
{
	bson_t b;
	char *json = doc.len && bson_init_static(&b, doc.data, doc.len)
			 ? bson_as_relaxed_extended_json(&b, NULL)
			 : NULL;

	printf(", \"%s\": %s", name, json ? json : "null");
	bson_free(json);
}

static const char *marker_name(enum log_marker m)
{
	static const char *const names[] = {"?", "create", "drop", "rename", "dropDatabase",
	    "createIndex", "dropIndex", "collMod", "family", "noop", "beginBuild", "abortBuild"};

	return (size_t)m < ARRAY_LEN(names) ? names[m] : "?";
}

static int print_change(void *arg, const struct log_change *c)
{
	static const char *const kinds[] = {"?", "insert", "replace", "remove", "marker"};
	int *n = arg;

	printf("%s{\"kind\": \"%s\", \"uuid\": \"", (*n)++ ? ", " : "", kinds[c->kind]);
	print_hex(c->uuid, 16);
	printf("\"");
	if (c->kind == CHANGE_MARKER) {
		printf(", \"marker\": \"%s\"", marker_name(c->marker));
		print_doc("note", c->note);
	} else {
		/* The tests that read this have strings as _id. */
		if (c->id.type == TYPE_STRING)
			printf(", \"_id\": \"%s\"", (const char *)c->id.data + 4);
		if (c->document.len)
			print_doc("document", c->document);
	}
	printf("}");
	return 0;
}

int main(int argc, char **argv)
{
	struct log_reader *reader;
	struct log_entry entry;
	struct status st;
	char db[4096], history[4096], archive[4096];
	const char *dirs[] = {history, archive, db};
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: dump_log DIR\n");
		return 2;
	}
	snprintf(db, sizeof(db), "%s/db", argv[1]);
	snprintf(archive, sizeof(archive), "%s/db/archive", argv[1]);
	snprintf(history, sizeof(history), "%s/history", argv[1]);
	status_init(&st);
	err = log_reader_open_dir(dirs, 3, 0, &reader, &st);
	while (!err && !(err = log_reader_next(reader, &entry, &st))) {
		int n = 0;

		if (!entry.has_header)
			continue;
		printf("{\"sequence\": %llu, \"clusterTime\": %llu, \"term\": %u, \"changes\": [",
		    (unsigned long long)entry.sequence, (unsigned long long)entry.cluster_time,
		    entry.term);
		err = log_entry_changes(&entry, print_change, &n, &st);
		printf("]}\n");
		if (err)
			break;
	}
	if (err != ERR_ABSENT) {
		fprintf(stderr, "dump_log: %s\n", st.message);
		return 1;
	}
	log_reader_close(reader);
	status_clear(&st);
	return 0;
}
