#include "bson/conformance.h"

#include <stdio.h>
#include <stdlib.h>

/* The length of the character at p, or 0: it is none. */
static size_t utf8_length(const uint8_t *p, const uint8_t *end)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c = *p;
	size_t n = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 : c >> 3 == 30 ? 4 : 0;

	if (n < 2)
		return n;
	if ((size_t)(end - p) < n)
		return 0;
	c &= 0x7F >> n;
	for (size_t i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		c = c << 6 | (p[i] & 0x3F);
	}
	return c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) ? 0 : n;
}

static bool is_utf8(const void *text, size_t len)
{
	const uint8_t *p = text, *end = p + len;

	while (p < end) {
		size_t n = utf8_length(p, end);

		if (!n)
			return false;
		p += n;
	}
	return true;
}

static bool is_ordered(const char *options)
{
	for (; options[0] && options[1]; options++)
		if (options[0] >= options[1])
			return false;
	return true;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *check_names(struct view doc, struct arena *a)
{
	size_t count = (size_t)doc_count(doc), n = 0;
	const char **names = arena_new_array(a, count + 1, const char *);
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (names && doc_next(&it, &e)) {
		names[n++] = e.name;
		if (!is_utf8(e.name, e.name_len))
			return "a name is not UTF-8";
	}
	if (n > 1)
		qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 1; i < n; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			return "a name stands twice in a document";
	return NULL;
}

static const char *check_places(struct view array)
{
	struct doc_iter it = doc_iter(array);
	struct element e;
	char place[16];

	for (int i = 0; doc_next(&it, &e); i++) {
		snprintf(place, sizeof(place), "%d", i);
		if (strcmp(e.name, place) != 0)
			return "the names of an array are not its places";
	}
	return NULL;
}

static bool is_uuid(uint8_t subtype)
{
	return subtype == 3 || subtype == 4;
}

/* Of a value that holds no others. */
static const char *check_leaf(struct value v)
{
	switch (v.type) {
	case TYPE_STRING:
	case TYPE_SYMBOL:
	case TYPE_CODE:
		return is_utf8(value_str(v).data, value_str(v).len) ? NULL
								    : "a string is not UTF-8";
	case TYPE_BINARY:
		return is_uuid(value_binary_subtype(v)) && value_binary(v).len != 16
			   ? "a UUID has not 16 bytes"
			   : NULL;
	case TYPE_REGEX:
		return is_ordered(value_regex_options(v))
			   ? NULL
			   : "the options of a regular expression are not in order";
	default:
		return NULL;
	}
}

/* As deep as a document can be. */
static const char *check_document(struct view doc, bool is_array, struct arena *a)
{
	const char *wrong = is_array ? check_places(doc) : check_names(doc, a);
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (!wrong && doc_next(&it, &e)) {
		if (e.value.type == TYPE_OBJECT || e.value.type == TYPE_ARRAY)
			wrong =
			    check_document(value_doc(e.value), e.value.type == TYPE_ARRAY, a);
		else
			wrong = check_leaf(e.value);
	}
	return wrong;
}

const char *bson_conformance(struct view doc, struct arena *a)
{
	return check_document(doc, false, a);
}
