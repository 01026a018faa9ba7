# A fuzz target is tests/fuzz/fuzz_<name>.c with LLVMFuzzerTestOneInput and
# nothing else.  With --enable-fuzzing it becomes tests/fuzz/fuzz_<name>;
# always it becomes tests/fuzz/replay_<name>, which runs the inputs in
# tests/fuzz/corpus/<name>/ under make check.

EXTRA_DIST += tests/fuzz/corpus
