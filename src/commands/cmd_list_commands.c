/*
 * listCommands: the table of commands, as it is.
 */
#include "commands/command.h"

static void put_versions(struct builder *b, const char *name, bool one)
{
	builder_array_begin(b, name);
	if (one)
		builder_str(b, NULL, "1");
	builder_array_end(b);
}

static void put_command(struct builder *b, const struct command *c)
{
	builder_doc_begin(b, c->name);
	if (c->alias) {
		builder_array_begin(b, "aliases");
		builder_str(b, NULL, c->alias);
		builder_array_end(b);
	}
	builder_str(b, "help", c->help);
	builder_bool(b, "requiresAuth", !(c->flags & CMD_NO_AUTH));
	builder_bool(b, "secondaryOk", c->flags & CMD_READ);
	builder_bool(b, "adminOnly", c->flags & CMD_ADMIN_ONLY);
	put_versions(b, "apiVersions", c->flags & CMD_API_1);
	put_versions(b, "deprecatedApiVersions", false);
	builder_doc_end(b);
}

static enum step list_commands_run(struct request *r)
{
	const struct command *const *c;

	builder_doc_begin(&r->builder, "commands");
	for (c = command_table; *c; c++)
		if (!((*c)->flags & CMD_HIDDEN))
			put_command(&r->builder, *c);
	builder_doc_end(&r->builder);
	return STEP_DONE;
}

const struct command cmd_list_commands = {
    .name = "listCommands",
    .flags = CMD_READ | CMD_LOOP | CMD_ANY_FIELDS,
    .help = "The commands that there are.",
    .run = list_commands_run,
};
