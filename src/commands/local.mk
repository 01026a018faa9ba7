libdolmen_a_SOURCES += \
	src/commands/args.c src/commands/args.h \
	src/commands/cmd_build_info.c \
	src/commands/cmd_hello.c \
	src/commands/cmd_ping.c \
	src/commands/command.h \
	src/commands/commands.def \
	src/commands/common.c src/commands/common.h \
	src/commands/dispatch.c \
	src/commands/instance.c src/commands/instance.h \
	src/commands/ops.c src/commands/ops.h \
	src/commands/params.c src/commands/params.h \
	src/commands/read_concern.c \
	src/commands/reply.c src/commands/reply.h \
	src/commands/request.h \
	src/commands/table.c \
	src/commands/write_concern.c
