#include "support/unit.h"

#include "commands/args.h"
#include "support/json.h"

struct all {
	struct view str, doc, array, uuid;
	struct arg_bool b, safe_bool;
	struct arg_int i, integral, cut, natural, l;
	struct arg_docs docs;
	struct value any, any_not_null;
	struct view not_null;
};

#define AT(member) offsetof(struct all, member)

static const struct field table[] = {
    {"str", FIELD_STR, 0, AT(str), "x"},
    {"bool", FIELD_BOOL, 0, AT(b), "x"},
    {"safeBool", FIELD_BOOL_NUM, 0, AT(safe_bool), "x"},
    {"int", FIELD_INT, 0, AT(i), "x"},
    {"integral", FIELD_INT, FIELD_INTEGRAL_ONLY, AT(integral), "x"},
    {"cut", FIELD_INT, FIELD_TRUNCATE, AT(cut), "x"},
    {"natural", FIELD_INT, FIELD_NOT_NEGATIVE, AT(natural), "x"},
    {"long", FIELD_LONG, 0, AT(l), "x"},
    {"doc", FIELD_DOC, 0, AT(doc), "x"},
    {"array", FIELD_ARRAY, 0, AT(array), "x"},
    {"docs", FIELD_DOCS, 0, AT(docs), "x"},
    {"uuid", FIELD_UUID, 0, AT(uuid), "x"},
    {"any", FIELD_ANY, 0, AT(any), "x"},
    {"anyButNull", FIELD_ANY, FIELD_NULL_OK, AT(any_not_null), "x"},
    {"notNull", FIELD_STR, FIELD_NOT_NULL, AT(not_null), "x"},
    {"refused", FIELD_REFUSED, 0, 0, "not here"},
    {"unused", FIELD_UNUSED, 0, 0, "x"},
    {NULL},
};

static struct arena arena;

static int decode(const char *json, struct all *out)
{
	struct status st;
	int err;

	memset(out, 0, sizeof(*out));
	status_init(&st);
	err = fields_decode(table, json_doc(&arena, json), out, "test", false, &st);
	assert_int_equal(err, st.code);
	status_clear(&st);
	return err;
}

static void each_type_takes_its_own(void **state)
{
	struct all a;

	assert_int_equal(decode("{'str': 'x', 'bool': true, 'safeBool': 2.5, 'int': 7.0, "
				"'long': {'$numberLong': '9'}, 'doc': {'a': 1}, 'array': [1]}",
			     &a),
	    0);
	assert_true(view_equal(a.str, view_of_str("x")));
	assert_true(a.b.given && a.b.v && a.safe_bool.given && a.safe_bool.v);
	assert_true(a.i.given);
	assert_int_equal(a.i.v, 7);
	assert_int_equal(a.l.v, 9);
	assert_int_equal(doc_count(a.doc), 1);
	assert_int_equal(doc_count(a.array), 1);
	assert_false(a.cut.given);
	assert_null(a.uuid.data);
}

static void wrong_types_are_refused(void **state)
{
	static const char *const wrong[] = {"{'str': 1}", "{'str': {'a': 1}}", "{'bool': 1}",
	    "{'safeBool': 'true'}", "{'int': '1'}", "{'int': true}", "{'integral': 1.0}",
	    "{'long': 1}", "{'doc': []}", "{'doc': 1}", "{'array': {}}", "{'docs': {}}",
	    "{'docs': [1]}", "{'docs': [{}, null]}", "{'uuid': 'x'}",
	    "{'uuid': {'$binary': {'base64': 'AAAA', 'subType': '00'}}}", "{'notNull': null}"};
	struct all a;
	size_t i;

	for (i = 0; i < ARRAY_LEN(wrong); i++)
		if (decode(wrong[i], &a) != ERR_TYPE_MISMATCH)
			fail_msg("%s", wrong[i]);
}

static void numbers_are_held_to_their_range(void **state)
{
	struct all a;

	assert_int_equal(decode("{'int': 1.5}", &a), ERR_FAILED_TO_PARSE);
	assert_int_equal(
	    decode("{'int': {'$numberDouble': 'NaN'}}", &a), ERR_FAILED_TO_PARSE);
	assert_int_equal(
	    decode("{'int': {'$numberDouble': 'Infinity'}}", &a), ERR_FAILED_TO_PARSE);
	assert_int_equal(decode("{'int': 1e30}", &a), ERR_FAILED_TO_PARSE);
	assert_int_equal(decode("{'int': {'$numberDecimal': '12'}}", &a), 0);
	assert_int_equal(a.i.v, 12);
	assert_int_equal(decode("{'natural': -1}", &a), ERR_BAD_VALUE);
	assert_int_equal(decode("{'natural': 0}", &a), 0);
	assert_int_equal(decode("{'cut': -1.9}", &a), 0);
	assert_int_equal(a.cut.v, -1);
	assert_int_equal(decode("{'cut': 1e30}", &a), 0);
	assert_true(a.cut.v == INT64_MAX);
}

static void null_counts_as_absent(void **state)
{
	struct all a;

	assert_int_equal(decode("{'str': null, 'bool': null, 'safeBool': null, 'int': null, "
				"'long': null, 'doc': null, 'array': null, 'docs': null, "
				"'uuid': null, 'any': null, 'anyButNull': null}",
			     &a),
	    0);
	assert_null(a.str.data);
	assert_false(a.b.given || a.safe_bool.given || a.i.given || a.docs.given);
	assert_int_equal(a.any.type, TYPE_NULL);
	assert_true(value_is_missing(a.any_not_null));
}

static void documents_are_walked(void **state)
{
	struct all a;
	struct docs_iter it;
	struct view doc;
	int n = 0;

	assert_int_equal(decode("{'docs': [{'a': 1}, {}, {'b': 2}]}", &a), 0);
	assert_int_equal(a.docs.count, 3);
	for (it = docs_iter(&a.docs); docs_next(&it, &doc);)
		n += doc_count(doc);
	assert_int_equal(n, 2);

	/* The same from a section of documents, one behind the other. */
	n = 0;
	a.docs = (struct arg_docs){true, false, 2, json_doc(&arena, "{'a': 1}")};
	for (it = docs_iter(&a.docs); docs_next(&it, &doc);)
		n++;
	assert_int_equal(n, 1);
}

static void a_uuid_has_sixteen_bytes(void **state)
{
	struct all a;

	assert_int_equal(
	    decode("{'uuid': {'$binary': {'base64': 'AAAAAAAAAAAAAAAAAAAAAA==', 'subType': "
		   "'04'}}}",
		&a),
	    0);
	assert_int_equal(a.uuid.len, 16);
	assert_int_equal(
	    decode("{'uuid': {'$binary': {'base64': 'AAAA', 'subType': '04'}}}", &a),
	    ERR_INVALID_UUID);
}

static void what_is_not_known_or_not_here_is_named(void **state)
{
	struct all a;
	struct status st;

	assert_int_equal(decode("{'unused': [1]}", &a), 0);
	assert_int_equal(decode("{'strr': 'x'}", &a), ERR_UNKNOWN_FIELD);
	assert_int_equal(decode("{'st': 'x'}", &a), ERR_UNKNOWN_FIELD);
	assert_int_equal(decode("{'': 'x'}", &a), ERR_UNKNOWN_FIELD);
	assert_int_equal(decode("{'str': 'x', 'str': 'y'}", &a), ERR_DUPLICATE_FIELD);
	status_init(&st);
	assert_int_equal(
	    fields_decode(table, json_doc(&arena, "{'refused': 1}"), &a, "test", false, &st),
	    ERR_COMMAND_NOT_SUPPORTED);
	assert_non_null(strstr(st.message, "test.refused"));
	status_clear(&st);
}

static void required_fields_are_missed(void **state)
{
	static const struct field required[] = {
	    {"str", FIELD_STR, FIELD_REQUIRED, AT(str), "x"}, {NULL}};
	struct all a = {.str = {0}};
	struct status st;

	status_init(&st);
	assert_int_equal(fields_decode(required, json_doc(&arena, "{'str': 'x'}"), &a, "t",
			     false, &st),
	    0);
	assert_int_equal(
	    fields_decode(required, doc_empty, &a, "t", false, &st), ERR_MISSING_FIELD);
	assert_int_equal(fields_decode(required, json_doc(&arena, "{'str': null}"), &a, "t",
			     false, &st),
	    ERR_MISSING_FIELD);
	assert_int_equal(fields_decode(required, json_doc(&arena, "{'str': 'x', 'y': 1}"), &a,
			     "t", true, &st),
	    0);
	status_clear(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_type_takes_its_own),
	    cmocka_unit_test(wrong_types_are_refused),
	    cmocka_unit_test(numbers_are_held_to_their_range),
	    cmocka_unit_test(null_counts_as_absent),
	    cmocka_unit_test(documents_are_walked),
	    cmocka_unit_test(a_uuid_has_sixteen_bytes),
	    cmocka_unit_test(what_is_not_known_or_not_here_is_named),
	    cmocka_unit_test(required_fields_are_missed),
	};
	int failed;

	arena_init(&arena, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_clear(&arena);
	return failed;
}
