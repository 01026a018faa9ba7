unit_tests += tests/unit/index/test_build tests/unit/index/test_keygen

tests_unit_index_test_build_LDADD = $(unit_ldadd)
tests_unit_index_test_keygen_LDADD = $(unit_ldadd)

unit_tests += tests/unit/index/test_rebuild
tests_unit_index_test_rebuild_LDADD = $(unit_ldadd)

unit_tests += tests/unit/index/test_bounds
tests_unit_index_test_bounds_LDADD = $(unit_ldadd)

unit_tests += tests/unit/index/test_keygen_random
tests_unit_index_test_keygen_random_LDADD = $(unit_ldadd)
