unit_tests += tests/unit/query/test_cursors tests/unit/query/test_plan tests/unit/query/test_query \
	tests/unit/query/test_text tests/unit/query/test_writer

EXTRA_DIST += tests/support/query_fixture.h

tests_unit_query_test_cursors_LDADD = $(unit_ldadd)
tests_unit_query_test_plan_LDADD = $(unit_ldadd)
tests_unit_query_test_query_LDADD = $(unit_ldadd)
tests_unit_query_test_text_LDADD = $(unit_ldadd)
tests_unit_query_test_writer_LDADD = $(unit_ldadd)

unit_tests += tests/unit/query/test_differential

tests_unit_query_test_differential_SOURCES = tests/unit/query/test_differential.c \
	tests/support/random_value.c
tests_unit_query_test_differential_LDADD = $(unit_ldadd)

unit_tests += tests/unit/query/test_collation
tests_unit_query_test_collation_LDADD = $(unit_ldadd)

unit_tests += tests/unit/query/test_geo
tests_unit_query_test_geo_SOURCES = tests/unit/query/test_geo.c tests/support/random_value.c
tests_unit_query_test_geo_LDADD = $(unit_ldadd)

unit_tests += tests/unit/query/test_modify
tests_unit_query_test_modify_LDADD = $(unit_ldadd)

unit_tests += tests/unit/query/test_plan_cache
tests_unit_query_test_plan_cache_LDADD = $(unit_ldadd)

unit_tests += tests/unit/query/test_query_shape
tests_unit_query_test_query_shape_LDADD = $(unit_ldadd)

unit_tests += tests/unit/query/test_query_settings
tests_unit_query_test_query_settings_LDADD = $(unit_ldadd)

unit_tests += tests/unit/query/test_series
tests_unit_query_test_series_SOURCES = tests/unit/query/test_series.c \
	tests/support/random_value.c
tests_unit_query_test_series_LDADD = $(unit_ldadd)

unit_tests += tests/unit/query/test_ttl
tests_unit_query_test_ttl_LDADD = $(unit_ldadd)

unit_tests += tests/unit/query/test_index_scan
tests_unit_query_test_index_scan_LDADD = $(unit_ldadd)

unit_tests += tests/unit/query/test_ddl_meanwhile
tests_unit_query_test_ddl_meanwhile_LDADD = $(unit_ldadd)
