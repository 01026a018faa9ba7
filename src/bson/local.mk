libdolmen_a_SOURCES += \
	src/bson/builder.c src/bson/builder.h \
	src/bson/compare.c src/bson/compare.h \
	src/bson/conformance.c src/bson/conformance.h \
	src/bson/date.c src/bson/date.h \
	src/bson/decimal.c src/bson/decimal.h \
	src/bson/decimal_math.c \
	src/bson/field_set.c src/bson/field_set.h \
	src/bson/format.c src/bson/format.h \
	src/bson/hashed_key.c src/bson/hashed_key.h \
	src/bson/key_bytes.h src/bson/key_decode.c \
	src/bson/key_encode.c src/bson/key_encode.h \
	src/bson/number.c \
	src/bson/number_key.c src/bson/number_key.h \
	src/bson/number_sum.c src/bson/number_sum.h \
	src/bson/path.c src/bson/path.h \
	src/bson/validate.c src/bson/validate.h \
	src/bson/value.c src/bson/value.h \
	src/bson/value_set.c src/bson/value_set.h
