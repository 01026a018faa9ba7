#include "commands/args.h"

#include <math.h>

#include "commands/common.h"

/* What the types are called in error texts. */
static const char *const expected_names[] = {
	[FIELD_STR] = "string",
	[FIELD_COLL] = "string",
	[FIELD_BOOL] = "bool",
	[FIELD_BOOL_NUM] = "bool, int, long, double or decimal",
	[FIELD_INT] = "int, long, double or decimal",
	[FIELD_LONG] = "long",
	[FIELD_DOC] = "object",
	[FIELD_ARRAY] = "array",
	[FIELD_DOCS] = "array",
	[FIELD_UUID] = "binData of subtype 4",
};

int wrong_type(struct status *st, const char *where, const char *name, uint8_t type,
    const char *expected)
{
	return status_set(st, ERR_TYPE_MISMATCH,
	    "BSON field '%s.%s' is the wrong type '%s', expected type '%s'", where, name,
	    type_name(type), expected);
}

bool number_coerce(struct value v, int64_t *out)
{
	double d;

	/* Further out a decimal has no half that a double would hold. */
	if (v.type == TYPE_DECIMAL128 && value_to_double(v, &d) && fabs(d) < 0x1p52) {
		*out = (int64_t)nearbyint(d);
		return true;
	}
	return value_to_i64_clamped(v, out);
}

int number_decode(struct value v, const char *where, const char *name, int64_t low, int64_t high,
    int64_t *out, struct status *st)
{
	if (!value_is_number(v))
		return wrong_type(st, where, name, v.type, expected_names[FIELD_INT]);
	if (!value_to_i64(v, out))
		return status_set(st, ERR_FAILED_TO_PARSE,
		    "BSON field '%s.%s' must be a whole number of 64 bits", where, name);
	if (*out < low)
		return status_set(st, ERR_BAD_VALUE,
		    "BSON field '%s.%s' must be at least %lld, not %lld", where, name,
		    (long long)low, (long long)*out);
	if (*out > high)
		return status_set(st, ERR_BAD_VALUE,
		    "BSON field '%s.%s' must be at most %lld, not %lld", where, name,
		    (long long)high, (long long)*out);
	return 0;
}

static int decode_int(
    const struct field *f, struct value v, struct arg_int *out, const char *where, struct status *st)
{
	out->given = true;
	if (f->flags & FIELD_INTEGRAL_ONLY && v.type != TYPE_INT32 && v.type != TYPE_INT64)
		return wrong_type(st, where, f->name, v.type, "int or long");
	if (f->flags & FIELD_TRUNCATE && number_coerce(v, &out->v)) {
		if (!(f->flags & FIELD_NOT_NEGATIVE) || out->v >= 0)
			return 0;
		return status_set(st, ERR_BAD_VALUE,
		    "BSON field '%s.%s' must not be negative, but is %lld", where, f->name,
		    (long long)out->v);
	}
	return number_decode(v, where, f->name, f->flags & FIELD_NOT_NEGATIVE ? 0 : INT64_MIN,
	    INT64_MAX, &out->v, st);
}

static int decode_docs(const struct field *f, struct value v, struct arg_docs *out,
    const char *where, struct status *st)
{
	struct doc_iter it = doc_iter(value_doc(v));
	struct element e;

	*out = (struct arg_docs){.given = true, .from_array = true, .bytes = value_doc(v)};
	while (doc_next(&it, &e)) {
		if (e.value.type != TYPE_OBJECT)
			return status_set(st, ERR_TYPE_MISMATCH,
			    "BSON field '%s.%s.%d' is the wrong type '%s', expected type 'object'",
			    where, f->name, out->count, type_name(e.value.type));
		out->count++;
	}
	return 0;
}

static bool type_fits(const struct field *f, struct value v)
{
	switch (f->type) {
	case FIELD_STR:
	case FIELD_COLL:
		return v.type == TYPE_STRING;
	case FIELD_BOOL:
		return v.type == TYPE_BOOL;
	case FIELD_BOOL_NUM:
		return v.type == TYPE_BOOL || value_is_number(v);
	case FIELD_LONG:
		return v.type == TYPE_INT64;
	case FIELD_DOC:
		return v.type == TYPE_OBJECT;
	case FIELD_ARRAY:
	case FIELD_DOCS:
		return v.type == TYPE_ARRAY;
	case FIELD_UUID:
		return v.type == TYPE_BINARY;
	case FIELD_UNUSED:
	case FIELD_INT:
	case FIELD_ANY:
	case FIELD_REFUSED:
		break;
	}
	return true;
}

static int decode_uuid(const struct field *f, struct value v, struct view *out, const char *where,
    struct status *st)
{
	*out = value_binary(v);
	if (value_binary_subtype(v) != 4)
		return status_set(st, ERR_TYPE_MISMATCH,
		    "BSON field '%s.%s' must be a UUID (binary of subtype 4)", where, f->name);
	if (out->len != 16)
		return status_set(st, ERR_INVALID_UUID,
		    "BSON field '%s.%s' must be a UUID, which has 16 bytes", where, f->name);
	return 0;
}

static int decode_value(
    const struct field *f, struct value v, uint8_t *out, const char *where, struct status *st)
{
	void *to = out + f->offset;

	if (f->type == FIELD_REFUSED)
		return status_set(st, ERR_COMMAND_NOT_SUPPORTED,
		    "BSON field '%s.%s' is not supported: %s", where, f->name, f->help);
	if (!type_fits(f, v))
		return wrong_type(st, where, f->name, v.type, expected_names[f->type]);
	switch (f->type) {
	case FIELD_STR:
	case FIELD_COLL:
		*(struct view *)to = value_str(v);
		return 0;
	case FIELD_BOOL:
	case FIELD_BOOL_NUM:
		*(struct arg_bool *)to = (struct arg_bool){true, value_truthy(v)};
		return 0;
	case FIELD_INT:
		return decode_int(f, v, to, where, st);
	case FIELD_LONG:
		*(struct arg_int *)to = (struct arg_int){true, read_i64(v.data)};
		return 0;
	case FIELD_DOC:
	case FIELD_ARRAY:
		*(struct view *)to = value_doc(v);
		return 0;
	case FIELD_DOCS:
		return decode_docs(f, v, to, where, st);
	case FIELD_UUID:
		return decode_uuid(f, v, to, where, st);
	case FIELD_ANY:
		*(struct value *)to = v;
		return 0;
	case FIELD_UNUSED:
	case FIELD_REFUSED:
		break;
	}
	return 0;
}

/* One table and what has been seen of it. */
struct decoder {
	const struct field *table;
	uint8_t *out;
	uint64_t seen;
};

/* Most are not the one, and most of those begin otherwise. */
static bool is_named(const struct field *f, const char *name)
{
	return f->name[0] == name[0] && f->name[1] == name[1] && !strcmp(f->name, name);
}

/* The field's place in the table, or -1. */
static int find_field(const struct decoder *d, const char *name)
{
	int i;

	if (!d->table)
		return -1;
	for (i = 0; d->table[i].name; i++)
		if (is_named(&d->table[i], name))
			return i;
	return -1;
}

static bool counts_as_absent(const struct field *f, struct value v)
{
	if (v.type != TYPE_NULL && v.type != TYPE_UNDEFINED)
		return false;
	if (f->type == FIELD_ANY)
		return f->flags & FIELD_NULL_OK;
	return f->type != FIELD_REFUSED && !(f->flags & FIELD_NOT_NULL);
}

static int mark_seen(struct decoder *d, int i, const char *where, struct status *st)
{
	assert(i < FIELDS_MAX);
	assert(!i || !(d->table[i].flags & FIELD_REQUIRED & ~d->table[i - 1].flags));
	if (d->seen & (UINT64_C(1) << i))
		return status_set(st, ERR_DUPLICATE_FIELD,
		    "BSON field '%s.%s' is a duplicate field", where, d->table[i].name);
	d->seen |= UINT64_C(1) << i;
	return 0;
}

/* ERR_ABSENT: not of this table. */
static int take(
    struct decoder *d, const struct element *e, const char *where, struct status *st)
{
	int i = find_field(d, e->name);
	int err;

	if (i < 0)
		return ERR_ABSENT;
	if (counts_as_absent(&d->table[i], e->value))
		return 0;
	err = mark_seen(d, i, where, st);
	return err ? err : decode_value(&d->table[i], e->value, d->out, where, st);
}

static int unknown(const char *where, const char *name, struct status *st)
{
	return status_set(
	    st, ERR_UNKNOWN_FIELD, "BSON field '%s.%s' is an unknown field.", where, name);
}

static int check_required(const struct decoder *d, const char *where, struct status *st)
{
	int i;

	for (i = 0; d->table && d->table[i].flags & FIELD_REQUIRED; i++)
		if (!(d->seen & (UINT64_C(1) << i)))
			return status_set(st, ERR_MISSING_FIELD,
			    "BSON field '%s.%s' is missing but a required field", where,
			    d->table[i].name);
	return 0;
}

int fields_decode(const struct field *table, struct view doc, void *out, const char *where,
    bool any_fields, struct status *st)
{
	struct decoder d = {table, out, 0};
	struct doc_iter it = doc_iter(doc);
	struct element e;

	while (doc_next(&it, &e)) {
		int err = take(&d, &e, where, st);

		if (err == ERR_ABSENT)
			err = any_fields ? 0 : unknown(where, e.name, st);
		if (err)
			return err;
	}
	return check_required(&d, where, st);
}

/* {find: "coll"}: the field that names the command. */
static int decode_target(struct request *r, struct value v, struct status *st)
{
	const struct command *c = r->command;
	struct field f = {c->name, c->target_type, 0, c->target_offset, c->help};

	if (c->target_type == FIELD_UNUSED)
		return 0;
	if (c->target_type == FIELD_COLL) {
		if (v.type != TYPE_STRING)
			return status_set(st, ERR_INVALID_NAMESPACE,
			    "collection name has invalid type %s", type_name(v.type));
		return common_set_ns(r, value_str(v), r->args, c->target_offset, st);
	}
	if (counts_as_absent(&f, v))
		return status_set(st, ERR_MISSING_FIELD,
		    "BSON field '%s' is missing but a required field", r->name);
	return decode_value(&f, v, r->args, r->name, st);
}

static int take_sequences(struct request *r, struct decoder *d, struct status *st)
{
	const struct op_msg *m = &r->message->msg;
	int n;

	for (n = 0; n < m->n_sequences; n++) {
		const struct op_msg_sequence *s = &m->sequences[n];
		int i = find_field(d, (const char *)s->name.data);
		int err;

		if (i < 0 || d->table[i].type != FIELD_DOCS)
			return unknown(r->name, (const char *)s->name.data, st);
		err = mark_seen(d, i, r->name, st);
		if (err)
			return err;
		*(struct arg_docs *)(d->out + d->table[i].offset) =
		    (struct arg_docs){true, false, s->count, s->bytes};
	}
	return 0;
}

/* r->body by the tables of r->command and of what all commands have. */
static int decode_body(struct request *r, struct decoder *own, struct common_fields *common,
    struct value *target, struct status *st)
{
	const struct command *c = r->command;
	struct decoder shared = {common_fields, (uint8_t *)common, 0};
	struct doc_iter it = doc_iter(r->body);
	struct element e;
	int err;

	if (c->args_size) {
		r->args = arena_calloc(&r->arena, 1, c->args_size);
		if (!r->args)
			return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	}
	*own = (struct decoder){c->fields, r->args, 0};
	if (doc_next(&it, &e))
		*target = e.value;
	while (doc_next(&it, &e)) {
		/* No command has a field of its own with a dollar sign. */
		err = e.name[0] == '$' ? ERR_ABSENT : take(own, &e, r->name, st);
		if (err == ERR_ABSENT)
			err = take(&shared, &e, r->name, st);
		if (err == ERR_ABSENT && !strcmp(e.name, r->name))
			err = status_set(st, ERR_DUPLICATE_FIELD,
			    "BSON field '%s' is a duplicate field", r->name);
		if (err == ERR_ABSENT)
			err = c->flags & CMD_ANY_FIELDS ? 0 : unknown(r->name, e.name, st);
		if (err)
			return err;
	}
	return 0;
}

int args_decode(struct request *r, struct status *st)
{
	struct common_fields common = {.db = {0}};
	struct value target = value_missing;
	struct decoder own;
	int err = decode_body(r, &own, &common, &target, st);

	if (!err && r->message->opcode == OPCODE_MSG)
		err = take_sequences(r, &own, st);
	if (!err)
		err = check_required(&own, r->name, st);
	if (!err)
		err = common_check(r, &common, st);
	return err ? err : decode_target(r, target, st);
}

/* Does the command inside speak of another database? */
static int check_same_db(const struct request *r, struct view db, struct status *st)
{
	if (!db.data || view_equal(db, r->common.db))
		return 0;
	return status_set(st, ERR_INVALID_NAMESPACE,
	    "Mismatched $db in explain command. Expected %.*s but got %.*s",
	    (int)r->common.db.len, (const char *)r->common.db.data, (int)db.len,
	    (const char *)db.data);
}

int args_decode_inner(
    struct request *r, const struct command *c, struct view body, struct status *st)
{
	const struct command *outer = r->command;
	const char *outer_name = r->name;
	struct view outer_body = r->body;
	struct common_fields common = {.db = {0}};
	struct value target = value_missing;
	struct decoder own;
	int err;

	r->command = c;
	r->name = c->name;
	r->body = body;
	err = decode_body(r, &own, &common, &target, st);
	if (!err)
		err = check_required(&own, r->name, st);
	if (!err)
		err = check_same_db(r, common.db, st);
	if (!err)
		err = decode_target(r, target, st);
	r->command = outer;
	r->name = outer_name;
	r->body = outer_body;
	return err;
}

struct docs_iter docs_iter(const struct arg_docs *docs)
{
	struct docs_iter it = {.rest = docs->bytes, .from_array = docs->from_array};

	if (docs->from_array && docs->given)
		it.array = doc_iter(docs->bytes);
	return it;
}

bool docs_next(struct docs_iter *it, struct view *doc)
{
	struct element e;
	size_t len;

	if (it->from_array) {
		if (!doc_next(&it->array, &e))
			return false;
		*doc = value_doc(e.value);
		return true;
	}
	if (it->rest.len == 0)
		return false;
	len = (size_t)read_i32(it->rest.data);
	*doc = view_of(it->rest.data, len);
	it->rest = view_of(it->rest.data + len, it->rest.len - len);
	return true;
}
