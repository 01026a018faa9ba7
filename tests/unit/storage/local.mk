unit_tests += \
	tests/unit/storage/test_locks \
	tests/unit/storage/test_names

tests_unit_storage_test_locks_LDADD = $(unit_ldadd)
tests_unit_storage_test_names_LDADD = $(unit_ldadd)
