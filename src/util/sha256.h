/*
 * util/sha256.h - SHA-256 of some bytes.
 *
 * Threads: pure.
 */
#ifndef UTIL_SHA256_H
#define UTIL_SHA256_H

#include "util/view.h"

#define SHA256_BYTES 32

void sha256(struct view v, uint8_t out[static SHA256_BYTES]);

#endif
