unit_tests += \
	tests/unit/session/test_retryable \
	tests/unit/session/test_sessions

tests_unit_session_test_retryable_LDADD = $(unit_ldadd)
tests_unit_session_test_sessions_LDADD = $(unit_ldadd)
