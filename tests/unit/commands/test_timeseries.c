#include "support/unit.h"

#include "support/database.h"

static struct database db;

static int setup(void **state)
{
	database_init(&db, FACE_STANDALONE);
	return 0;
}

static int teardown(void **state)
{
	database_clear(&db);
	return 0;
}

/* Each test has a collection of its own. */
#define CREATE(name, options)                                                                  \
	"{'create': '" name "', '$db': 'd', 'timeseries': {'timeField': 't', 'metaField': "    \
	"'m'} " options "}"
#define INSERT(name, documents)                                                                \
	"{'insert': '" name "', '$db': 'd', 'documents': [" documents "]}"
#define DATE(ms) "{'$date': {'$numberLong': '" #ms "'}}"

/* How json_text shows a date; a single digit. */
#define AT(ms) "{ '$date' : '1970-01-01T00:00:00.00" #ms "Z' }"

static const char *json_text_of_array(struct value array)
{
	static const char before[] = "{ '' : ";
	struct builder b;
	struct buf buf;
	char *text;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_value(&b, "", array);
	builder_finish(&b);
	text = json_text(&db.h.arena, builder_view(&b)) + strlen(before);
	text[strlen(text) - strlen(" }")] = 0;
	buf_clear(&buf);
	return text;
}

/* What find gives, without what is around it. */
static const char *found(const char *json)
{
	struct value v = database_at(harness_run(&db.h, json), "cursor.firstBatch");

	assert_int_equal(v.type, TYPE_ARRAY);
	return json_text_of_array(v);
}

#define assert_found(json, text) assert_string_equal(found(json), text)

/* The stage that reads. */
static const char *stage_of(const char *find)
{
	struct view reply =
	    harness_run(&db.h, arena_printf(&db.h.arena, "{'explain': %s, '$db': 'd'}", find));
	struct value v = database_at(reply, "queryPlanner.winningPlan.stage");

	assert_int_equal(v.type, TYPE_STRING);
	return (const char *)value_str(v).data;
}

static bool is_valid(const char *name)
{
	struct value v =
	    database_at(harness_run(&db.h,
			    arena_printf(&db.h.arena, "{'validate': '%s', '$db': 'd'}", name)),
		"valid");

	return v.type == TYPE_BOOL && value_bool(v);
}

/* ----------------------------------------------------------------- create */

static void options_are_filled_in(void **state)
{
	static const struct {
		const char *given, *kept;
	} cases[] = {
	    {"'timeField': 't'", "{ 'timeField' : 't', 'granularity' : 'seconds', "
				 "'bucketMaxSpanSeconds' : 3600 }"},
	    {"'granularity': 'hours', 'metaField': 'm', 'timeField': 't'",
		"{ 'timeField' : 't', 'metaField' : 'm', 'granularity' : 'hours', "
		"'bucketMaxSpanSeconds' : 2592000 }"},
	    {"'timeField': 't', 'granularity': 'minutes', 'bucketMaxSpanSeconds': 86400",
		"{ 'timeField' : 't', 'granularity' : 'minutes', 'bucketMaxSpanSeconds' : "
		"86400 }"},
	    {"'timeField': 't', 'bucketMaxSpanSeconds': 300.9, 'bucketRoundingSeconds': 300",
		"{ 'timeField' : 't', 'bucketRoundingSeconds' : 300, 'bucketMaxSpanSeconds' : "
		"300 }"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *create = arena_printf(&db.h.arena,
		    "{'create': 'o%zu', '$db': 'd', 'timeseries': {%s}}", i, cases[i].given);
		char *list = arena_printf(&db.h.arena,
		    "{'listCollections': 1, '$db': 'd', 'filter': {'name': 'o%zu'}}", i);
		struct value v;

		assert_code(&db, create, 0);
		assert_code(&db, create, 0); /* as good as made */
		v = database_at(
		    harness_run(&db.h, list), "cursor.firstBatch.0.options.timeseries");
		assert_string_equal(json_text(&db.h.arena, value_doc(v)), cases[i].kept);
	}
}

static void it_is_listed_as_what_it_is(void **state)
{
	assert_code(&db, CREATE("l", ", 'expireAfterSeconds': 100"), 0);
	assert_found("{'listCollections': 1, '$db': 'd', 'filter': {'name': 'l'}}",
	    "[ { 'name' : 'l', 'type' : 'timeseries', 'options' : { 'expireAfterSeconds' : "
	    "100, 'timeseries' : { 'timeField' : 't', 'metaField' : 'm', 'granularity' : "
	    "'seconds', 'bucketMaxSpanSeconds' : 3600 } }, 'info' : { 'readOnly' : false } } "
	    "]");
	assert_found("{'listIndexes': 'l', '$db': 'd'}",
	    "[ { 'v' : 2, 'key' : { 'm' : 1, 't' : 1 }, 'name' : 'm_1_t_1' } ]");
	assert_found("{'listCollections': 1, '$db': 'd', 'nameOnly': true, 'filter': {'name': "
		     "'system.buckets.l'}}",
	    "[ { 'name' : 'system.buckets.l', 'type' : 'collection' } ]");
	assert_string_equal(
	    json_text(&db.h.arena,
		value_doc(database_at(
		    harness_run(&db.h, "{'listCollections': 1, '$db': 'd', 'filter': {'name': "
				       "'system.buckets.l'}}"),
		    "cursor.firstBatch.0.options"))),
	    "{ 'validator' : { '$jsonSchema' : { 'bsonType' : 'object', 'required' : [ 't' ], "
	    "'properties' : { 't' : { 'bsonType' : 'date' } } } }, 'clusteredIndex' : true, "
	    "'expireAfterSeconds' : 100, 'timeseries' : { 'timeField' : 't', 'metaField' : "
	    "'m', 'granularity' : 'seconds', 'bucketMaxSpanSeconds' : 3600 } }");
	assert_code(&db, "{'create': 'l2', '$db': 'd', 'timeseries': {'timeField': 't'}}", 0);
	assert_found("{'listIndexes': 'l2', '$db': 'd'}", "[  ]");
	assert_code(&db, "{'create': 'l', '$db': 'd'}", ERR_NAMESPACE_EXISTS);
	assert_reply(&db, "{'drop': 'l', '$db': 'd'}",
	    "{ 'nIndexesWas' : 1, 'ns' : 'd.l', 'ok' : 1.0 }");
}

static void what_goes_not_with_it(void **state)
{
	static const struct code_case cases[] = {
	    {CREATE("x", ", 'validator': {}"), ERR_INVALID_OPTIONS},
	    {CREATE("x", ", 'capped': true, 'size': 100"), ERR_INVALID_OPTIONS},
	    {CREATE("x", ", 'changeStreamPreAndPostImages': {'enabled': false}"),
		ERR_INVALID_OPTIONS},
	    {CREATE("x", ", 'storageEngine': {'dolmen': {'recordKey': 'id'}}"),
		ERR_INVALID_OPTIONS},
	    {CREATE("x", ", 'expireAfterSeconds': -1"), ERR_INVALID_OPTIONS},
	};

	assert_codes(&db, cases);
}

/* ---------------------------------------------------------------- collMod */

#define MOD(options)        "{'collMod': 'mod', '$db': 'd', " options "}"
#define MOD_SERIES(options) MOD("'timeseries': {" options "}")

static const char *series_options_of_mod(void)
{
	struct view reply =
	    harness_run(&db.h, "{'listCollections': 1, '$db': 'd', 'filter': {'name': 'mod'}}");
	struct value v = database_at(reply, "cursor.firstBatch.0.options.timeseries");

	return json_text(&db.h.arena, value_doc(v));
}

static void make_mod(const char *buckets)
{
	harness_code(&db.h, "{'drop': 'mod', '$db': 'd'}");
	assert_code(&db,
	    arena_printf(&db.h.arena,
		"{'create': 'mod', '$db': 'd', 'timeseries': {'timeField': 't'%s}}", buckets),
	    0);
}

static void changes_that_are_refused(void **state)
{
	static const struct code_case cases[] = {
	    {MOD_SERIES("'timeField': 'x'"), ERR_UNKNOWN_FIELD},
	    {MOD_SERIES("'metaField': 'x'"), ERR_UNKNOWN_FIELD},
	    {MOD_SERIES("'granularity': 1"), ERR_TYPE_MISMATCH},
	    {MOD_SERIES("'granularity': 'Seconds'"), ERR_BAD_VALUE},
	    {MOD_SERIES("'granularity': 'seconds'"), ERR_INVALID_OPTIONS},
	    {MOD_SERIES("'bucketMaxSpanSeconds': 86400"), ERR_INVALID_OPTIONS},
	    {MOD_SERIES("'bucketRoundingSeconds': 86400"), ERR_INVALID_OPTIONS},
	    {MOD_SERIES("'bucketMaxSpanSeconds': 86400, 'bucketRoundingSeconds': 86401"),
		ERR_INVALID_OPTIONS},
	    {MOD_SERIES("'bucketMaxSpanSeconds': 86399, 'bucketRoundingSeconds': 86399"),
		ERR_INVALID_OPTIONS},
	    {MOD_SERIES("'bucketMaxSpanSeconds': 0, 'bucketRoundingSeconds': 0"),
		ERR_BAD_VALUE},
	    {MOD_SERIES("'bucketMaxSpanSeconds': 31536001, 'bucketRoundingSeconds': 31536001"),
		ERR_BAD_VALUE},
	    {MOD_SERIES("'bucketMaxSpanSeconds': true, 'bucketRoundingSeconds': true"),
		ERR_TYPE_MISMATCH},
	    {MOD_SERIES("'granularity': 'hours', 'bucketMaxSpanSeconds': 86400, "
			"'bucketRoundingSeconds': 86400"),
		ERR_INVALID_OPTIONS},
	    {MOD("'validator': {}"), ERR_INVALID_OPTIONS},
	    {MOD("'validationLevel': 'strict'"), ERR_INVALID_OPTIONS},
	    {MOD("'changeStreamPreAndPostImages': {'enabled': false}"), ERR_INVALID_OPTIONS},
	    {MOD("'viewOn': 'x'"), ERR_INVALID_OPTIONS},
	    {MOD("'expireAfterSeconds': -1"), ERR_INVALID_OPTIONS},
	    {MOD("'expireAfterSeconds': 'Off'"), ERR_INVALID_OPTIONS},
	    {MOD("'expireAfterSeconds': null"), ERR_TYPE_MISMATCH},
	    {MOD("'expireAfterSeconds': {'$numberLong': '9223372036854776'}"),
		ERR_INVALID_OPTIONS},
	};

	make_mod(", 'granularity': 'minutes'");
	assert_codes(&db, cases);
	assert_string_equal(series_options_of_mod(),
	    "{ 'timeField' : 't', 'granularity' : 'minutes', 'bucketMaxSpanSeconds' : 86400 }");
}

static void buckets_come_to_span_more(void **state)
{
#define GRANULAR(name, span)                                                                   \
	"{ 'timeField' : 't', 'granularity' : '" name "', 'bucketMaxSpanSeconds' : " span " }"
#define CUSTOM(span)                                                                           \
	"{ 'timeField' : 't', 'bucketRoundingSeconds' : " span                                 \
	", 'bucketMaxSpanSeconds' : " span " }"
	static const struct {
		const char *before, *change, *after;
	} cases[] = {
	    {"", "", GRANULAR("seconds", "3600")},
	    {"", "'granularity': null", GRANULAR("seconds", "3600")},
	    {"", "'granularity': 'minutes'", GRANULAR("minutes", "86400")},
	    {"", "'granularity': 'hours'", GRANULAR("hours", "2592000")},
	    {"", "'granularity': 'minutes', 'bucketMaxSpanSeconds': 86400",
		GRANULAR("minutes", "86400")},
	    {"", "'bucketMaxSpanSeconds': 3600.9, 'bucketRoundingSeconds': 3600",
		CUSTOM("3600")},
	    {", 'bucketMaxSpanSeconds': 100, 'bucketRoundingSeconds': 100",
		"'bucketMaxSpanSeconds': 200, 'bucketRoundingSeconds': 200", CUSTOM("200")},
	    {", 'bucketMaxSpanSeconds': 100, 'bucketRoundingSeconds': 100",
		"'granularity': 'seconds'", GRANULAR("seconds", "3600")},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		make_mod(cases[i].before);
		assert_reply(&db, arena_printf(&db.h.arena, MOD_SERIES("%s"), cases[i].change),
		    "{ 'ok' : 1.0 }");
		assert_string_equal(series_options_of_mod(), cases[i].after);
	}
}

static void an_age_is_set_and_taken_away(void **state)
{
	static const char list[] =
	    "{'listCollections': 1, '$db': 'd', 'filter': {'options.expireAfterSeconds': 100}, "
	    "'nameOnly': false}";

	make_mod("");
	assert_code(&db, MOD("'expireAfterSeconds': 100.9"), 0);
	assert_code(&db, MOD("'timeseries': {}, 'cappedSize': 10"), 0);
	assert_true(strstr(found(list), "'name' : 'mod'") != NULL);
	assert_code(&db, MOD("'expireAfterSeconds': 'off'"), 0);
	assert_true(strstr(found(list), "'name' : 'mod'") == NULL);
}

/* --------------------------------------------------------------- documents */

static void a_measurement_has_a_date(void **state)
{
	static const struct code_case cases[] = {
	    {INSERT("i", "{'m': 1}"), ERR_BAD_VALUE},
	    {INSERT("i", "{'t': 1}"), ERR_BAD_VALUE},
	    {INSERT("i", "{'t': null}"), ERR_BAD_VALUE},
	    {INSERT("i", "{'t': [" DATE(1) "]}"), ERR_BAD_VALUE},
	    {INSERT("i", "{'_id': [1], 't': " DATE(1) "}"), ERR_INVALID_ID_FIELD},
	};

	assert_code(&db, CREATE("i", ""), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct value v =
		    database_at(harness_run(&db.h, cases[i].json), "writeErrors.0.code");
		int64_t code;

		assert_true(value_to_i64(v, &code));
		assert_int_equal(code, cases[i].code);
	}
	assert_reply(&db, "{'count': 'i', '$db': 'd'}", "{ 'n' : 0, 'ok' : 1.0 }");
}

static void one_that_fails_stands_alone(void **state)
{
	assert_code(&db, CREATE("u", ""), 0);
	assert_string_equal(
	    database_run(&db, "{'insert': 'u', '$db': 'd', 'ordered': false, 'documents': "
			      "[{'t': " DATE(1) "}, {'t': 1}, {'t': " DATE(2) "}]}"),
	    "{ 'n' : 2, 'writeErrors' : [ { 'index' : 1, 'code' : 2, 'errmsg' : ''t' must be "
	    "present and contain a valid BSON UTC datetime value' } ], 'ok' : 1.0 }");
	assert_string_equal(
	    database_run(&db, INSERT("u", "{'t': " DATE(1) "}, {'t': 1}, {'t': " DATE(2) "}")),
	    "{ 'n' : 1, 'writeErrors' : [ { 'index' : 1, 'code' : 2, 'errmsg' : ''t' must be "
	    "present and contain a valid BSON UTC datetime value' } ], 'ok' : 1.0 }");
	assert_reply(&db, "{'count': 'u', '$db': 'd'}", "{ 'n' : 3, 'ok' : 1.0 }");
}

static void the_time_and_the_series_come_first(void **state)
{
	assert_code(&db, CREATE("f", ""), 0);
	assert_code(&db,
	    INSERT("f", "{'_id': 1, 'v': 1, 'm': 'a', 't': " DATE(1) "}, {'_id': 2, 't': " DATE(
			    2) ", 'v': 2}, {'_id': 3, 'v': 3, 't': " DATE(3) "}"),
	    0);
	assert_found("{'find': 'f', '$db': 'd'}",
	    "[ { 't' : " AT(1) ", 'm' : 'a', '_id' : 1, 'v' : 1 }, { 't' : " AT(
		2) ", '_id' : 2, 'v' : 2 }, { 't' : " AT(3) ", '_id' : 3, 'v' : 3 } ]");
}

static void several_may_have_an_id(void **state)
{
	assert_code(&db, CREATE("d", ""), 0);
	assert_code(
	    &db, INSERT("d", "{'_id': 1, 't': " DATE(2) "}, {'_id': 1, 't': " DATE(2) "}"), 0);
	assert_code(&db, INSERT("d", "{'_id': 1, 't': " DATE(1) "}"), 0);
	assert_found("{'find': 'd', '$db': 'd', 'filter': {'_id': 1}}",
	    "[ { 't' : " AT(1) ", '_id' : 1 }, { 't' : " AT(2) ", '_id' : 1 }, { "
							       "'t' : " AT(
								   2) ", '_id' : 1 } ]");
	assert_reply(&db,
	    "{'delete': 'd', '$db': 'd', 'deletes': [{'q': {'_id': 1}, 'limit': 1}]}",
	    "{ 'n' : 1, 'ok' : 1.0 }");
	assert_reply(&db,
	    "{'delete': 'd', '$db': 'd', 'deletes': [{'q': {'_id': 1}, 'limit': 0}]}",
	    "{ 'n' : 2, 'ok' : 1.0 }");
	assert_reply(&db, "{'count': 'd', '$db': 'd'}", "{ 'n' : 0, 'ok' : 1.0 }");
}

/* ------------------------------------------------------------- restrictions */

#define UPDATE(q, u, rest)                                                                     \
	"{'update': 'w', '$db': 'd', 'updates': [{'q': " q ", 'u': " u rest "}]}"
#define MULTI ", 'multi': true"

static int64_t write_error_of(const char *json)
{
	struct value v = database_at(harness_run(&db.h, json), "writeErrors.0.code");
	int64_t code = 0;

	(void)!value_to_i64(v, &code);
	return code;
}

static void make_w(void)
{
	harness_code(&db.h, "{'drop': 'w', '$db': 'd'}");
	assert_code(&db, CREATE("w", ""), 0);
	assert_code(&db,
	    INSERT("w", "{'_id': 1, 'm': {'a': 1}, 't': " DATE(
			    1) ", 'v': 1}, {'_id': 2, 't': " DATE(2) "}"),
	    0);
}

static void updates_that_are_refused(void **state)
{
	static const char *const cases[] = {
	    UPDATE("{}", "{'$set': {'m': 1}}", ""),
	    UPDATE("{}", "{'m': 1}", ""),
	    UPDATE("{}", "{'$set': {'m': 1}}", MULTI ", 'upsert': true"),
	    UPDATE("{}", "[{'$set': {'m': 1}}]", MULTI),
	    UPDATE("{}", "{'$set': {'v': 1}}", MULTI),
	    UPDATE("{}", "{'$set': {'mm': 1}}", MULTI),
	    UPDATE("{}", "{'$set': {'t': " DATE(1) "}}", MULTI),
	    UPDATE("{}", "{'$set': {'m': 1}, '$inc': {'v': 1}}", MULTI),
	    UPDATE("{}", "{'$rename': {'m': 'x'}}", MULTI),
	    UPDATE("{}", "{'$rename': {'x': 'm.b'}}", MULTI),
	    UPDATE("{'v': 1}", "{'$set': {'m': 1}}", MULTI),
	    UPDATE("{'t': " DATE(1) "}", "{'$set': {'m': 1}}", MULTI),
	    UPDATE("{'$or': [{'m': 1}, {'_id': 1}]}", "{'$set': {'m': 1}}", MULTI),
	    UPDATE("{'$expr': {'$eq': ['$v', 1]}}", "{'$set': {'m': 1}}", MULTI),
	    UPDATE("{'$expr': {'$eq': ['$$ROOT', 1]}}", "{'$set': {'m': 1}}", MULTI),
	    UPDATE("{'$expr': {'$eq': ['$$CURRENT.v', 1]}}", "{'$set': {'m': 1}}", MULTI),
	    UPDATE("{'$jsonSchema': {}}", "{'$set': {'m': 1}}", MULTI),
	};

	make_w();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (write_error_of(cases[i]) != ERR_INVALID_OPTIONS)
			fail_msg("%s: %d", cases[i], (int)write_error_of(cases[i]));
	assert_code(&db,
	    "{'findAndModify': 'w', '$db': 'd', 'query': {}, 'update': {'$set': {'m': 1}}}",
	    ERR_INVALID_OPTIONS);
	assert_code(&db,
	    "{'explain': {'update': 'w', 'updates': [{'q': {}, 'u': {'$set': {'m': 1}}}]}, "
	    "'$db': 'd'}",
	    ERR_INVALID_OPTIONS);
	assert_found("{'find': 'w', '$db': 'd', 'filter': {'_id': 1}}",
	    "[ { 't' : " AT(1) ", 'm' : { 'a' : 1 }, '_id' : 1, 'v' : 1 } ]");
}

static void what_tells_series_apart_may_be_updated(void **state)
{
	static const struct {
		const char *update, *reply;
	} cases[] = {
	    {UPDATE("{'m.a': 1}", "{'$set': {'m.b': 2}}", MULTI),
		"{ 'n' : 1, 'nModified' : 1, 'ok' : 1.0 }"},
	    {UPDATE("{'$expr': {'$eq': ['$m.b', 2]}}", "{'$rename': {'m.b': 'm.c'}}", MULTI),
		"{ 'n' : 1, 'nModified' : 1, 'ok' : 1.0 }"},
	    {UPDATE("{'$and': [{'m.c': 2}]}", "{'$unset': {'m.a': ''}}", MULTI),
		"{ 'n' : 1, 'nModified' : 1, 'ok' : 1.0 }"},
	    {UPDATE("{}", "{'$set': {'m': 'x'}}", MULTI),
		"{ 'n' : 2, 'nModified' : 2, 'ok' : 1.0 }"},
	};

	make_w();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_reply(&db, cases[i].update, cases[i].reply);
	/* It comes second also where there was none. */
	assert_found("{'find': 'w', '$db': 'd'}",
	    "[ { 't' : " AT(1) ", 'm' : 'x', '_id' : 1, 'v' : 1 }, { 't' : " AT(
		2) ", 'm' : 'x', "
		   "'_id' : 2 } ]");
	assert_true(is_valid("w"));
}

static void deletes_are_free(void **state)
{
	make_w();
	assert_reply(&db,
	    "{'delete': 'w', '$db': 'd', 'deletes': [{'q': {'v': 1}, 'limit': 1}]}",
	    "{ 'n' : 1, 'ok' : 1.0 }");
	assert_code(
	    &db, "{'findAndModify': 'w', '$db': 'd', 'query': {'_id': 2}, 'remove': true}", 0);
	assert_reply(&db, "{'count': 'w', '$db': 'd'}", "{ 'n' : 0, 'ok' : 1.0 }");
	assert_true(is_valid("w"));
}

#define INDEX(spec) "{'createIndexes': 'w', '$db': 'd', 'indexes': [{'name': 'i', " spec "}]}"

static void indexes_that_are_refused(void **state)
{
	static const struct code_case cases[] = {
	    {INDEX("'key': {'v': 1}, 'unique': true"), ERR_INVALID_OPTIONS},
	    {INDEX("'key': {'v': 1}, 'prepareUnique': true"), ERR_INVALID_OPTIONS},
	    {INDEX("'key': {'v': 1}, 'sparse': true"), ERR_INVALID_OPTIONS},
	    {INDEX("'key': {'_id': 1}"), ERR_INVALID_OPTIONS},
	    {INDEX("'key': {'t': 1}, 'expireAfterSeconds': 1"), ERR_INVALID_OPTIONS},
	    {INDEX("'key': {'v': 1}, 'expireAfterSeconds': 1, 'partialFilterExpression': {'m': "
		   "1}"),
		ERR_INVALID_OPTIONS},
	    {INDEX("'key': {'t': 1}, 'expireAfterSeconds': 1, 'partialFilterExpression': {'v': "
		   "1}"),
		ERR_INVALID_OPTIONS},
	    {INDEX("'key': {'v': 1}, 'partialFilterExpression': {'v': {'$gt': 1}}"), 0},
	    {INDEX("'key': {'v': 1}, 'partialFilterExpression': {'v': {'$gt': 1}}"), 0},
	    {"{'dropIndexes': 'w', '$db': 'd', 'index': 'i'}", 0},
	    {"{'dropIndexes': 'w', '$db': 'd', 'index': {'_id': 1}}", ERR_INDEX_NOT_FOUND},
	    {INDEX("'key': {'t': -1}, 'expireAfterSeconds': 1, 'partialFilterExpression': "
		   "{'m.a': 1}"),
		0},
	    {"{'collMod': 'w', '$db': 'd', 'index': {'name': 'i', 'prepareUnique': true}}",
		ERR_INVALID_OPTIONS},
	    {"{'collMod': 'w', '$db': 'd', 'index': {'name': 'm_1_t_1', 'expireAfterSeconds': "
	     "9}}",
		ERR_INVALID_OPTIONS},
	    {"{'collMod': 'w', '$db': 'd', 'index': {'name': 'i', 'expireAfterSeconds': 9, "
	     "'hidden': true}}",
		0},
	};

	make_w();
	assert_codes(&db, cases);
}

static void commands_that_are_not_for_it(void **state)
{
	static const struct code_case cases[] = {
	    {"{'renameCollection': 'd.w', 'to': 'd.x', '$db': 'admin'}",
		ERR_COMMAND_NOT_SUPPORTED_ON_VIEW},
	    {"{'renameCollection': 'd.plain', 'to': 'd.w', 'dropTarget': true, '$db': 'admin'}",
		ERR_NAMESPACE_EXISTS},
	    {"{'dataSize': 'd.w', '$db': 'd'}", ERR_COMMAND_NOT_SUPPORTED_ON_VIEW},
	    {"{'planCacheClear': 'w', '$db': 'd'}", ERR_COMMAND_NOT_SUPPORTED_ON_VIEW},
	    {"{'planCacheListFilters': 'w', '$db': 'd'}", ERR_COMMAND_NOT_SUPPORTED_ON_VIEW},
	    {"{'find': 'w', '$db': 'd', 'tailable': true}", ERR_INVALID_PIPELINE_OPERATOR},
	    {"{'find': 'w', '$db': 'd', 'filter': {'m.l': {'$near': [0, 0]}}}", 5626500},
	};

	make_w();
	assert_code(&db, "{'create': 'plain', '$db': 'd'}", 0);
	assert_codes(&db, cases);
}

/* Nobody shall take what is not there for what is empty. */
static void there_are_no_buckets(void **state)
{
	static const struct code_case cases[] = {
	    {"{'find': 'system.buckets.w', '$db': 'd'}", ERR_NOT_IMPLEMENTED},
	    {"{'count': 'system.buckets.w', '$db': 'd'}", ERR_NOT_IMPLEMENTED},
	    {"{'distinct': 'system.buckets.w', 'key': 'a', '$db': 'd'}", ERR_NOT_IMPLEMENTED},
	    {"{'aggregate': 'system.buckets.w', 'pipeline': [], 'cursor': {}, '$db': 'd'}",
		ERR_NOT_IMPLEMENTED},
	    {"{'insert': 'system.buckets.w', '$db': 'd', 'documents': [{}]}",
		ERR_NOT_IMPLEMENTED},
	    {"{'find': 'system.buckets.none', '$db': 'd'}", 0},
	    {"{'find': 'system.buckets.', '$db': 'd'}", 0},
	    {"{'listIndexes': 'system.buckets.none', '$db': 'd'}", ERR_NAMESPACE_NOT_FOUND},
	};

	make_w();
	assert_codes(&db, cases);
	assert_int_equal(
	    write_error_of("{'delete': 'system.buckets.w', '$db': 'd', 'deletes': [{'q': {}, "
			   "'limit': 0}]}"),
	    ERR_NOT_IMPLEMENTED);
	assert_found("{'listIndexes': 'system.buckets.w', '$db': 'd'}",
	    "[ { 'v' : 2, 'key' : { 'm' : 1, 't' : 1 }, 'name' : 'm_1_t_1' } ]");
	assert_reply(&db, "{'dropIndexes': 'system.buckets.w', '$db': 'd', 'index': '*'}",
	    "{ 'nIndexesWas' : 1, 'msg' : 'non-_id indexes dropped for collection', 'ok' : 1.0 "
	    "}");
	assert_found("{'listIndexes': 'w', '$db': 'd'}", "[  ]");
}

static void figures_speak_of_measurements(void **state)
{
	struct view reply;

	make_w();
	reply = harness_run(&db.h, "{'collStats': 'w', '$db': 'd'}");
	assert_string_equal(json_text(&db.h.arena, value_doc(doc_get(reply, "timeseries"))),
	    "{ 'bucketCount' : 0, 'measurementCount' : 2, 'avgMeasurementSize' : 36 }");
	assert_true(value_is_missing(doc_get(reply, "count")));
	assert_int_equal(doc_get(reply, "size").type, TYPE_INT32);
}

/* ------------------------------------------------------------------ queries */

static void ranges_of_time_are_ranges_of_records(void **state)
{
	assert_code(&db, CREATE("q", ""), 0);
	assert_code(&db,
	    INSERT("q",
		"{'_id': 3, 't': " DATE(3000) "}, {'_id': -1, 't': " DATE(
		    -1000) "}, {'_id': 1, 't': " DATE(1000) "}, {'_id': 2, 't': " DATE(2000) "}"),
	    0);
	assert_string_equal(stage_of("{'find': 'q', 'filter': {'t': {'$gt': " DATE(
				1000) "}}, 'sort': {'t': -1}}"),
	    "CLUSTERED_IXSCAN");
	assert_string_equal(stage_of("{'find': 'q', 'sort': {'t': 1}}"), "COLLSCAN");
	assert_string_equal(stage_of("{'find': 'q', 'sort': {'t': 1, '_id': 1}}"), "SORT");
	assert_string_equal(stage_of("{'find': 'q', 'filter': {'_id': 1}}"), "COLLSCAN");
	assert_found("{'find': 'q', '$db': 'd', 'filter': {'t': {'$gt': " DATE(
			 1000) "}}, 'sort': {'t': -1}, 'projection': {'t': 0}}",
	    "[ { '_id' : 3 }, { '_id' : 2 } ]");
	assert_found("{'find': 'q', '$db': 'd', 'filter': {'t': {'$gte': " DATE(
			 -1000) ", '$lt': " DATE(2000) "}}, 'projection': {'t': 0}}",
	    "[ { '_id' : -1 }, { '_id' : 1 } ]");
	assert_found("{'find': 'q', '$db': 'd', 'filter': {'t': " DATE(
			 2000) "}, 'projection': {'t': 0}}",
	    "[ { '_id' : 2 } ]");
	assert_found("{'find': 'q', '$db': 'd', 'filter': {'t': {'$in': [" DATE(3000) ", " DATE(
			 1000) "]}}, 'sort': {'t': 1}, 'projection': {'t': 0}}",
	    "[ { '_id' : 1 }, { '_id' : 3 } ]");
	assert_found("{'find': 'q', '$db': 'd', 'filter': {'t': {'$gt': 5}}}", "[  ]");
	assert_true(value_is_missing(database_at(
	    harness_run(&db.h, "{'explain': {'find': 'q', 'filter': {'t': {'$lt': " DATE(
				   5) "}}}, '$db': 'd'}"),
	    "queryPlanner.winningPlan.minRecord")));
	assert_code(&db, "{'find': 'q', '$db': 'd', 'hint': '_id_'}", ERR_BAD_VALUE);
	assert_code(&db, "{'find': 'q', '$db': 'd', 'hint': 'm_1_t_1'}", 0);
}

static void the_index_of_series_is_used(void **state)
{
	assert_code(&db, CREATE("x", ""), 0);
	assert_code(&db,
	    INSERT(
		"x", "{'_id': 1, 'm': 'a', 't': " DATE(2) "}, {'_id': 2, 'm': 'b', 't': " DATE(
			 1) "}, {'_id': 3, 'm': 'a', 't': " DATE(1) "}"),
	    0);
	assert_string_equal(stage_of("{'find': 'x', 'filter': {'m': 'a'}}"), "FETCH");
	assert_found("{'find': 'x', '$db': 'd', 'filter': {'m': 'a'}, 'sort': {'t': 1}, "
		     "'projection': {'_id': 1}}",
	    "[ { '_id' : 3 }, { '_id' : 1 } ]");
	assert_code(&db,
	    "{'createIndexes': 'x', '$db': 'd', 'indexes': [{'key': {'v': 1}, 'name': 'v'}]}",
	    0);
	assert_string_equal(database_run(&db, "{'dropIndexes': 'x', '$db': 'd', 'index': 'v'}"),
	    "{ 'nIndexesWas' : 2, 'ok' : 1.0 }");
	assert_true(is_valid("x"));
}

/* The row of the catalog, the record keys and the next of them. */
static void it_is_there_after_a_restart(void **state)
{
	assert_code(&db, CREATE("r", ""), 0);
	assert_code(
	    &db, INSERT("r", "{'_id': 1, 't': " DATE(5) "}, {'_id': 2, 't': " DATE(4) "}"), 0);
	query_state_close(db.store.store);
	fixture_reopen(&db.store);
	db.h.inst.store = db.store.store;
	assert_int_equal(query_state_open(db.store.store, 1024 * 1024, &(struct status){0}), 0);
	assert_code(&db, INSERT("r", "{'_id': 3, 't': " DATE(4) "}"), 0);
	assert_found("{'find': 'r', '$db': 'd', 'projection': {'t': 0}}",
	    "[ { '_id' : 2 }, { '_id' : 3 }, { '_id' : 1 } ]");
	assert_true(is_valid("r"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(options_are_filled_in),
	    cmocka_unit_test(it_is_listed_as_what_it_is),
	    cmocka_unit_test(what_goes_not_with_it),
	    cmocka_unit_test(changes_that_are_refused),
	    cmocka_unit_test(buckets_come_to_span_more),
	    cmocka_unit_test(an_age_is_set_and_taken_away),
	    cmocka_unit_test(a_measurement_has_a_date),
	    cmocka_unit_test(one_that_fails_stands_alone),
	    cmocka_unit_test(the_time_and_the_series_come_first),
	    cmocka_unit_test(several_may_have_an_id),
	    cmocka_unit_test(updates_that_are_refused),
	    cmocka_unit_test(what_tells_series_apart_may_be_updated),
	    cmocka_unit_test(deletes_are_free),
	    cmocka_unit_test(indexes_that_are_refused),
	    cmocka_unit_test(commands_that_are_not_for_it),
	    cmocka_unit_test(there_are_no_buckets),
	    cmocka_unit_test(figures_speak_of_measurements),
	    cmocka_unit_test(ranges_of_time_are_ranges_of_records),
	    cmocka_unit_test(the_index_of_series_is_used),
	    cmocka_unit_test(it_is_there_after_a_restart),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
