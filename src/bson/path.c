#include "bson/path.h"

/* "0", "12"; not "01", "-1", "" or what is too large to be a place. */
static int32_t parse_index(const char *s, size_t len)
{
	int32_t n = 0;
	size_t i;

	if (len == 0 || len > 9 || (len > 1 && s[0] == '0'))
		return -1;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		n = n * 10 + (s[i] - '0');
	}
	return n;
}

bool path_parse(struct path *p, struct view text, struct arena *a)
{
	struct path_part *parts;
	const char *s, *end, *dot;
	int n = 1;
	size_t i;

	for (i = 0; i < text.len; i++)
		n += text.data[i] == '.';
	s = arena_strndup(a, text.len ? (const char *)text.data : "", text.len);
	parts = arena_new_array(a, (size_t)n, struct path_part);
	if (!s || !parts)
		return false;
	*p = (struct path){view_of(s, text.len), n, parts};
	for (end = s + text.len; n > 0; n--, parts++) {
		dot = memchr(s, '.', (size_t)(end - s));
		parts->name = s;
		parts->len = (uint32_t)((dot ? dot : end) - s);
		parts->index = parse_index(s, parts->len);
		s = dot ? dot + 1 : end;
	}
	return true;
}

struct value path_get(struct view doc, const struct path *p, bool through_arrays)
{
	struct value v = value_of_doc(doc);
	int i;

	for (i = 0; i < p->n; i++) {
		const struct path_part *part = &p->parts[i];

		if (v.type == TYPE_OBJECT)
			v = doc_get_n(value_doc(v), part->name, part->len);
		else if (v.type == TYPE_ARRAY && through_arrays && part->index >= 0)
			v = array_at(value_doc(v), (size_t)part->index);
		else
			return (struct value){.type = TYPE_EOD};
	}
	return v;
}

struct walk {
	const struct path *path;
	bool expand_last;
	path_visit *visit;
	void *arg;
};

static bool walk_doc(const struct walk *w, struct view doc, int i);

static bool visit_last(const struct walk *w, struct value v)
{
	struct doc_iter it;
	struct element e;

	if (w->visit(w->arg, v, false))
		return true;
	if (!w->expand_last || v.type != TYPE_ARRAY)
		return false;
	it = doc_iter(value_doc(v));
	while (doc_next(&it, &e))
		if (w->visit(w->arg, e.value, true))
			return true;
	return false;
}

static bool walk_array(const struct walk *w, struct view array, int i);

/* The place that part i - 1 named holds v. */
static bool walk_place(const struct walk *w, struct value v, int i)
{
	if (i == w->path->n)
		return w->visit(w->arg, v, false);
	if (v.type == TYPE_OBJECT)
		return walk_doc(w, value_doc(v), i);
	return v.type == TYPE_ARRAY && walk_array(w, value_doc(v), i);
}

static bool walk_array(const struct walk *w, struct view array, int i)
{
	struct doc_iter it = doc_iter(array);
	struct element e;
	int32_t place;

	for (place = 0; doc_next(&it, &e); place++) {
		if (e.value.type == TYPE_OBJECT && walk_doc(w, value_doc(e.value), i))
			return true;
		if (place == w->path->parts[i].index && walk_place(w, e.value, i + 1))
			return true;
	}
	return false;
}

/* Each level of recursion is a level of the document. */
static bool walk_doc(const struct walk *w, struct view doc, int i)
{
	const struct path_part *part = &w->path->parts[i++];
	struct value v = doc_get_n(doc, part->name, part->len);

	if (i == w->path->n)
		return visit_last(w, v);
	if (v.type == TYPE_OBJECT)
		return walk_doc(w, value_doc(v), i);
	if (v.type == TYPE_ARRAY)
		return walk_array(w, value_doc(v), i);
	return w->visit(w->arg, (struct value){.type = TYPE_EOD}, false);
}

bool path_walk(
    struct view doc, const struct path *p, bool expand_last, path_visit *visit, void *arg)
{
	const struct walk w = {p, expand_last, visit, arg};

	return walk_doc(&w, doc, 0);
}
