/*
 * commands/params.h - the parameters of getParameter and setParameter, from
 * one table.
 *
 * Threads: any; each value is set at once.
 */
#ifndef COMMANDS_PARAMS_H
#define COMMANDS_PARAMS_H

#include "bson/builder.h"
#include "commands/instance.h"

enum param_kind { PARAM_BOOL, PARAM_INT, PARAM_COMPUTED };

struct param {
	const char *name; /* NULL: the end of the table */
	enum param_kind kind;
	bool runtime; /* setParameter may change it */
	int64_t fallback, least, most; /* BOOL and INT */
	/* COMPUTED: appends the value under its name; or sets it. */
	void (*get)(const struct instance *inst, struct builder *b, const char *name);
	int (*set)(struct instance *inst, struct value v, struct status *st);
	const char *help;
};

/* Sorted by name. */
extern const struct param param_table[];

struct params *params_new(struct instance *inst);
void params_free(struct params *p);

/* The place of a parameter in the table, or NULL. */
const struct param *params_find(struct view name);
/* A BOOL's or INT's value; there must be one of that name. */
int64_t params_number(const struct params *p, const char *name);

/* Appends its value under name. */
void params_show(const struct instance *inst, const struct param *p, struct builder *b,
    const char *name);
MUST_CHECK int params_set(
    struct instance *inst, const struct param *p, struct value v, struct status *st);

#endif
