# kill -9 rounds: tests/crash/run.py drives a real server and reads its log
# back with dump_log.

noinst_PROGRAMS += tests/crash/dump_log
tests_crash_dump_log_SOURCES = tests/crash/dump_log.c
tests_crash_dump_log_LDADD = libdolmen.a $(DOLMEN_LIBS)
EXTRA_DIST += tests/crash/run.py
