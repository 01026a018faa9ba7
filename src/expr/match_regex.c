#include "expr/match_op.h"
#include "expr/regex.h"

/* f->data of $regex. */
struct regex_test {
	struct regex *regex;
	const char *pattern, *options; /* an equal regex value matches too */
};

MATCH_TEST(match_test_regex)
{
	const struct regex_test *t = f->data;
	bool found;
	int r;

	if (v.type == TYPE_REGEX)
		return strcmp(value_regex_pattern(v), t->pattern) == 0 &&
		       strcmp(value_regex_options(v), t->options) == 0;
	if (v.type != TYPE_STRING && v.type != TYPE_SYMBOL)
		return false;
	r = regex_matches(t->regex, value_str(v), &found, ms->status);
	if (r)
		ms->error = r;
	return r == 0 && found;
}

const char *match_regex_pattern(const struct filter *f, const char **options)
{
	const struct regex_test *t = f->data;

	*options = t->options;
	return t->pattern;
}

void match_put_regex(const struct filter *f, struct builder *b)
{
	const struct regex_test *t = f->data;

	builder_str(b, "$regex", t->pattern);
	if (*t->options)
		builder_str(b, "$options", t->options);
}

static int make_regex(struct filter_parser *p, const struct match_op *op,
    const struct path *path, const char *pattern, const char *options, struct filter **out)
{
	struct filter *f = filter_new(p, MATCH_OTHER, op, path);
	struct regex_test *t = arena_new(p->a, struct regex_test);
	int r;

	if (!f || !t)
		return filter_no_memory(p);
	t->pattern = pattern;
	t->options = options;
	r = regex_compile(view_of_str(pattern), view_of_str(options), p->a, &t->regex, p->st);
	if (r)
		return r;
	f->data = t;
	*out = f;
	return 0;
}

int filter_parse_regex_value(
    struct filter_parser *p, const struct path *path, struct value v, struct filter **out)
{
	int r = make_regex(p, match_op_find("$regex", PLACE_FIELD), path,
	    value_regex_pattern(v), value_regex_options(v), out);

	if (r == 0)
		(*out)->value = v;
	return r;
}

static int text_operand(struct filter_parser *p, const char *name, struct value v,
    int code_for_nul, const char **out)
{
	struct view s;

	if (v.type != TYPE_STRING)
		return status_set(p->st, ERR_BAD_VALUE, "%s has to be a string", name);
	s = value_str(v);
	if (memchr(s.data, 0, s.len))
		return status_set(p->st, code_for_nul, "%s has a NUL byte in it", name);
	*out = (const char *)s.data;
	return 0;
}

static bool options_come_first(struct view siblings)
{
	struct doc_iter it = doc_iter(siblings);
	struct element e;

	while (doc_next(&it, &e) && strcmp(e.name, "$regex") != 0)
		if (strcmp(e.name, "$options") == 0)
			return true;
	return false;
}

/* $regex and $options stand side by side in any order. */
MATCH_PARSER(match_parse_regex)
{
	struct value given = doc_get(p->siblings, "$options");
	const char *pattern, *options = "";
	int r = 0;

	if (!value_is_missing(given))
		r = text_operand(p, "$options", given, ERR_REGEX_FLAG, &options);
	if (r)
		return r;
	if (operand.type == TYPE_REGEX) {
		pattern = value_regex_pattern(operand);
		if (value_is_missing(given))
			options = value_regex_options(operand);
		else if (*value_regex_options(operand))
			return status_set(p->st,
			    options_come_first(p->siblings) ? 51074 : 51075,
			    "options are set both in $regex and in $options");
	} else {
		r = text_operand(p, "$regex", operand, ERR_BAD_VALUE, &pattern);
		if (r)
			return r;
	}
	return make_regex(p, op, path, pattern, options, out);
}

MATCH_PARSER(match_parse_options)
{
	if (value_is_missing(doc_get(p->siblings, "$regex")))
		return status_set(p->st, ERR_BAD_VALUE, "$options needs a $regex beside it");
	*out = NULL;
	return 0;
}
