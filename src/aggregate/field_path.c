#include "aggregate/field_path.h"

enum {
	ERR_PATH_EMPTY = 40352,
	ERR_PATH_ENDS_WITH_DOT = 40353,
	ERR_PATH_EMPTY_PART = 15998,
	ERR_PATH_DOLLAR = 16410,
	ERR_PATH_NUL = 16411,
};

/* A DBRef's fields have dollars. */
static bool is_of_dbref(struct view part)
{
	static const char *const names[] = {"$id", "$ref", "$db"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (view_equal(part, view_of_str(names[i])))
			return true;
	return false;
}

static int check_part(struct view part, struct status *st)
{
	if (!part.len)
		return status_set(st, ERR_PATH_EMPTY_PART, "a field path has no empty names");
	if (part.data[0] == '$' && !is_of_dbref(part))
		return status_set(
		    st, ERR_PATH_DOLLAR, "the names in a field path do not begin with '$'");
	if (memchr(part.data, 0, part.len))
		return status_set(st, ERR_PATH_NUL, "a field path has no NUL byte in it");
	return 0;
}

int field_path_parse(struct view text, struct arena *a, struct path *out, struct status *st)
{
	if (!text.len)
		return status_set(st, ERR_PATH_EMPTY, "a field path cannot be empty");
	if (text.data[text.len - 1] == '.')
		return status_set(
		    st, ERR_PATH_ENDS_WITH_DOT, "a field path does not end with a dot");
	if (!path_parse(out, text, a))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a field path");
	if (out->n > FIELD_PATH_PARTS_MAX)
		return status_set(st, ERR_OVERFLOW, "a field path has at most %d names",
		    FIELD_PATH_PARTS_MAX);
	for (int i = 0; i < out->n; i++) {
		const struct path_part *part = &out->parts[i];
		int err = check_part(view_of(part->name, part->len), st);

		if (err)
			return err;
	}
	return 0;
}

int field_path_parse_dollar(
    struct view text, struct arena *a, struct path *out, struct status *st)
{
	return field_path_parse(view_of(text.data + 1, text.len - 1), a, out, st);
}

/* The field for the path's parts from the i-th on; old is what was there.  As deep as a path
 * has parts. */
static void put_field(
    struct builder *b, struct value old, const struct path *p, int i, struct value v);

static void put_level(
    struct builder *b, struct view doc, const struct path *p, int i, struct value v)
{
	const struct path_part *part = &p->parts[i];
	struct view name = view_of(part->name, part->len);
	struct doc_iter it = doc_iter(doc);
	struct element e;
	bool found = false;

	while (doc_next(&it, &e)) {
		if (found || !view_equal(view_of(e.name, e.name_len), name)) {
			builder_value_n(b, e.name, e.name_len, e.value);
			continue;
		}
		found = true;
		put_field(b, e.value, p, i, v);
	}
	if (!found && !value_is_missing(v))
		put_field(b, value_missing, p, i, v);
}

static void put_field(
    struct builder *b, struct value old, const struct path *p, int i, struct value v)
{
	const struct path_part *part = &p->parts[i];

	if (i + 1 == p->n) {
		builder_value_n(b, part->name, part->len, v);
	} else if (old.type == TYPE_OBJECT || !value_is_missing(v)) {
		builder_doc_begin_n(b, part->name, part->len);
		put_level(b, old.type == TYPE_OBJECT ? value_doc(old) : doc_empty, p, i + 1, v);
		builder_doc_end(b);
	} else {
		builder_value_n(b, part->name, part->len, old);
	}
}

void field_path_set(struct builder *b, struct view doc, const struct path *p, struct value v)
{
	put_level(b, doc, p, 0, v);
}

bool field_path_set_in(struct buf *buf, struct view doc, const struct path *p, struct value v)
{
	struct builder b;

	buf_reset(buf);
	builder_init(&b, buf);
	field_path_set(&b, doc, p, v);
	builder_finish(&b);
	return !builder_failed(&b);
}
