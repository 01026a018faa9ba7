#include "util/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void status_init(struct status *st)
{
	st->code = 0;
	st->labels = 0;
	st->extra = NULL;
	st->extra_len = 0;
	st->message[0] = '\0';
}

void status_clear(struct status *st)
{
	free(st->extra);
	status_init(st);
}

/* A cut must not leave half a character: the message goes out as UTF-8. */
static void cut_at_character(char *s, size_t len)
{
	size_t start = len;

	while (start > 0 && ((unsigned char)s[start - 1] & 0xC0) == 0x80)
		start--;
	if (start > 0 && ((unsigned char)s[start - 1] & 0x80))
		start--;
	s[start] = '\0';
}

int status_set(struct status *st, int code, const char *format, ...)
{
	va_list ap;
	int n;

	if (!st)
		return code;
	status_clear(st);
	st->code = code;
	st->labels = error_code_labels(code);
	va_start(ap, format);
	n = vsnprintf(st->message, sizeof(st->message), format, ap);
	va_end(ap);
	if (n >= (int)sizeof(st->message))
		cut_at_character(st->message, sizeof(st->message) - 1);
	return code;
}

void status_prefix(struct status *st, const char *format, ...)
{
	char front[sizeof(st->message)];
	char whole[2 * sizeof(st->message) + 3];
	va_list ap;
	int n;

	if (!st)
		return;
	va_start(ap, format);
	vsnprintf(front, sizeof(front), format, ap);
	va_end(ap);
	n = snprintf(whole, sizeof(whole), "%s: %s", front, st->message);
	if (n >= (int)sizeof(st->message))
		cut_at_character(whole, sizeof(st->message) - 1);
	memcpy(st->message, whole, strlen(whole) + 1);
}

void status_set_extra(struct status *st, struct view doc)
{
	uint8_t *copy;

	if (!st)
		return;
	copy = malloc(doc.len);
	if (!copy)
		return; /* the error goes out without its details */
	memcpy(copy, doc.data, doc.len);
	free(st->extra);
	st->extra = copy;
	st->extra_len = doc.len;
}

void status_copy(struct status *to, const struct status *from)
{
	status_clear(to);
	to->code = from->code;
	to->labels = from->labels;
	memcpy(to->message, from->message, sizeof(to->message));
	if (from->extra)
		status_set_extra(to, view_of(from->extra, from->extra_len));
}

static const struct {
	int code;
	const char *name;
	unsigned int labels;
} codes[] = {
#define ERROR_CODE(name, number, code_name, code_labels) {number, code_name, code_labels},
#include "util/error_codes.def"
#undef ERROR_CODE
};

/* The index of the row, or -1: the table is sorted by number. */
static int find_code(int code)
{
	size_t low = 0, high = ARRAY_LEN(codes);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (codes[mid].code == code)
			return (int)mid;
		if (codes[mid].code < code)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
}

const char *error_code_name(int code, char buf[static 32])
{
	int i = find_code(code);

	if (i >= 0 && codes[i].name[0])
		return codes[i].name;
	snprintf(buf, 32, "Location%d", code);
	return buf;
}

unsigned int error_code_labels(int code)
{
	int i = find_code(code);

	return i >= 0 ? codes[i].labels : 0;
}
