unit_tests += tests/unit/geo/test_flat tests/unit/geo/test_geojson tests/unit/geo/test_sphere

tests_unit_geo_test_flat_LDADD = $(unit_ldadd)
tests_unit_geo_test_geojson_LDADD = $(unit_ldadd)
tests_unit_geo_test_sphere_LDADD = $(unit_ldadd)
