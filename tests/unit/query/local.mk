unit_tests += tests/unit/query/test_cursors

tests_unit_query_test_cursors_LDADD = $(unit_ldadd)
