#include "commands/params.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "commands/args.h"
#include "session/sessions.h"
#include "util/log.h"

struct params {
	int n;
	_Atomic int64_t values[]; /* one for each row of the table */
};

static void get_log_level(const struct instance *inst, struct builder *b, const char *name)
{
	builder_i32(b, name, log_get_level(LOG_DEFAULT));
}

static int set_log_level(struct instance *inst, struct value v, struct status *st)
{
	int64_t level;
	int err = number_decode(v, "setParameter", "logLevel", 0, 5, &level, st);

	if (!err)
		log_set_level(LOG_DEFAULT, (int)level);
	return err;
}

static void get_verbosity(const struct instance *inst, struct builder *b, const char *name)
{
	int i;

	builder_doc_begin(b, name);
	builder_i32(b, "verbosity", log_get_level(LOG_DEFAULT));
	for (i = LOG_DEFAULT + 1; i < LOG_N_COMPONENTS; i++) {
		builder_doc_begin(b, log_component_name((enum log_component)i));
		builder_i32(b, "verbosity", log_get_level((enum log_component)i));
		builder_doc_end(b);
	}
	builder_doc_end(b);
}

static int find_component(const char *name)
{
	int i;

	for (i = LOG_DEFAULT + 1; i < LOG_N_COMPONENTS; i++)
		if (!strcmp(name, log_component_name((enum log_component)i)))
			return i;
	return -1;
}

/* {verbosity: 1, storage: {verbosity: 2}, query: 3}: each checked, then, when
 * apply, set. */
static int walk_verbosity(struct view doc, bool apply, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		int component = LOG_DEFAULT;
		struct value v = e.value;
		int64_t level;
		int err;

		if (strcmp(e.name, "verbosity")) {
			component = find_component(e.name);
			if (component < 0)
				return status_set(st, ERR_BAD_VALUE,
				    "invalid component name '%s' in logComponentVerbosity", e.name);
			if (v.type == TYPE_OBJECT)
				v = doc_get(value_doc(v), "verbosity");
		}
		err = number_decode(v, "logComponentVerbosity", e.name, -1, 5, &level, st);
		if (err)
			return err;
		if (apply)
			log_set_level((enum log_component)component,
			    level < 0 ? log_get_level(LOG_DEFAULT) : (int)level);
	}
	return 0;
}

static int set_verbosity(struct instance *inst, struct value v, struct status *st)
{
	int err;

	if (v.type != TYPE_OBJECT)
		return wrong_type(st, "setParameter", "logComponentVerbosity", v.type, "object");
	err = walk_verbosity(value_doc(v), false, st);
	return err ? err : walk_verbosity(value_doc(v), true, st);
}

static void get_fcv(const struct instance *inst, struct builder *b, const char *name)
{
	builder_doc_begin(b, name);
	builder_str(b, "version", "8.2");
	builder_doc_end(b);
}

static void get_mechanisms(const struct instance *inst, struct builder *b, const char *name)
{
	builder_array_begin(b, name);
	builder_array_end(b);
}

static void get_session_timeout(const struct instance *inst, struct builder *b, const char *name)
{
	builder_i32(b, name, SESSION_TIMEOUT_MINUTES);
}

const struct param param_table[] = {
	{"authenticationMechanisms", PARAM_COMPUTED, .get = get_mechanisms,
	    .help = "How clients may prove who they are."},
	{"cursorTimeoutMillis", PARAM_INT, true, 600000, 1, INT32_MAX,
	    .help = "How long a cursor that nobody reads is kept."},
	{"featureCompatibilityVersion", PARAM_COMPUTED, .get = get_fcv,
	    .help = "The MongoDB version whose features are there."},
	{"localLogicalSessionTimeoutMinutes", PARAM_COMPUTED, .get = get_session_timeout,
	    .help = "How long a session that nobody uses is kept."},
	{"logComponentVerbosity", PARAM_COMPUTED, true, .get = get_verbosity,
	    .set = set_verbosity, .help = "Debug levels of the log by component, 0 to 5."},
	{"logLevel", PARAM_COMPUTED, true, .get = get_log_level, .set = set_log_level,
	    .help = "The debug level of the log, 0 to 5."},
	{NULL},
};

#define N_PARAMS (ARRAY_LEN(param_table) - 1)

struct params *params_new(struct instance *inst)
{
	struct params *p = calloc(1, sizeof(*p) + N_PARAMS * sizeof(p->values[0]));
	size_t i;

	if (!p)
		return NULL;
	p->n = N_PARAMS;
	for (i = 0; i < N_PARAMS; i++)
		atomic_init(&p->values[i], param_table[i].fallback);
	return p;
}

void params_free(struct params *p)
{
	free(p);
}

const struct param *params_find(struct view name)
{
	size_t i;

	for (i = 0; i < N_PARAMS; i++)
		if (view_equal(name, view_of_str(param_table[i].name)))
			return &param_table[i];
	return NULL;
}

int64_t params_number(const struct params *p, const char *name)
{
	const struct param *row = params_find(view_of_str(name));

	assert(row && row->kind != PARAM_COMPUTED);
	return atomic_load_explicit(&p->values[row - param_table], memory_order_relaxed);
}

void params_show(const struct instance *inst, const struct param *p, struct builder *b)
{
	int64_t v = atomic_load_explicit(
	    &inst->params->values[p - param_table], memory_order_relaxed);

	if (p->kind == PARAM_COMPUTED)
		p->get(inst, b, p->name);
	else if (p->kind == PARAM_BOOL)
		builder_bool(b, p->name, v != 0);
	else
		builder_int(b, p->name, v);
}

int params_set(struct instance *inst, const struct param *p, struct value v, struct status *st)
{
	int64_t n = 0;
	int err = 0;

	if (!p->runtime)
		return status_set(st, ERR_ILLEGAL_OPERATION,
		    "not allowed to change [%s] at runtime", p->name);
	if (p->kind == PARAM_COMPUTED)
		return p->set(inst, v, st);
	if (p->kind == PARAM_BOOL) {
		if (v.type != TYPE_BOOL && !value_is_number(v))
			return wrong_type(st, "setParameter", p->name, v.type, "bool");
		n = value_truthy(v);
	} else {
		err = number_decode(v, "setParameter", p->name, p->least, p->most, &n, st);
	}
	if (!err)
		atomic_store(&inst->params->values[p - param_table], n);
	return err;
}
