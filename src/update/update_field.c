#include "update/update_op.h"
#include "util/clock.h"

UPDATE_APPLY(update_apply_set)
{
	*out = (struct update_change){.what = CHANGE_SET, .value = leaf->operand};
	return 0;
}

/* Only asked when the document is inserted. */
UPDATE_APPLY(update_apply_set_on_insert)
{
	assert(run->insert);
	return update_apply_set(leaf, run, old, out);
}

UPDATE_APPLY(update_apply_unset)
{
	if (!value_is_missing(old))
		out->what = CHANGE_REMOVE;
	return 0;
}

/*
 * $rename is two leaves: the source's removes, the target's (which has the
 * source's path in data) sets.  The target's row is in no table: no client
 * names it.
 */
static const struct update_op rename_to = {"$rename", NULL, update_apply_rename_to};

static int check_rename_path(
    struct update_parser *p, const struct path *path, const char *which)
{
	for (int i = 0; i < path->n; i++)
		if (update_part_kind(&path->parts[i]) != PART_NAME)
			return status_set(p->st, ERR_BAD_VALUE,
			    "the %s field of a $rename cannot have a positional part", which);
	return 0;
}

/* The one is the other, or leads to it. */
static bool one_leads_to_other(const struct path *a, const struct path *b)
{
	for (int i = 0; i < a->n && i < b->n; i++)
		if (!view_equal(view_of(a->parts[i].name, a->parts[i].len),
			view_of(b->parts[i].name, b->parts[i].len)))
			return false;
	return true;
}

UPDATE_PARSE(update_parse_rename)
{
	struct view target;
	struct path path;
	int r;

	if (leaf->operand.type != TYPE_STRING)
		return status_set(p->st, ERR_BAD_VALUE,
		    "$rename takes the new name as a string, and not %s",
		    type_name(leaf->operand.type));
	target = value_str(leaf->operand);
	if (memchr(target.data, 0, target.len))
		return status_set(
		    p->st, ERR_BAD_VALUE, "the target field of a $rename has a NUL byte in it");
	if (!path_parse(&path, target, p->a))
		return update_no_memory(p->st);
	r = check_rename_path(p, &leaf->path, "source");
	if (r == 0)
		r = check_rename_path(p, &path, "target");
	if (r)
		return r;
	if (one_leads_to_other(&leaf->path, &path))
		return status_set(p->st, ERR_BAD_VALUE,
		    "the source and the target field of a $rename are on one path");
	/* The target's operand is the source's path as it stands in the update. */
	return update_add_leaf(p, &rename_to, target, value_make_str(p->a, leaf->path.text));
}

/* Straight down through documents; an array on the way is refused. */
static int rename_walk(
    const struct path *path, struct update_run *run, const char *which, struct value *out)
{
	struct value v = value_of_doc(run->old);

	for (int i = 0; i < path->n; i++) {
		if (v.type == TYPE_ARRAY)
			return status_set(run->st, ERR_BAD_VALUE,
			    "the %s field of a $rename cannot be in an array, as '%.*s' is",
			    which, (int)MIN_OF(path->text.len, 200),
			    (const char *)path->text.data);
		v = v.type == TYPE_OBJECT
			? doc_get_n(value_doc(v), path->parts[i].name, path->parts[i].len)
			: value_missing;
	}
	*out = v;
	return 0;
}

UPDATE_APPLY(update_apply_rename_from)
{
	struct value v;
	int r = rename_walk(&leaf->path, run, "source", &v);

	if (r == 0 && !value_is_missing(old))
		out->what = CHANGE_REMOVE;
	return r;
}

UPDATE_APPLY(update_apply_rename_to)
{
	struct value source, target;
	struct path path;
	int r;

	if (!path_parse(&path, value_str(leaf->operand), run->a))
		return update_no_memory(run->st);
	r = rename_walk(&path, run, "source", &source);
	if (r || value_is_missing(source))
		return r;
	r = rename_walk(&leaf->path, run, "target", &target);
	*out = (struct update_change){.what = CHANGE_SET, .value = source};
	return r;
}

/* data: not NULL for a timestamp. */
UPDATE_PARSE(update_parse_current_date)
{
	static char timestamp;
	struct value type = value_missing;

	if (leaf->operand.type == TYPE_BOOL)
		return 0;
	if (leaf->operand.type == TYPE_OBJECT && doc_count(value_doc(leaf->operand)) == 1)
		type = doc_get(value_doc(leaf->operand), "$type");
	if (type.type == TYPE_STRING && view_equal(value_str(type), view_of_str("date")))
		return 0;
	if (type.type != TYPE_STRING || !view_equal(value_str(type), view_of_str("timestamp")))
		return status_set(p->st, ERR_BAD_VALUE,
		    "$currentDate takes true, {$type: \"date\"} or {$type: \"timestamp\"}");
	leaf->data = &timestamp;
	return 0;
}

UPDATE_APPLY(update_apply_current_date)
{
	out->what = CHANGE_SET;
	if (leaf->data) {
		uint64_t us = (uint64_t)clock_wall_us();

		out->value =
		    value_make_i64(run->a, (int64_t)(us / 1000000 << 32 | (us % 1000000 + 1)));
		out->value.type = TYPE_TIMESTAMP;
	} else {
		out->value = value_make_date(run->a, clock_wall_ms());
	}
	return out->value.data ? 0 : update_no_memory(run->st);
}
