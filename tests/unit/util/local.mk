unit_tests += tests/unit/util/test_status tests/unit/util/test_arena \
	tests/unit/util/test_buf tests/unit/util/test_memory tests/unit/util/test_op tests/unit/util/test_crc32c \
	tests/unit/util/test_digest tests/unit/util/test_options tests/unit/util/test_slab tests/unit/util/test_sorter tests/unit/util/test_timezone tests/unit/util/test_waker

tests_unit_util_test_status_LDADD = $(unit_ldadd)
tests_unit_util_test_arena_LDADD = $(unit_ldadd)
tests_unit_util_test_buf_LDADD = $(unit_ldadd)
tests_unit_util_test_memory_LDADD = $(unit_ldadd)
tests_unit_util_test_op_LDADD = $(unit_ldadd)
tests_unit_util_test_crc32c_LDADD = $(unit_ldadd)
tests_unit_util_test_digest_LDADD = $(unit_ldadd)
tests_unit_util_test_options_LDADD = $(unit_ldadd)
tests_unit_util_test_slab_LDADD = $(unit_ldadd)
tests_unit_util_test_sorter_LDADD = $(unit_ldadd)
tests_unit_util_test_timezone_LDADD = $(unit_ldadd)
tests_unit_util_test_waker_LDADD = $(unit_ldadd)
