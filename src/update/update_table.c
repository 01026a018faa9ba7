#include "update/update_op.h"

/* clang-format off */
static const struct update_op update_ops[] = {
	/* update_field.c */
	{"$set", NULL, update_apply_set},
	{"$setOnInsert", NULL, update_apply_set_on_insert},
	{"$unset", NULL, update_apply_unset, .tolerant = true},
	{"$rename", update_parse_rename, update_apply_rename_from, .tolerant = true},
	{"$currentDate", update_parse_current_date, update_apply_current_date},

	/* update_number.c; id: -1 the lesser, 1 the greater stays */
	{"$inc", update_parse_number, update_apply_inc},
	{"$mul", update_parse_number, update_apply_mul},
	{"$min", NULL, update_apply_min_max, .id = -1},
	{"$max", NULL, update_apply_min_max, .id = 1},
	{"$bit", update_parse_bit, update_apply_bit},

	/* update_push.c */
	{"$push", update_parse_push, update_apply_push},

	/* update_array.c */
	{"$addToSet", update_parse_add_to_set, update_apply_add_to_set},
	{"$pop", update_parse_pop, update_apply_pop},
	{"$pull", update_parse_pull, update_apply_pull},
	{"$pullAll", update_parse_pull_all, update_apply_pull_all},
};
/* clang-format on */

const struct update_op *update_op_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(update_ops); i++)
		if (strcmp(update_ops[i].name, name) == 0)
			return &update_ops[i];
	return NULL;
}

void update_op_each(void (*each)(void *arg, const struct update_op *op), void *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(update_ops); i++)
		each(arg, &update_ops[i]);
}
