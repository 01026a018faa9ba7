# Crashes of a real server, whose log dump_log reads back: run.py kills it,
# power.py takes from its disk what was not synced, faults.py makes calls to the
# disk fail.  The last two preload disk_shim.so, which is made by hand: it is no
# program, and must be free of sanitizers to stand before them.

noinst_PROGRAMS += tests/crash/dump_log
tests_crash_dump_log_SOURCES = tests/crash/dump_log.c
tests_crash_dump_log_LDADD = libdolmen.a $(DOLMEN_LIBS)

noinst_DATA += tests/crash/disk_shim.so
tests/crash/disk_shim.so: tests/crash/disk_shim.c
	$(AM_V_CCLD)$(MKDIR_P) tests/crash && $(CC) $(CPPFLAGS) $(CFLAGS) -Wall -Wextra \
		-fno-sanitize=all -fPIC -shared -o $@ $(srcdir)/tests/crash/disk_shim.c $(LDFLAGS) -ldl
CLEANFILES += tests/crash/disk_shim.so

EXTRA_DIST += tests/crash/disk_shim.c tests/crash/run.py tests/crash/power.py \
	tests/crash/rig.py tests/crash/disk.py tests/crash/ledger.py tests/crash/wire.py \
	tests/crash/faults.py tests/crash/writers.py tests/crash/builds.py
