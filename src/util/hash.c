#include "util/hash.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <xxhash.h>

static uint8_t secret[XXH3_SECRET_SIZE_MIN + 64];
static pthread_once_t secret_once = PTHREAD_ONCE_INIT;

void random_bytes(void *to, size_t n)
{
	uint8_t *p = to;

	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0) {
			if (errno == EINTR)
				continue;
			abort(); /* no kernel that Dolmen runs on does this */
		}
		p += got;
		n -= (size_t)got;
	}
}

uint64_t random_u64(void)
{
	uint64_t v;

	random_bytes(&v, sizeof(v));
	return v;
}

void random_uuid(uint8_t uuid[static 16])
{
	random_bytes(uuid, 16);
	uuid[6] = (uint8_t)((uuid[6] & 0x0F) | 0x40);
	uuid[8] = (uint8_t)((uuid[8] & 0x3F) | 0x80);
}

static void draw_secret(void)
{
	random_bytes(secret, sizeof(secret));
}

uint64_t hash_bytes(struct view v)
{
	pthread_once(&secret_once, draw_secret);
	return XXH3_64bits_withSecret(v.data, v.len, secret, sizeof(secret));
}

struct hash128 hash128_bytes(uint64_t prefix, struct view v)
{
	XXH128_hash_t h;

	pthread_once(&secret_once, draw_secret);
	h = XXH3_128bits_withSecret(v.data, v.len, secret, sizeof(secret));
	/* The prefix goes through the same mixing, so that equal keys of two
	 * tables are as far apart as any two keys. */
	prefix = XXH3_64bits_withSecret(&prefix, sizeof(prefix), secret, sizeof(secret));
	return (struct hash128){h.low64 ^ prefix, h.high64 + prefix};
}
