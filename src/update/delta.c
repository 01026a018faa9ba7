#include "update/delta.h"

#include "bson/validate.h"

/* Fields of documents that have changed all their names are looked for one by one; more
 * names than these are not compared for that. */
#define EFFORT_MAX 2000000

void delta_begin(struct delta *d, struct memory_account *account)
{
	buf_init(&d->path, account);
	buf_init(&d->updated_buf, account);
	buf_init(&d->removed_buf, account);
	buf_init(&d->truncated_buf, account);
	builder_init(&d->updated, &d->updated_buf);
	builder_init(&d->removed, &d->removed_buf);
	builder_array_begin(&d->removed, "r");
	d->has_truncated = false;
	d->effort = 0;
}

void delta_clear(struct delta *d)
{
	buf_clear(&d->path);
	buf_clear(&d->updated_buf);
	buf_clear(&d->removed_buf);
	buf_clear(&d->truncated_buf);
}

size_t delta_push(struct delta *d, const char *name, size_t len)
{
	size_t before = d->path.len;

	if (before)
		buf_append_byte(&d->path, '.');
	buf_append(&d->path, name, len);
	return before;
}

size_t delta_push_place(struct delta *d, int64_t i)
{
	size_t before = d->path.len;

	buf_printf(&d->path, "%s%lld", before ? "." : "", (long long)i);
	return before;
}

void delta_pop(struct delta *d, size_t before)
{
	d->path.len = before;
}

/* Each change says its whole path, so that one update of many elements may say more than
 * the document that it makes. */
static bool is_too_long(const struct delta *d)
{
	return builder_size(&d->updated) > BSON_INTERNAL_SIZE_MAX ||
	       builder_size(&d->removed) > BSON_INTERNAL_SIZE_MAX;
}

void delta_note_set(struct delta *d, struct value v)
{
	if (is_too_long(d))
		return;
	builder_value_n(&d->updated, (const char *)d->path.data, d->path.len, v);
}

void delta_note_removed(struct delta *d)
{
	if (is_too_long(d))
		return;
	builder_str_n(&d->removed, NULL, (const char *)d->path.data, d->path.len);
}

/* Few changes cut an array: the list is begun with the first. */
static void begin_truncated(struct delta *d)
{
	if (d->has_truncated)
		return;
	d->has_truncated = true;
	builder_init(&d->truncated, &d->truncated_buf);
	builder_array_begin(&d->truncated, "t");
}

void delta_note_truncated(struct delta *d, int new_size)
{
	begin_truncated(d);
	builder_doc_begin(&d->truncated, NULL);
	builder_str_n(&d->truncated, "field", (const char *)d->path.data, d->path.len);
	builder_i32(&d->truncated, "newSize", new_size);
	builder_doc_end(&d->truncated);
}

static void append_truncated(struct delta *d, struct builder *b)
{
	if (!d->has_truncated) {
		builder_array_begin(b, "truncatedArrays");
		builder_array_end(b);
		return;
	}
	builder_array_end(&d->truncated);
	builder_finish(&d->truncated);
	if (builder_failed(&d->truncated))
		b->failed = true;
	else
		builder_value(
		    b, "truncatedArrays", doc_get(builder_view(&d->truncated), "t"));
}

struct view delta_take(struct delta *d, struct arena *a)
{
	struct view doc = {NULL, 0};
	struct builder b;
	struct buf buf;

	builder_finish(&d->updated);
	builder_array_end(&d->removed);
	builder_finish(&d->removed);
	if (d->path.failed || builder_failed(&d->updated) || builder_failed(&d->removed))
		return doc;
	if (is_too_long(d))
		return view_of("", 0);
	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_doc(&b, "updatedFields", builder_view(&d->updated));
	builder_value(&b, "removedFields", doc_get(builder_view(&d->removed), "r"));
	append_truncated(d, &b);
	builder_finish(&b);
	if (!builder_failed(&b))
		doc = arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return doc;
}

/* ------------------------------------------------ of two documents */

static bool same(struct value a, struct value b)
{
	return a.type == b.type && a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool same_name(const struct element *a, const struct element *b)
{
	return a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0;
}

/* What has been noted, so that it can be taken back. */
struct noted {
	struct builder_mark updated, removed, truncated;
};

static struct noted note_mark(struct delta *d)
{
	begin_truncated(d);
	return (struct noted){.updated = builder_mark(&d->updated),
	    .removed = builder_mark(&d->removed),
	    .truncated = builder_mark(&d->truncated)};
}

static size_t noted_bytes(const struct delta *d)
{
	return builder_size(&d->updated) + builder_size(&d->removed) +
	       builder_size(&d->truncated);
}

static void diff_values(struct delta *d, struct value old, struct value new_value);

/* The place of a field, or -1; *v is its value. */
static int place_of(
    struct delta *d, struct view doc, const struct element *field, struct value *v)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;

	if (d->effort > EFFORT_MAX)
		return -1;
	for (int i = 0; doc_next(&it, &e); i++) {
		d->effort++;
		if (same_name(&e, field)) {
			*v = e.value;
			return i;
		}
	}
	return -1;
}

static void note_gone(struct delta *d, const struct element *e)
{
	size_t before = delta_push(d, e->name, e->name_len);

	delta_note_removed(d);
	delta_pop(d, before);
}

/* A walk through the old document beside one through the new. */
struct beside {
	struct doc_iter it;
	struct element e;
	bool more;
	int place; /* e's */
};

static void step_on(struct beside *o)
{
	o->more = doc_next(&o->it, &o->e);
	o->place++;
}

/* Passes over fields that are gone, until the one before e: mostly that is e itself. */
static bool is_in_step(
    struct delta *d, struct beside *o, const struct element *e, struct view new_doc)
{
	struct value v;

	while (o->more && !same_name(&o->e, e)) {
		if (place_of(d, new_doc, &o->e, &v) >= 0)
			return false;
		note_gone(d, &o->e);
		step_on(o);
	}
	return o->more;
}

static void diff_objects(struct delta *d, struct view old, struct view new_doc)
{
	struct doc_iter it = doc_iter(new_doc);
	struct beside o = {.it = doc_iter(old), .place = -1};
	struct element e;
	struct value v;
	int last = -1; /* the greatest place in old that has been met */

	step_on(&o);
	while (doc_next(&it, &e)) {
		bool in_step = is_in_step(d, &o, &e, new_doc);
		int place = in_step ? o.place : place_of(d, old, &e, &v);
		size_t before = delta_push(d, e.name, e.name_len);

		if (place < 0 || place < last)
			delta_note_set(d, e.value);
		else
			diff_values(d, in_step ? o.e.value : v, e.value);
		delta_pop(d, before);
		last = MAX_OF(last, place);
		if (in_step)
			step_on(&o);
	}
	for (; o.more; step_on(&o))
		if (place_of(d, new_doc, &o.e, &v) < 0)
			note_gone(d, &o.e);
}

static void diff_arrays(struct delta *d, struct view old, struct view new_array)
{
	struct doc_iter it = doc_iter(new_array), other = doc_iter(old);
	struct element e, o;
	int n = 0;

	for (; doc_next(&it, &e); n++) {
		size_t before = delta_push_place(d, n);

		if (doc_next(&other, &o))
			diff_values(d, o.value, e.value);
		else
			delta_note_set(d, e.value);
		delta_pop(d, before);
	}
	if (doc_next(&other, &o))
		delta_note_truncated(d, n);
}

/* The value at the path has become another: by parts, or as a whole where that is shorter. */
static void diff_values(struct delta *d, struct value old, struct value new_value)
{
	bool nested = old.type == TYPE_OBJECT || old.type == TYPE_ARRAY;
	struct noted before;
	size_t bytes;

	if (same(old, new_value))
		return;
	if (!nested || old.type != new_value.type) {
		delta_note_set(d, new_value);
		return;
	}
	before = note_mark(d);
	bytes = noted_bytes(d);
	(old.type == TYPE_OBJECT ? diff_objects : diff_arrays)(
	    d, value_doc(old), value_doc(new_value));
	if (noted_bytes(d) - bytes <= new_value.len + d->path.len)
		return;
	builder_rewind(&d->updated, before.updated);
	builder_rewind(&d->removed, before.removed);
	builder_rewind(&d->truncated, before.truncated);
	delta_note_set(d, new_value);
}

bool delta_of_documents(struct view old, struct view new_doc, struct arena *a, struct view *out)
{
	struct delta d;
	bool too_long;

	delta_begin(&d, a->account);
	diff_objects(&d, old, new_doc);
	too_long = d.effort > EFFORT_MAX;
	*out = delta_take(&d, a);
	delta_clear(&d);
	if (!out->data)
		return false;
	if (out->len >= new_doc.len || too_long)
		*out = view_of(NULL, 0);
	return true;
}
