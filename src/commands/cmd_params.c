/*
 * getParameter, setParameter and getCmdLineOpts.  What getParameter shows are
 * the rows of two tables: the parameters (params.h) and the options that have
 * a parameter's name (util/options.h), which are set at start only.
 */
#include <stdio.h>
#include <stdlib.h>

#include "commands/args.h"
#include "commands/common.h"
#include "commands/params.h"
#include "util/options.h"

/* ------------------------------------------------------------- getParameter */

struct get_args {
	struct value target;
};

/* {getParameter: {showDetails: true, allParameters: true, setAt: "runtime"}} */
struct get_how {
	struct arg_bool details, all;
	struct view set_at;
};

static const struct field how_fields[] = {
    {"showDetails", FIELD_BOOL_NUM, 0, offsetof(struct get_how, details),
	"Also when it can be set."},
    {"allParameters", FIELD_BOOL_NUM, 0, offsetof(struct get_how, all), "All of them."},
    {"setAt", FIELD_STR, 0, offsetof(struct get_how, set_at),
	"Only those that can be set at 'startup' or at 'runtime'."},
    {NULL},
};

static void put_option_value(struct builder *b, const struct option_def *d,
    const struct option_value *v, const char *name)
{
	if (d->kind == OPTION_FLAG)
		builder_bool(b, name, v->number != 0);
	else if (d->kind == OPTION_INT || d->kind == OPTION_BYTES)
		builder_int(b, name, v->number);
	else
		builder_str(b, name, v->str ? v->str : "");
}

static void begin_details(struct builder *b, const struct get_how *how, const char *name)
{
	if (how->details.v)
		builder_doc_begin(b, name);
}

static void end_details(
    struct builder *b, const struct get_how *how, bool runtime, bool startup)
{
	if (!how->details.v)
		return;
	builder_bool(b, "settableAtRuntime", runtime);
	builder_bool(b, "settableAtStartup", startup);
	builder_doc_end(b);
}

static bool is_wanted(const struct get_how *how, bool runtime, bool startup)
{
	if (!how->set_at.data)
		return true;
	return view_equal(how->set_at, view_of_str("runtime")) ? runtime : startup;
}

/* {logLevel: 0}, or with details {logLevel: {value: 0, ...}}. */
static void put_param(struct request *r, const struct param *p, const struct get_how *how)
{
	begin_details(&r->builder, how, p->name);
	params_show(r->inst, p, &r->builder, how->details.v ? "value" : p->name);
	end_details(&r->builder, how, p->runtime, p->runtime);
}

static void put_option(struct request *r, int i, const struct get_how *how)
{
	const struct options *o = r->inst->options;
	const struct option_def *d = &o->table[i];

	begin_details(&r->builder, how, d->parameter);
	put_option_value(
	    &r->builder, d, &o->values[i], how->details.v ? "value" : d->parameter);
	end_details(&r->builder, how, d->flags & OPTION_RUNTIME, true);
}

static void put_all(struct request *r, const struct get_how *how)
{
	const struct options *o = r->inst->options;
	const struct param *p;
	int i;

	for (p = param_table; p->name; p++)
		if (is_wanted(how, p->runtime, p->runtime))
			put_param(r, p, how);
	for (i = 0; o && i < o->count; i++)
		if (o->table[i].parameter &&
		    is_wanted(how, o->table[i].flags & OPTION_RUNTIME, true))
			put_option(r, i, how);
}

static bool put_named(struct request *r, const char *name, const struct get_how *how)
{
	const struct options *o = r->inst->options;
	const struct param *p = params_find(view_of_str(name));
	int i;

	if (p) {
		put_param(r, p, how);
		return true;
	}
	for (i = 0; o && i < o->count; i++)
		if (o->table[i].parameter && !strcmp(o->table[i].parameter, name)) {
			put_option(r, i, how);
			return true;
		}
	return false;
}

static int decode_how(struct request *r, struct get_how *how)
{
	const struct get_args *a = r->args;
	int err;

	*how = (struct get_how){.set_at = {0}};
	if (a->target.type == TYPE_STRING)
		how->all.v = view_equal(value_str(a->target), view_of_str("*"));
	if (a->target.type != TYPE_OBJECT)
		return 0;
	err = fields_decode(
	    how_fields, value_doc(a->target), how, "getParameter", false, &r->status);
	if (err || !how->set_at.data)
		return err;
	if (view_equal(how->set_at, view_of_str("runtime")) ||
	    view_equal(how->set_at, view_of_str("startup")))
		return 0;
	return status_set(
	    &r->status, ERR_BAD_VALUE, "getParameter.setAt must be 'startup' or 'runtime'");
}

static enum step get_parameter_run(struct request *r)
{
	struct get_how how;
	struct doc_iter it = doc_iter(r->body);
	struct element e;
	int n = 0;

	if (decode_how(r, &how))
		return STEP_ERROR;
	if (how.all.v) {
		put_all(r, &how);
		return STEP_DONE;
	}
	doc_next(&it, &e);
	while (doc_next(&it, &e))
		if (!common_has_field(e.name))
			n += put_named(r, e.name, &how);
	if (n)
		return STEP_DONE;
	status_set(&r->status, ERR_INVALID_OPTIONS, "no option found to get");
	return STEP_ERROR;
}

const struct command cmd_get_parameter = {
    .name = "getParameter",
    .flags = CMD_READ | CMD_ADMIN_ONLY | CMD_LOOP | CMD_ANY_FIELDS,
    .target_type = FIELD_ANY,
    .args_size = sizeof(struct get_args),
    .help = "The values of parameters; '*' for all.",
    .run = get_parameter_run,
};

/* ------------------------------------------------------------- setParameter */

static int set_unknown(struct request *r, const char *name)
{
	const struct options *o = r->inst->options;
	int i;

	for (i = 0; o && i < o->count; i++)
		if (o->table[i].parameter && !strcmp(o->table[i].parameter, name))
			return status_set(&r->status, ERR_ILLEGAL_OPERATION,
			    "not allowed to change [%s] at runtime: it is the option --%s",
			    name, o->table[i].name);
	return status_set(&r->status, ERR_INVALID_OPTIONS,
	    "attempted to set unrecognized parameter [%.64s]", name);
}

/* All names first: one that is wrong leaves the others as they were. */
static int check_names(struct request *r)
{
	struct doc_iter it = doc_iter(r->body);
	struct element e;
	int n = 0;

	doc_next(&it, &e);
	while (doc_next(&it, &e)) {
		if (common_has_field(e.name))
			continue;
		if (!params_find(view_of_str(e.name)))
			return set_unknown(r, e.name);
		n++;
	}
	return n ? 0
		 : status_set(&r->status, ERR_INVALID_OPTIONS,
		       "no option found to set, use help:true to see options");
}

static enum step set_parameter_run(struct request *r)
{
	struct doc_iter it = doc_iter(r->body);
	struct element e;
	bool first = true;

	if (check_names(r))
		return STEP_ERROR;
	doc_next(&it, &e);
	while (doc_next(&it, &e)) {
		const struct param *p = params_find(view_of_str(e.name));

		if (common_has_field(e.name))
			continue;
		if (first)
			params_show(r->inst, p, &r->builder, "was");
		first = false;
		if (params_set(r->inst, p, e.value, &r->status))
			return STEP_ERROR;
	}
	return STEP_DONE;
}

const struct command cmd_set_parameter = {
    .name = "setParameter",
    .flags = CMD_ADMIN_ONLY | CMD_LOOP | CMD_ANY_FIELDS,
    .help = "Changes parameters while the server runs.",
    .run = set_parameter_run,
};

/* ----------------------------------------------------------- getCmdLineOpts */

static int by_path(const void *a, const void *b)
{
	const struct option_def *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

/* How many bytes of dotted parts two paths begin with together. */
static size_t shared_parts(const char *a, const char *b)
{
	size_t i, n = 0;

	for (i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '.')
			n = i + 1;
	return n;
}

static int count_dots(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += *s == '.';
	return n;
}

/* Leaves the documents of the last path that are not this one's and enters
 * those that are new; returns the path's last part. */
static const char *move_to(struct builder *b, const char *last, const char *path)
{
	size_t same = shared_parts(last, path);
	const char *at = path + same, *dot;
	int i;

	for (i = count_dots(last + same); i > 0; i--)
		builder_doc_end(b);
	for (; (dot = strchr(at, '.')); at = dot + 1)
		builder_doc_begin_n(b, at, (size_t)(dot - at));
	return at;
}

/* {setParameter: {logLevel: "1"}} of "logLevel=1". */
static void put_pairs(struct builder *b, const struct option_value *v, const char *name)
{
	int i;

	builder_doc_begin(b, name);
	for (i = 0; i < v->n_all; i++) {
		const char *equals = strchr(v->all[i], '=');
		char left[128];

		snprintf(left, sizeof(left), "%.*s", (int)(equals - v->all[i]), v->all[i]);
		builder_str(b, left, equals + 1);
	}
	builder_doc_end(b);
}

static void put_given(
    struct builder *b, const struct options *o, const struct option_def *d, const char *name)
{
	const struct option_value *v = &o->values[d - o->table];
	int i;

	if (!(d->flags & OPTION_REPEATED)) {
		put_option_value(b, d, v, name);
		return;
	}
	if (d->flags & OPTION_PAIRS) {
		put_pairs(b, v, name);
		return;
	}
	builder_array_begin(b, name);
	for (i = 0; i < v->n_all; i++)
		builder_str(b, NULL, v->all[i]);
	builder_array_end(b);
}

/* {net: {port: 27018}, storage: {dbPath: "data"}} of "net.port" and so on. */
static void put_parsed(struct request *r, const struct options *o)
{
	const struct option_def **given =
	    arena_new_array(&r->arena, o->count, const struct option_def *);
	const char *last = "";
	int i, n = 0;

	for (i = 0; given && i < o->count; i++)
		if (o->table[i].path && o->values[i].source != OPTION_DEFAULT)
			given[n++] = &o->table[i];
	if (n)
		qsort(given, n, sizeof(*given), by_path);
	for (i = 0; i < n; i++) {
		const char *name = move_to(&r->builder, last, given[i]->path);

		put_given(&r->builder, o, given[i], name);
		last = given[i]->path;
	}
	move_to(&r->builder, last, "");
}

static enum step get_cmd_line_opts_run(struct request *r)
{
	const struct options *o = r->inst->options;
	struct builder *b = &r->builder;
	int i;

	builder_array_begin(b, "argv");
	for (i = 0; o && i < o->argc; i++)
		builder_str(b, NULL, o->argv[i]);
	builder_array_end(b);
	builder_doc_begin(b, "parsed");
	if (o)
		put_parsed(r, o);
	builder_doc_end(b);
	return STEP_DONE;
}

const struct command cmd_get_cmd_line_opts = {
    .name = "getCmdLineOpts",
    .flags = CMD_READ | CMD_ADMIN_ONLY | CMD_LOOP,
    .help = "How the server was started.",
    .run = get_cmd_line_opts_run,
};

/* ------------------------------------------------------- getClusterParameter */

static int check_cluster_name(struct request *r, struct value v)
{
	if (v.type != TYPE_STRING)
		return wrong_type(&r->status, r->name, "getClusterParameter", v.type, "string");
	return status_set(&r->status, ERR_NO_SUCH_KEY, "Unknown server parameter: %.*s",
	    (int)MIN_OF(value_str(v).len, 64), (const char *)value_str(v).data);
}

/* A cluster has such parameters; this server has none. */
static enum step get_cluster_parameter_run(struct request *r)
{
	struct value target = ((const struct get_args *)r->args)->target;
	struct doc_iter it;
	struct element e;

	if (target.type == TYPE_STRING && view_equal(value_str(target), view_of_str("*"))) {
		builder_array_begin(&r->builder, "clusterParameters");
		builder_array_end(&r->builder);
		return STEP_DONE;
	}
	if (target.type != TYPE_ARRAY) {
		check_cluster_name(r, target);
		return STEP_ERROR;
	}
	if (doc_is_empty(value_doc(target)))
		status_set(
		    &r->status, ERR_BAD_VALUE, "Must supply at least one cluster parameter");
	it = doc_iter(value_doc(target));
	while (doc_next(&it, &e) && check_cluster_name(r, e.value) == ERR_NO_SUCH_KEY)
		;
	return STEP_ERROR;
}

const struct command cmd_get_cluster_parameter = {
    .name = "getClusterParameter",
    .flags = CMD_READ | CMD_ADMIN_ONLY | CMD_LOOP | CMD_ANY_FIELDS,
    .target_type = FIELD_ANY,
    .args_size = sizeof(struct get_args),
    .help = "The parameters of a cluster; there are none.",
    .run = get_cluster_parameter_run,
};
