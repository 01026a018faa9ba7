libdolmen_a_SOURCES += \
	src/server/options.c src/server/options.h
