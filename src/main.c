/*
 * The program: finds the subcommand and nothing else.
 */
#include "config.h"

#include <stdio.h>

int main(void)
{
	puts("dolmen " PACKAGE_VERSION);
	return 0;
}
