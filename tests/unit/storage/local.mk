unit_tests += \
	tests/unit/storage/test_batch \
	tests/unit/storage/test_commit \
	tests/unit/storage/test_catalog_rows \
	tests/unit/storage/test_ddl \
	tests/unit/storage/test_ddl_build \
	tests/unit/storage/test_ddl_index \
	tests/unit/storage/test_fence \
	tests/unit/storage/test_locks \
	tests/unit/storage/test_log \
	tests/unit/storage/test_names \
	tests/unit/storage/test_newest \
	tests/unit/storage/test_record_cache \
	tests/unit/storage/test_recover \
	tests/unit/storage/test_side \
	tests/unit/storage/test_store

tests_unit_storage_test_batch_LDADD = $(unit_ldadd)
tests_unit_storage_test_catalog_rows_LDADD = $(unit_ldadd)
tests_unit_storage_test_ddl_LDADD = $(unit_ldadd)
tests_unit_storage_test_ddl_build_LDADD = $(unit_ldadd)
tests_unit_storage_test_ddl_index_LDADD = $(unit_ldadd)
tests_unit_storage_test_fence_LDADD = $(unit_ldadd)
tests_unit_storage_test_locks_LDADD = $(unit_ldadd)
tests_unit_storage_test_names_LDADD = $(unit_ldadd)
tests_unit_storage_test_side_LDADD = $(unit_ldadd)
tests_unit_storage_test_store_LDADD = $(unit_ldadd)
tests_unit_storage_test_commit_LDADD = $(unit_ldadd)
tests_unit_storage_test_log_LDADD = $(unit_ldadd)
tests_unit_storage_test_newest_LDADD = $(unit_ldadd)
tests_unit_storage_test_record_cache_LDADD = $(unit_ldadd)
tests_unit_storage_test_recover_LDADD = $(unit_ldadd)
