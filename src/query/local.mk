libdolmen_a_SOURCES += \
	src/query/cursors.c src/query/cursors.h \
	src/query/exec.c src/query/exec.h \
	src/query/modify.c src/query/modify.h \
	src/query/query.h \
	src/query/writer.h
