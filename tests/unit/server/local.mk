unit_tests += tests/unit/server/test_options tests/unit/server/test_executor \
	tests/unit/server/test_timer tests/unit/server/test_limits \
	tests/unit/server/test_conn tests/unit/server/test_notify

tests_unit_server_test_options_LDADD = $(unit_ldadd)
tests_unit_server_test_executor_LDADD = $(unit_ldadd)
tests_unit_server_test_timer_LDADD = $(unit_ldadd)
tests_unit_server_test_limits_LDADD = $(unit_ldadd)
tests_unit_server_test_conn_LDADD = $(frames_ldadd)
tests_unit_server_test_notify_LDADD = $(unit_ldadd)
