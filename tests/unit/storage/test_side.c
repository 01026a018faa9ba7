#include "support/unit.h"

#include "storage/batch.h"
#include "storage/engine.h"
#include "storage/log_header.h"
#include "storage/side.h"
#include "support/store_fixture.h"

static void a_row_is_read_back(void **state)
{
	const struct side_change changes[] = {
	    {.put = true, .key = view_of_str("key"), .value = view_of_str("value")},
	    {.put = true, .key = view_of_str("key"), .value = view_of_str("")},
	    {.put = false, .key = view_of_str("key")},
	};
	struct side_change got;
	struct buf b;

	buf_init(&b, NULL);
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		buf_reset(&b);
		side_change_format(&b, &changes[i]);
		assert_true(side_change_parse(buf_view(&b), &got));
		assert_int_equal(got.put, changes[i].put);
		assert_true(view_equal(got.key, changes[i].key));
		assert_int_equal(got.value.len, changes[i].value.len);
		/* Cut short it has not its whole key. */
		for (size_t n = 0; n < 2 + changes[i].key.len; n++)
			assert_false(side_change_parse(view_of(b.data, n), &got));
	}
	buf_clear(&b);
}

static void what_no_row_is(void **state)
{
	struct side_change got;

	assert_false(side_change_parse(view_of_str(""), &got));
	assert_false(side_change_parse(view_of("\3\0", 2), &got));
	/* A removal has no value. */
	assert_false(side_change_parse(view_of("\2\0v", 3), &got));
	assert_false(
	    side_change_parse(view_of("\1\377\377\377\377\377\377\377\377\377\377", 11), &got));
}

/* How often the bytes of the time stand in the batch. */
static int count_time(const struct batch *b, uint64_t time)
{
	uint64_t be = htobe64(time);
	size_t len;
	const char *data = rocksdb_writebatch_data(b->rep, &len);
	int n = 0;

	for (size_t i = 0; i + sizeof(be) <= len; i++)
		n += memcmp(data + i, &be, sizeof(be)) == 0;
	return n;
}

/* A commit that RocksDB has not taken gets another time when it tries again; and values
 * whose length takes one byte, two or three do not change where it stands. */
static void the_time_of_the_last_try_counts(void **state)
{
	static const size_t lengths[] = {0, 100, 127, 128, 16383, 16384, 70000};
	struct index ix = {.id = 5, .side_id = 6, .state = INDEX_BUILDING};
	struct log_header h = {.term = 1};
	struct store_fixture f;
	struct status st;
	struct batch *b;
	struct buf value;

	status_init(&st);
	buf_init(&value, NULL);
	fixture_init(&f);
	assert_int_equal(store_family_take(f.store, &ix.family, &st), 0);
	b = batch_new(f.store, NULL);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		buf_reset(&value);
		for (size_t n = 0; n < lengths[i]; n++)
			buf_append_byte(&value, 'v');
		batch_put_entry(b, &ix, view_of_str("some key"), buf_view(&value));
	}
	batch_remove_entry(b, &ix, view_of_str("some key"));
	for (h.cluster_time = 0x1122334455667788; h.cluster_time < 0x112233445566778B;
	     h.cluster_time++) {
		batch_complete(b, &h);
		assert_int_equal(count_time(b, h.cluster_time), ARRAY_LEN(lengths) + 1);
		assert_int_equal(count_time(b, h.cluster_time - 1), 0);
	}
	batch_free(b);
	family_unref(ix.family);
	buf_clear(&value);
	fixture_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_row_is_read_back),
	    cmocka_unit_test(what_no_row_is),
	    cmocka_unit_test(the_time_of_the_last_try_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
