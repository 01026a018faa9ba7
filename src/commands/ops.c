#include "commands/ops.h"

#include <pthread.h>
#include <stdlib.h>

/* Striped by the blocks of opids that threads take, so that the requests of
 * several loops do not meet. */
#define STRIPES 16

struct stripe {
	_Alignas(CACHE_LINE) pthread_mutex_t lock;
	struct request *head;
};

struct ops {
	struct stripe stripes[STRIPES];
};

struct ops *ops_new(void)
{
	struct ops *ops = aligned_alloc(CACHE_LINE, sizeof(*ops));
	int i;

	if (!ops)
		return NULL;
	memset(ops, 0, sizeof(*ops));
	for (i = 0; i < STRIPES; i++)
		pthread_mutex_init(&ops->stripes[i].lock, NULL);
	return ops;
}

void ops_free(struct ops *ops)
{
	int i;

	if (!ops)
		return;
	for (i = 0; i < STRIPES; i++) {
		assert(!ops->stripes[i].head);
		pthread_mutex_destroy(&ops->stripes[i].lock);
	}
	free(ops);
}

static struct stripe *stripe_of(struct ops *ops, uint32_t id)
{
	return &ops->stripes[id / OP_ID_BLOCK % STRIPES];
}

void ops_add(struct ops *ops, struct request *r)
{
	struct stripe *s = stripe_of(ops, r->op.id);

	pthread_mutex_lock(&s->lock);
	r->ops_prev = NULL;
	r->ops_next = s->head;
	if (s->head)
		s->head->ops_prev = r;
	s->head = r;
	r->in_ops = true;
	atomic_store_explicit(&r->client->is_busy, true, memory_order_relaxed);
	pthread_mutex_unlock(&s->lock);
}

void ops_remove(struct ops *ops, struct request *r)
{
	struct stripe *s = stripe_of(ops, r->op.id);

	if (!r->in_ops)
		return;
	pthread_mutex_lock(&s->lock);
	if (r->ops_prev)
		r->ops_prev->ops_next = r->ops_next;
	else
		s->head = r->ops_next;
	if (r->ops_next)
		r->ops_next->ops_prev = r->ops_prev;
	r->in_ops = false;
	atomic_store_explicit(&r->client->is_busy, false, memory_order_relaxed);
	pthread_mutex_unlock(&s->lock);
}

void ops_set_ns(struct ops *ops, struct request *r, struct view ns)
{
	struct stripe *s = stripe_of(ops, r->op.id);

	pthread_mutex_lock(&s->lock);
	r->ns = ns;
	pthread_mutex_unlock(&s->lock);
}

bool ops_kill(struct ops *ops, uint32_t id, int reason)
{
	struct stripe *s = stripe_of(ops, id);
	struct request *r;

	pthread_mutex_lock(&s->lock);
	for (r = s->head; r && r->op.id != id; r = r->ops_next)
		;
	if (r)
		op_kill(&r->op, reason);
	pthread_mutex_unlock(&s->lock);
	return r != NULL;
}

void ops_each(struct ops *ops, void (*each)(void *arg, struct request *r), void *arg)
{
	int i;

	for (i = 0; i < STRIPES; i++) {
		struct stripe *s = &ops->stripes[i];
		struct request *r;

		pthread_mutex_lock(&s->lock);
		for (r = s->head; r; r = r->ops_next)
			each(arg, r);
		pthread_mutex_unlock(&s->lock);
	}
}
