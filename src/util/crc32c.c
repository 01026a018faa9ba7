#include "util/crc32c.h"

#include <endian.h>

#define POLYNOMIAL 0x82F63B78u /* reflected */

/* tables[n][b]: what byte b does when n zero bytes follow it. */
static uint32_t tables[8][256];

/* Before main, so that no thread ever sees them half made. */
__attribute__((constructor)) static void make_tables(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t crc = b;

		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
		tables[0][b] = crc;
	}
	for (int n = 1; n < 8; n++) {
		for (int b = 0; b < 256; b++) {
			uint32_t crc = tables[n - 1][b];

			tables[n][b] = (crc >> 8) ^ tables[0][crc & 0xFF];
		}
	}
}

static uint64_t load_le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

uint32_t crc32c_portable(uint32_t crc, struct view bytes)
{
	const uint8_t *p = bytes.data;
	size_t left = bytes.len;

	crc = ~crc;
	for (; left >= 8; p += 8, left -= 8) {
		uint64_t v = load_le64(p) ^ crc;

		crc = 0;
		for (int n = 0; n < 8; n++)
			crc ^= tables[7 - n][(v >> (8 * n)) & 0xFF];
	}
	for (; left; p++, left--)
		crc = (crc >> 8) ^ tables[0][(crc ^ *p) & 0xFF];
	return ~crc;
}

#ifdef __x86_64__

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, struct view bytes)
{
	const uint8_t *p = bytes.data;
	size_t left = bytes.len;
	uint64_t wide = ~crc;

	for (; left >= 8; p += 8, left -= 8)
		wide = __builtin_ia32_crc32di(wide, load_le64(p));
	crc = (uint32_t)wide;
	for (; left; p++, left--)
		crc = __builtin_ia32_crc32qi(crc, *p);
	return ~crc;
}

uint32_t crc32c(uint32_t crc, struct view bytes)
{
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_sse42(crc, bytes);
	return crc32c_portable(crc, bytes);
}

#else

uint32_t crc32c(uint32_t crc, struct view bytes)
{
	return crc32c_portable(crc, bytes);
}

#endif
