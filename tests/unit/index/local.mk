unit_tests += tests/unit/index/test_keygen

tests_unit_index_test_keygen_LDADD = $(unit_ldadd)
