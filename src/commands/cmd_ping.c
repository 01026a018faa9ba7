#include "commands/command.h"

static enum step ping_run(struct request *r)
{
	return STEP_DONE;
}

const struct command cmd_ping = {
    .name = "ping",
    .flags = CMD_READ | CMD_NO_AUTH | CMD_LOOP | CMD_API_1,
    .help = "Answers: the server is there.",
    .run = ping_run,
};
