unit_tests += \
	tests/unit/commands/test_args \
	tests/unit/commands/test_concerns \
	tests/unit/commands/test_diagnostics \
	tests/unit/commands/test_dispatch \
	tests/unit/commands/test_durability \
	tests/unit/commands/test_table

tests_unit_commands_test_args_LDADD = $(unit_ldadd)
tests_unit_commands_test_concerns_LDADD = $(unit_ldadd)
tests_unit_commands_test_diagnostics_LDADD = $(unit_ldadd)
tests_unit_commands_test_dispatch_LDADD = $(unit_ldadd)
tests_unit_commands_test_durability_LDADD = $(unit_ldadd)
tests_unit_commands_test_table_LDADD = $(unit_ldadd)
