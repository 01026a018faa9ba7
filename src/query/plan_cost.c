/*
 * query/plan_cost.c - how much a scan has to look at.
 */
#include "bson/key_encode.h"
#include "query/planning.h"

/* Ranges that are looked at for an estimate; the rest is taken to be like them. */
#define ESTIMATE_RANGES 16
int64_t plan_estimate(struct planning *p, const struct candidate *cand)
{
	struct family *family =
	    cand->index ? cand->index->family : store_family_documents(p->store);
	const struct index_bounds *b = &cand->bounds;
	int n = MIN_OF(b->n, ESTIMATE_RANGES);
	int64_t bytes = 0;
	struct buf lower, upper;

	buf_init(&lower, p->arena->account);
	buf_init(&upper, p->arena->account);
	for (int i = 0; i < n; i++) {
		buf_reset(&lower);
		buf_reset(&upper);
		buf_append_be32(&lower, cand->index ? cand->index->id : p->c->namespace_id);
		if (!cand->index)
			buf_append_be32(&lower, p->c->table_id);
		buf_append_view(&upper, buf_view(&lower));
		buf_append_view(&lower, b->ranges[i].lower);
		buf_append_view(&upper, b->ranges[i].upper);
		if (!b->ranges[i].upper.len)
			buf_append_byte(&upper, KEY_AFTER_ALL);
		bytes +=
		    store_range_bytes(p->store, family, buf_view(&lower), buf_view(&upper));
	}
	buf_clear(&lower);
	buf_clear(&upper);
	return n ? bytes * b->n / n : 0;
}
