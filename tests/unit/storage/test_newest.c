/*
 * A key that is called new has never been claimed and is not in the store, in whatever order keys
 * come; and keys that ascend are called new.
 */
#include "support/unit.h"

#include "storage/newest.h"
#include "support/store_fixture.h"
#include "util/hash.h"

#define IDS 40000

static struct store_fixture f;
static struct fake_collection c;
static bool is_known[IDS]; /* claimed or stored */

/* As after a start: what there is in the store has not been claimed. */
static void start(void)
{
	newest_free(c.live.newest);
	c.live.newest = newest_new();
	assert_non_null(c.live.newest);
}

static int setup(void **state)
{
	fixture_init(&f);
	fake_collection_init(&c, 10);
	memset(is_known, 0, sizeof(is_known));
	start();
	return 0;
}

static int teardown(void **state)
{
	newest_free(c.live.newest);
	fixture_clear(&f);
	return 0;
}

static bool claim_key(struct view key)
{
	struct status st;
	bool is_new;

	status_init(&st);
	assert_int_equal(newest_claim(f.store, &c.c, key, READ_ANY, &is_new, &st), 0);
	return is_new;
}

static bool claim(int id)
{
	struct fake_key key;
	bool is_new = claim_key(fake_key(&key, (uint64_t)id));

	if (is_new && is_known[id])
		fail_msg("%d is not new", id);
	is_known[id] = true;
	return is_new;
}

static void store(int from, int to)
{
	struct batch *b = batch_new(f.store, NULL);
	struct commit commit;
	struct fake_key key;
	struct buf buf;

	buf_init(&buf, NULL);
	for (int id = from; id < to; id++) {
		struct view doc = fake_doc(&buf, id, 10);

		batch_insert(b, &c.c, fake_key(&key, (uint64_t)id), doc_get(doc, "_id"), doc);
		is_known[id] = true;
	}
	fixture_commit(f.store, b, &commit);
	batch_free(b);
	buf_clear(&buf);
}

static void ascending_keys_are_new(void **state)
{
	int n_new = 0;

	for (int id = 0; id < IDS; id++)
		n_new += claim(id);
	assert_true(n_new > IDS - 100);
}

/* What was stored before the start is found out, and what was claimed before the floor
 * is known is below it. */
static void the_store_is_asked_once(void **state)
{
	int n_new = 0;

	store(0, 1000);
	start();
	for (int id = 900; id < 2000; id++)
		n_new += claim(id);
	assert_true(n_new > 900);
	for (int id = 0; id < 2000; id++)
		assert_false(claim(id));
}

static void claims_in_disorder(void **state)
{
	for (int round = 0; round < 3; round++) {
		int n_new = 0, n = IDS - 600;

		memset(is_known, 0, sizeof(is_known));
		store(0, 300);
		start();
		for (int id = 0; id < n; id++)
			n_new += claim(id + (int)(random_u64() % 600));
		/* Most numbers come, many of them twice. */
		assert_true(n_new > n / 2);
	}
}

/* Keys that begin alike, longer than what is told apart. */
static void long_keys(void **state)
{
	enum { SLOTS = 1 << 16, CLAIMS = 20000 };
	static uint64_t seen[SLOTS];
	int n_new = 0;

	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < CLAIMS; i++) {
		uint8_t bytes[48];
		size_t len = 1 + random_u64() % sizeof(bytes), at;
		uint64_t hash, bits = random_u64();
		bool is_new;

		/* Rising slowly, with ones and zeros behind. */
		for (size_t j = 0; j < len; j++)
			bytes[j] = (uint8_t)(bits >> (j % 64) & 1);
		bytes[0] = (uint8_t)(i / (CLAIMS / 200));
		hash = hash_bytes(view_of(bytes, len));
		for (at = hash % SLOTS; seen[at] && seen[at] != hash; at = (at + 1) % SLOTS)
			;
		is_new = claim_key(view_of(bytes, len));
		assert_false(is_new && seen[at]);
		seen[at] = hash;
		n_new += is_new;
	}
	assert_true(n_new > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(ascending_keys_are_new, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_store_is_asked_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(claims_in_disorder, setup, teardown),
	    cmocka_unit_test_setup_teardown(long_keys, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
