unit_tests += tests/unit/aggregate/test_accumulators
unit_tests += tests/unit/aggregate/test_bucket
unit_tests += tests/unit/aggregate/test_bucket_auto
unit_tests += tests/unit/aggregate/test_densify
unit_tests += tests/unit/aggregate/test_facet
unit_tests += tests/unit/aggregate/test_fill
unit_tests += tests/unit/aggregate/test_granularity
unit_tests += tests/unit/aggregate/test_meta
unit_tests += tests/unit/aggregate/test_pipeline
unit_tests += tests/unit/aggregate/test_redact
unit_tests += tests/unit/aggregate/test_sample
unit_tests += tests/unit/aggregate/test_set_window_fields
unit_tests += tests/unit/aggregate/test_sort_by_count
unit_tests += tests/unit/aggregate/test_unwind

tests_unit_aggregate_test_accumulators_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_bucket_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_bucket_auto_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_densify_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_facet_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_fill_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_granularity_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_meta_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_pipeline_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_redact_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_sample_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_set_window_fields_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_sort_by_count_LDADD = $(unit_ldadd)
tests_unit_aggregate_test_unwind_LDADD = $(unit_ldadd)

unit_tests += tests/unit/aggregate/test_lookup
tests_unit_aggregate_test_lookup_SOURCES = tests/unit/aggregate/test_lookup.c \
	tests/support/random_value.c
tests_unit_aggregate_test_lookup_LDADD = $(unit_ldadd)

unit_tests += tests/unit/aggregate/test_union_with
tests_unit_aggregate_test_union_with_LDADD = $(unit_ldadd)

unit_tests += tests/unit/aggregate/test_out
tests_unit_aggregate_test_out_LDADD = $(unit_ldadd)

unit_tests += tests/unit/aggregate/test_merge
tests_unit_aggregate_test_merge_LDADD = $(unit_ldadd)

unit_tests += tests/unit/aggregate/test_graph_lookup
tests_unit_aggregate_test_graph_lookup_SOURCES = tests/unit/aggregate/test_graph_lookup.c \
	tests/support/random_value.c
tests_unit_aggregate_test_graph_lookup_LDADD = $(unit_ldadd)
