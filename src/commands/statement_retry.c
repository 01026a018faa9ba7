#include "commands/statement_retry.h"

#include "commands/args.h"
#include "session/sessions.h"

static int number_ids(int32_t *ids, int n, int64_t first, struct status *st)
{
	if (first < 0 || first > INT32_MAX - n)
		return status_set(st, ERR_BAD_VALUE, "stmtId is out of range");
	for (int i = 0; i < n; i++)
		ids[i] = (int32_t)first + i;
	return 0;
}

static int listed_ids(int32_t *ids, int n, struct view list, struct status *st)
{
	struct doc_iter it = doc_iter(list);
	struct element e;
	int i = 0;

	while (doc_next(&it, &e)) {
		int64_t v;

		if (!value_to_i64(e.value, &v) || v < INT32_MIN || v > INT32_MAX)
			return wrong_type(st, NULL, "stmtIds", e.value.type, "int");
		if (v < 0)
			return status_set(st, ERR_BAD_VALUE, "stmtId is out of range");
		if (i < n)
			ids[i] = (int32_t)v;
		i++;
	}
	if (i != n)
		return status_set(st, ERR_INVALID_LENGTH,
		    "there are %d stmtIds for %d statements", i, n);
	return 0;
}

int statement_ids(struct request *r, const struct arg_int *stmt_id, struct view stmt_ids, int n,
    const int32_t **out, struct status *st)
{
	int32_t *ids;

	*out = NULL;
	if (!r->session)
		return 0;
	ids = arena_new_array(&r->arena, (size_t)n, int32_t);
	if (!ids)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for this command");
	*out = ids;
	if (stmt_ids.data && stmt_id && stmt_id->given)
		return status_set(
		    st, ERR_INVALID_OPTIONS, "stmtId and stmtIds go not together");
	if (stmt_ids.data)
		return listed_ids(ids, n, stmt_ids, st);
	return number_ids(ids, n, stmt_id && stmt_id->given ? stmt_id->v : 0, st);
}

static struct statement_retry *of_writer(struct writer_retry *w)
{
	return container_of(w, struct statement_retry, writer);
}

static int note(struct writer_retry *w, int i, struct status *st)
{
	struct statement_retry *s = of_writer(w);
	int statement = s->places ? s->places[i] : s->statement;
	struct retry_result result = {0};
	int err = s->result(s, &result, st);

	return err ? err : retry_note(s->session, s->stmt_ids[statement], &result, st);
}

static int put(struct writer_retry *w, struct batch *b, struct status *st)
{
	return retry_put(of_writer(w)->session, b, st);
}

static void ended(struct writer_retry *w, bool committed)
{
	struct statement_retry *s = of_writer(w);

	if (committed)
		retry_committed(s->session);
	else
		retry_rolled_back(s->session);
}

void statement_retry_init(struct statement_retry *s, struct request *r, const int32_t *ids,
    int (*result)(struct statement_retry *, struct retry_result *, struct status *), void *arg)
{
	*s = (struct statement_retry){
	    .writer = {.note = note, .put = put, .ended = ended},
	    .session = r->session,
	    .n_retried = &r->n_retried,
	    .stmt_ids = ids,
	    .result = result,
	    .arg = arg,
	};
}

struct writer_retry *statement_retry_hook(struct statement_retry *s)
{
	return s->session ? &s->writer : NULL;
}

bool statement_retry_find(
    const struct statement_retry *s, int statement, struct retry_result *out)
{
	bool found = s->session && retry_find(s->session, s->stmt_ids[statement], out);

	*s->n_retried += found;
	return found;
}
