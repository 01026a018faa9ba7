#include "aggregate/spec_fields.h"

#include "bson/builder.h"

static int find_field(const struct spec_field *fields, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(fields[i].name, name) == 0)
			return i;
	return -1;
}

static int check_field(const char *stage, const struct spec_field *f, struct value given,
    struct value before, struct status *st)
{
	if (!value_is_missing(before))
		return status_set(st, ERR_DUPLICATE_FIELD,
		    "BSON field '%s.%s' is a duplicate field", stage, f->name);
	if (f->type == TYPE_EOD || given.type == f->type || given.type == TYPE_NULL)
		return 0;
	return status_set(st, ERR_TYPE_MISMATCH,
	    "BSON field '%s.%s' is the wrong type '%s', expected type '%s'", stage, f->name,
	    type_name(given.type), type_name(f->type));
}

static int check_required(const char *stage, const struct spec_field *fields, int n,
    const struct value *values, struct status *st)
{
	for (int i = 0; i < n; i++)
		if (fields[i].required && value_is_missing(values[i]))
			return status_set(st, ERR_MISSING_FIELD,
			    "BSON field '%s.%s' is missing but a required field", stage,
			    fields[i].name);
	return 0;
}

int spec_fields_take(const char *stage, struct view spec, const struct spec_field *fields,
    int n, struct value *values, struct status *st)
{
	struct doc_iter it = doc_iter(spec);
	struct element e;

	for (int i = 0; i < n; i++)
		values[i] = value_missing;
	while (doc_next(&it, &e)) {
		int i = find_field(fields, n, e.name);
		int err;

		if (i < 0)
			return status_set(st, ERR_UNKNOWN_FIELD,
			    "BSON field '%s.%s' is an unknown field.", stage, e.name);
		err = check_field(stage, &fields[i], e.value, values[i], st);
		if (err)
			return err;
		values[i] = e.value;
	}
	for (int i = 0; i < n; i++)
		if (values[i].type == TYPE_NULL)
			values[i] = value_missing;
	return check_required(stage, fields, n, values, st);
}
