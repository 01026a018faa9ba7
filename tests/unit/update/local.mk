unit_tests += tests/unit/update/test_update tests/unit/update/test_update_pipeline \
	tests/unit/update/test_update_random

tests_unit_update_test_update_LDADD = $(unit_ldadd)
tests_unit_update_test_update_random_LDADD = $(unit_ldadd)
tests_unit_update_test_update_pipeline_LDADD = $(unit_ldadd)
