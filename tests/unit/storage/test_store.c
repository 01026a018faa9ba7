#include "support/unit.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "storage/record.h"
#include "support/store_fixture.h"
#include "util/arena.h"
#include "util/clock.h"

static int try_open(const char *dir, struct status *st)
{
	const struct store_options o = {.dir = dir, .memtable_bytes = 1 << 20};
	struct store *s;
	int r;

	status_clear(st);
	r = store_open(&o, &s, st);
	store_close(s);
	return r;
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static bool exists(const char *dir, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void opens_and_reopens(void **state)
{
	struct store_fixture f;
	uint32_t term;
	uint64_t time;

	fixture_init(&f);
	term = store_term(f.store);
	time = store_cluster_time(f.store);
	assert_true(term >= 1);
	assert_true(time >> 32 >= 1700000000u);
	fixture_reopen(&f);
	assert_int_equal(store_term(f.store), term + 1);
	assert_true(store_cluster_time(f.store) > time);
	assert_true(store_synced_time(f.store) >= time);
	assert_true(exists(f.dir, "FORMAT"));
	assert_true(exists(f.dir, "db/CURRENT"));
	fixture_clear(&f);
}

static void refuses_a_directory_in_use(void **state)
{
	struct store_fixture f;
	struct status st;

	status_init(&st);
	fixture_init(&f);
	assert_int_equal(try_open(f.dir, &st), ERR_OBJECT_IS_BUSY);
	assert_non_null(strstr(st.message, "in use"));
	status_clear(&st);
	fixture_clear(&f);
}

static void refuses_what_is_not_ours(void **state)
{
	struct status st;
	char dir[256];

	status_init(&st);
	fixture_make_dir(dir);
	write_file(dir, "notes.txt", "mine\n");
	assert_int_equal(try_open(dir, &st), ERR_UNSUPPORTED_FORMAT);
	assert_non_null(strstr(st.message, "notes.txt"));
	assert_false(exists(dir, "LOCK"));
	assert_false(exists(dir, "FORMAT"));
	status_clear(&st);
	fixture_remove_tree(dir);
}

static void refuses_another_format(void **state)
{
	struct store_fixture f;
	struct status st;

	status_init(&st);
	fixture_init(&f);
	store_close(f.store);
	write_file(f.dir, "FORMAT", "dolmen data directory, format 99\n");
	assert_int_equal(try_open(f.dir, &st), ERR_UNSUPPORTED_FORMAT);
	assert_non_null(strstr(st.message, "format 99"));
	write_file(f.dir, "FORMAT", "something else\n");
	assert_int_equal(try_open(f.dir, &st), ERR_UNSUPPORTED_FORMAT);
	status_clear(&st);
	fixture_remove_tree(f.dir);
}

static void says_why_it_cannot(void **state)
{
	struct status st;
	char dir[256], file[300];

	status_init(&st);
	fixture_make_dir(dir);
	snprintf(file, sizeof(file), "%s/missing/data", dir);
	assert_int_equal(try_open(file, &st), ERR_OPERATION_FAILED);
	write_file(dir, "file", "");
	snprintf(file, sizeof(file), "%s/file", dir);
	assert_int_not_equal(try_open(file, &st), 0);
	assert_true(st.message[0] != '\0');
	status_clear(&st);
	fixture_remove_tree(dir);
}

static void goes_on_after_an_interrupted_making(void **state)
{
	struct status st;
	char dir[256];

	status_init(&st);
	fixture_make_dir(dir);
	write_file(dir, "LOCK", "12345\n");
	write_file(dir, "FORMAT.new", "dol");
	assert_int_equal(try_open(dir, &st), 0);
	assert_true(exists(dir, "FORMAT"));
	status_clear(&st);
	fixture_remove_tree(dir);
}

static void spill_files_do_not_survive(void **state)
{
	struct store_fixture f;

	fixture_init(&f);
	write_file(store_spill_dir(f.store), "sort-1", "x");
	fixture_reopen(&f);
	assert_false(exists(store_spill_dir(f.store), "sort-1"));
	fixture_clear(&f);
}

static void takes_a_clients_time(void **state)
{
	uint64_t now, next_hour;
	struct store_fixture f;
	struct status st;

	status_init(&st);
	fixture_init(&f);
	now = (uint64_t)clock_wall_ms() / 1000;
	next_hour = (now + 3600) << 32 | 5;
	assert_int_equal(store_advance_cluster_time(f.store, next_hour, &st), 0);
	assert_int_equal(store_cluster_time(f.store), next_hour);
	assert_int_equal(store_advance_cluster_time(f.store, now << 32, &st), 0);
	assert_int_equal(store_cluster_time(f.store), next_hour);
	assert_int_equal(store_advance_cluster_time(f.store, (now + 400 * 86400) << 32, &st),
	    ERR_CLUSTER_TIME_FAILS_RATE_LIMITER);
	/* It is kept over a restart. */
	fixture_reopen(&f);
	assert_true(store_cluster_time(f.store) > next_hour);
	status_clear(&st);
	fixture_clear(&f);
}

static void refuses_below_the_disk_floor(void **state)
{
	struct store_fixture f;
	struct status st;

	status_init(&st);
	fixture_init(&f);
	assert_int_equal(store_writable(f.store, &st), 0);
	store_close(f.store);
	f.options.disk_floor_bytes = INT64_MAX / 2;
	fixture_open(&f);
	assert_int_equal(store_writable(f.store, &st), ERR_OUT_OF_DISK_SPACE);
	status_clear(&st);
	fixture_clear(&f);
}

static void figures(void **state)
{
	struct store_stats stats;
	struct store_fixture f;
	struct status st;

	status_init(&st);
	fixture_init(&f);
	assert_int_equal(store_sync_now(f.store, true, &st), 0);
	store_stats(f.store, &stats);
	assert_true(stats.latest_sequence >= 1);
	assert_int_equal(stats.synced_sequence, stats.latest_sequence);
	assert_true(stats.commits >= 1 && stats.syncs >= 1);
	assert_true(stats.cache_capacity_bytes + stats.record_cache_capacity_bytes == 4 << 20);
	assert_true(stats.record_cache_capacity_bytes > 0);
	assert_true(stats.families >= 2);
	assert_true(stats.disk_total_bytes > stats.disk_free_bytes);
	fixture_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opens_and_reopens),
	    cmocka_unit_test(refuses_a_directory_in_use),
	    cmocka_unit_test(refuses_what_is_not_ours),
	    cmocka_unit_test(refuses_another_format),
	    cmocka_unit_test(says_why_it_cannot),
	    cmocka_unit_test(goes_on_after_an_interrupted_making),
	    cmocka_unit_test(spill_files_do_not_survive),
	    cmocka_unit_test(takes_a_clients_time),
	    cmocka_unit_test(refuses_below_the_disk_floor),
	    cmocka_unit_test(figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
