#include "support/unit.h"

#include "commands/command.h"
#include "commands/common.h"
#include "commands/params.h"

static void names_are_sorted_and_unique(void **state)
{
	size_t i;

	assert_non_null(command_table[0]);
	for (i = 1; command_table[i]; i++)
		if (strcmp(command_table[i - 1]->name, command_table[i]->name) >= 0)
			fail_msg("%s stands after %s", command_table[i]->name,
			    command_table[i - 1]->name);
}

static void every_name_is_found(void **state)
{
	size_t i;

	for (i = 0; command_table[i]; i++) {
		const struct command *c = command_table[i];

		assert_ptr_equal(command_find(view_of_str(c->name)), c);
		if (c->alias)
			assert_ptr_equal(command_find(view_of_str(c->alias)), c);
	}
	assert_null(command_find(view_of_str("noSuchCommand")));
	assert_null(command_find(view_of_str("Ping")));
	assert_null(command_find(view_of_str("")));
}

static bool is_sentence(const char *help)
{
	return help && help[0] && help[strlen(help) - 1] == '.';
}

static void every_command_says_what_it_is(void **state)
{
	size_t i;

	for (i = 0; command_table[i]; i++) {
		const struct command *c = command_table[i];

		if (!is_sentence(c->help))
			fail_msg("%s has no sentence of help", c->name);
		assert_non_null(c->run);
		assert_true(c->target_type == FIELD_UNUSED || c->args_size > 0);
	}
}

static void check_fields(const char *where, const struct field *f, size_t size)
{
	const struct field *other;
	int n = 0;

	for (; f && f->name; f++, n++) {
		if (!f->help || !f->help[0])
			fail_msg("%s.%s has no help", where, f->name);
		if (f->type != FIELD_UNUSED && f->type != FIELD_REFUSED && f->offset >= size)
			fail_msg("%s.%s lies outside of its struct", where, f->name);
		for (other = f + 1; other->name; other++)
			if (!strcmp(f->name, other->name))
				fail_msg("%s.%s stands twice", where, f->name);
	}
	assert_true(n <= 64);
}

static void every_field_says_what_it_is(void **state)
{
	size_t i;

	for (i = 0; command_table[i]; i++)
		check_fields(
		    command_table[i]->name, command_table[i]->fields, command_table[i]->args_size);
	check_fields("common", common_fields, sizeof(struct common_fields));
}

static void parameters_are_sorted_and_explained(void **state)
{
	const struct param *p;

	for (p = param_table; p->name; p++) {
		if (!is_sentence(p->help))
			fail_msg("%s has no sentence of help", p->name);
		if (p[1].name && strcmp(p->name, p[1].name) >= 0)
			fail_msg("%s stands after %s", p[1].name, p->name);
		assert_true(p->kind == PARAM_COMPUTED ? p->get && (!p->runtime || p->set)
						      : p->least <= p->fallback &&
							    p->fallback <= p->most);
		assert_ptr_equal(params_find(view_of_str(p->name)), p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_sorted_and_unique),
	    cmocka_unit_test(every_name_is_found),
	    cmocka_unit_test(every_command_says_what_it_is),
	    cmocka_unit_test(every_field_says_what_it_is),
	    cmocka_unit_test(parameters_are_sorted_and_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
