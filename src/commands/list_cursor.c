#include "commands/list_cursor.h"

/* A longer command (a bulkWrite with its operations) is not kept for currentOp. */
#define COMMAND_KEPT_BYTES (64 * 1024)

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a cursor");
}

int list_cursor_begin(
    struct list_cursor *lc, struct request *r, struct view options, struct status *st)
{
	struct cursor *c;
	int64_t batch_size;
	int err = cursor_options_decode(options, "cursor", &batch_size, st);

	if (err)
		return err;
	c = cursor_new(r->inst->cursors);
	if (!c)
		return no_memory(st);
	err = cursor_reply_init(&lc->reply, r, c, st);
	if (err)
		return err;
	lc->reply.batch_size = batch_size;
	if (r->body.len <= COMMAND_KEPT_BYTES)
		c->command = arena_dup(&c->arena, r->body);
	lc->docs = documents_new(&c->arena, &c->memory);
	return lc->docs && !arena_failed(&c->arena) ? 0 : no_memory(st);
}

int list_cursor_end(struct list_cursor *lc, struct status *st)
{
	struct cursor *c = lc->reply.cursor;
	struct exec *e = documents_exec(lc->docs);

	if (!e)
		return no_memory(st);
	c->exec = documents_are_none(lc->docs) ? NULL : e;
	lc->begun = true;
	return 0;
}

enum step list_cursor_run(struct list_cursor *lc, struct request *r)
{
	return cursor_reply_run(&lc->reply, r);
}

void list_cursor_clear(struct list_cursor *lc, struct request *r)
{
	cursor_reply_clear(&lc->reply, r);
}
