#include "util/md5.h"

#include <mbedtls/md5.h>
#include <mbedtls/version.h>
#include <stdlib.h>

#if MBEDTLS_VERSION_MAJOR < 3
#define digest mbedtls_md5_ret
#else
#define digest mbedtls_md5
#endif

void md5(struct view v, uint8_t out[static MD5_BYTES])
{
	/* It fails only where hardware does the work and is broken. */
	if (digest(v.data ? v.data : (const uint8_t *)"", v.len, out) != 0)
		abort();
}
