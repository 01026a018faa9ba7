libdolmen_a_SOURCES += \
	src/update/array_filter.c \
	src/update/delta.c src/update/delta.h \
	src/update/update.h \
	src/update/update_apply.c \
	src/update/update_array.c \
	src/update/update_field.c \
	src/update/update_number.c \
	src/update/update_op.h \
	src/update/update_parse.c \
	src/update/update_pipeline.c \
	src/update/update_push.c \
	src/update/update_replace.c \
	src/update/update_table.c \
	src/update/update_upsert.c
