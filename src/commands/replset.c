#include "commands/replset.h"

#include "commands/reply.h"
#include "storage/store.h"

const char *replset_own_address(struct request *r)
{
	if (r->inst->advertise)
		return r->inst->advertise;
	if (r->client->sni[0])
		return arena_printf(&r->arena, "%s:%d", r->client->sni, r->inst->port);
	if (r->client->is_unix || !r->client->local[0])
		return arena_printf(&r->arena, "%s:%d", r->inst->host_name, r->inst->port);
	return r->client->local;
}

uint32_t replset_term(const struct instance *inst)
{
	return inst->store ? store_term(inst->store) : 1;
}

int64_t replset_wall_ms(uint64_t cluster_time)
{
	return (int64_t)(cluster_time >> 32) * 1000;
}

void replset_put_op_time(
    struct builder *b, const char *name, uint64_t cluster_time, uint32_t term)
{
	builder_doc_begin(b, name);
	builder_timestamp(b, "ts", cluster_time);
	builder_i64(b, "t", term);
	builder_doc_end(b);
}

static void put_last_write(struct builder *b, struct store *store)
{
	uint32_t term = store_term(store);
	uint64_t newest = store_cluster_time(store), synced = store_synced_time(store);

	builder_doc_begin(b, "lastWrite");
	replset_put_op_time(b, "opTime", newest, term);
	builder_date(b, "lastWriteDate", replset_wall_ms(newest));
	replset_put_op_time(b, "majorityOpTime", synced, term);
	builder_date(b, "majorityWriteDate", replset_wall_ms(synced));
	builder_doc_end(b);
}

void replset_put_hello(struct request *r, const char *primary_field)
{
	struct builder *b = &r->builder;
	const char *me = replset_own_address(r);

	me = me ? me : "";
	builder_array_begin(b, "hosts");
	builder_str(b, NULL, me);
	builder_array_end(b);
	builder_str(b, "setName", r->inst->set_name);
	builder_i32(b, "setVersion", (int32_t)replset_term(r->inst));
	builder_bool(b, primary_field, true);
	builder_bool(b, "secondary", false);
	builder_str(b, "primary", me);
	builder_str(b, "me", me);
	reply_election_id(b, replset_term(r->inst));
	if (r->inst->store)
		put_last_write(b, r->inst->store);
}
