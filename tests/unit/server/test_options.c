#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "server/options.h"
#include "util/log.h"

static void names_are_unique(void **state)
{
	const struct option_def *t = server_option_table;

	for (int i = 0; t[i].name; i++) {
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(t[i].name, t[j].name);
			if (t[i].letter)
				assert_int_not_equal(t[i].letter, t[j].letter);
			if (t[i].path && t[j].path)
				assert_string_not_equal(t[i].path, t[j].path);
			if (t[i].parameter && t[j].parameter)
				assert_string_not_equal(t[i].parameter, t[j].parameter);
		}
	}
}

static void entries_are_whole(void **state)
{
	assert_non_null(server_option_table[0].group);
	for (const struct option_def *d = server_option_table; d->name; d++) {
		size_t len = d->help ? strlen(d->help) : 0;

		assert_true(len > 10 && d->help[len - 1] == '.');
		assert_int_equal(d->kind != OPTION_FLAG, d->value_name != NULL);
		assert_true(d->path || !strcmp(d->name, "help"));
		if (d->kind == OPTION_INT || d->kind == OPTION_BYTES)
			assert_true(d->least < d->most && d->fallback);
	}
}

/* Each default is a value that the option itself would take. */
static void defaults_are_valid(void **state)
{
	struct options o;
	struct status st;

	status_init(&st);
	assert_int_equal(
	    options_parse(&o, server_option_table, 0, (const char *[]){NULL}, 0, &st), 0);
	assert_int_equal(server_options_check(&o, &st), 0);
	assert_string_equal(options_str(&o, "data-dir"), "./data");
	options_clear(&o);
	status_clear(&st);
}

static int check(const char *a, const char *b, const char *c)
{
	const char *words[] = {a, b, c, NULL};
	int n = !a ? 0 : !b ? 1 : !c ? 2 : 3;
	struct options o;
	struct status st;
	int err;

	status_init(&st);
	err = options_parse(&o, server_option_table, n, words, 0, &st);
	assert_int_equal(err, 0);
	err = server_options_check(&o, &st);
	options_clear(&o);
	status_clear(&st);
	return err;
}

static void options_together(void **state)
{
	assert_int_equal(check("--replset", "rs0", "--router"), ERR_INVALID_OPTIONS);
	assert_int_equal(check("--replset", "rs0", NULL), 0);
	assert_int_equal(check("--bind", "none", NULL), ERR_INVALID_OPTIONS);
	assert_int_equal(check("--advertise", "db.example.com:27017", NULL), 0);
	assert_int_equal(check("--advertise", "[::1]:27017", NULL), 0);
	assert_int_equal(check("--advertise", "::1:27017", NULL), ERR_INVALID_OPTIONS);
	assert_int_equal(check("--advertise", "db.example.com", NULL), ERR_INVALID_OPTIONS);
	assert_int_equal(check("--advertise", "db:0", NULL), ERR_INVALID_OPTIONS);
	assert_int_equal(check("--advertise", ":27017", NULL), ERR_INVALID_OPTIONS);
	assert_int_equal(check("--advertise", "db:70000", NULL), ERR_INVALID_OPTIONS);
}

static void log_levels(void **state)
{
	struct status st;

	status_init(&st);
	assert_int_equal(server_options_set_levels("1", &st), 0);
	assert_int_equal(log_get_level(LOG_QUERY), 1);
	assert_int_equal(server_options_set_levels("query=3,storage=0", &st), 0);
	assert_int_equal(log_get_level(LOG_QUERY), 3);
	assert_int_equal(log_get_level(LOG_STORAGE), 0);
	assert_int_equal(log_get_level(LOG_WRITE), 1);
	assert_int_equal(
	    server_options_set_levels("write=2,nothing=1", &st), ERR_INVALID_OPTIONS);
	assert_int_equal(log_get_level(LOG_WRITE), 1);
	assert_int_equal(server_options_set_levels("6", &st), ERR_INVALID_OPTIONS);
	assert_int_equal(server_options_set_levels("", &st), ERR_INVALID_OPTIONS);
	assert_int_equal(server_options_set_levels("query=", &st), ERR_INVALID_OPTIONS);
	assert_int_equal(server_options_set_levels("query=11", &st), ERR_INVALID_OPTIONS);
	assert_int_equal(server_options_set_levels("0", &st), 0);
	status_clear(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_unique),
	    cmocka_unit_test(entries_are_whole),
	    cmocka_unit_test(defaults_are_valid),
	    cmocka_unit_test(options_together),
	    cmocka_unit_test(log_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
