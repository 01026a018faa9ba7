unit_tests += \
	tests/unit/commands/test_args \
	tests/unit/commands/test_bulk_write \
	tests/unit/commands/test_coll_mod \
	tests/unit/commands/test_concerns \
	tests/unit/commands/test_create \
	tests/unit/commands/test_create_indexes \
	tests/unit/commands/test_cursors \
	tests/unit/commands/test_diagnostics \
	tests/unit/commands/test_dispatch \
	tests/unit/commands/test_drop \
	tests/unit/commands/test_durability \
	tests/unit/commands/test_find_point \
	tests/unit/commands/test_explain \
	tests/unit/commands/test_index_stats \
	tests/unit/commands/test_lists \
	tests/unit/commands/test_partial \
	tests/unit/commands/test_slow \
	tests/unit/commands/test_table \
	tests/unit/commands/test_timeseries \
	tests/unit/commands/test_validate \
	tests/unit/commands/test_writes

tests_unit_commands_test_args_LDADD = $(unit_ldadd)
tests_unit_commands_test_bulk_write_LDADD = $(unit_ldadd)
tests_unit_commands_test_coll_mod_LDADD = $(unit_ldadd)
tests_unit_commands_test_concerns_LDADD = $(unit_ldadd)
tests_unit_commands_test_create_LDADD = $(unit_ldadd)
tests_unit_commands_test_create_indexes_LDADD = $(unit_ldadd)
tests_unit_commands_test_diagnostics_LDADD = $(unit_ldadd)
tests_unit_commands_test_cursors_LDADD = $(unit_ldadd)
tests_unit_commands_test_dispatch_LDADD = $(unit_ldadd)
tests_unit_commands_test_drop_LDADD = $(unit_ldadd)
tests_unit_commands_test_durability_LDADD = $(unit_ldadd)
tests_unit_commands_test_find_point_LDADD = $(unit_ldadd)
tests_unit_commands_test_explain_LDADD = $(unit_ldadd)
tests_unit_commands_test_lists_LDADD = $(unit_ldadd)
tests_unit_commands_test_index_stats_LDADD = $(unit_ldadd)
tests_unit_commands_test_partial_LDADD = $(unit_ldadd)
tests_unit_commands_test_slow_LDADD = $(unit_ldadd)
tests_unit_commands_test_table_LDADD = $(unit_ldadd)
tests_unit_commands_test_timeseries_LDADD = $(unit_ldadd)
tests_unit_commands_test_validate_LDADD = $(unit_ldadd)

unit_tests += tests/unit/commands/test_collation
tests_unit_commands_test_collation_LDADD = $(unit_ldadd)
tests_unit_commands_test_writes_LDADD = $(unit_ldadd)

unit_tests += tests/unit/commands/test_index_filters
tests_unit_commands_test_index_filters_LDADD = $(unit_ldadd)

unit_tests += tests/unit/commands/test_plan_cache
tests_unit_commands_test_plan_cache_LDADD = $(unit_ldadd)

unit_tests += tests/unit/commands/test_query_settings
tests_unit_commands_test_query_settings_LDADD = $(unit_ldadd)
