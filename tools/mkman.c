/*
 * Writes a man page: standard input to standard output, with the table of the
 * server's options where a line says @OPTIONS@ and the version for @VERSION@.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "server/options.h"

static void write_line(const char *line)
{
	static const char mark[] = "@VERSION@";
	const char *at = strstr(line, mark);

	if (!strcmp(line, "@OPTIONS@\n"))
		options_print_man(stdout, server_option_table);
	else if (at)
		printf(
		    "%.*s%s%s", (int)(at - line), line, PACKAGE_VERSION, at + sizeof(mark) - 1);
	else
		fputs(line, stdout);
}

int main(void)
{
	char line[4096];

	while (fgets(line, sizeof(line), stdin))
		write_line(line);
	return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
