#include "commands/params.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "commands/args.h"
#include "session/sessions.h"
#include "util/log.h"

struct params {
	_Atomic int verbosity[LOG_N_COMPONENTS];
	_Atomic int64_t values[]; /* one for each row of the table */
};

/* -1: as the default component. */
static void apply_verbosity(struct params *p)
{
	int i, all = MIN_OF(p->verbosity[LOG_DEFAULT], 5);

	log_set_level(LOG_DEFAULT, all);
	for (i = LOG_DEFAULT + 1; i < LOG_N_COMPONENTS; i++)
		log_set_level((enum log_component)i,
		    p->verbosity[i] < 0 ? all : MIN_OF(p->verbosity[i], 5));
}

static void get_log_level(const struct instance *inst, struct builder *b, const char *name)
{
	builder_i32(b, name, inst->params->verbosity[LOG_DEFAULT]);
}

/* Numbers are cut, as MongoDB does it. */
static int decode_level(
    struct value v, int64_t least, int64_t *out, const char *name, struct status *st)
{
	double d;

	if (v.type == TYPE_BOOL) {
		*out = value_bool(v);
		return 0;
	}
	if (!value_to_double(v, &d) || !(d >= (double)least && d <= INT32_MAX))
		return status_set(st, ERR_BAD_VALUE,
		    "the level of %s must be a number of at least %lld", name,
		    (long long)least);
	*out = (int64_t)d;
	return 0;
}

static int set_log_level(struct instance *inst, struct value v, struct status *st)
{
	int64_t level = 0;
	int err = decode_level(v, 0, &level, "logLevel", st);

	if (err)
		return err;
	inst->params->verbosity[LOG_DEFAULT] = (int)level;
	apply_verbosity(inst->params);
	return 0;
}

static void get_verbosity(const struct instance *inst, struct builder *b, const char *name)
{
	int i;

	builder_doc_begin(b, name);
	builder_i32(b, "verbosity", inst->params->verbosity[LOG_DEFAULT]);
	for (i = LOG_DEFAULT + 1; i < LOG_N_COMPONENTS; i++) {
		builder_doc_begin(b, log_component_name((enum log_component)i));
		builder_i32(b, "verbosity", inst->params->verbosity[i]);
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

/* {verbosity: 1, storage: {verbosity: 2}, query: 3} */
static int decode_verbosity(struct view doc, int verbosity[], struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		int component = LOG_DEFAULT;
		struct value v = e.value;
		int64_t level = 0;
		int err;

		if (strcmp(e.name, "verbosity")) {
			component = find_component(e.name);
			if (component < 0)
				return status_set(st, ERR_BAD_VALUE,
				    "invalid component name '%s' in logComponentVerbosity",
				    e.name);
			if (v.type == TYPE_OBJECT)
				v = doc_get(value_doc(v), "verbosity");
		}
		err = decode_level(v, component == LOG_DEFAULT ? 0 : -1, &level, e.name, st);
		if (err)
			return err;
		verbosity[component] = (int)level;
	}
	return 0;
}

static int set_verbosity(struct instance *inst, struct value v, struct status *st)
{
	int verbosity[LOG_N_COMPONENTS];
	int i, err;

	if (v.type != TYPE_OBJECT)
		return wrong_type(
		    st, "setParameter", "logComponentVerbosity", v.type, "object");
	for (i = 0; i < LOG_N_COMPONENTS; i++)
		verbosity[i] = inst->params->verbosity[i];
	err = decode_verbosity(value_doc(v), verbosity, st);
	if (err)
		return err;
	for (i = 0; i < LOG_N_COMPONENTS; i++)
		inst->params->verbosity[i] = verbosity[i];
	apply_verbosity(inst->params);
	return 0;
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

static void get_session_timeout(
    const struct instance *inst, struct builder *b, const char *name)
{
	builder_i32(b, name, SESSION_TIMEOUT_MINUTES);
}

const struct param param_table[] = {
    {"authenticationMechanisms", PARAM_COMPUTED, .get = get_mechanisms,
	.help = "How clients may prove who they are."},
    {"featureCompatibilityVersion", PARAM_COMPUTED, .get = get_fcv,
	.help = "The MongoDB version whose features are there."},
    {"localLogicalSessionTimeoutMinutes", PARAM_COMPUTED, .get = get_session_timeout,
	.help = "How long a session that nobody uses is kept."},
    {"logComponentVerbosity", PARAM_COMPUTED, true, .get = get_verbosity, .set = set_verbosity,
	.help = "Debug levels of the log by component, 0 to 5."},
    {"logLevel", PARAM_COMPUTED, true, .get = get_log_level, .set = set_log_level,
	.help = "The debug level of the log, 0 to 5."},
    {"quiet", PARAM_BOOL, true, .most = 1, .help = "Log no line about each client."},
    {"ttlMonitorEnabled", PARAM_BOOL, true, .fallback = 1, .most = 1,
	.help = "Documents that have expired are removed."},
    {"ttlMonitorSleepSecs", PARAM_INT, true, .fallback = 60, .least = 1, .most = INT32_MAX,
	.help = "How long it rests between two passes, in seconds."},
    {NULL},
};

#define N_PARAMS (ARRAY_LEN(param_table) - 1)

struct params *params_new(struct instance *inst)
{
	struct params *p = calloc(1, sizeof(*p) + N_PARAMS * sizeof(p->values[0]));
	size_t i;

	if (!p)
		return NULL;
	for (i = LOG_DEFAULT + 1; i < LOG_N_COMPONENTS; i++)
		p->verbosity[i] = -1;
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

void params_show(
    const struct instance *inst, const struct param *p, struct builder *b, const char *name)
{
	int64_t v =
	    atomic_load_explicit(&inst->params->values[p - param_table], memory_order_relaxed);

	if (p->kind == PARAM_COMPUTED)
		p->get(inst, b, name);
	else if (p->kind == PARAM_BOOL)
		builder_bool(b, name, v != 0);
	else
		builder_int(b, name, v);
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
		n = value_truthy(v);
	} else {
		err = number_decode(v, "setParameter", p->name, p->least, p->most, &n, st);
	}
	if (!err)
		atomic_store(&inst->params->values[p - param_table], n);
	return err;
}
