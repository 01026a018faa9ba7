#include "expr/expr_op.h"
#include "expr/match_op.h"
#include "expr/schema.h"
#include "util/hash.h"

static int only_at_top(struct filter_parser *p, const struct match_op *op)
{
	return status_set(
	    p->st, ERR_BAD_VALUE, "%s can only stand where the whole document is", op->name);
}

static bool is_field(const struct expression *e)
{
	return e->op == &expr_path_op && e->variable == VAR_ROOT && e->path.n > 0;
}

static bool is_constant(const struct expression *e)
{
	if (e->op != &expr_array_op)
		return e->op == &expr_constant_op;
	for (int i = 0; i < e->n; i++)
		if (!is_constant(e->args[i]))
			return false;
	return true;
}

/* Would MongoDB make a predicate of it, for an index to answer? */
static bool gives_predicate(const struct expression *e)
{
	int (*eval)(const struct expression *e, struct expr_eval *ev, struct value *out) =
	    e->op->eval;
	bool any = false, all = true;

	if (eval == expr_eval_in)
		return is_field(e->args[0]) && is_constant(e->args[1]);
	if (eval == expr_eval_compare)
		return (is_field(e->args[0]) && is_constant(e->args[1])) ||
		       (is_constant(e->args[0]) && is_field(e->args[1]));
	if (eval != expr_eval_and && eval != expr_eval_or)
		return false;
	for (int i = 0; i < e->n; i++) {
		bool gives = gives_predicate(e->args[i]);

		any |= gives;
		all &= gives;
	}
	return eval == expr_eval_and ? any : all && e->n > 0;
}

/*
 * MongoDB asks the predicate that it has made of {$in: ["$field", [...]]} besides the
 * expression, and forgets the collation in it: so that $in is by bytes there.
 */
static void forget_collation(struct expression *e)
{
	if (!gives_predicate(e))
		return;
	if (e->op->eval == expr_eval_in)
		e->collator = NULL;
	else if (e->op->eval != expr_eval_compare)
		for (int i = 0; i < e->n; i++)
			forget_collation(e->args[i]);
}

/* ------------------------------------------------ what it says of fields */

static struct filter *imply(struct filter_parser *p, const struct expression *e);

/* What an operand is, whatever the document: a constant, or what let says.  Missing where it
 * depends on the document, or where a path in a variable meets an array. */
static struct value fixed_operand(const struct filter_parser *p, const struct expression *e)
{
	const struct variables *let = p->o->let;
	struct value v;

	if (e->op == &expr_constant_op)
		return e->value;
	if (e->op != &expr_path_op || !let || e->variable < VAR_LET ||
	    e->variable - VAR_LET >= let->n)
		return value_missing;
	v = let->list[e->variable - VAR_LET].value;
	if (e->path.n == 0)
		return v;
	return v.type == TYPE_OBJECT ? path_get(value_doc(v), &e->path, false) : value_missing;
}

/* Only what is above null: below it, what is not there counts as well.  Arrays are
 * compared as wholes, which no index has. */
static bool is_plain_operand(struct value v)
{
	return v.type != TYPE_ARRAY && type_rank(v.type) > type_rank(TYPE_NULL);
}

/* id: less 1, equal 2, greater 4. */
static struct filter *imply_comparison(struct filter_parser *p, const struct expression *e)
{
	static const enum match_kind kinds[8] = {
	    [1] = MATCH_LT, [2] = MATCH_EQ, [3] = MATCH_LTE, [4] = MATCH_GT, [6] = MATCH_GTE};
	bool turned = is_field(e->args[1]);
	const struct expression *field = e->args[turned];
	struct value operand = fixed_operand(p, e->args[!turned]);
	int id = e->op->id;
	struct filter *f;

	if (turned)
		id = (id & 2) | (id & 1) << 2 | (id & 4) >> 2;
	if (id == 5 || !is_field(field) || !is_plain_operand(operand))
		return filter_new(p, MATCH_OTHER, NULL, &(struct path){0});
	f = filter_new(p, kinds[id], NULL, &field->path);
	if (!f)
		return NULL;
	f->value = operand;
	f->collator = e->collator;
	f->by_expression = true;
	return f;
}

static struct filter *imply_list(
    struct filter_parser *p, const struct expression *e, enum match_kind kind)
{
	struct filter *list = filter_new_list(p, kind, &(struct path){0}, e->n);

	for (int i = 0; list && i < e->n; i++) {
		list->children[i] = imply(p, e->args[i]);
		if (!list->children[i])
			return NULL;
		list->n_children++;
	}
	return list;
}

/* Expressions nest no deeper than their parser lets them.  NULL: no memory. */
static struct filter *imply(struct filter_parser *p, const struct expression *e)
{
	if (e->op->eval == expr_eval_compare)
		return imply_comparison(p, e);
	if (e->op->eval == expr_eval_and)
		return imply_list(p, e, MATCH_AND);
	if (e->op->eval == expr_eval_or)
		return imply_list(p, e, MATCH_OR);
	return filter_new(p, MATCH_OTHER, NULL, &(struct path){0});
}

MATCH_PARSER(match_parse_expr)
{
	struct expression_options o = {
	    .collator = p->o->collator, .let = p->o->let, .metas = p->o->metas};
	struct filter *f = filter_new(p, MATCH_OTHER, op, path);
	struct expression *e;
	int r;

	if (!f)
		return filter_no_memory(p);
	if (p->inside)
		return only_at_top(p, op);
	if (p->o->no_expr)
		return status_set(
		    p->st, ERR_QUERY_FEATURE_NOT_ALLOWED, "%s is not allowed here", op->name);
	r = expression_parse(operand, &o, p->a, &e, p->st);
	if (!r && o.collator)
		forget_collation(e);
	if (r)
		return r;
	f->data = e;
	f->implied = imply(p, e);
	*out = f;
	return f->implied ? 0 : filter_no_memory(p);
}

bool match_test_expr(const struct filter *f, struct view doc, struct match_state *ms)
{
	struct value v;
	int r;

	assert(ms->row);
	r = expression_eval(f->data, doc, ms->variables, ms->row, &v, ms->status);
	if (r)
		ms->error = r;
	return r == 0 && value_truthy(v);
}

MATCH_PARSER(match_parse_schema)
{
	struct filter *f = filter_new(p, MATCH_OTHER, op, path);
	struct schema *s = NULL;
	int r;

	if (!f)
		return filter_no_memory(p);
	if (p->o->no_schema)
		return status_set(
		    p->st, ERR_QUERY_FEATURE_NOT_ALLOWED, "%s is not allowed here", op->name);
	if (operand.type != TYPE_OBJECT)
		return status_set(p->st, ERR_TYPE_MISMATCH, "%s takes a document, and not %s",
		    op->name, type_name(operand.type));
	r = schema_parse(value_doc(operand), p->a, &s, p->st);
	f->data = s;
	*out = f;
	return r;
}

bool match_test_schema(const struct filter *f, struct view doc, struct match_state *ms)
{
	struct schema_state ss = {.status = ms->status};
	bool matches = schema_matches(f->data, value_of_doc(doc), &ss);

	if (ss.error)
		ms->error = ss.error;
	return matches && !ss.error;
}

/* Of random numbers in [0, 1) those below the rate. */
MATCH_PARSER(match_parse_sample_rate)
{
	struct filter *f = filter_new(p, MATCH_OTHER, op, path);
	double *rate = arena_new(p->a, double);

	if (!f || !rate)
		return filter_no_memory(p);
	if (p->inside)
		return only_at_top(p, op);
	if (!value_is_number(operand) || !value_to_double(operand, rate))
		return status_set(p->st, ERR_BAD_VALUE, "%s takes a number, and not %s",
		    op->name, type_name(operand.type));
	if (!(*rate >= 0 && *rate <= 1))
		return status_set(p->st, ERR_BAD_VALUE, "%s is between 0 and 1", op->name);
	f->data = rate;
	*out = f;
	return 0;
}

bool match_test_sample_rate(const struct filter *f, struct view doc, struct match_state *ms)
{
	return (double)(random_u64() >> 11) * 0x1p-53 < *(const double *)f->data;
}
