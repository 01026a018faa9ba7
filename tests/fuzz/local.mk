# A fuzz target is tests/fuzz/fuzz_<name>.c with LLVMFuzzerTestOneInput and
# nothing else.  It becomes tests/fuzz/replay_<name>, which runs the inputs in
# tests/fuzz/corpus/<name>/ under make check, and with --enable-fuzzing also
# tests/fuzz/fuzz_<name>, a libFuzzer program.  A new target adds its name to
# both lists below and three lines of its own.

EXTRA_DIST += tests/fuzz/corpus

replay_tests =
fuzz_targets =

check_PROGRAMS += $(replay_tests)
TESTS += $(replay_tests)
if FUZZING
noinst_PROGRAMS += $(fuzz_targets)
endif
