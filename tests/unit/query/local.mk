unit_tests += tests/unit/query/test_cursors tests/unit/query/test_writer

EXTRA_DIST += tests/support/query_fixture.h

tests_unit_query_test_cursors_LDADD = $(unit_ldadd)
tests_unit_query_test_writer_LDADD = $(unit_ldadd)
