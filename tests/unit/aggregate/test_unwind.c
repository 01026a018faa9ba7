/*
 * $unwind.
 */
#include "support/unit.h"

#include "support/pipeline.h"

#define MIXED                                                                                  \
	"[{\"$documents\": [{\"_id\": 1, \"a\": [1, 2], \"z\": 9}, {\"_id\": 2, \"a\": null}, "       \
	"{\"_id\": 3}, {\"_id\": 4, \"a\": []}, {\"_id\": 5, \"a\": \"x\"}, {\"_id\": 6, \"a\": "   \
	"[[3, 4]]}]}, "

static void one_document_for_each_element(void **state)
{
	const char *want = "{ \"_id\" : 1, \"a\" : 1, \"z\" : 9 }{ \"_id\" : 1, \"a\" : 2, \"z\" : 9 }"
			   "{ \"_id\" : 5, \"a\" : \"x\" }{ \"_id\" : 6, \"a\" : [ 3, 4 ] }";

	gives(MIXED "{\"$unwind\": \"$a\"}]", want);
	gives(MIXED "{\"$unwind\": {\"path\": \"$a\", \"preserveNullAndEmptyArrays\": false}}]", want);
	gives("[{\"$documents\": []}, {\"$unwind\": \"$a\"}]", "");
	gives(MIXED "{\"$unwind\": \"$b\"}]", "");
}

static void nothing_is_preserved_where_it_is_wanted(void **state)
{
	gives(MIXED "{\"$skip\": 1}, {\"$unwind\": {\"path\": \"$a\", \"preserveNullAndEmptyArrays\": true, \"includeArrayIndex\": \"i\"}}]",
	    "{ \"_id\" : 2, \"a\" : null, \"i\" : null }{ \"_id\" : 3, \"i\" : null }"
	    "{ \"_id\" : 4, \"i\" : null }{ \"_id\" : 5, \"a\" : \"x\", \"i\" : null }"
	    "{ \"_id\" : 6, \"a\" : [ 3, 4 ], \"i\" : 0 }");
}

#define ONE "[{\"$documents\": [{\"_id\": 1, \"a\": {\"b\": [7, 8], \"c\": 1}, \"x\": 5}]}, "

static void paths_go_through_documents(void **state)
{
	gives(ONE "{\"$unwind\": \"$a.b\"}]",
	    "{ \"_id\" : 1, \"a\" : { \"b\" : 7, \"c\" : 1 }, \"x\" : 5 }"
	    "{ \"_id\" : 1, \"a\" : { \"b\" : 8, \"c\" : 1 }, \"x\" : 5 }");
	/* Not through arrays. */
	gives("[{\"$documents\": [{\"a\": [{\"b\": [1]}]}]}, {\"$unwind\": \"$a.b\"}]", "");
	gives("[{\"$documents\": [{\"a\": {\"b\": []}}]}, {\"$unwind\": {\"path\": \"$a.b\", \"preserveNullAndEmptyArrays\": true}}]",
	    "{ \"a\" : {  } }");
}

static void the_index_takes_any_place(void **state)
{
	gives(ONE "{\"$unwind\": {\"path\": \"$a.b\", \"includeArrayIndex\": \"x.y\"}}]",
	    "{ \"_id\" : 1, \"a\" : { \"b\" : 7, \"c\" : 1 }, \"x\" : { \"y\" : 0 } }"
	    "{ \"_id\" : 1, \"a\" : { \"b\" : 8, \"c\" : 1 }, \"x\" : { \"y\" : 1 } }");
	gives(ONE "{\"$unwind\": {\"path\": \"$a.b\", \"includeArrayIndex\": \"a\"}}]",
	    "{ \"_id\" : 1, \"a\" : 0, \"x\" : 5 }{ \"_id\" : 1, \"a\" : 1, \"x\" : 5 }");
	gives(ONE "{\"$unwind\": {\"path\": \"$a.b\", \"includeArrayIndex\": \"a.n.m\"}}, {\"$limit\": 1}]",
	    "{ \"_id\" : 1, \"a\" : { \"b\" : 7, \"c\" : 1, \"n\" : { \"m\" : 0 } }, \"x\" : 5 }");
}

static void wrong_specifications(void **state)
{
	fails(ONE "{\"$unwind\": 1}]", 15981);
	fails(ONE "{\"$unwind\": [\"$a\"]}]", 15981);
	fails(ONE "{\"$unwind\": {}}]", 28812);
	fails(ONE "{\"$unwind\": \"\"}]", 28812);
	fails(ONE "{\"$unwind\": \"a\"}]", 28818);
	fails(ONE "{\"$unwind\": {\"path\": 1}}]", 28808);
	fails(ONE "{\"$unwind\": {\"path\": \"$a\", \"preserveNullAndEmptyArrays\": 1}}]", 28809);
	fails(ONE "{\"$unwind\": {\"path\": \"$a\", \"includeArrayIndex\": \"\"}}]", 28810);
	fails(ONE "{\"$unwind\": {\"path\": \"$a\", \"includeArrayIndex\": null}}]", 28810);
	fails(ONE "{\"$unwind\": {\"path\": \"$a\", \"includeArrayIndex\": \"$i\"}}]", 28822);
	fails(ONE "{\"$unwind\": {\"path\": \"$a\", \"more\": 1}}]", 28811);
	fails(ONE "{\"$unwind\": \"$\"}]", 40352);
	fails(ONE "{\"$unwind\": \"$a.\"}]", 40353);
	fails(ONE "{\"$unwind\": \"$a..b\"}]", 15998);
	fails(ONE "{\"$unwind\": \"$a.$b\"}]", 16410);
	fails(ONE "{\"$unwind\": \"$a\\u0000\"}]", 16419);
	fails(ONE "{\"$unwind\": {\"path\": \"$a\", \"includeArrayIndex\": \"a\\u0000\"}}]", 16411);
}

static void a_path_has_at_most_200_names(void **state)
{
	char path[512] = "$a", stages[640];

	for (int i = 1; i < 200; i++)
		strcat(path, ".a");
	snprintf(stages, sizeof(stages), "[{\"$documents\": []}, {\"$unwind\": \"%s\"}]", path);
	gives(stages, "");
	snprintf(stages, sizeof(stages), "[{\"$documents\": []}, {\"$unwind\": \"%s.a\"}]", path);
	fails(stages, 15);
}

/* Against what it should be, written down from the same random arrays. */
static void random_arrays_come_out_element_by_element(void **state)
{
	for (unsigned int round = 0; round < 200; round++) {
		char in[4096] = "[{\"$documents\": [", want[8192] = "";
		size_t at_in = strlen(in), at = 0;
		int docs = rand() % 6;

		for (int d = 0; d < docs; d++) {
			int n = rand() % 5;

			at_in += (size_t)sprintf(in + at_in, "%s{\"_id\": %d, \"a\": [", d ? ", " : "", d);
			for (int i = 0; i < n; i++) {
				int x = rand() % 100;

				at_in += (size_t)sprintf(in + at_in, "%s%d", i ? ", " : "", x);
				at += (size_t)sprintf(want + at,
				    "{ \"_id\" : %d, \"a\" : %d, \"i\" : %d }", d, x, i);
			}
			at_in += (size_t)sprintf(in + at_in, "]}");
		}
		sprintf(in + at_in, "]}, {\"$unwind\": {\"path\": \"$a\", \"includeArrayIndex\": \"i\"}}]");
		gives(in, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_document_for_each_element),
	    cmocka_unit_test(nothing_is_preserved_where_it_is_wanted),
	    cmocka_unit_test(paths_go_through_documents),
	    cmocka_unit_test(the_index_takes_any_place),
	    cmocka_unit_test(wrong_specifications),
	    cmocka_unit_test(a_path_has_at_most_200_names),
	    cmocka_unit_test(random_arrays_come_out_element_by_element),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
