#include "server/parameters.h"

#include <bson/bson.h>
#include <stdio.h>

#include "bson/value.h"
#include "commands/params.h"

/* {v: value}; NULL without memory. */
static bson_t *parse(const char *text)
{
	struct buf json;
	bson_t *doc;

	buf_init(&json, NULL);
	buf_printf(&json, "{\"v\": %s}", text);
	doc = json.failed ? NULL : bson_new_from_json(json.data, (ssize_t)json.len, NULL);
	buf_clear(&json);
	return doc ? doc : BCON_NEW("v", BCON_UTF8(text));
}

static int set_one(struct instance *inst, const char *pair, struct status *st)
{
	size_t len = strcspn(pair, "=");
	const struct param *p = params_find(view_of(pair, len));
	struct status why;
	bson_t *doc;
	int err;

	if (!p)
		return status_set(st, ERR_INVALID_OPTIONS,
		    "--set-parameter: there is no parameter '%.*s'", (int)len, pair);
	doc = parse(pair + len + 1);
	if (!doc)
		return status_set(st, ERR_INVALID_OPTIONS, "there is no memory");
	status_init(&why);
	err = params_set(inst, p, doc_get(view_of(bson_get_data(doc), doc->len), "v"), &why);
	if (err)
		err = status_set(
		    st, ERR_INVALID_OPTIONS, "--set-parameter: %s: %s", p->name, why.message);
	status_clear(&why);
	bson_destroy(doc);
	return err;
}

int parameters_set_all(
    struct instance *inst, const struct option_value *given, struct status *st)
{
	for (int i = 0; i < given->n_all; i++) {
		int err = set_one(inst, given->all[i], st);

		if (err)
			return err;
	}
	return 0;
}
