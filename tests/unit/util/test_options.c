#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/options.h"

static const struct option_def table[] = {
    {.name = "verbose", .letter = 'v', .kind = OPTION_FLAG, .group = "Some", .help = "Talks."},
    {.name = "config",
	.letter = 'f',
	.kind = OPTION_STR,
	.flags = OPTION_IS_FILE | OPTION_LINE_ONLY,
	.value_name = "FILE",
	.help = "A file."},
    {.name = "port",
	.letter = 'p',
	.kind = OPTION_INT,
	.value_name = "N",
	.fallback = "27017",
	.most = 65535,
	.help = "A number."},
    {.name = "size",
	.kind = OPTION_BYTES,
	.value_name = "BYTES",
	.fallback = "2K",
	.most = INT64_C(1) << 40,
	.help = "An amount."},
    {.name = "set",
	.letter = 's',
	.kind = OPTION_STR,
	.flags = OPTION_REPEATED,
	.value_name = "X",
	.help = "May be repeated."},
    {.name = "kind",
	.kind = OPTION_CHOICE,
	.value_name = "id|sequence",
	.fallback = "id",
	.help = "One of two."},
    {NULL},
};

struct fixture {
	struct options o;
	struct status st;
	char file[64];
};

/* The words after the program's name; NULL ends them. */
static int parse(struct fixture *f, const char *const *words)
{
	int n = 0;

	while (words[n])
		n++;
	return options_parse(&f->o, table, n, words, 0, &f->st);
}

#define PARSE(f, ...) parse(f, (const char *[]){__VA_ARGS__, NULL})

static void write_file(struct fixture *f, const char *text)
{
	int fd;

	strcpy(f->file, "/tmp/test_options.XXXXXX");
	fd = mkstemp(f->file);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	status_init(&f->st);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	options_clear(&f->o);
	status_clear(&f->st);
	if (f->file[0])
		unlink(f->file);
	free(f);
	return 0;
}

static void defaults(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(parse(f, (const char *[]){NULL}), 0);
	assert_int_equal(options_number(&f->o, "port"), 27017);
	assert_int_equal(options_number(&f->o, "size"), 2048);
	assert_int_equal(options_number(&f->o, "kind"), 0);
	assert_false(options_flag(&f->o, "verbose"));
	assert_null(options_str(&f->o, "set"));
	assert_int_equal(options_get(&f->o, "port")->source, OPTION_DEFAULT);
}

static void command_line(void **state)
{
	struct fixture *f = *state;
	const struct option_value *set;

	assert_int_equal(
	    PARSE(f, "-vp0", "--size=3M", "--set", "a=1", "-sb", "--kind", "sequence"), 0);
	assert_true(options_flag(&f->o, "verbose"));
	assert_int_equal(options_number(&f->o, "port"), 0);
	assert_int_equal(options_number(&f->o, "size"), 3 << 20);
	assert_int_equal(options_number(&f->o, "kind"), 1);
	set = options_get(&f->o, "set");
	assert_int_equal(set->n_all, 2);
	assert_string_equal(set->all[0], "a=1");
	assert_string_equal(set->all[1], "b");
	assert_int_equal(set->source, OPTION_FROM_LINE);
}

static void file_then_line(void **state)
{
	struct fixture *f = *state;
	const struct option_value *set;

	write_file(
	    f, "# a comment\n\n port = 1 \nsize=1G\nset = x y\nset = z\nverbose = yes\n");
	assert_int_equal(PARSE(f, "--set", "last", "-p", "2", "--config", f->file), 0);
	assert_int_equal(options_number(&f->o, "port"), 2);
	assert_int_equal(options_number(&f->o, "size"), INT64_C(1) << 30);
	assert_int_equal(options_get(&f->o, "size")->source, OPTION_FROM_FILE);
	assert_true(options_flag(&f->o, "verbose"));
	set = options_get(&f->o, "set");
	assert_int_equal(set->n_all, 3);
	assert_string_equal(set->all[0], "x y");
	assert_string_equal(set->all[1], "z");
	assert_string_equal(set->all[2], "last");
}

static void file_says_where(void **state)
{
	struct fixture *f = *state;
	char want[128];

	write_file(f, "port = 1\nprot = 2\n");
	assert_int_equal(PARSE(f, "-f", f->file), ERR_INVALID_OPTIONS);
	snprintf(want, sizeof(want), "%s:2: there is no option 'prot'", f->file);
	assert_string_equal(f->st.message, want);
}

static void file_cannot_name_a_file(void **state)
{
	struct fixture *f = *state;

	write_file(f, "config = /etc/passwd\n");
	assert_int_equal(PARSE(f, "-f", f->file), ERR_INVALID_OPTIONS);
}

static void refused(void **state)
{
	static const char *const lines[][3] = {{"--nothing"}, {"-x"}, {"word"}, {"--"}, {"-"},
	    {"--port"}, {"-p"}, {"--port", "65536"}, {"--port", "-1"}, {"--port", "1x"},
	    {"--port", ""}, {"--port=99999999999999999999"}, {"--size", "1P"},
	    {"--size", "1KB"}, {"--size", "9999999T"}, {"--kind", "other"}, {"--kind", "i"},
	    {"--kind", ""}, {"--set", ""}, {"--verbose=perhaps"},
	    {"--config", "/does/not/exist"}, {"--portx", "1"}, {"--por", "1"}};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const char *words[3];

		memcpy(words, lines[i], sizeof(words));
		assert_int_equal(parse(f, words), ERR_INVALID_OPTIONS);
		assert_true(f->st.message[0]);
		options_clear(&f->o);
	}
}

static void bytes(void **state)
{
	int64_t n;

	assert_true(options_parse_bytes("0", &n) && n == 0);
	assert_true(options_parse_bytes("7k", &n) && n == 7168);
	assert_true(options_parse_bytes("1T", &n) && n == INT64_C(1) << 40);
	assert_false(options_parse_bytes("", &n));
	assert_false(options_parse_bytes("K", &n));
	assert_false(options_parse_bytes("1 K", &n));
	assert_false(options_parse_bytes("99999999999T", &n));
}

static void help_fits(void **state)
{
	char *text = NULL, *line;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	options_print_help(to, table);
	fclose(to);
	assert_non_null(strstr(text, "  -p, --port N [27017]\n        A number.\n"));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(defaults, setup, teardown),
	    cmocka_unit_test_setup_teardown(command_line, setup, teardown),
	    cmocka_unit_test_setup_teardown(file_then_line, setup, teardown),
	    cmocka_unit_test_setup_teardown(file_says_where, setup, teardown),
	    cmocka_unit_test_setup_teardown(file_cannot_name_a_file, setup, teardown),
	    cmocka_unit_test_setup_teardown(refused, setup, teardown),
	    cmocka_unit_test(bytes),
	    cmocka_unit_test(help_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
