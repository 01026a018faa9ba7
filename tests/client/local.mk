# Client tests are programs that start a real server (support/server.h).

check_LIBRARIES += tests/support/libserver.a
tests_support_libserver_a_SOURCES = tests/support/server.c tests/support/server.h

client_tests = tests/client/test_malformed tests/client/test_smoke tests/client/test_wire
client_ldadd = tests/support/libserver.a $(frames_ldadd)
peer_ldadd = tests/support/libpeer.a $(client_ldadd)
tests_support_libpeer_a_SOURCES = tests/support/peer.c tests/support/peer.h

tests_client_test_malformed_LDADD = $(peer_ldadd)
tests_client_test_smoke_LDADD = $(client_ldadd)
tests_client_test_wire_LDADD = $(peer_ldadd)

if HAVE_CMOCKA
check_LIBRARIES += tests/support/libpeer.a
check_PROGRAMS += $(client_tests)
TESTS += $(client_tests)
endif

# Those that talk through libmongoc.

if HAVE_MONGOC
noinst_PROGRAMS += tests/client/answers
endif
tests_client_answers_SOURCES = tests/client/answers.c
tests_client_answers_CFLAGS = $(AM_CFLAGS) $(MONGOC_CFLAGS)
tests_client_answers_LDADD = $(MONGOC_LIBS)
