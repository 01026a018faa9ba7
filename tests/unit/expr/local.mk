unit_tests += tests/unit/expr/test_match

tests_unit_expr_test_match_LDADD = $(unit_ldadd)
