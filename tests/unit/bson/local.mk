unit_tests += tests/unit/bson/test_value tests/unit/bson/test_builder \
	tests/unit/bson/test_validate tests/unit/bson/test_decimal

tests_unit_bson_test_value_LDADD = $(unit_ldadd)
tests_unit_bson_test_builder_LDADD = $(unit_ldadd)
tests_unit_bson_test_validate_LDADD = $(unit_ldadd)
tests_unit_bson_test_decimal_LDADD = $(unit_ldadd)
