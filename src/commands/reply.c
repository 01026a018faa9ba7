#include "commands/reply.h"

#include "bson/validate.h"
#include "storage/store.h"

static bool is_query(const struct request *r)
{
	return r->message->opcode == OPCODE_QUERY;
}

void reply_begin(struct request *r)
{
	r->request_id = (int32_t)(r->op.id & INT32_MAX);
	r->reply_start = is_query(r) ? op_reply_begin(&r->reply) : op_msg_begin(&r->reply);
	builder_init(&r->builder, &r->reply);
}

/* Also when the buffer has failed: there is room for a small document. */
void reply_restart(struct request *r)
{
	r->reply.len = r->reply_start;
	r->reply.failed = false;
	reply_begin(r);
}

static int end_message(struct request *r, struct status *st)
{
	uint32_t flags = 0;
	int err;

	builder_finish(&r->builder);
	if (builder_failed(&r->builder))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for the reply");
	if (builder_view(&r->builder).len > BSON_INTERNAL_SIZE_MAX)
		return status_set(st, ERR_BSON_OBJECT_TOO_LARGE,
		    "the reply would be larger than %d bytes", BSON_INTERNAL_SIZE_MAX);
	if (is_query(r))
		return op_reply_finish(&r->reply, r->reply_start, r->request_id, r->response_to,
		    OP_REPLY_AWAIT_CAPABLE, st);
	if (r->more_to_come)
		flags |= OP_MSG_MORE_TO_COME;
	if (r->message->msg.checksum_present)
		flags |= OP_MSG_CHECKSUM_PRESENT;
	err =
	    op_msg_finish(&r->reply, r->reply_start, r->request_id, r->response_to, flags, st);
	return err;
}

/* Drivers hand the newest time back with their next request.  A zero hash says
 * that nothing has signed it. */
static void put_times(struct request *r)
{
	static const uint8_t no_hash[20];
	struct builder *b = &r->builder;
	uint64_t now;

	if (r->inst->face == FACE_STANDALONE || !r->inst->store)
		return;
	now = store_cluster_time(r->inst->store);
	builder_doc_begin(b, "$clusterTime");
	builder_timestamp(b, "clusterTime", now);
	builder_doc_begin(b, "signature");
	builder_binary(b, "hash", 0, no_hash, sizeof(no_hash));
	builder_i64(b, "keyId", 0);
	builder_doc_end(b);
	builder_doc_end(b);
	builder_timestamp(
	    b, "operationTime", r->last_cluster_time ? r->last_cluster_time : now);
}

static void put_write_concern_error(struct request *r, const struct status *wc)
{
	struct builder *b = &r->builder;
	char name[32];

	builder_doc_begin(b, "writeConcernError");
	builder_i32(b, "code", wc->code);
	builder_str(b, "codeName", error_code_name(wc->code, name));
	builder_str(b, "errmsg", wc->message);
	builder_doc_begin(b, "errInfo");
	if (wc->code == ERR_WRITE_CONCERN_FAILED)
		builder_bool(b, "wtimeout", true);
	builder_doc_begin(b, "writeConcern");
	if (r->write_concern.majority)
		builder_str(b, "w", "majority");
	else
		builder_i32(b, "w", r->write_concern.w);
	if (r->write_concern.journal)
		builder_bool(b, "j", true);
	builder_int(b, "wtimeout", r->write_concern.wtimeout_ms);
	builder_str(
	    b, "provenance", r->write_concern.given ? "clientSupplied" : "implicitDefault");
	builder_doc_end(b);
	builder_doc_end(b);
	builder_doc_end(b);
}

int reply_finish_ok(struct request *r, const struct status *wc, struct status *st)
{
	if (wc)
		put_write_concern_error(r, wc);
	if (r->ok_is_int)
		builder_i32(&r->builder, "ok", 1);
	else
		builder_double(&r->builder, "ok", 1);
	put_times(r);
	return end_message(r, st);
}

/* 0x7fffffff and the term: above whatever an election under another protocol
 * has drawn. */
void reply_election_id(struct builder *b, uint32_t term)
{
	uint8_t oid[12] = {0x7f, 0xff, 0xff, 0xff};
	uint64_t be = htobe64(term);

	memcpy(oid + 4, &be, 8);
	builder_oid(b, "electionId", oid);
}

void reply_optime(struct request *r)
{
	struct builder *b = &r->builder;

	if (r->inst->face != FACE_REPLSET || !r->last_commit)
		return;
	reply_election_id(b, store_term(r->inst->store));
	builder_doc_begin(b, "opTime");
	builder_timestamp(b, "ts", r->last_cluster_time);
	builder_i64(b, "t", store_term(r->inst->store));
	builder_doc_end(b);
}

void reply_topology_version(struct builder *b, const struct instance *inst)
{
	builder_doc_begin(b, "topologyVersion");
	builder_oid(b, "processId", inst->process_id);
	builder_i64(b, "counter", atomic_load(&inst->topology_counter));
	builder_doc_end(b);
}

/* The codes after which a driver should find out anew who is primary; on a
 * retryable write it may then try again. */
static bool is_state_change(int code)
{
	return code == ERR_SHUTDOWN_IN_PROGRESS || code == ERR_INTERRUPTED_AT_SHUTDOWN ||
	       code == ERR_NOT_WRITABLE_PRIMARY;
}

static void put_labels(struct request *r)
{
	static const struct {
		unsigned int label;
		const char *name;
	} names[] = {
	    {LABEL_TRANSIENT_TRANSACTION, "TransientTransactionError"},
	    {LABEL_RETRYABLE_WRITE, "RetryableWriteError"},
	    {LABEL_RESUMABLE_CHANGE_STREAM, "ResumableChangeStreamError"},
	    {LABEL_UNKNOWN_COMMIT_RESULT, "UnknownTransactionCommitResult"},
	};
	unsigned int labels = r->status.labels;
	size_t i;

	/* Only a transaction as a whole can be transiently wrong. */
	labels &= ~(unsigned int)LABEL_TRANSIENT_TRANSACTION;
	if (r->common.has_txn_number && is_state_change(r->status.code))
		labels |= LABEL_RETRYABLE_WRITE;
	if (!labels)
		return;
	builder_array_begin(&r->builder, "errorLabels");
	for (i = 0; i < ARRAY_LEN(names); i++)
		if (labels & names[i].label)
			builder_str(&r->builder, NULL, names[i].name);
	builder_array_end(&r->builder);
}

void reply_finish_error(struct request *r)
{
	struct builder *b = &r->builder;
	char name[32];

	reply_restart(r);
	r->more_to_come = false;
	put_labels(r);
	builder_double(b, "ok", 0);
	builder_str(b, "errmsg", r->status.message);
	builder_i32(b, "code", r->status.code);
	builder_str(b, "codeName", error_code_name(r->status.code, name));
	if (r->status.extra)
		builder_elements(b, view_of(r->status.extra, r->status.extra_len));
	if (is_state_change(r->status.code))
		reply_topology_version(b, r->inst);
	put_times(r);
	if (end_message(r, NULL)) {
		/* Not even this fits: nothing can be said. */
		r->reply.len = 0;
		r->close_connection = true;
	}
}
