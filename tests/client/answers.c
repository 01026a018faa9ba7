/*
 * Runs queries.json through libmongoc, as the scripts in tests/drivers do
 * through the other clients: answers URI QUERIES
 * Prints one JSON line an answer.
 */
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

/* A field of q as a document; false when it is not there. */
static bool sub(const bson_t *q, const char *name, bson_t *out)
{
	bson_iter_t it;
	const uint8_t *data;
	uint32_t len;

	if (!bson_iter_init_find(&it, q, name))
		return false;
	if (BSON_ITER_HOLDS_DOCUMENT(&it))
		bson_iter_document(&it, &len, &data);
	else
		bson_iter_array(&it, &len, &data);
	return bson_init_static(out, data, len);
}

static void find_options(const bson_t *q, bson_t *opts)
{
	static const char *const names[] = {"projection", "sort", "skip", "limit", "batchSize"};
	bson_iter_t it;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bson_iter_init_find(&it, q, names[i]))
			bson_append_iter(opts, names[i], -1, &it);
}

static void print_cursor(mongoc_cursor_t *cursor)
{
	bson_error_t err;
	const bson_t *doc;
	bool first = true;

	while (mongoc_cursor_next(cursor, &doc)) {
		char *json = bson_as_relaxed_extended_json(doc, NULL);

		printf("%s%s", first ? "" : ", ", json);
		first = false;
		bson_free(json);
	}
	if (mongoc_cursor_error(cursor, &err))
		die("cursor", err.message);
	mongoc_cursor_destroy(cursor);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* distinct's values are strings here; sorted as the other clients do. */
static void print_distinct(mongoc_collection_t *c, const char *collection, const char *key, const bson_t *filter)
{
	bson_t *command = BCON_NEW("distinct", BCON_UTF8(collection), "key", BCON_UTF8(key),
	    "query", BCON_DOCUMENT(filter));
	bson_t reply, values;
	bson_iter_t it;
	bson_error_t err;
	char *texts[4096];
	int n = 0;

	if (!mongoc_collection_read_command_with_opts(c, command, NULL, NULL, &reply, &err))
		die("distinct", err.message);
	if (!sub(&reply, "values", &values))
		die("distinct", "no values");
	for (bson_iter_init(&it, &values); n < 4096 && bson_iter_next(&it);)
		texts[n++] = bson_strdup(bson_iter_utf8(&it, NULL));
	qsort(texts, (size_t)n, sizeof(texts[0]), by_text);
	for (int i = 0; i < n; i++) {
		char *escaped = bson_utf8_escape_for_json(texts[i], -1);

		printf("%s\"%s\"", i ? ", " : "", escaped);
		bson_free(escaped);
		bson_free(texts[i]);
	}
	bson_destroy(&reply);
	bson_destroy(command);
}

static void answer(mongoc_client_t *client, const bson_t *q)
{
	mongoc_collection_t *c;
	bson_t filter = BSON_INITIALIZER, opts = BSON_INITIALIZER, part;
	const char *op, *collection;
	bson_iter_t it;
	bson_error_t err;

	bson_iter_init_find(&it, q, "op");
	op = bson_iter_utf8(&it, NULL);
	bson_iter_init_find(&it, q, "collection");
	collection = bson_iter_utf8(&it, NULL);
	c = mongoc_client_get_collection(client, "iso", collection);
	if (sub(q, "filter", &part)) {
		bson_destroy(&filter);
		bson_copy_to(&part, &filter);
	}
	bson_iter_init_find(&it, q, "name");
	printf("{\"name\": \"%s\", \"result\": [", bson_iter_utf8(&it, NULL));
	if (strcmp(op, "count") == 0) {
		int64_t n = mongoc_collection_count_documents(c, &filter, NULL, NULL, NULL, &err);

		if (n < 0)
			die("count", err.message);
		printf("%lld", (long long)n);
	} else if (strcmp(op, "distinct") == 0) {
		bson_iter_init_find(&it, q, "key");
		print_distinct(c, collection, bson_iter_utf8(&it, NULL), &filter);
	} else if (strcmp(op, "aggregate") == 0) {
		if (!sub(q, "pipeline", &part))
			die("aggregate", "no pipeline");
		print_cursor(mongoc_collection_aggregate(
		    c, MONGOC_QUERY_NONE, &part, NULL, NULL));
	} else {
		find_options(q, &opts);
		print_cursor(mongoc_collection_find_with_opts(c, &filter, &opts, NULL));
	}
	printf("]}\n");
	bson_destroy(&filter);
	bson_destroy(&opts);
	mongoc_collection_destroy(c);
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	long size;

	if (f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0) {
		rewind(f);
		text = bson_malloc0((size_t)size + 1);
		if (fread(text, 1, (size_t)size, f) != (size_t)size)
			die(path, "cannot be read");
	}
	if (!f || !text)
		die(path, "cannot be read");
	fclose(f);
	return text;
}

int main(int argc, char **argv)
{
	mongoc_client_t *client;
	bson_error_t err;
	bson_iter_t it;
	bson_t *queries;
	char *text;

	if (argc != 3)
		die("usage", "answers URI QUERIES");
	mongoc_init();
	client = mongoc_client_new(argv[1]);
	text = read_file(argv[2]);
	queries = bson_new_from_json((const uint8_t *)text, -1, &err);
	if (!client || !queries)
		die("start", client ? err.message : "no URI");
	for (bson_iter_init(&it, queries); bson_iter_next(&it);) {
		const uint8_t *data;
		uint32_t len;
		bson_t q;

		bson_iter_document(&it, &len, &data);
		if (bson_init_static(&q, data, len))
			answer(client, &q);
	}
	bson_destroy(queries);
	bson_free(text);
	mongoc_client_destroy(client);
	mongoc_cleanup();
	return 0;
}
