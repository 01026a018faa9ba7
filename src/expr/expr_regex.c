#include "expr/expr_text.h"
#include "expr/regex.h"

/* MongoDB's bound here is less than a filter's. */
#define PATTERN_MAX 16384

/* e->data: the expression where pattern and options are constants. */
struct constant_regex {
	struct regex *regex; /* NULL: the pattern is null */
};

static int check_options(
    const struct expr_op *op, struct value regex, struct value v, struct view *out,
    struct status *st)
{
	*out = view_of("", 0);
	if (regex.type == TYPE_REGEX)
		*out = view_of_str(value_regex_options(regex));
	if (expr_is_nullish(v))
		return 0;
	if (v.type != TYPE_STRING)
		return status_set(st, 51106, "%s: options is a string, and not %s", op->name,
		    type_name(v.type));
	if (out->len)
		return status_set(st, 51107,
		    "%s: the options stand in the regular expression or beside it, and not both",
		    op->name);
	*out = value_str(v);
	if (memchr(out->data, 0, out->len))
		return status_set(
		    st, 51110, "%s: the options have a NUL byte in them", op->name);
	return 0;
}

/* *out is NULL where there is no pattern. */
static int compile(const struct expr_op *op, struct value v, struct value options,
    struct arena *a, struct regex **out, struct status *st)
{
	struct view pattern = {NULL, 0}, letters;
	int r;

	*out = NULL;
	if (!expr_is_nullish(v) && v.type != TYPE_STRING && v.type != TYPE_REGEX)
		return status_set(st, 51105,
		    "%s: regex is a string or a regular expression, and not %s", op->name,
		    type_name(v.type));
	if (v.type == TYPE_STRING)
		pattern = value_str(v);
	else if (v.type == TYPE_REGEX)
		pattern = view_of_str(value_regex_pattern(v));
	if (pattern.len && memchr(pattern.data, 0, pattern.len))
		return status_set(
		    st, 51109, "%s: the regular expression has a NUL byte in it", op->name);
	if (pattern.len > PATTERN_MAX)
		return status_set(st, 51111,
		    "%s: the regular expression is longer than %d bytes", op->name,
		    PATTERN_MAX);
	r = check_options(op, v, options, &letters, st);
	if (r || !pattern.data)
		return r;
	r = regex_compile(pattern, letters, a, out, st);
	return r == ERR_REGEX_INVALID
		   ? status_set(st, 51111, "%s: the regular expression is invalid", op->name)
		   : r;
}

static bool is_constant(const struct expression *e)
{
	return !e || e->op == &expr_constant_op;
}

/* args: the input, the pattern, the options or NULL. */
EXPR_PARSE(expr_parse_regex)
{
	static const struct expr_field fields[] = {
	    {"input", true, 31022}, {"regex", true, 31023}, {"options", false, 0}};
	struct constant_regex *c;
	struct expression *e;
	int r;

	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, 51103, "%s takes a document, and not %s", op->name,
		    type_name(operand.type));
	r = expr_parse_named(p, op, operand, fields, 3, 31024, out);
	e = *out;
	if (r || !is_constant(e->args[1]) || !is_constant(e->args[2]))
		return r;
	c = arena_new(p->a, struct constant_regex);
	if (!c)
		return expr_no_memory(p->st);
	e->data = c;
	return compile(op, e->args[1]->value, e->args[2] ? e->args[2]->value : value_missing,
	    p->a, &c->regex, p->st);
}

static int get_regex(const struct expression *e, struct expr_eval *ev, struct regex **out)
{
	struct value pattern, options = value_missing;
	int r;

	if (e->data) {
		*out = ((const struct constant_regex *)e->data)->regex;
		return 0;
	}
	r = expr_eval(e->args[1], ev, &pattern);
	if (r == 0 && e->args[2])
		r = expr_eval(e->args[2], ev, &options);
	return r ? r : compile(e->op, pattern, options, ev->a, out, ev->st);
}

struct search {
	struct regex *regex; /* NULL: no input or no pattern */
	struct view input;
	struct regex_span *spans;
	int n_groups;
};

static int begin(const struct expression *e, struct expr_eval *ev, struct search *s)
{
	struct value input;
	int r = expr_eval(e->args[0], ev, &input);

	if (r)
		return r;
	if (!expr_is_nullish(input) && input.type != TYPE_STRING)
		return status_set(ev->st, 51104, "%s: input is a string, and not %s",
		    e->op->name, type_name(input.type));
	r = get_regex(e, ev, &s->regex);
	if (r)
		return r;
	if (expr_is_nullish(input))
		s->regex = NULL;
	if (!s->regex)
		return 0;
	s->input = value_str(input);
	s->n_groups = regex_groups(s->regex);
	s->spans = arena_new_array(ev->a, (size_t)s->n_groups + 1, struct regex_span);
	return s->spans ? 0 : expr_no_memory(ev->st);
}

EXPR_EVAL(expr_eval_regex_match)
{
	struct search s;
	bool found = false;
	int r = begin(e, ev, &s);

	if (r == 0 && s.regex)
		r = regex_matches(s.regex, s.input, &found, ev->st);
	*out = found ? value_true : value_false;
	return r;
}

static void put_span(
    struct builder *b, const char *name, const struct search *s, struct regex_span span)
{
	if (span.start == REGEX_UNSET)
		builder_null(b, name);
	else
		builder_str_n(b, name, (const char *)s->input.data + span.start,
		    span.end - span.start);
}

/* {match, idx, captures}; idx counts characters. */
static void put_match(struct builder *b, const struct search *s)
{
	put_span(b, "match", s, s->spans[0]);
	builder_i32(b, "idx", (int32_t)utf8_count(view_of(s->input.data, s->spans[0].start)));
	builder_array_begin(b, "captures");
	for (int i = 1; i <= s->n_groups; i++)
		put_span(b, NULL, s, s->spans[i]);
	builder_array_end(b);
}

EXPR_EVAL(expr_eval_regex_find)
{
	struct search s;
	struct builder b;
	struct buf buf;
	bool found = false;
	int r = begin(e, ev, &s);

	if (r == 0 && s.regex)
		r = regex_find(s.regex, s.input, 0, s.spans, &found, ev->st);
	*out = value_null;
	if (r || !found)
		return r;
	expr_begin(ev, &b, &buf, TYPE_OBJECT);
	put_match(&b, &s);
	return expr_take(ev, &b, &buf, TYPE_OBJECT, out);
}

/* Behind the match; an empty one goes on with the next character. */
static size_t next_start(const struct search *s)
{
	size_t at = s->spans[0].end;

	if (s->spans[0].start != at)
		return at;
	do
		at++;
	while (at < s->input.len && utf8_is_inside(s->input.data[at]));
	return at;
}

EXPR_EVAL(expr_eval_regex_find_all)
{
	struct search s;
	struct builder b;
	struct buf buf;
	size_t from = 0;
	bool found;
	int r = begin(e, ev, &s);

	if (r)
		return r;
	expr_begin(ev, &b, &buf, TYPE_ARRAY);
	for (found = s.regex != NULL; r == 0 && found && !builder_failed(&b);) {
		r = regex_find(s.regex, s.input, from, s.spans, &found, ev->st);
		if (r || !found)
			break;
		builder_doc_begin(&b, NULL);
		put_match(&b, &s);
		builder_doc_end(&b);
		from = next_start(&s);
		found = from < s.input.len;
	}
	if (r == 0)
		return expr_take(ev, &b, &buf, TYPE_ARRAY, out);
	buf_clear(&buf);
	return r;
}
