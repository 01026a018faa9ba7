libdolmen_a_SOURCES += \
	src/index/bounds.c src/index/bounds.h \
	src/index/build.c src/index/build.h \
	src/index/check.c src/index/check.h \
	src/index/duplicate.c \
	src/index/entry.c src/index/entry.h \
	src/index/keygen.c src/index/keygen.h \
	src/index/rebuild.c src/index/rebuild.h
