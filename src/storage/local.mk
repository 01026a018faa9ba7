libdolmen_a_SOURCES += \
	src/storage/batch.h \
	src/storage/catalog.h \
	src/storage/ddl.h \
	src/storage/iter.h \
	src/storage/locks.c src/storage/locks.h \
	src/storage/log.h \
	src/storage/names.c \
	src/storage/record.h \
	src/storage/store.h
