#include "support/unit.h"

#include "storage/catalog.h"

static char long_name[256];

static struct view long_view(size_t len)
{
	memset(long_name, 'a', sizeof(long_name));
	return view_of(long_name, len);
}

static int database(struct view db)
{
	struct status st;
	int r;

	status_init(&st);
	r = database_name_check(db, &st);
	assert_int_equal(r, st.code);
	return r;
}

static int creation(const char *db, struct view name)
{
	return creation_name_check(view_of_str(db), name, NULL);
}

static int create(const char *db, const char *name)
{
	return creation(db, view_of_str(name));
}

static void databases(void **state)
{
	static const char *const good[] = {"a", "te\tst", "te?st", "te*st", "te<>st", "a-b_1",
	    "\xEF\xBB\xBF"
	    "x",
	    "$external"};
	static const char *const bad[] = {"", "a b", "a/b", "a\\b", "a.b", "a\"b", "a$b", "$x"};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(database(view_of_str(good[i])), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(database(view_of_str(bad[i])), ERR_INVALID_NAMESPACE);
	assert_int_equal(database(view_of("a\0b", 3)), ERR_INVALID_NAMESPACE);
	assert_int_equal(database(long_view(63)), 0);
	assert_int_equal(database(long_view(64)), ERR_INVALID_NAMESPACE);
}

static void collections(void **state)
{
	static const char *const good[] = {"a", "a b", "a.b", "a.", "System.x", "system", "a\n",
	    "\xEF\xBC\x84", "!@#%^&()", "system.views", "system.js", "system.buckets.x"};
	static const char *const bad[] = {
	    "", ".a", "$a", "a$b", "a$", "system.", "system.test"};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(create("db", good[i]), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(create("db", bad[i]), ERR_INVALID_NAMESPACE);
	assert_int_equal(creation("db", view_of("a\0b", 3)), ERR_INVALID_NAMESPACE);
	assert_int_equal(creation("db", long_view(252)), 0);
	assert_int_equal(creation("db", long_view(253)), ERR_INVALID_NAMESPACE);
	assert_int_equal(create("admin", "system.roles"), 0);
	assert_int_equal(create("db", "system.roles"), ERR_INVALID_NAMESPACE);
	assert_int_equal(create("$external", "x"), ERR_INVALID_NAMESPACE);
	/* To speak of one is allowed where to make it is not. */
	assert_int_equal(
	    collection_name_check(view_of_str("db"), view_of_str("system.test"), NULL), 0);
}

static int ren(const char *db, const char *name, const char *to_db, const char *to_name)
{
	return rename_names_check(
	    view_of_str(db), view_of_str(name), view_of_str(to_db), view_of_str(to_name), NULL);
}

static void renames(void **state)
{
	assert_int_equal(ren("a", "x", "a", "y"), 0);
	assert_int_equal(ren("a", "x", "local", "oplog"), 0);
	assert_int_equal(ren("a", "x", "a", "oplog.rs"), 0);
	assert_int_equal(ren("a", "x", "local", "oplog.rs"), ERR_ILLEGAL_OPERATION);
	assert_int_equal(ren("a", "x", "a", "x"), ERR_ILLEGAL_OPERATION);
	assert_int_equal(ren("a", "system.views", "a", "x"), ERR_ILLEGAL_OPERATION);
	assert_int_equal(ren("a", "x", "a", "system.users"), ERR_ILLEGAL_OPERATION);
	assert_int_equal(ren("a$b", "x", "a", "y"), ERR_ILLEGAL_OPERATION);
	assert_int_equal(ren("a", "x", "a", "$y"), ERR_ILLEGAL_OPERATION);
	assert_int_equal(ren("a", "", "a", "y"), ERR_INVALID_NAMESPACE);
	assert_int_equal(ren("a", "x", "", "y"), ERR_INVALID_NAMESPACE);
	assert_int_equal(ren("a", "x", "a", ".y"), ERR_INVALID_NAMESPACE);
	assert_int_equal(ren("a b", "x", "a", "y"), ERR_INVALID_NAMESPACE);
	assert_int_equal(rename_names_check(view_of_str("a"), view_of_str("x"),
			     view_of_str("ab"), long_view(253), NULL),
	    ERR_ILLEGAL_OPERATION);
	assert_int_equal(rename_names_check(long_view(64), view_of_str("x"), view_of_str("a"),
			     view_of_str("x"), NULL),
	    ERR_INVALID_NAMESPACE);
}

static void splitting(void **state)
{
	struct view db, name;

	assert_int_equal(namespace_split(view_of_str("a.b.c"), &db, &name, NULL), 0);
	assert_true(view_equal(db, view_of_str("a")));
	assert_true(view_equal(name, view_of_str("b.c")));
	assert_int_equal(namespace_split(view_of_str("a."), &db, &name, NULL), 0);
	assert_int_equal(name.len, 0);
	assert_int_equal(
	    namespace_split(view_of_str("nodot"), &db, &name, NULL), ERR_INVALID_NAMESPACE);
	assert_int_equal(
	    namespace_split((struct view){NULL, 0}, &db, &name, NULL), ERR_INVALID_NAMESPACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(databases),
	    cmocka_unit_test(collections),
	    cmocka_unit_test(renames),
	    cmocka_unit_test(splitting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
