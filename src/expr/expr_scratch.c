#include "expr/expr_scratch.h"

/* Less is not worth a look. */
#define SCRATCH_BYTES (256 * 1024)
/* So many times its size a value that is kept waits before it is copied. */
#define SCRATCH_TIMES 4

void expr_scratch_begin(struct expr_scratch *s, struct expr_eval *ev)
{
	s->row = ev->a;
	arena_init_in(&s->arena, ev->a->account, s->room, sizeof(s->room));
	ev->a = &s->arena;
}

void expr_scratch_forget(struct expr_scratch *s)
{
	if (s->arena.held_bytes > SCRATCH_BYTES)
		arena_reset(&s->arena);
}

int expr_scratch_keep(struct expr_scratch *s, struct expr_eval *ev, struct value *v)
{
	struct arena next;

	if (s->arena.held_bytes <= SCRATCH_BYTES + SCRATCH_TIMES * (size_t)v->len)
		return 0;
	arena_init(&next, s->arena.account);
	*v = value_dup(&next, *v);
	arena_clear(&s->arena);
	s->arena = next;
	return v->data ? 0 : expr_no_memory(ev->st);
}

void expr_scratch_end(struct expr_scratch *s, struct expr_eval *ev)
{
	ev->a = s->row;
	arena_clear(&s->arena);
}
