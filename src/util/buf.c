#include "util/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *b, struct memory_account *account)
{
	*b = (struct buf){.account = account};
}

void buf_clear(struct buf *b)
{
	if (b->account && b->capacity)
		memory_release(b->account, b->capacity);
	free(b->data);
	*b = (struct buf){.account = b->account, .limit = b->limit};
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

static bool grow(struct buf *b, size_t need)
{
	size_t capacity = b->capacity ? b->capacity : 256;
	uint8_t *data;

	while (capacity < need)
		capacity = capacity > SIZE_MAX / 2 ? need : capacity * 2;
	if (b->limit && capacity > b->limit)
		capacity = b->limit;
	if (b->account && !memory_charge(b->account, capacity - b->capacity))
		return false;
	data = realloc(b->data, capacity);
	if (!data) {
		if (b->account)
			memory_release(b->account, capacity - b->capacity);
		return false;
	}
	b->data = data;
	b->capacity = capacity;
	return true;
}

bool buf_grow(struct buf *b, size_t n)
{
	size_t need;

	if (b->failed)
		return false;
	if (__builtin_add_overflow(b->len, n, &need) || (b->limit && need > b->limit) ||
	    !grow(b, need)) {
		b->failed = true;
		return false;
	}
	return true;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	/* vsnprintf writes a NUL behind, for which there must be room too */
	if (n >= 0 && buf_reserve(b, (size_t)n + 1)) {
		vsnprintf((char *)b->data + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
}
