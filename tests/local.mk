# Unit tests mirror src/: tests/unit/<folder>/test_<file>.c.  Each folder's
# local.mk adds its programs to unit_tests and says what each is made of.

unit_ldadd = libdolmen.a $(CMOCKA_LIBS) $(DOLMEN_LIBS)
unit_tests =

# Frames right and wrong, for the tests of wire/ and those with a server.
check_LIBRARIES += tests/support/libframes.a
tests_support_libframes_a_SOURCES = \
	tests/support/frames.c tests/support/frames.h \
	tests/support/malformed.c tests/support/malformed.h
frames_ldadd = tests/support/libframes.a $(unit_ldadd)

EXTRA_DIST += tests/support/unit.h tests/support/index_fixture.h tests/support/harness.h tests/support/park.h \
	tests/support/aggregate.h tests/support/database.h tests/support/ddl_fixture.h tests/support/pipeline.h \
	tests/support/store_fixture.h

include $(srcdir)/tests/unit/util/local.mk
include $(srcdir)/tests/unit/bson/local.mk
include $(srcdir)/tests/unit/geo/local.mk
include $(srcdir)/tests/unit/wire/local.mk
include $(srcdir)/tests/unit/text/local.mk
include $(srcdir)/tests/unit/expr/local.mk
include $(srcdir)/tests/unit/update/local.mk
include $(srcdir)/tests/unit/storage/local.mk
include $(srcdir)/tests/unit/index/local.mk
include $(srcdir)/tests/unit/session/local.mk
include $(srcdir)/tests/unit/query/local.mk
include $(srcdir)/tests/unit/aggregate/local.mk
include $(srcdir)/tests/unit/commands/local.mk
include $(srcdir)/tests/unit/server/local.mk
include $(srcdir)/tests/unit/bench/local.mk
include $(srcdir)/tests/fuzz/local.mk
include $(srcdir)/tests/client/local.mk
include $(srcdir)/tests/crash/local.mk
include $(srcdir)/tests/drivers/local.mk

# The arrows between the folders of src/.
TESTS += tools/check-includes
EXTRA_DIST += tools/check-includes

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif
