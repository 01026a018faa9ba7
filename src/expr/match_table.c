#include "expr/match_op.h"

/* clang-format off */
static const struct match_op match_ops[] = {
	/* match_compare.c */
	{"$eq", PLACE_FIELD, MATCH_EQ, match_parse_eq},
	{"$ne", PLACE_FIELD, MATCH_EQ, match_parse_ne},
	{"$lt", PLACE_FIELD, MATCH_LT, match_parse_range},
	{"$lte", PLACE_FIELD, MATCH_LTE, match_parse_range},
	{"$gt", PLACE_FIELD, MATCH_GT, match_parse_range},
	{"$gte", PLACE_FIELD, MATCH_GTE, match_parse_range},
	{"$in", PLACE_FIELD, MATCH_IN, match_parse_in},
	{"$nin", PLACE_FIELD, MATCH_IN, match_parse_nin},

	/* match_logic.c */
	{"$and", PLACE_TOP, MATCH_AND, match_parse_list},
	{"$or", PLACE_TOP, MATCH_OR, match_parse_list},
	{"$nor", PLACE_TOP, MATCH_NOR, match_parse_list},
	{"$not", PLACE_FIELD, MATCH_NOT, match_parse_not},
	{"$alwaysTrue", PLACE_TOP, MATCH_ALWAYS_TRUE, match_parse_always},
	{"$alwaysFalse", PLACE_TOP, MATCH_ALWAYS_FALSE, match_parse_always},
	{"$comment", PLACE_TOP | PLACE_FIELD, MATCH_ALWAYS_TRUE, match_parse_comment},

	/* match_type.c */
	{"$exists", PLACE_FIELD, MATCH_EXISTS, match_parse_exists},
	{"$type", PLACE_FIELD, MATCH_TYPE, match_parse_type},

	/* match_regex.c */
	{"$regex", PLACE_FIELD, MATCH_OTHER, match_parse_regex,
		.rank = RANK_REGEX, .test = match_test_regex},
	{"$options", PLACE_FIELD, MATCH_OTHER, match_parse_options},

	/* match_array.c */
	{"$all", PLACE_FIELD, MATCH_AND, match_parse_all},
	{"$elemMatch", PLACE_FIELD, MATCH_OTHER, match_parse_elem_match,
		.rank = RANK_ELEM_MATCH, .test = match_test_elem_match, .whole_array = true},
	{"$size", PLACE_FIELD, MATCH_OTHER, match_parse_size,
		.rank = RANK_SIZE, .test = match_test_size,
		.whole_array = true},

	/* match_bits.c */
	{"$mod", PLACE_FIELD, MATCH_OTHER, match_parse_mod,
		.rank = RANK_MOD, .test = match_test_mod},
	{"$bitsAllSet", PLACE_FIELD, MATCH_OTHER, match_parse_bits,
		.rank = RANK_BITS, .test = match_test_all_set},
	{"$bitsAnySet", PLACE_FIELD, MATCH_OTHER, match_parse_bits,
		.rank = RANK_BITS, .test = match_test_any_set},
	{"$bitsAllClear", PLACE_FIELD, MATCH_OTHER, match_parse_bits,
		.rank = RANK_BITS, .test = match_test_all_clear},
	{"$bitsAnyClear", PLACE_FIELD, MATCH_OTHER, match_parse_bits,
		.rank = RANK_BITS, .test = match_test_any_clear},

	/* match_expr.c */
	{"$expr", PLACE_TOP, MATCH_OTHER, match_parse_expr,
		.rank = RANK_EXPR, .test_doc = match_test_expr},
	{"$jsonSchema", PLACE_TOP, MATCH_OTHER, match_parse_schema,
		.rank = RANK_EXPR, .test_doc = match_test_schema},
	{"$sampleRate", PLACE_TOP, MATCH_OTHER, match_parse_sample_rate,
		.rank = RANK_EXPR, .test_doc = match_test_sample_rate},

	/* match_geo.c */
	{"$geoWithin", PLACE_FIELD, MATCH_OTHER, match_parse_geo,
		.rank = RANK_GEO, .test = match_test_geo},
	{"$within", PLACE_FIELD, MATCH_OTHER, match_parse_geo,
		.rank = RANK_GEO, .test = match_test_geo},
	{"$geoIntersects", PLACE_FIELD, MATCH_OTHER, match_parse_geo,
		.rank = RANK_GEO, .test = match_test_geo},

	/* match_near.c */
	{"$near", PLACE_FIELD, MATCH_OTHER, match_parse_near,
		.rank = RANK_GEO, .test = match_test_near},
	{"$nearSphere", PLACE_FIELD, MATCH_OTHER, match_parse_near,
		.rank = RANK_GEO, .test = match_test_near},
	{"$geoNear", PLACE_FIELD, MATCH_OTHER, match_parse_near,
		.rank = RANK_GEO, .test = match_test_near},
	{"$minDistance", PLACE_FIELD, MATCH_OTHER, match_parse_beside_near},
	{"$maxDistance", PLACE_FIELD, MATCH_OTHER, match_parse_beside_near},
	{"$uniqueDocs", PLACE_FIELD, MATCH_OTHER, match_parse_beside_near},

	/* match_text.c */
	{"$text", PLACE_TOP, MATCH_OTHER, match_parse_text,
		.rank = RANK_EXPR, .test_doc = match_test_text},

	/* known, not supported yet */
	{"$where", PLACE_TOP, MATCH_OTHER, match_parse_unsupported},
};
/* clang-format on */

const struct match_op *match_op_find(const char *name, enum match_place place)
{
	for (size_t i = 0; i < ARRAY_LEN(match_ops); i++)
		if ((match_ops[i].places & place) && strcmp(match_ops[i].name, name) == 0)
			return &match_ops[i];
	return NULL;
}

void match_op_each(void (*each)(void *arg, const struct match_op *op), void *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(match_ops); i++)
		each(arg, &match_ops[i]);
}

/* Of what is not here yet, MongoDB's own refusals of a place are. */
int match_parse_unsupported(struct filter_parser *p, const struct match_op *op,
    const struct path *path, struct value operand, struct filter **out)
{
	if (op->places == PLACE_TOP && (p->inside || p->o->no_text))
		return status_set(p->st, ERR_BAD_VALUE,
		    "%s can only stand where the whole document is", op->name);
	return status_set(p->st, ERR_COMMAND_NOT_SUPPORTED,
	    "%s is not supported by this server yet", op->name);
}
