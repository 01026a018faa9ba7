EXTRA_DIST += tests/crash/run.py tests/crash/dump_log.c
