#include "commands/write_reply.h"

#include "commands/reply.h"

/* Behind so many bytes of errors the words are left out, as in MongoDB. */
#define WORDS_BYTES_MAX (1024 * 1024)

int write_batch_check(const struct arg_docs *docs, struct status *st)
{
	if (docs->count >= 1 && docs->count <= WRITE_BATCH_MAX)
		return 0;
	return status_set(st, ERR_INVALID_LENGTH,
	    "Write batch sizes must be between 1 and %d. Got %d operations.", WRITE_BATCH_MAX,
	    docs->count);
}

void write_errors_init(struct write_errors *e, struct memory_account *account)
{
	buf_init(&e->buf, account);
	e->n = 0;
}

void write_errors_clear(struct write_errors *e)
{
	buf_clear(&e->buf);
}

/* Field order as MongoDB's: index, code, details, errmsg. */
void write_errors_add(struct write_errors *e, int index, const struct status *st)
{
	/* Each of 100,000 documents may fail, and the reply has to hold them all. */
	bool in_short = e->buf.len > WORDS_BYTES_MAX;
	struct builder b;

	builder_init(&b, &e->buf);
	builder_i32(&b, "index", index);
	builder_i32(&b, "code", st->code);
	if (st->extra && !in_short)
		builder_elements(&b, view_of(st->extra, st->extra_len));
	builder_str(&b, "errmsg", in_short ? "" : st->message);
	builder_finish(&b);
	e->n++;
}

bool write_error_ends_command(int code)
{
	switch (code) {
	case ERR_INTERRUPTED:
	case ERR_INTERRUPTED_AT_SHUTDOWN:
	case ERR_SHUTDOWN_IN_PROGRESS:
	case ERR_MAX_TIME_MS_EXPIRED:
	case ERR_CLIENT_DISCONNECT:
	case ERR_OUT_OF_DISK_SPACE:
	case ERR_INTERNAL_ERROR:
	case ERR_UNKNOWN_ERROR:
	case ERR_NOT_WRITABLE_PRIMARY:
		return true;
	default:
		return false;
	}
}

void write_reply_tail(struct request *r, const struct write_errors *e)
{
	struct view rest = buf_view(&e->buf);

	if (!write_is_acknowledged(&r->write_concern)) {
		reply_restart(r);
		return;
	}
	reply_optime(r);
	if (!e->n)
		return;
	builder_array_begin(&r->builder, "writeErrors");
	while (rest.len) {
		size_t len = (size_t)read_i32(rest.data);

		builder_doc(&r->builder, NULL, view_of(rest.data, len));
		rest = view_of(rest.data + len, rest.len - len);
	}
	builder_array_end(&r->builder);
}
