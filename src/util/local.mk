libdolmen_a_SOURCES += \
	src/util/arena.c src/util/arena.h \
	src/util/buf.c src/util/buf.h \
	src/util/clock.c src/util/clock.h \
	src/util/crc32c.c src/util/crc32c.h \
	src/util/digest.c src/util/digest.h \
	src/util/error_codes.def \
	src/util/hash.c src/util/hash.h \
	src/util/log.c src/util/log.h \
	src/util/memory.c src/util/memory.h \
	src/util/op.c src/util/op.h \
	src/util/options.c src/util/options.h \
	src/util/md5.c src/util/md5.h \
	src/util/sha256.c src/util/sha256.h \
	src/util/slab.c src/util/slab.h \
	src/util/sorter.c src/util/sorter.h \
	src/util/status.c src/util/status.h \
	src/util/thread_slot.c src/util/thread_slot.h \
	src/util/timezone.c src/util/timezone.h \
	src/util/view.h \
	src/util/waker.c src/util/waker.h \
	src/util/util.h
