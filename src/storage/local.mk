libdolmen_a_SOURCES += \
	src/storage/batch.h \
	src/storage/catalog.c src/storage/catalog.h \
	src/storage/catalog_internal.h \
	src/storage/catalog_open.c \
	src/storage/catalog_rows.c \
	src/storage/ddl.c src/storage/ddl.h \
	src/storage/ddl_create.c \
	src/storage/ddl_drop.c \
	src/storage/ddl_index.c \
	src/storage/ddl_internal.h \
	src/storage/ddl_rename.c \
	src/storage/fence.c \
	src/storage/iter.h \
	src/storage/locks.c src/storage/locks.h \
	src/storage/log.h \
	src/storage/names.c \
	src/storage/record.h \
	src/storage/store.h
