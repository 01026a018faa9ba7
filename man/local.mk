# The server's options stand in its man page because they are put there from
# their table.

dist_man_MANS += man/dolmen.1
nodist_man_MANS += man/dolmen-server.8
EXTRA_DIST += man/dolmen-server.8.in
CLEANFILES += man/dolmen-server.8

noinst_PROGRAMS += tools/mkman
tools_mkman_SOURCES = tools/mkman.c
tools_mkman_LDADD = libdolmen.a $(DOLMEN_LIBS)

man/dolmen-server.8: $(srcdir)/man/dolmen-server.8.in tools/mkman$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && \
	tools/mkman$(EXEEXT) <$(srcdir)/man/dolmen-server.8.in >$@.tmp && mv $@.tmp $@

# ------------------------------------------------------------- systemd

systemdsystemunit_DATA = tools/dolmen.service
EXTRA_DIST += tools/dolmen.service.in
CLEANFILES += tools/dolmen.service

tools/dolmen.service: $(srcdir)/tools/dolmen.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) tools && \
	sed -e 's|@bindir[@]|$(bindir)|g' \
	    <$(srcdir)/tools/dolmen.service.in >$@.tmp && mv $@.tmp $@
