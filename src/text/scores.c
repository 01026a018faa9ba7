#include "text/scores.h"

#include <strings.h>
#include <xxhash.h>

#define SLOTS_MIN 64

void text_scores_init(struct text_scores *s, struct arena *a, struct memory_account *account)
{
	*s = (struct text_scores){.arena = a};
	buf_init(&s->list, account);
	buf_init(&s->slots, account);
}

void text_scores_clear(struct text_scores *s)
{
	buf_clear(&s->list);
	buf_clear(&s->slots);
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the terms of a document");
}

static size_t count(const struct text_scores *s)
{
	return s->list.len / sizeof(struct text_score);
}

static struct text_score *at(const struct text_scores *s, size_t i)
{
	return (struct text_score *)(void *)s->list.data + i;
}

/* The slot of the term, or the free one where it belongs. */
static uint32_t *slot_of(const struct text_scores *s, struct view term)
{
	size_t n = s->slots.len / sizeof(uint32_t);
	uint32_t *slots = (uint32_t *)(void *)s->slots.data;
	size_t i = XXH3_64bits(term.data, term.len) & (n - 1);

	while (slots[i] && !view_equal(at(s, slots[i] - 1)->term, term))
		i = (i + 1) & (n - 1);
	return &slots[i];
}

/* At most half of the slots are taken. */
static bool make_room(struct text_scores *s)
{
	size_t n = s->slots.len / sizeof(uint32_t), wanted = n ? 2 * n : SLOTS_MIN;
	uint8_t *room;

	if (n && 2 * (count(s) + 1) <= n)
		return true;
	buf_reset(&s->slots);
	room = buf_extend(&s->slots, wanted * sizeof(uint32_t));
	if (!room)
		return false;
	memset(room, 0, wanted * sizeof(uint32_t));
	for (size_t i = 0; i < count(s); i++)
		*slot_of(s, at(s, i)->term) = (uint32_t)i + 1;
	return true;
}

static struct text_score *find_or_add(struct text_scores *s, struct view term)
{
	struct text_score fresh = {0};
	uint32_t *slot;

	if (!make_room(s))
		return NULL;
	slot = slot_of(s, term);
	if (*slot)
		return at(s, *slot - 1);
	fresh.term = arena_dup(s->arena, term);
	buf_append(&s->list, &fresh, sizeof(fresh));
	if (!fresh.term.data || s->list.failed)
		return NULL;
	*slot = (uint32_t)count(s);
	return at(s, *slot - 1);
}

static void occurs(struct text_scores *s, struct text_score *t)
{
	if (t->string != s->string) {
		t->string = s->string;
		t->after = s->first;
		s->first = (uint32_t)(t - at(s, 0)) + 1;
		t->count = 0;
		t->frequency = 0;
		t->next = 1;
	}
	t->count++;
	t->frequency += t->next;
	t->next /= 2;
}

struct making {
	struct text_scores *scores;
	struct text_maker *maker;
};

static int count_terms(struct making *m, struct view string, const struct text_language *l,
    uint32_t *n, struct status *st)
{
	struct text_words words = {.rest = string, .language = l};
	struct view word, term;

	*n = 0;
	while (text_words_next(&words, &word)) {
		struct text_score *t;
		int err = text_term(m->maker, l, word, 0, &term, st);

		if (err)
			return err;
		if (!term.len)
			continue;
		t = find_or_add(m->scores, term);
		if (!t)
			return no_memory(st);
		occurs(m->scores, t);
		++*n;
	}
	return 0;
}

static bool is_whole(struct view string, struct view term)
{
	return string.len == term.len &&
	       strncasecmp((const char *)string.data, (const char *)term.data, term.len) == 0;
}

static int add_string(void *arg, struct view string, double weight,
    const struct text_language *l, struct status *st)
{
	struct making *m = arg;
	struct text_scores *s = m->scores;
	uint32_t n;
	int err;

	s->string++;
	s->first = 0;
	err = count_terms(m, string, l, &n, st);
	if (err)
		return err;
	for (uint32_t i = s->first; i; i = at(s, i - 1)->after) {
		struct text_score *t = at(s, i - 1);

		t->score += weight * t->frequency * (0.5 * t->count / n + 0.5) *
			    (is_whole(string, t->term) ? 1.1 : 1);
	}
	return 0;
}

int text_scores_make(struct text_scores *s, struct text_maker *m, const struct text_spec *spec,
    struct view doc, const struct text_score **list, int *n, struct status *st)
{
	struct making making = {.scores = s, .maker = m};
	int err;

	buf_reset(&s->list);
	buf_reset(&s->slots);
	s->string = 0;
	err = text_spec_each(spec, doc, &m->path, add_string, &making, st);
	*list = at(s, 0);
	*n = (int)count(s);
	return err;
}

int text_scores_add(struct text_scores *s, struct view key, double score, struct status *st)
{
	struct text_score *t = find_or_add(s, key);

	if (!t)
		return no_memory(st);
	t->score += score;
	return 0;
}

const struct text_score *text_scores_list(const struct text_scores *s, int *n)
{
	*n = (int)count(s);
	return at(s, 0);
}
