libdolmen_a_SOURCES += \
	src/bson/builder.c src/bson/builder.h \
	src/bson/compare.h \
	src/bson/decimal.c src/bson/decimal.h \
	src/bson/key_encode.h \
	src/bson/number.c \
	src/bson/path.h \
	src/bson/validate.c src/bson/validate.h \
	src/bson/value.c src/bson/value.h
