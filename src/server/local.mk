libdolmen_a_SOURCES += \
	src/server/conn.c src/server/conn.h \
	src/server/executor.c src/server/executor.h \
	src/server/housekeeping.c src/server/housekeeping.h \
	src/server/job.c src/server/job.h \
	src/server/limits.c src/server/limits.h \
	src/server/listener.c src/server/listener.h \
	src/server/loop.c src/server/loop.h \
	src/server/notify.c src/server/notify.h \
	src/server/options.c src/server/options.h \
	src/server/parameters.c src/server/parameters.h \
	src/server/server.c src/server/server.h \
	src/server/task.h \
	src/server/timer.c src/server/timer.h \
	src/server/transport.c src/server/transport.h \
	src/server/ttl_monitor.c src/server/ttl_monitor.h
