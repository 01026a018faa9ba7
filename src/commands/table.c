#include "commands/command.h"

#define COMMAND(name) extern const struct command cmd_##name;
#include "commands/commands.def"
#undef COMMAND

const struct command *const command_table[] = {
#define COMMAND(name) &cmd_##name,
#include "commands/commands.def"
#undef COMMAND
    NULL,
};

#define N_COMMANDS (ARRAY_LEN(command_table) - 1)

static const struct command *find_alias(struct view name)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (command_table[i]->alias &&
		    view_equal(name, view_of_str(command_table[i]->alias)))
			return command_table[i];
	return NULL;
}

const struct command *command_find(struct view name)
{
	size_t low = 0, high = N_COMMANDS;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = view_compare(view_of_str(command_table[mid]->name), name);

		if (c == 0)
			return command_table[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return find_alias(name);
}
