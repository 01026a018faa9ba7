#include "index/text_keys.h"

#include "text/scores.h"

int index_text_field(const struct index *ix)
{
	int i = 0;

	while (i < ix->n_fields && ix->fields[i].kind != INDEX_TEXT)
		i++;
	return i;
}

static int put_key(struct key_making *m, const struct value *values, struct value term,
    struct value score)
{
	int at = index_text_field(m->ix);

	key_making_begin(m);
	for (int i = 0; i < m->ix->n_fields; i++)
		key_making_field(
		    m, i, i == at ? term : i == at + 1 ? score : values[i]);
	return key_making_end(m);
}

static int put_keys(struct key_making *m, const struct value *values,
    const struct text_score *list, int n)
{
	for (int i = 0; i < n; i++) {
		struct value term = value_make_str(m->arena, list[i].term);
		struct value score = value_make_double(m->arena, list[i].score);
		int r;

		if (arena_failed(m->arena))
			return status_set(
			    m->st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for index keys");
		r = put_key(m, values, term, score);
		if (r)
			return r;
	}
	if (n > 1)
		m->multikey |= index_array_bit(m->ix, index_text_field(m->ix), 0);
	return 0;
}

int text_keys(struct key_making *m, const struct value *values)
{
	const struct text_score *list;
	const struct text_spec *spec;
	struct text_scores scores;
	int r = index_text(m->ix, &spec, m->st), n;

	if (r)
		return r;
	text_scores_init(&scores, m->arena, m->arena->account);
	r = text_scores_make(&scores, &m->g->text, spec, m->doc, &list, &n, m->st);
	if (!r)
		r = put_keys(m, values, list, n);
	text_scores_clear(&scores);
	return r;
}
