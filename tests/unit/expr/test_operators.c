/*
 * The families of expression operators: what they give, and their errors.
 */
#include "support/expr_cases.h"

static void mathematics(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$ceil': '$a'}", "{'a': 1.5}", "2.0"},
	    {"{'$ceil': '$a'}", "{'a': 7}", "7"},
	    {"{'$floor': '$a'}", "{'a': -1.5}", "-2.0"},
	    {"{'$floor': {'$numberDecimal': '1.5'}}", "{}", "{'$numberDecimal': '1'}"},
	    {"{'$sqrt': 4}", "{}", "2.0"},
	    {"{'$sqrt': null}", "{}", "null"},
	    {"{'$exp': 0}", "{}", "1.0"},
	    {"{'$ln': 1}", "{}", "0.0"},
	    {"{'$log10': {'$numberDecimal': '100'}}", "{}", "{'$numberDecimal': '2'}"},
	    {"{'$log': [8, 2]}", "{}", "3.0"},
	    {"{'$pow': [2, 10]}", "{}", "1024"},
	    {"{'$pow': [2, 40]}", "{}", "{'$numberLong': '1099511627776'}"},
	    {"{'$pow': [2, 70]}", "{}", "1180591620717411303424.0"},
	    {"{'$pow': [2, -1]}", "{}", "0.5"},
	    {"{'$pow': [-1, -3]}", "{}", "-1"},
	    {"{'$round': [2.5]}", "{}", "2.0"},
	    {"{'$round': [3.5]}", "{}", "4.0"},
	    {"{'$round': [1.255, 2]}", "{}", "1.25"},
	    {"{'$round': [25, -1]}", "{}", "20"},
	    {"{'$round': [1250, -2]}", "{}", "1200"},
	    {"{'$trunc': [-7.89, 1]}", "{}", "-7.8"},
	    {"{'$trunc': [1299, -2]}", "{}", "1200"},
	    {"{'$sin': 0}", "{}", "0.0"},
	    {"{'$degreesToRadians': 180}", "{}", "3.141592653589793"},
	    {"{'$bitAnd': [6, 3]}", "{}", "2"},
	    {"{'$bitOr': [6, {'$numberLong': '1'}]}", "{}", "{'$numberLong': '7'}"},
	    {"{'$bitXor': []}", "{}", "0"},
	    {"{'$bitNot': 5}", "{}", "-6"},
	};
	static const struct error_case errors[] = {
	    {"{'$ceil': '$s'}", 28765},
	    {"{'$sqrt': -1}", 28714},
	    {"{'$ln': '$z'}", 28766},
	    {"{'$log10': 0}", 28761},
	    {"{'$log': ['$s', 2]}", 28756},
	    {"{'$log': [2, 's']}", 28757},
	    {"{'$log': [0, 2]}", 28758},
	    {"{'$log': [2, 1]}", 28759},
	    {"{'$pow': ['$s', 1]}", 28762},
	    {"{'$pow': [1, '$s']}", 28763},
	    {"{'$pow': [0, -1]}", 28764},
	    {"{'$round': ['$s', 1]}", 51081},
	    {"{'$round': [1, 1.5]}", 51082},
	    {"{'$round': [1, 101]}", 51083},
	    {"{'$round': [1, '$s']}", 16004},
	    {"{'$round': [{'$numberLong': '9223372036854775807'}, -1]}", 51080},
	    {"{'$acos': 2}", 50989},
	    {"{'$bitAnd': [1.5]}", 14},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

static void conditions(void **state)
{
#define SWITCH                                                                                 \
	"{'$switch': {'branches': [{'case': {'$eq': ['$a', 1]}, 'then': 'one'}, "              \
	"{'case': {'$gt': ['$a', 1]}, 'then': 'many'}], 'default': 'none'}}"
	static const struct expr_case cases[] = {
	    {SWITCH, "{'a': 1}", "'one'"},
	    {SWITCH, "{'a': 7}", "'many'"},
	    {SWITCH, "{'a': 0}", "'none'"},
	};
	static const struct error_case errors[] = {
	    {"{'$switch': 1}", 40060},
	    {"{'$switch': {'branches': 1}}", 40061},
	    {"{'$switch': {'branches': [1]}}", 40062},
	    {"{'$switch': {'branches': [{'x': 1}]}}", 40063},
	    {"{'$switch': {'branches': [{'then': 1}]}}", 40064},
	    {"{'$switch': {'branches': [{'case': 1}]}}", 40065},
	    {"{'$switch': {'branches': [{'case': '$z', 'then': 1}]}}", 40066},
	    {"{'$switch': {'x': 1}}", 40067},
	    {"{'$switch': {'branches': []}}", 40068},
	    {"{'$switch': {'branches': [{'case': false, 'then': 1}]}}", 40069},
	    {"{'$ifNull': [1]}", 1257300},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

/* Constants are computed once, when the expression is parsed. */
static void folding(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$or': [{'$divide': [1, '$z']}, true]}", "{'z': 0}", "true"},
	    {"{'$and': ['$z', {'$eq': [1, 2]}]}", "{'z': 1}", "false"},
	    {"{'$cond': [true, 1, {'$divide': [1, 0]}]}", "{}", "1"},
	    {"{'$map': {'input': [1, 2], 'in': {'$add': ['$$this', 1]}}}", "{}", "[2, 3]"},
	    {"{'$switch': {'branches': [{'case': true, 'then': '$a'}, {'case': '$b', 'then': "
	     "{'$divide': [1, 0]}}]}}",
		"{'a': 5}", "5"},
	};
	static const struct error_case errors[] = {
	    {"{'$ifNull': ['$n', {'$divide': [1, 0]}]}", 2},
	    {"{'$cond': ['$n', 1, {'$divide': [1, 0]}]}", 2},
	};
	struct expression *e;
	struct arena a;

	CHECK(cases);
	CHECK_ERRORS(errors);
	arena_init(&a, NULL);
	assert_int_equal(
	    expression_parse(json_value(&a, "{'$add': ['$a', {'$multiply': [2, 3]}]}"), NULL,
		&a, &e, NULL),
	    0);
	assert_ptr_equal(e->args[1]->op, &expr_constant_op);
	assert_int_equal(
	    expression_parse(json_value(&a, "{'$add': [{'$rand': {}}, 1]}"), NULL, &a, &e, NULL),
	    0);
	assert_ptr_not_equal(e->op, &expr_constant_op);
	arena_clear(&a);
}

static void sets(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$setUnion': [[1, 2], [2.0, 3]]}", "{}", "[1, 2, 3]"},
	    {"{'$setUnion': ['$x', [1]]}", "{}", "null"},
	    {"{'$setUnion': []}", "{}", "[]"},
	    {"{'$setIntersection': [[1, 2, 3], [3, 2], [2]]}", "{}", "[2]"},
	    {"{'$setDifference': [[1, 2, 2, 3], [2]]}", "{}", "[1, 3]"},
	    {"{'$setEquals': [[1, 2, 1], [2, 1]]}", "{}", "true"},
	    {"{'$setEquals': [[1, [2]], [1, 2]]}", "{}", "false"},
	    {"{'$setIsSubset': [[1], [2, 1]]}", "{}", "true"},
	    {"{'$anyElementTrue': [[0, null, 'x']]}", "{}", "true"},
	    {"{'$allElementsTrue': [[1, 0]]}", "{}", "false"},
	    {"{'$allElementsTrue': [[]]}", "{}", "true"},
	};
	static const struct error_case errors[] = {
	    {"{'$setUnion': ['$s']}", 17043},
	    {"{'$setIntersection': ['$s']}", 17047},
	    {"{'$setDifference': ['$s', '$a']}", 17048},
	    {"{'$setDifference': ['$a', '$s']}", 17049},
	    {"{'$setEquals': ['$a', '$s']}", 17044},
	    {"{'$setEquals': ['$a', 's']}", 5887502},
	    {"{'$setEquals': ['$a']}", 17045},
	    {"{'$setIsSubset': ['$s', '$a']}", 17046},
	    {"{'$setIsSubset': ['$a', '$s']}", 17042},
	    {"{'$anyElementTrue': ['$s']}", 17041},
	    {"{'$allElementsTrue': ['$s']}", 17040},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

static void lists(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$reduce': {'input': '$a', 'initialValue': 0, 'in': {'$add': ['$$value', "
	     "'$$this']}}}",
		"{'a': [1, 2, 3]}", "6"},
	    {"{'$reduce': {'input': [[1], [2]], 'initialValue': [], 'in': {'$concatArrays': "
	     "['$$value', '$$this']}}}",
		"{}", "[1, 2]"},
	    {"{'$indexOfArray': ['$a', 2]}", "{'a': [1, 2, 2]}", "1"},
	    {"{'$indexOfArray': ['$a', 2, 2]}", "{'a': [1, 2, 2]}", "2"},
	    {"{'$indexOfArray': ['$a', 2, 0, 1]}", "{'a': [1, 2]}", "-1"},
	    {"{'$indexOfArray': ['$x', 2]}", "{}", "null"},
	    {"{'$range': [0, 5, 2]}", "{}", "[0, 2, 4]"},
	    {"{'$range': [3, 0, -1]}", "{}", "[3, 2, 1]"},
	    {"{'$reverseArray': [[1, 2, 3]]}", "{}", "[3, 2, 1]"},
	    {"{'$zip': {'inputs': [[1, 2, 3], ['a', 'b']]}}", "{}", "[[1, 'a'], [2, 'b']]"},
	    {"{'$zip': {'inputs': [[1, 2], ['a']], 'useLongestLength': true, 'defaults': [0, "
	     "'-']}}",
		"{}", "[[1, 'a'], [2, '-']]"},
	    {"{'$sortArray': {'input': [3, 1, 2], 'sortBy': -1}}", "{}", "[3, 2, 1]"},
	    {"{'$sortArray': {'input': [{'k': 2, 'v': 1}, {'k': 1}, {'k': 2, 'v': 0}], 'sortBy': "
	     "{'k': 1}}}",
		"{}", "[{'k': 1}, {'k': 2, 'v': 1}, {'k': 2, 'v': 0}]"},
	    {"{'$firstN': {'n': 2, 'input': [1, 2, 3]}}", "{}", "[1, 2]"},
	    {"{'$lastN': {'n': 2, 'input': [1, 2, 3]}}", "{}", "[2, 3]"},
	    {"{'$maxN': {'n': 2, 'input': [1, null, 3, 2]}}", "{}", "[3, 2]"},
	    {"{'$minN': {'n': 9, 'input': [2, null, 1]}}", "{}", "[1, 2]"},
	};
	static const struct error_case errors[] = {
	    {"{'$reduce': 1}", 40075},
	    {"{'$reduce': {'x': 1}}", 40076},
	    {"{'$reduce': {'initialValue': 1, 'in': 1}}", 40077},
	    {"{'$reduce': {'input': [], 'in': 1}}", 40078},
	    {"{'$reduce': {'input': [], 'initialValue': 1}}", 40079},
	    {"{'$reduce': {'input': '$s', 'initialValue': 1, 'in': 1}}", 40080},
	    {"{'$indexOfArray': ['$s', 1]}", 40090},
	    {"{'$indexOfArray': ['$a', 1, 0.5]}", 9711600},
	    {"{'$indexOfArray': ['$a', 1, -1]}", 9711601},
	    {"{'$range': ['$s', 1]}", 34443},
	    {"{'$range': [1.5, 1]}", 34444},
	    {"{'$range': [0, 1, 0]}", 34449},
	    {"{'$reverseArray': '$s'}", 34435},
	    {"{'$zip': {'inputs': [[1], 2]}}", 34468},
	    {"{'$sortArray': {'input': '$s', 'sortBy': 1}}", 2942504},
	    {"{'$sortArray': {'input': '$a', 'sortBy': {'x': 2}}}", 2942505},
	    {"{'$firstN': {'input': '$a'}}", 5787906},
	    {"{'$firstN': {'n': 0, 'input': '$a'}}", 5787908},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

static void objects(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$mergeObjects': ['$a', '$x', {'c': 3}]}", "{'a': {'b': 1, 'c': 2}}",
		"{'b': 1, 'c': 3}"},
	    {"{'$mergeObjects': '$a'}", "{'a': [{'b': 1}, {'b': 2, 'c': 3}]}",
		"{'b': 2, 'c': 3}"},
	    {"{'$arrayToObject': [[['a', 1], ['b', 2], ['a', 3]]]}", "{}", "{'a': 3, 'b': 2}"},
	    {"{'$arrayToObject': '$a'}", "{'a': [{'k': 'x', 'v': 1}]}", "{'x': 1}"},
	    {"{'$objectToArray': '$a'}", "{'a': {'x': 1}}", "[{'k': 'x', 'v': 1}]"},
	    {"{'$getField': 'a.b'}", "{'a.b': 1, 'a': {'b': 2}}", "1"},
	    {"{'$getField': {'field': {'$literal': '$x'}, 'input': '$a'}}", "{'a': {'$x': 5}}",
		"5"},
	    {"{'$getField': {'field': 'x', 'input': '$a'}}", "{'a': 5}", NULL},
	    {"{'$setField': {'field': 'a.b', 'input': '$$ROOT', 'value': 3}}", "{'a': 1}",
		"{'a': 1, 'a.b': 3}"},
	    {"{'$setField': {'field': 'a', 'input': '$$ROOT', 'value': '$$REMOVE'}}",
		"{'a': 1, 'b': 2}", "{'b': 2}"},
	    {"{'$unsetField': {'field': 'a', 'input': '$$ROOT'}}", "{'a': 1, 'b': 2}",
		"{'b': 2}"},
	};
	static const struct error_case errors[] = {
	    {"{'$mergeObjects': ['$s']}", 40400},
	    {"{'$arrayToObject': '$s'}", 40386},
	    {"{'$arrayToObject': [['$s']]}", 40398},
	    {"{'$arrayToObject': [[['a']]]}", 40397},
	    {"{'$arrayToObject': [[[1, 2]]]}", 40395},
	    {"{'$arrayToObject': [[{'k': 1, 'v': 2}]]}", 40394},
	    {"{'$arrayToObject': [[{'k': 'x'}]]}", 40392},
	    {"{'$objectToArray': '$s'}", 40390},
	    {"{'$getField': {'field': 'x'}}", 3041703},
	    {"{'$getField': {'field': '$n', 'input': '$$ROOT'}}", 3041704},
	    {"{'$setField': {'field': '$s', 'input': {}, 'value': 1}}", 4161108},
	    {"{'$setField': {'field': 1, 'input': {}, 'value': 1}}", 4161107},
	    {"{'$setField': {'field': 'x', 'input': '$s', 'value': 1}}", 4161105},
	    {"{'$setField': {'field': 'x', 'value': 1}}", 4161109},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

static void strings(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$concat': ['a', '$s']}", "{'s': 'b'}", "'ab'"},
	    {"{'$toUpper': 'a\u00e4b'}", "{}", "'A\u00e4B'"},
	    {"{'$toLower': '$x'}", "{}", "''"},
	    {"{'$toLower': 1.5}", "{}", "'1.5'"},
	    {"{'$strcasecmp': ['ab', 'AC']}", "{}", "-1"},
	    {"{'$strLenBytes': 'a\u00e4'}", "{}", "3"},
	    {"{'$strLenCP': 'a\u00e4'}", "{}", "2"},
	    {"{'$substrBytes': ['hello', 1, 3]}", "{}", "'ell'"},
	    {"{'$substrBytes': ['hello', 1, -1]}", "{}", "'ello'"},
	    {"{'$substrBytes': ['hello', 9, 1]}", "{}", "''"},
	    {"{'$substrCP': ['a\u00e4bc', 1, 2]}", "{}", "'\u00e4b'"},
	    {"{'$indexOfBytes': ['a\u00e4b', 'b']}", "{}", "3"},
	    {"{'$indexOfCP': ['a\u00e4b', 'b']}", "{}", "2"},
	    {"{'$indexOfBytes': ['abcab', 'ab', 1]}", "{}", "3"},
	    {"{'$indexOfBytes': ['abc', 'c', 0, 2]}", "{}", "-1"},
	    {"{'$split': ['a-b--c', '-']}", "{}", "['a', 'b', '', 'c']"},
	    {"{'$trim': {'input': ' \u00a0 x \\n'}}", "{}", "'x'"},
	    {"{'$ltrim': {'input': 'xxayx', 'chars': 'yx'}}", "{}", "'ayx'"},
	    {"{'$rtrim': {'input': 'xxayx', 'chars': 'yx'}}", "{}", "'xxa'"},
	    {"{'$replaceOne': {'input': 'aXbX', 'find': 'X', 'replacement': '-'}}", "{}",
		"'a-bX'"},
	    {"{'$replaceAll': {'input': 'aXbX', 'find': 'X', 'replacement': '-'}}", "{}",
		"'a-b-'"},
	    {"{'$replaceAll': {'input': 'ab', 'find': '', 'replacement': '-'}}", "{}",
		"'-a-b-'"},
	    {"{'$regexMatch': {'input': 'Abc', 'regex': '^a', 'options': 'i'}}", "{}", "true"},
	    {"{'$regexMatch': {'input': '$x', 'regex': 'a'}}", "{}", "false"},
	    {"{'$regexFind': {'input': 'x\u00e4bc', 'regex': '(b)(z)?'}}", "{}",
		"{'match': 'b', 'idx': 2, 'captures': ['b', null]}"},
	    {"{'$regexFindAll': {'input': 'abab', 'regex': 'b'}}", "{}",
		"[{'match': 'b', 'idx': 1, 'captures': []}, "
		"{'match': 'b', 'idx': 3, 'captures': []}]"},
	    {"{'$regexFindAll': {'input': 'ab', 'regex': 'x*'}}", "{}",
		"[{'match': '', 'idx': 0, 'captures': []}, "
		"{'match': '', 'idx': 1, 'captures': []}]"},
	};
	static const struct error_case errors[] = {
	    {"{'$concat': [1]}", 16702},
	    {"{'$toUpper': [[1]]}", 16007},
	    {"{'$strLenBytes': null}", 34473},
	    {"{'$strLenCP': 1}", 34471},
	    {"{'$substrBytes': ['x', 's', 1]}", 16034},
	    {"{'$substrBytes': ['x', -1, 1]}", 50752},
	    {"{'$substrBytes': ['\u00e4', 1, 1]}", 28656},
	    {"{'$substrBytes': ['\u00e4', 0, 1]}", 28657},
	    {"{'$substrCP': ['x', 1.5, 1]}", 34451},
	    {"{'$substrCP': ['x', 1, -1]}", 34454},
	    {"{'$indexOfBytes': [1, 'x']}", 40091},
	    {"{'$indexOfCP': ['x', 1]}", 40094},
	    {"{'$indexOfBytes': ['x', 'x', -1]}", 40097},
	    {"{'$split': [1, 'x']}", 40085},
	    {"{'$split': ['x', '']}", 40087},
	    {"{'$trim': 'x'}", 50696},
	    {"{'$trim': {'input': 1}}", 50699},
	    {"{'$replaceOne': {'input': 1, 'find': 'x', 'replacement': 'y'}}", 10503904},
	    {"{'$regexMatch': {'input': 1, 'regex': 'x'}}", 51104},
	    {"{'$regexMatch': {'input': 'x', 'regex': 1}}", 51105},
	    {"{'$regexMatch': {'input': 'x', 'regex': '('}}", 51111},
	    {"{'$regexMatch': {'input': 'x', 'regex': 'x', 'options': 'q'}}", 51108},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

static void types(void **state)
{
#define OID "{'$oid': '0123456789abcdef01234567'}"
	static const struct expr_case cases[] = {
	    {"{'$toInt': '-42'}", "{}", "-42"},
	    {"{'$toInt': 3.9}", "{}", "3"},
	    {"{'$toLong': {'$date': {'$numberLong': '5'}}}", "{}", "{'$numberLong': '5'}"},
	    {"{'$toDouble': '1e3'}", "{}", "1000.0"},
	    {"{'$toDouble': true}", "{}", "1.0"},
	    {"{'$toDecimal': '1.50'}", "{}", "{'$numberDecimal': '1.50'}"},
	    {"{'$toBool': 'false'}", "{}", "true"},
	    {"{'$toBool': 0.0}", "{}", "false"},
	    {"{'$toString': 0.1}", "{}", "'0.1'"},
	    {"{'$toString': 1e100}", "{}", "'1e+100'"},
	    {"{'$toString': {'$numberLong': '-7'}}", "{}", "'-7'"},
	    {"{'$toString': {'$date': {'$numberLong': '-1'}}}", "{}",
		"'1969-12-31T23:59:59.999Z'"},
	    {"{'$toString': " OID "}", "{}", "'0123456789abcdef01234567'"},
	    {"{'$toObjectId': '0123456789abcdef01234567'}", "{}", OID},
	    {"{'$toDate': '2024-02-29T12:30:00+01:30'}", "{}",
		"{'$date': '2024-02-29T11:00:00Z'}"},
	    {"{'$toDate': '1600-03-01'}", "{}", "{'$date': {'$numberLong': '-11670912000000'}}"},
	    {"{'$toInt': null}", "{}", "null"},
	    {"{'$convert': {'input': 'x', 'to': 'int', 'onError': 'bad'}}", "{}", "'bad'"},
	    {"{'$convert': {'input': null, 'to': 16, 'onNull': 'none'}}", "{}", "'none'"},
	    {"{'$convert': {'input': 'aGVsbG8=', 'to': 'binData', 'format': 'base64'}}", "{}",
		"{'$binary': {'base64': 'aGVsbG8=', 'subType': '00'}}"},
	    {"{'$convert': {'input': {'$binary': {'base64': 'aGVsbG8=', 'subType': '00'}}, 'to': "
	     "'string', 'format': 'hex'}}",
		"{}", "'68656C6C6F'"},
	    {"{'$convert': {'input': 258, 'to': 'binData', 'byteOrder': 'big'}}", "{}",
		"{'$binary': {'base64': 'AAABAg==', 'subType': '00'}}"},
	    {"{'$convert': {'input': {'$binary': {'base64': '/w==', 'subType': '00'}}, 'to': "
	     "'int'}}",
		"{}", "-1"},
	    {"{'$isNumber': {'$numberDecimal': '1'}}", "{}", "true"},
	    {"{'$isNumber': '1'}", "{}", "false"},
	    {"{'$type': '$x'}", "{}", "'missing'"},
	};
	static const struct error_case errors[] = {
	    {"{'$toInt': '1.5'}", 241},
	    {"{'$toInt': 3e9}", 241},
	    {"{'$toLong': '9223372036854775808'}", 241},
	    {"{'$toInt': {'a': 1}}", 241},
	    {"{'$toDouble': '1x'}", 241},
	    {"{'$toDate': '2023-02-29'}", 241},
	    {"{'$toObjectId': '01'}", 241},
	    {"{'$toInt': [1, 2]}", 50723},
	    {"{'$convert': 1}", 9},
	    {"{'$convert': {'input': 1}}", 9},
	    {"{'$convert': {'input': 1, 'to': 'frob'}}", 2},
	    {"{'$convert': {'input': 'x', 'to': 'binData'}}", 4341115},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

static void over_many(void **state)
{
	static const struct expr_case cases[] = {
	    {"{'$sum': '$a'}", "{'a': [1, 'x', 2]}", "3"},
	    {"{'$sum': ['$a', 2]}", "{'a': [1]}", "2"},
	    {"{'$sum': [2147483647, 1]}", "{}", "{'$numberLong': '2147483648'}"},
	    {"{'$avg': [1, 2]}", "{}", "1.5"},
	    {"{'$avg': '$x'}", "{}", "null"},
	    {"{'$avg': [0.5, {'$numberDecimal': '1.5'}]}", "{}", "{'$numberDecimal': '1.0'}"},
	    {"{'$max': [1, 'x', null]}", "{}", "'x'"},
	    {"{'$min': '$a'}", "{'a': [3, null, 1]}", "1"},
	    {"{'$stdDevPop': [1, 3]}", "{}", "1.0"},
	    {"{'$stdDevSamp': [1]}", "{}", "null"},
	    {"{'$median': {'input': '$a', 'method': 'approximate'}}", "{'a': [4, 1, 'x', 3, 2]}", "2.0"},
	    {"{'$median': {'input': '$a', 'method': 'approximate'}}", "{'a': 7}", "7.0"},
	    {"{'$median': {'input': '$a', 'method': 'approximate'}}", "{'a': ['x']}", "null"},
	    {"{'$percentile': {'input': '$a', 'p': [0.9, 0], 'method': 'approximate'}}", "{'a': [4, 1, 3, 2]}", "[ 4.0, 1.0 ]"},
	    {"{'$percentile': {'input': ['$a', 3], 'p': {'$literal': [0.1]}, 'method': 'approximate'}}", "{'a': 1}", "[ 1.0 ]"},
	    {"{'$percentile': {'input': '$a', 'p': [0.9, 0], 'method': 'approximate'}}", "{}", "[ null, null ]"},
	    {"{'$bsonSize': {'a': 1}}", "{}", "12"},
	    {"{'$toHashedIndexKey': 'string to hash'}", "{}", "{'$numberLong': '763543691661428748'}"},
	    {"{'$eq': [{'$toHashedIndexKey': 1}, {'$toHashedIndexKey': 1.5}]}", "{}", "true"},
	    {"{'$eq': [{'$toHashedIndexKey': {'a': [1]}}, {'$toHashedIndexKey': {'a': [{'$literal': {'$numberDouble': '1.0'}}]}}]}", "{}", "true"},
	    {"{'$eq': [{'$toHashedIndexKey': {'a': [1]}}, {'$toHashedIndexKey': {'b': [1]}}]}", "{}", "false"},
	    {"{'$eq': [{'$toHashedIndexKey': '$b'}, {'$toHashedIndexKey': null}]}", "{}", "true"},
	    {"{'$binarySize': 'a\u00e4'}", "{}", "3"},
	    {"{'$tsSecond': {'$timestamp': {'t': 7, 'i': 9}}}", "{}", "{'$numberLong': '7'}"},
	    {"{'$tsIncrement': {'$timestamp': {'t': 7, 'i': 9}}}", "{}",
		"{'$numberLong': '9'}"},
	    {"{'$lt': [{'$rand': {}}, 1]}", "{}", "true"},
	};
	static const struct error_case errors[] = {
	    {"{'$rand': 1}", 10065},
	    {"{'$rand': [1]}", 3040501},
	    {"{'$median': '$a'}", 7436200},
	    {"{'$median': {'input': 1, 'method': 'approximate', 'p': [1]}}", 40415},
	    {"{'$percentile': {'input': 1, 'method': 'approximate'}}", 40414},
	    {"{'$percentile': {'input': 1, 'method': 'discrete', 'p': [1]}}", 2},
	    {"{'$percentile': {'input': 1, 'method': null, 'p': [1]}}", 14},
	    {"{'$percentile': {'input': 1, 'method': 'approximate', 'p': '$a'}}", 7750300},
	    {"{'$percentile': {'input': 1, 'method': 'approximate', 'p': [2]}}", 7750303},
	    {"{'$bsonSize': 1}", 31393},
	    {"{'$binarySize': 1}", 51276},
	    {"{'$tsSecond': 1}", 5687301},
	};

	CHECK(cases);
	CHECK_ERRORS(errors);
}

/* More names than a hash table begins with, each twice: the later value stays. */
static void many_names(void **state)
{
	static const char text[] =
	    "{'$arrayToObject': {'$map': {'input': {'$range': [0, 1000]}, 'as': 'i', "
	    "'in': [{'$toString': {'$mod': ['$$i', 500]}}, '$$i']}}}";
	struct doc_iter it;
	struct element e;
	struct value v;
	struct arena a;
	int n = 0;

	arena_init(&a, NULL);
	assert_int_equal(expr_case_eval(&a, text, "{}", &v, NULL), 0);
	assert_int_equal(v.type, TYPE_OBJECT);
	it = doc_iter(value_doc(v));
	for (; doc_next(&it, &e); n++) {
		int64_t i;

		assert_int_equal(atoi(e.name), n);
		assert_true(value_to_i64(e.value, &i));
		assert_int_equal(i, n + 500);
	}
	assert_int_equal(n, 500);
	arena_clear(&a);
}

/* A value doubles until it is too large; what has failed is not computed to its end. */
static void too_much(void **state)
{
	static const struct error_case errors[] = {
	    {"{'$reduce': {'input': {'$range': [0, 40]}, 'initialValue': '$a', 'in': "
	     "{'$concatArrays': ['$$value', '$$value']}}}",
		ERR_EXCEEDED_MEMORY_LIMIT},
	    {"{'$let': {'vars': {'r': {'$range': [0, 1000000]}}, 'in': {'$map': {'input': "
	     "'$$r', 'in': '$$r'}}}}",
		ERR_EXCEEDED_MEMORY_LIMIT},
	    {"{'$let': {'vars': {'r': {'$range': [0, 1000000]}}, 'in': {'$zip': {'inputs': "
	     "['$$r', ['a']], 'useLongestLength': true, 'defaults': [0, '$$r']}}}}",
		ERR_EXCEEDED_MEMORY_LIMIT},
	};

	CHECK_ERRORS(errors);
}

/* There are 8 MiB, which each step has to itself: together they make hundreds. */
static void steps_share_their_memory(void **state)
{
	static const char *const texts[] = {
	    "{'$size': {'$reduce': {'input': {'$range': [0, 6000]}, 'initialValue': [], 'in': "
	    "{'$concatArrays': ['$$value', ['$$this']]}}}}",
	    "{'$size': {'$map': {'input': {'$range': [0, 6000]}, 'in': {'$size': {'$range': "
	    "[0, {'$add': ['$$this', 1]}]}}}}}",
	    "{'$size': {'$filter': {'input': {'$range': [0, 6000]}, 'cond': {'$range': "
	    "[0, {'$add': ['$$this', 1]}]}}}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct memory_account account;
		struct arena text, row;
		struct expression *e;
		struct value v;
		int64_t n;

		memory_account_init(&account, NULL, 8 * 1024 * 1024);
		arena_init(&text, NULL);
		arena_init(&row, &account);
		assert_int_equal(
		    expression_parse(json_value(&text, texts[i]), NULL, &text, &e, NULL), 0);
		assert_int_equal(expression_eval(e, doc_empty, NULL, &row, &v, NULL), 0);
		assert_true(value_to_i64(v, &n));
		assert_int_equal(n, 6000);
		arena_clear(&row);
		assert_int_equal(account.used_bytes, 0);
		arena_clear(&text);
	}
}

/* 10^12 steps. */
static void can_be_stopped(void **state)
{
	static const struct error_case errors[] = {
	    {"{'$reduce': {'input': {'$range': [0, 1000000]}, 'initialValue': 0, 'in': "
	     "{'$reduce': {'input': {'$range': [0, 1000000]}, 'initialValue': 0, 'in': 0}}}}",
		ERR_INTERRUPTED},
	};
	struct op op;

	op_init(&op, NULL, NULL);
	op_kill(&op, ERR_INTERRUPTED);
	op_set_current(&op);
	CHECK_ERRORS(errors);
	op_set_current(NULL);
	op_clear(&op);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mathematics),
	    cmocka_unit_test(conditions),
	    cmocka_unit_test(folding),
	    cmocka_unit_test(sets),
	    cmocka_unit_test(lists),
	    cmocka_unit_test(objects),
	    cmocka_unit_test(strings),
	    cmocka_unit_test(types),
	    cmocka_unit_test(over_many),
	    cmocka_unit_test(many_names),
	    cmocka_unit_test(too_much),
	    cmocka_unit_test(steps_share_their_memory),
	    cmocka_unit_test(can_be_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
