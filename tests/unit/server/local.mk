unit_tests += tests/unit/server/test_options

tests_unit_server_test_options_LDADD = $(unit_ldadd)
