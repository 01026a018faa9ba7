libdolmen_a_SOURCES += \
	src/storage/batch.c src/storage/batch.h \
	src/storage/blocking.c \
	src/storage/bulk.c src/storage/bulk.h \
	src/storage/catalog.c src/storage/catalog.h \
	src/storage/catalog_internal.h \
	src/storage/catalog_lend.c \
	src/storage/catalog_open.c \
	src/storage/catalog_rows.c \
	src/storage/commit.c \
	src/storage/counts.c \
	src/storage/datadir.c \
	src/storage/ddl.c src/storage/ddl.h \
	src/storage/ddl_build.c \
	src/storage/ddl_create.c \
	src/storage/ddl_drop.c \
	src/storage/ddl_index.c \
	src/storage/ddl_internal.h \
	src/storage/ddl_rename.c \
	src/storage/ddl_temp.c \
	src/storage/ddl_views.c \
	src/storage/door.cc src/storage/door.h \
	src/storage/engine.h \
	src/storage/family.c \
	src/storage/family_open.c \
	src/storage/fence.c \
	src/storage/health.c \
	src/storage/history.c \
	src/storage/iter.c src/storage/iter.h \
	src/storage/keeper.c \
	src/storage/key_kind.c \
	src/storage/locks.c src/storage/locks.h \
	src/storage/log.h \
	src/storage/log_batch.c src/storage/log_batch.h \
	src/storage/log_break.c \
	src/storage/log_changes.c \
	src/storage/log_file.c src/storage/log_file.h \
	src/storage/log_files.c src/storage/log_files.h \
	src/storage/log_header.c src/storage/log_header.h \
	src/storage/log_reader.c \
	src/storage/names.c \
	src/storage/newest.c src/storage/newest.h \
	src/storage/options.c \
	src/storage/record.c src/storage/record.h \
	src/storage/record_cache.c src/storage/record_cache.h \
	src/storage/record_key.c \
	src/storage/recover.c \
	src/storage/side.c src/storage/side.h \
	src/storage/snapshot.c \
	src/storage/store.c src/storage/store.h \
	src/storage/sync.c
