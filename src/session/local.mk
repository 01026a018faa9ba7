libdolmen_a_SOURCES += \
	src/session/retryable.c src/session/retryable.h \
	src/session/sessions.c src/session/sessions.h
