unit_tests += tests/unit/update/test_update

tests_unit_update_test_update_LDADD = $(unit_ldadd)
