# The program is main.c over libdolmen.a; the tests link the same library.

noinst_LIBRARIES += libdolmen.a
libdolmen_a_SOURCES =

bin_PROGRAMS += dolmen
dolmen_SOURCES = src/main.c
dolmen_LDADD = libdolmen.a $(DOLMEN_LIBS)

include $(srcdir)/src/util/local.mk
include $(srcdir)/src/bson/local.mk
include $(srcdir)/src/geo/local.mk
include $(srcdir)/src/wire/local.mk
include $(srcdir)/src/text/local.mk
include $(srcdir)/src/expr/local.mk
include $(srcdir)/src/update/local.mk
include $(srcdir)/src/storage/local.mk
include $(srcdir)/src/index/local.mk
include $(srcdir)/src/session/local.mk
include $(srcdir)/src/query/local.mk
include $(srcdir)/src/aggregate/local.mk
include $(srcdir)/src/commands/local.mk
include $(srcdir)/src/server/local.mk
