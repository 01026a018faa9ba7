unit_tests += tests/unit/bench/test_measuring

tests_unit_bench_test_measuring_LDADD = bench/libbench.a $(unit_ldadd)
