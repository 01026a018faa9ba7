libdolmen_a_SOURCES += \
	src/query/coll_stats.c src/query/coll_stats.h \
	src/query/cursors.c src/query/cursors.h \
	src/query/exec.c src/query/exec.h \
	src/query/modify.c src/query/modify.h \
	src/query/query.h \
	src/query/writer.c src/query/writer.h \
	src/query/writer_capped.c \
	src/query/writer_change.c \
	src/query/writer_fix.c \
	src/query/writer_insert.c \
	src/query/writer_parts.h
