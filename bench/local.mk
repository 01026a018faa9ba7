# What the server is measured with: the load, the two ceilings, and run.py that
# runs them in turn (script/bench).

noinst_LIBRARIES += bench/libbench.a
bench_libbench_a_SOURCES = \
	bench/document.c bench/document.h \
	bench/histogram.c bench/histogram.h \
	bench/index_kinds.c bench/index_kinds.h \
	bench/keys.c bench/keys.h \
	bench/process.c bench/process.h \
	bench/requests.c bench/requests.h \
	bench/run.c bench/run.h bench/run_options.def \
	bench/workload.c bench/workload.h
bench_ldadd = bench/libbench.a libdolmen.a $(DOLMEN_LIBS)

noinst_PROGRAMS += bench/load bench/wire_ceiling bench/store_ceiling

bench_load_SOURCES = \
	bench/load.c \
	bench/client.c bench/client.h \
	bench/idle.c bench/idle.h \
	bench/indexes.c bench/indexes.h
bench_load_LDADD = $(bench_ldadd)

bench_wire_ceiling_SOURCES = bench/wire_ceiling.c
bench_wire_ceiling_LDADD = $(bench_ldadd)

bench_store_ceiling_SOURCES = bench/store_ceiling.c
bench_store_ceiling_LDADD = $(bench_ldadd)

# make check runs them for a moment.
TESTS += bench/check
EXTRA_DIST += bench/check bench/run.py bench/plans.py bench/plot.py
