libdolmen_a_SOURCES += \
	src/index/bounds.c src/index/bounds.h src/index/bounds_ranges.c \
	src/index/build.c src/index/build.h src/index/build_parts.h \
	src/index/build_side.c \
	src/index/check.c src/index/check.h \
	src/index/duplicate.c \
	src/index/entry.c src/index/entry.h \
	src/index/field_set.c src/index/field_set.h \
	src/index/geo_keys.c src/index/geo_keys.h src/index/geo_set.c \
	src/index/hashed.c src/index/hashed.h \
	src/index/index_type.c src/index/index_type.h \
	src/index/intervals.c src/index/intervals.h \
	src/index/key_check.c src/index/key_check.h \
	src/index/key_document.c src/index/key_document.h \
	src/index/keygen.c src/index/keygen.h src/index/key_making.h \
	src/index/partial.c src/index/partial.h \
	src/index/rebuild.c src/index/rebuild.h \
	src/index/text_keys.c src/index/text_keys.h \
	src/index/value_set.c src/index/value_set.h \
	src/index/violations.c src/index/violations.h \
	src/index/wildcard.c src/index/wildcard.h
