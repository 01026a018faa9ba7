unit_tests += tests/unit/wire/test_compress tests/unit/wire/test_frame \
	tests/unit/wire/test_malformed tests/unit/wire/test_message \
	tests/unit/wire/test_op_msg tests/unit/wire/test_op_query \
	tests/unit/wire/test_reader

tests_unit_wire_test_compress_LDADD = $(unit_ldadd)
tests_unit_wire_test_frame_LDADD = $(unit_ldadd)
tests_unit_wire_test_malformed_LDADD = $(frames_ldadd)
tests_unit_wire_test_message_LDADD = $(frames_ldadd)
tests_unit_wire_test_op_msg_LDADD = $(frames_ldadd)
tests_unit_wire_test_op_query_LDADD = $(frames_ldadd)
tests_unit_wire_test_reader_LDADD = $(unit_ldadd)
