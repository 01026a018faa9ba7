#include "util/sha256.h"

#include <mbedtls/sha256.h>
#include <mbedtls/version.h>
#include <stdlib.h>

#if MBEDTLS_VERSION_MAJOR < 3
#define digest mbedtls_sha256_ret
#else
#define digest mbedtls_sha256
#endif

void sha256(struct view v, uint8_t out[static SHA256_BYTES])
{
	/* It fails only where hardware does the work and is broken. */
	if (digest(v.data ? v.data : (const uint8_t *)"", v.len, out, 0) != 0)
		abort();
}
