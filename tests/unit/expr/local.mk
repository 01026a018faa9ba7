EXTRA_DIST += tests/support/json.h

unit_tests += tests/unit/expr/test_expression tests/unit/expr/test_match \
	tests/unit/expr/test_project

tests_unit_expr_test_expression_LDADD = $(unit_ldadd)
tests_unit_expr_test_match_LDADD = $(unit_ldadd)
tests_unit_expr_test_project_LDADD = $(unit_ldadd)
