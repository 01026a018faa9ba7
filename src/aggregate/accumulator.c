#include "aggregate/accumulator.h"

#include <string.h>

#define ACCUMULATOR(name) extern const struct accumulator acc_##name;
#include "aggregate/accumulators.def"
#undef ACCUMULATOR

const struct accumulator *const accumulator_table[] = {
#define ACCUMULATOR(name) &acc_##name,
#include "aggregate/accumulators.def"
#undef ACCUMULATOR
    NULL,
};

const struct accumulator *accumulator_find(const char *name)
{
	for (const struct accumulator *const *t = accumulator_table; *t; t++)
		if (strcmp((*t)->name, name) == 0)
			return *t;
	return NULL;
}
