unit_tests += tests/unit/bson/test_value tests/unit/bson/test_builder \
	tests/unit/bson/test_validate tests/unit/bson/test_decimal \
	tests/unit/bson/test_compare tests/unit/bson/test_path \
	tests/unit/bson/test_format tests/unit/bson/test_key_encode

tests_unit_bson_test_value_LDADD = $(unit_ldadd)
tests_unit_bson_test_builder_LDADD = $(unit_ldadd)
tests_unit_bson_test_validate_LDADD = $(unit_ldadd)
tests_unit_bson_test_decimal_LDADD = $(unit_ldadd)
tests_unit_bson_test_compare_LDADD = $(unit_ldadd)
tests_unit_bson_test_path_LDADD = $(unit_ldadd)
tests_unit_bson_test_key_encode_LDADD = $(unit_ldadd)
tests_unit_bson_test_format_LDADD = $(unit_ldadd)

EXTRA_DIST += tests/support/random_value.h
unit_tests += tests/unit/bson/test_key_order

tests_unit_bson_test_key_order_SOURCES = tests/unit/bson/test_key_order.c \
	tests/support/random_value.c
tests_unit_bson_test_key_order_LDADD = $(unit_ldadd)

# decimal_vectors.py makes decimal_vectors.txt.
unit_tests += tests/unit/bson/test_decimal_vectors
tests_unit_bson_test_decimal_vectors_LDADD = $(unit_ldadd)
EXTRA_DIST += tests/unit/bson/decimal_vectors.py tests/unit/bson/decimal_vectors.txt

unit_tests += tests/unit/bson/test_conformance
tests_unit_bson_test_conformance_LDADD = $(unit_ldadd)

unit_tests += tests/unit/bson/test_date
tests_unit_bson_test_date_LDADD = $(unit_ldadd)
