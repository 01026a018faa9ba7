EXTRA_DIST += tests/support/expr_cases.h tests/support/json.h tests/support/random_doc.h

unit_tests += tests/unit/expr/test_expr_date \
	tests/unit/expr/test_expression tests/unit/expr/test_expression_random \
	tests/unit/expr/test_match tests/unit/expr/test_match_explain \
	tests/unit/expr/test_match_geo tests/unit/expr/test_match_implies \
	tests/unit/expr/test_match_random tests/unit/expr/test_operators \
	tests/unit/expr/test_project \
	tests/unit/expr/test_schema

tests_unit_expr_test_expr_date_LDADD = $(unit_ldadd)
tests_unit_expr_test_expression_LDADD = $(unit_ldadd)
tests_unit_expr_test_expression_random_LDADD = $(unit_ldadd)
tests_unit_expr_test_match_LDADD = $(unit_ldadd)
tests_unit_expr_test_match_explain_LDADD = $(unit_ldadd)
tests_unit_expr_test_match_geo_LDADD = $(unit_ldadd)
tests_unit_expr_test_match_implies_LDADD = $(unit_ldadd)
tests_unit_expr_test_operators_LDADD = $(unit_ldadd)
tests_unit_expr_test_project_LDADD = $(unit_ldadd)
tests_unit_expr_test_match_random_LDADD = $(unit_ldadd)
tests_unit_expr_test_schema_LDADD = $(unit_ldadd)

unit_tests += tests/unit/expr/test_collation
tests_unit_expr_test_collation_SOURCES = tests/unit/expr/test_collation.c \
	tests/support/random_value.c
tests_unit_expr_test_collation_LDADD = $(unit_ldadd)

unit_tests += tests/unit/expr/test_match_allocates
tests_unit_expr_test_match_allocates_LDADD = $(unit_ldadd)
tests_unit_expr_test_match_allocates_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
