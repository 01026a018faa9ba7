#include "support/unit.h"

#include <math.h>

#include "bench/document.h"
#include "bench/histogram.h"
#include "bench/index_kinds.h"
#include "bench/keys.h"
#include "bench/requests.h"
#include "bson/key_encode.h"
#include "bson/validate.h"
#include "bson/value.h"
#include "wire/op_msg.h"

static struct histogram *new_histogram(void)
{
	return test_calloc(1, sizeof(struct histogram));
}

static void test_small_values_are_exact(void **state)
{
	struct histogram *h = new_histogram();

	for (uint64_t v = 1; v <= 100; v++)
		histogram_add(h, v);
	assert_int_equal(histogram_quantile(h, 0.5), 50);
	assert_int_equal(histogram_quantile(h, 0.99), 99);
	assert_int_equal(histogram_quantile(h, 1), 100);
	assert_int_equal(histogram_quantile(h, 0), 1);
	assert_true(histogram_mean(h) == 50.5);
	test_free(h);
}

static void test_large_values_are_within_a_hundredth(void **state)
{
	struct rng rng = {3};

	for (int i = 0; i < 2000; i++) {
		struct histogram *h = new_histogram();
		uint64_t v = rng_next(&rng) >> (i % 64), got;

		histogram_add(h, v);
		h->max = UINT64_MAX; /* so that the bucket's end is what comes back */
		got = histogram_quantile(h, 1);
		assert_true(got >= v && (got - v) <= v / 128);
		test_free(h);
	}
}

static void test_merging_is_adding_to_one(void **state)
{
	struct histogram *one = new_histogram(), *a = new_histogram(), *b = new_histogram();
	struct rng rng = {4};

	for (int i = 0; i < 1000; i++) {
		uint64_t v = rng_below(&rng, 1000000);

		histogram_add(one, v);
		histogram_add(i % 3 ? a : b, v);
	}
	histogram_merge(a, b);
	assert_memory_equal(a, one, sizeof(*one));
	test_free(one);
	test_free(a);
	test_free(b);
}

/* Rank 0 comes 1 / zeta(n) of the time, and all ranks are in range. */
static void test_zipf_follows_its_law(void **state)
{
	enum { RANKS = 1000, DRAWS = 200000 };
	static int seen[RANKS];
	struct rng rng = {5};
	double zeta = 0, second;
	struct zipf z;

	for (int i = 1; i <= RANKS; i++)
		zeta += pow(i, -0.99);
	second = pow(2, -0.99) / zeta;
	zipf_init(&z, RANKS);
	for (int i = 0; i < DRAWS; i++) {
		uint64_t rank = zipf_next(&z, &rng);

		assert_true(rank < RANKS);
		seen[rank]++;
	}
	assert_true(fabs(seen[0] / (double)DRAWS * zeta - 1) < 0.03);
	assert_true(fabs(seen[1] / (double)DRAWS / second - 1) < 0.05);
	assert_true(seen[0] > seen[10] && seen[10] > seen[500]);
}

static void test_a_document_has_its_size_and_fields(void **state)
{
	static const size_t sizes[] = {DOCUMENT_LEAST, 200, 1024, DOCUMENT_MOST};
	struct document_layout layout;
	struct buf b;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct status st;
		struct view doc;
		int64_t seq;

		status_init(&st);
		buf_init(&b, NULL);
		document_build(&b, sizes[i], IDS_ASCENDING, &layout);
		document_become(b.data, &layout, 77);
		doc = buf_view(&b);
		assert_int_equal(doc.len, sizes[i]);
		assert_int_equal(bson_check(doc, &st), 0);
		assert_int_equal(doc_count(doc), 12);
		assert_true(value_to_i64(doc_get(doc, "seq"), &seq) && seq == 77);
		assert_ptr_equal(array_at(doc, 4).data, doc_get(doc, "group").data);
		assert_ptr_equal(array_at(doc, 11).data, doc_get(doc, "score").data);
		buf_clear(&b);
	}
}

/* 1 % by both fields, 10 % by each. */
static void test_one_document_of_a_hundred_is_selected(void **state)
{
	enum { N = 20000 };
	struct document_layout layout;
	int both = 0, first = 0;
	struct buf b;

	buf_init(&b, NULL);
	document_build(&b, 200, IDS_ASCENDING, &layout);
	for (uint64_t key = 0; key < N; key++) {
		int64_t group, score;

		document_become(b.data, &layout, key);
		assert_true(value_to_i64(doc_get(buf_view(&b), "group"), &group));
		assert_true(value_to_i64(doc_get(buf_view(&b), "score"), &score));
		assert_true(group >= 0 && group < 100 && score >= 0 && score < 100);
		first += group < DOCUMENT_SELECTED;
		both += group < DOCUMENT_SELECTED && score < DOCUMENT_SELECTED;
	}
	assert_in_range(first, N * 9 / 100, N * 11 / 100);
	assert_in_range(both, N * 8 / 1000, N * 12 / 1000);
	buf_clear(&b);
}

/* What the store's ceiling writes is what the server writes. */
static void test_entries_are_the_servers(void **state)
{
	static const uint64_t keys[] = {0, 1, 63, 64, 127, 128, 20000, 1 << 24, 1000000};
	struct document_layout layout;
	struct buf doc, key;
	uint8_t entry[INDEX_KEY_MOST];

	buf_init(&doc, NULL);
	buf_init(&key, NULL);
	document_build(&doc, 300, IDS_ASCENDING, &layout);
	for (size_t i = 0; i < ARRAY_LEN(keys) * INDEX_KINDS; i++) {
		const struct index_kind *k = &index_kinds[i % INDEX_KINDS];
		struct view v = buf_view(&doc);
		size_t len;

		document_become(doc.data, &layout, keys[i / INDEX_KINDS]);
		len = index_entry_key(entry, (int)(i % INDEX_KINDS), doc.data, &layout);
		buf_reset(&key);
		for (int f = 0; f < 2 && k->fields[f].direction; f++)
			key_encode(&key, NULL, doc_get(v, index_field_name(k, f)),
			    k->fields[f].direction < 0, NULL);
		assert_int_equal(len, key.len);
		assert_memory_equal(entry, key.data, len);
	}
	buf_clear(&key);
	buf_clear(&doc);
}

static void test_ids_ascend_or_scatter(void **state)
{
	uint8_t id[2][DOCUMENT_ID_BYTES];
	int down = 0;

	for (uint64_t key = 0; key < 1000; key++) {
		document_id(id[0], IDS_ASCENDING, key);
		document_id(id[1], IDS_ASCENDING, key + 1);
		assert_true(memcmp(id[0], id[1], sizeof(id[0])) < 0);
		document_id(id[0], IDS_SCATTERED, key);
		document_id(id[1], IDS_SCATTERED, key + 1);
		assert_memory_not_equal(id[0], id[1], sizeof(id[0]));
		down += memcmp(id[0], id[1], sizeof(id[0])) > 0;
	}
	assert_in_range(down, 400, 600);
}

/* The server's own parser reads every frame, with the key where it belongs. */
static void test_frames_are_what_a_server_reads(void **state)
{
	static const uint8_t session[SESSION_BYTES] = {9, 8, 7};
	static const struct operation list[] = {{OP_FIND, 5, 1}, {OP_RANGE, 5, 20},
	    {OP_SCAN, 5, 1}, {OP_INSERT, 5, 1}, {OP_INSERT, 5, 3}, {OP_UPDATE, 5, 1}};
	const struct requests_options o = {.db = "d",
	    .collection = "c",
	    .document_bytes = 200,
	    .batch = 3,
	    .journal = true,
	    .sessions = true};
	struct requests *r = requests_new(&o);

	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		struct view frame = requests_make(r, &list[i], list[i].kind, 42, session);
		struct value lsid;
		struct op_msg msg;
		struct status st;

		status_init(&st);
		assert_int_equal(frame_read_header(frame.data).request_id, 42);
		assert_int_equal(op_msg_parse(frame, &msg, &st), 0);
		assert_true(view_equal(value_str(doc_get(msg.body, "$db")), view_of_str("d")));
		lsid = doc_get(value_doc(doc_get(msg.body, "lsid")), "id");
		assert_memory_equal(value_binary(lsid).data, session, SESSION_BYTES);
		if (list[i].kind == OP_INSERT)
			assert_int_equal(msg.sequences[0].count, list[i].count);
	}
	requests_free(r);
}

static void test_a_wrong_answer_is_seen(void **state)
{
	struct answer a;
	struct buf frame;
	struct status st;

	status_init(&st);
	buf_init(&frame, NULL);
	requests_command(&frame, "ok"); /* {ok: 1, $db: "admin"}: might be an answer */
	buf_set_i32(&frame, 8, 7);
	assert_int_equal(answer_read(buf_view(&frame), 7, &a, &st), 0);
	assert_true(a.ok);
	assert_int_not_equal(answer_read(buf_view(&frame), 8, &a, &st), 0);
	buf_reset(&frame);
	requests_command(&frame, "writeErrors");
	assert_int_equal(answer_read(buf_view(&frame), 0, &a, &st), 0);
	assert_false(a.ok);
	buf_clear(&frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_small_values_are_exact),
	    cmocka_unit_test(test_large_values_are_within_a_hundredth),
	    cmocka_unit_test(test_merging_is_adding_to_one),
	    cmocka_unit_test(test_zipf_follows_its_law),
	    cmocka_unit_test(test_a_document_has_its_size_and_fields),
	    cmocka_unit_test(test_one_document_of_a_hundred_is_selected),
	    cmocka_unit_test(test_entries_are_the_servers),
	    cmocka_unit_test(test_ids_ascend_or_scatter),
	    cmocka_unit_test(test_frames_are_what_a_server_reads),
	    cmocka_unit_test(test_a_wrong_answer_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
