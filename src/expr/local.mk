libdolmen_a_SOURCES += \
	src/expr/collation.c src/expr/collation.h \
	src/expr/collation_locale.c src/expr/collation_locale.h \
	src/expr/expr_arithmetic.c \
	src/expr/expr_array.c \
	src/expr/expr_boolean.c \
	src/expr/expr_conditional.c \
	src/expr/expr_binary.c src/expr/expr_binary.h \
	src/expr/expr_convert.c \
	src/expr/expr_date.c src/expr/expr_date.h \
	src/expr/expr_date_math.c \
	src/expr/expr_date_text.c \
	src/expr/expr_fold.c \
	src/expr/expr_list.c \
	src/expr/expr_math.c \
	src/expr/expr_misc.c \
	src/expr/expr_object.c \
	src/expr/expr_op.h \
	src/expr/expr_parse.c \
	src/expr/expr_percentile.c \
	src/expr/expr_regex.c \
	src/expr/expr_scratch.c src/expr/expr_scratch.h \
	src/expr/expr_set.c \
	src/expr/expr_sort_array.c \
	src/expr/expr_string.c \
	src/expr/expr_table.c \
	src/expr/expr_text.c src/expr/expr_text.h \
	src/expr/expression.c src/expr/expression.h \
	src/expr/match.c src/expr/match.h \
	src/expr/match_array.c \
	src/expr/match_bits.c \
	src/expr/match_compare.c \
	src/expr/match_explain.c src/expr/match_explain.h \
	src/expr/match_expr.c \
	src/expr/match_format.c \
	src/expr/match_geo.c src/expr/match_geo.h \
	src/expr/match_implies.c src/expr/match_implies.h \
	src/expr/match_logic.c \
	src/expr/match_near.c \
	src/expr/match_op.h \
	src/expr/match_parse.c \
	src/expr/match_regex.c \
	src/expr/match_table.c \
	src/expr/match_text.c src/expr/match_text.h \
	src/expr/match_type.c \
	src/expr/meta.c src/expr/meta.h \
	src/expr/percentiles.c src/expr/percentiles.h \
	src/expr/project.c src/expr/project.h \
	src/expr/project_parse.c src/expr/project_tree.h \
	src/expr/regex.c src/expr/regex.h \
	src/expr/schema.c src/expr/schema.h \
	src/expr/schema_explain.c src/expr/schema_keyword.h \
	src/expr/schema_nested.c \
	src/expr/schema_table.c \
	src/expr/schema_value.c \
	src/expr/sort_key.c \
	src/expr/transform.c src/expr/transform.h
EXTRA_DIST += doc/collation.md
