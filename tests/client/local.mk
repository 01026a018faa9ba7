# Client tests are programs that start a real server (support/server.h).

check_LIBRARIES += tests/support/libserver.a
tests_support_libserver_a_SOURCES = tests/support/server.c tests/support/server.h
