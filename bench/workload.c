#include "bench/workload.h"

#include <stdatomic.h>

const struct mix mix_table[] = {
    {.name = "find", .help = "One document by its _id.", .percent = {[OP_FIND] = 100}},
    {.name = "range",
	.help = "100 documents from an _id on.",
	.percent = {[OP_RANGE] = 100},
	.range = 100},
    {.name = "scan",
	.help = "The whole collection, 1 % selected by two fields.",
	.percent = {[OP_SCAN] = 100}},
    {.name = "scan3",
	.help = "The same with a third condition, asked of every document.",
	.percent = {[OP_SCAN] = 100},
	.scan_asks_all = true},
    {.name = "insert",
	.help = "One document, its _id ascending.",
	.percent = {[OP_INSERT] = 100},
	.starts_empty = true},
    {.name = "insert-random",
	.help = "One document, its _id anywhere.",
	.percent = {[OP_INSERT] = 100},
	.order = IDS_SCATTERED,
	.starts_empty = true},
    {.name = "batch-ascending",
	.help = "A batch of documents, _id ascending.",
	.percent = {[OP_INSERT] = 100},
	.batches = true,
	.starts_empty = true},
    {.name = "batch-random",
	.help = "A batch of documents, _id anywhere.",
	.percent = {[OP_INSERT] = 100},
	.order = IDS_SCATTERED,
	.batches = true,
	.starts_empty = true},
    {.name = "update",
	.help = "A field of one document by _id.",
	.percent = {[OP_UPDATE] = 100}},
    {.name = "ycsb-a",
	.help = "YCSB A: half reads, half updates.",
	.percent = {[OP_FIND] = 50, [OP_UPDATE] = 50},
	.choice = CHOOSE_ZIPF,
	.order = IDS_SCATTERED},
    {.name = "ycsb-b",
	.help = "YCSB B: 95 % reads, 5 % updates.",
	.percent = {[OP_FIND] = 95, [OP_UPDATE] = 5},
	.choice = CHOOSE_ZIPF,
	.order = IDS_SCATTERED},
    {.name = "ycsb-c",
	.help = "YCSB C: reads.",
	.percent = {[OP_FIND] = 100},
	.choice = CHOOSE_ZIPF,
	.order = IDS_SCATTERED},
    {.name = "ycsb-d",
	.help = "YCSB D: 95 % reads of the latest, 5 % inserts.",
	.percent = {[OP_FIND] = 95, [OP_INSERT] = 5},
	.choice = CHOOSE_LATEST,
	.order = IDS_SCATTERED},
    {.name = "ycsb-e",
	.help = "YCSB E: 95 % ranges of 1 to 100, 5 % inserts.",
	.percent = {[OP_RANGE] = 95, [OP_INSERT] = 5},
	.choice = CHOOSE_ZIPF,
	.order = IDS_SCATTERED,
	.range = 100,
	.range_varies = true},
    {.name = "ycsb-f",
	.help = "YCSB F: half reads, half reads with an update of what was read.",
	.percent = {[OP_FIND] = 50, [OP_MODIFY] = 50},
	.choice = CHOOSE_ZIPF,
	.order = IDS_SCATTERED},
};

const size_t n_mixes = ARRAY_LEN(mix_table);

const struct mix *mix_find(const char *name)
{
	for (size_t i = 0; i < n_mixes; i++)
		if (!strcmp(mix_table[i].name, name))
			return &mix_table[i];
	return NULL;
}

bool mix_writes(const struct mix *m)
{
	return m->percent[OP_INSERT] || m->percent[OP_UPDATE] || m->percent[OP_MODIFY];
}

void workload_init(
    struct workload *w, const struct mix *mix, uint64_t records, int batch, uint64_t in_flight)
{
	w->mix = mix;
	w->records = mix->starts_empty ? 0 : records;
	w->in_flight = in_flight;
	w->batch = batch;
	atomic_init(&w->next_key, w->records);
	if (mix->choice != CHOOSE_UNIFORM)
		zipf_init(&w->zipf, records);
}

static enum op_kind choose_kind(const struct mix *m, struct rng *rng)
{
	int left = (int)rng_below(rng, 100), kind = 0;

	while (left >= m->percent[kind])
		left -= m->percent[kind++];
	return (enum op_kind)kind;
}

/* An insert whose answer is still to come is not asked for. */
static uint64_t choose_latest(struct workload *w, struct rng *rng)
{
	uint64_t known = atomic_load_explicit(&w->next_key, memory_order_relaxed);
	uint64_t back = zipf_next(&w->zipf, rng) + 1;

	known = MAX_OF(known - MIN_OF(known, w->in_flight), w->records);
	return known - MIN_OF(known, back);
}

static uint64_t choose_key(struct workload *w, struct rng *rng)
{
	switch (w->mix->choice) {
	case CHOOSE_ZIPF:
		return scatter(zipf_next(&w->zipf, rng)) % w->records;
	case CHOOSE_LATEST:
		return choose_latest(w, rng);
	default:
		return rng_below(rng, w->records);
	}
}

void workload_next(struct workload *w, struct rng *rng, struct operation *op)
{
	const struct mix *m = w->mix;

	op->kind = choose_kind(m, rng);
	op->count = 1;
	switch (op->kind) {
	case OP_INSERT:
		op->count = m->batches ? w->batch : 1;
		op->key = atomic_fetch_add_explicit(
		    &w->next_key, (uint64_t)op->count, memory_order_relaxed);
		break;
	case OP_SCAN:
		op->key = 0;
		break;
	case OP_RANGE:
		op->count =
		    m->range_varies ? 1 + (int)rng_below(rng, (uint64_t)m->range) : m->range;
		op->key = choose_key(w, rng);
		break;
	default:
		op->key = choose_key(w, rng);
	}
}

uint64_t workload_documents(const struct workload *w, const struct operation *op)
{
	return op->kind == OP_SCAN ? w->records : (uint64_t)op->count;
}
