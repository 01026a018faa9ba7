/*
 * util/md5.h - MD5 of some bytes, for what MongoDB has defined by it.  Not for secrets.
 *
 * Threads: pure.
 */
#ifndef UTIL_MD5_H
#define UTIL_MD5_H

#include "util/view.h"

#define MD5_BYTES 16

void md5(struct view v, uint8_t out[static MD5_BYTES]);

#endif
