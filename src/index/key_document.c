#include "index/key_document.h"

void key_document_init(struct key_document *d, struct memory_account *account)
{
	buf_init(&d->flat, account);
	buf_init(&d->nested, account);
}

void key_document_clear(struct key_document *d)
{
	buf_clear(&d->flat);
	buf_clear(&d->nested);
}

/* Fields inside one another ("a", "a.b") do not stand side by side in a document. */
static bool is_inside(const struct path *a, const struct path *b)
{
	int i = 0;

	while (i < a->n && i < b->n && a->parts[i].len == b->parts[i].len &&
	       memcmp(a->parts[i].name, b->parts[i].name, a->parts[i].len) == 0)
		i++;
	return i == a->n || i == b->n;
}

bool key_has_document(const struct index *ix)
{
	for (int i = 0; i < ix->n_fields; i++)
		for (int j = 0; j < i; j++)
			if (is_inside(&ix->fields[i].path, &ix->fields[j].path))
				return false;
	return !ix->collator;
}

void key_document_values(
    const struct key_document *d, struct value values[static INDEX_FIELDS_MAX])
{
	struct doc_iter it = doc_iter(buf_view(&d->flat));
	struct element e;

	memset(values, 0, INDEX_FIELDS_MAX * sizeof(*values));
	for (int i = 0; i < INDEX_FIELDS_MAX && doc_next(&it, &e); i++)
		values[i] = e.value;
}

/* One document that is being filled with what is wanted of the fields. */
struct filling {
	const struct index *ix;
	struct builder *b;
	struct value values[INDEX_FIELDS_MAX];
	uint32_t left;
};

static bool same_parts(const struct path *a, const struct path *b, int n)
{
	for (int i = 0; i < n; i++)
		if (a->n <= i || b->n <= i || a->parts[i].len != b->parts[i].len ||
		    memcmp(a->parts[i].name, b->parts[i].name, a->parts[i].len) != 0)
			return false;
	return true;
}

/* Those of the fields from first on that begin with its first depth parts.  As deep as a
 * path is long. */
static void fill(struct filling *f, int first, int depth)
{
	const struct path *path = &f->ix->fields[first].path;

	for (int i = first; i < f->ix->n_fields; i++) {
		const struct path *p = &f->ix->fields[i].path;
		const struct path_part *part = &p->parts[depth];

		if (!(f->left >> i & 1) || !same_parts(path, p, depth))
			continue;
		if (p->n == depth + 1) {
			builder_value_n(f->b, part->name, part->len, f->values[i]);
			f->left &= ~(1u << i);
			continue;
		}
		builder_doc_begin_n(f->b, part->name, part->len);
		fill(f, i, depth + 1);
		builder_doc_end(f->b);
	}
}

static bool is_flat(const struct index *ix, uint32_t fields)
{
	for (int i = 0; i < ix->n_fields; i++)
		if (ix->fields[i].path.n > 1 || !(fields >> i & 1))
			return false;
	return true;
}

int key_document_make(struct key_document *d, const struct index *ix,
    const struct index_key *key, uint32_t fields, struct view *out, struct status *st)
{
	struct filling f = {.ix = ix, .left = fields};
	struct builder b;
	int r;

	buf_reset(&d->flat);
	builder_init(&b, &d->flat);
	r = index_key_decode(ix, key->key, key->type_bits, &b, st);
	builder_finish(&b);
	if (r)
		return r;
	if (builder_failed(&b))
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for what a key says");
	*out = buf_view(&d->flat);
	if (is_flat(ix, fields))
		return 0;
	key_document_values(d, f.values);
	buf_reset(&d->nested);
	f.b = &b;
	builder_init(&b, &d->nested);
	fill(&f, 0, 0);
	builder_finish(&b);
	if (builder_failed(&b))
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for what a key says");
	*out = buf_view(&d->nested);
	return 0;
}
