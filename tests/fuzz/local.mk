# A fuzz target is tests/fuzz/fuzz_<name>.c with LLVMFuzzerTestOneInput and
# nothing else.  It becomes tests/fuzz/replay_<name>, which runs the inputs in
# tests/fuzz/corpus/<name>/ under make check, and with --enable-fuzzing also
# tests/fuzz/fuzz_<name>, a libFuzzer program.  A new target adds its name to
# both lists below and three lines of its own.

EXTRA_DIST += tests/fuzz/corpus

replay_ldadd = libdolmen.a $(DOLMEN_LIBS)
fuzz_ldadd = $(replay_ldadd) $(FUZZ_LDFLAGS)

# For targets whose inputs are documents.
fuzz_mutator = tests/fuzz/mutate_bson.c
EXTRA_DIST += tests/fuzz/mutate_bson.c tests/fuzz/bounded.h

replay_tests = tests/fuzz/replay_bson_check tests/fuzz/replay_key_decode \
	tests/fuzz/replay_collation \
	tests/fuzz/replay_decompress tests/fuzz/replay_frame tests/fuzz/replay_geo \
	tests/fuzz/replay_log_reader \
	tests/fuzz/replay_op_msg tests/fuzz/replay_filter tests/fuzz/replay_update \
	tests/fuzz/replay_projection tests/fuzz/replay_schema \
	tests/fuzz/replay_text
fuzz_targets = tests/fuzz/fuzz_bson_check tests/fuzz/fuzz_key_decode \
	tests/fuzz/fuzz_collation \
	tests/fuzz/fuzz_decompress tests/fuzz/fuzz_frame tests/fuzz/fuzz_geo \
	tests/fuzz/fuzz_log_reader \
	tests/fuzz/fuzz_op_msg tests/fuzz/fuzz_filter tests/fuzz/fuzz_update \
	tests/fuzz/fuzz_projection tests/fuzz/fuzz_schema \
	tests/fuzz/fuzz_text

tests_fuzz_replay_bson_check_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_bson_check.c
tests_fuzz_replay_bson_check_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_bson_check_LDADD = $(fuzz_ldadd)

tests_fuzz_replay_key_decode_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_key_decode.c
tests_fuzz_replay_key_decode_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_key_decode_LDADD = $(fuzz_ldadd)

tests_fuzz_replay_decompress_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_decompress.c
tests_fuzz_replay_decompress_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_decompress_LDADD = $(fuzz_ldadd)

tests_fuzz_replay_frame_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_frame.c
tests_fuzz_replay_frame_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_frame_LDADD = $(fuzz_ldadd)

tests_fuzz_replay_geo_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_geo.c
tests_fuzz_replay_geo_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_geo_SOURCES = tests/fuzz/fuzz_geo.c $(fuzz_mutator)
tests_fuzz_fuzz_geo_LDADD = $(fuzz_ldadd)

tests_fuzz_replay_log_reader_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_log_reader.c
tests_fuzz_replay_log_reader_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_log_reader_LDADD = $(fuzz_ldadd)

tests_fuzz_replay_op_msg_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_op_msg.c
tests_fuzz_replay_op_msg_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_op_msg_LDADD = $(fuzz_ldadd)

tests_fuzz_replay_filter_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_filter.c
tests_fuzz_replay_filter_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_filter_SOURCES = tests/fuzz/fuzz_filter.c $(fuzz_mutator)
tests_fuzz_fuzz_filter_LDADD = $(fuzz_ldadd)

tests_fuzz_replay_update_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_update.c
tests_fuzz_replay_update_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_update_SOURCES = tests/fuzz/fuzz_update.c $(fuzz_mutator)
tests_fuzz_fuzz_update_LDADD = $(fuzz_ldadd)

tests_fuzz_replay_collation_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_collation.c
tests_fuzz_replay_collation_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_collation_LDADD = $(fuzz_ldadd)

tests_fuzz_replay_projection_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_projection.c
tests_fuzz_replay_projection_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_projection_SOURCES = tests/fuzz/fuzz_projection.c $(fuzz_mutator)
tests_fuzz_fuzz_projection_LDADD = $(fuzz_ldadd)

tests_fuzz_replay_schema_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_schema.c
tests_fuzz_replay_schema_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_schema_SOURCES = tests/fuzz/fuzz_schema.c $(fuzz_mutator)
tests_fuzz_fuzz_schema_LDADD = $(fuzz_ldadd)

check_PROGRAMS += $(replay_tests)
TESTS += $(replay_tests)
if FUZZING
noinst_PROGRAMS += $(fuzz_targets)
endif

tests_fuzz_replay_text_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_text.c
tests_fuzz_replay_text_LDADD = $(replay_ldadd)
tests_fuzz_fuzz_text_LDADD = $(fuzz_ldadd)
