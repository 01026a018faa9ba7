/*
 * util/crc32c.h - CRC-32C (Castagnoli), as OP_MSG checksums and log records
 * have it.
 *
 * Uses the processor's instruction where it has one (found out while running),
 * else tables.
 *
 * Threads: pure.
 */
#ifndef UTIL_CRC32C_H
#define UTIL_CRC32C_H

#include "util/view.h"

/* The checksum of bytes, or of what came before followed by bytes when crc is
 * that part's checksum; 0 to begin. */
uint32_t crc32c(uint32_t crc, struct view bytes);

/* The same from tables alone, for comparing. */
uint32_t crc32c_portable(uint32_t crc, struct view bytes);

#endif
