libdolmen_a_SOURCES += \
	src/wire/compress.c src/wire/compress.h \
	src/wire/frame.c src/wire/frame.h \
	src/wire/message.c src/wire/message.h \
	src/wire/op_msg.c src/wire/op_msg.h \
	src/wire/op_query.c src/wire/op_query.h \
	src/wire/reader.c src/wire/reader.h
