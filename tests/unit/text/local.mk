unit_tests += tests/unit/text/test_scores tests/unit/text/test_search tests/unit/text/test_terms
tests_unit_text_test_scores_LDADD = $(unit_ldadd)
tests_unit_text_test_search_LDADD = $(unit_ldadd)
tests_unit_text_test_terms_LDADD = $(unit_ldadd)
