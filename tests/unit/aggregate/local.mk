unit_tests += tests/unit/aggregate/test_pipeline

tests_unit_aggregate_test_pipeline_LDADD = $(unit_ldadd)
