#include "query/settings_change.h"

#include "bson/builder.h"
#include "query/query_state.h"

#define ERR_SETTINGS_SAY_NOTHING 7746604
/* Of the lock: no table has this id. */
#define SETTINGS_LOCK 0xFFFFFFFFu

enum { LOCK, PREPARE, COMMIT, SYNC };

void settings_change_init(struct settings_change *ch, struct store *s, struct arena *a)
{
	*ch = (struct settings_change){.arena = a, .store = s};
	lock_set_init(&ch->locks, store_locks(s));
}

void settings_change_clear(struct settings_change *ch)
{
	lock_set_release(&ch->locks);
	if (ch->batch)
		batch_free(ch->batch);
	query_settings_discard(ch->entry);
	ch->batch = NULL;
	ch->entry = NULL;
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for query settings");
}

static struct value choose(bool given, struct value v, struct view old, const char *name)
{
	return given ? v : doc_get(old, name);
}

/* old: what has been said; empty: nothing. */
static void put_merged(struct builder *b, const struct settings_parts *p, struct view old)
{
	struct value hints = choose(p->has_hints, value_of_array(p->hints), old, "indexHints");
	struct value framework = doc_get(old, "queryFramework");
	bool reject = p->has_reject ? p->reject : value_truthy(doc_get(old, "reject"));

	if (hints.type == TYPE_ARRAY && !doc_is_empty(value_doc(hints)))
		builder_value(b, "indexHints", hints);
	if (p->has_framework)
		builder_str_n(
		    b, "queryFramework", (const char *)p->framework.data, p->framework.len);
	else
		builder_value(b, "queryFramework", framework);
	if (reject)
		builder_bool(b, "reject", true);
	builder_value(
	    b, "comment", choose(!value_is_missing(p->comment), p->comment, old, "comment"));
}

static int merge(struct settings_change *ch, struct view old, struct status *st)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, ch->arena->account);
	builder_init(&b, &buf);
	put_merged(&b, &ch->parts, old);
	builder_finish(&b);
	ch->result.settings =
	    builder_failed(&b) ? view_of(NULL, 0) : arena_dup(ch->arena, builder_view(&b));
	buf_clear(&buf);
	if (!ch->result.settings.data)
		return no_memory(st);
	if (!doc_is_empty(ch->result.settings))
		return 0;
	return status_set(st, ERR_SETTINGS_SAY_NOTHING,
	    "these settings say nothing: removeQuerySettings is for that");
}

/* What is to be said, from what is. */
static int make_result(
    struct settings_change *ch, const struct query_setting *old, struct status *st)
{
	struct query_setting *s = &ch->result;
	int err = merge(ch, old ? old->settings : doc_empty, st);

	if (err)
		return err;
	strcpy(s->hash, ch->hash);
	s->reject = value_truthy(doc_get(s->settings, "reject"));
	s->query = ch->query;
	s->ns = ch->ns;
	if (!s->query.len && old) {
		s->query = old->query;
		s->ns = old->ns;
	}
	ch->entry = query_settings_prepare(s);
	return ch->entry ? 0 : no_memory(st);
}

static int make_batch(struct settings_change *ch, struct status *st)
{
	struct view row = {0};
	int err = ch->remove ? 0 : query_setting_format(&ch->result, ch->arena, &row, st);

	if (err)
		return err;
	ch->batch = batch_new(ch->store, NULL);
	if (!ch->batch)
		return no_memory(st);
	if (ch->remove)
		batch_remove_row(ch->batch, TABLE_QUERY_SETTINGS, view_of_str(ch->hash));
	else
		batch_put_row(ch->batch, TABLE_QUERY_SETTINGS, view_of_str(ch->hash), row);
	commit_init(&ch->commit, ch->batch);
	return 0;
}

/* DONE: there is nothing to be changed; ROW: go on with the commit. */
static enum step prepare(struct settings_change *ch, struct status *st)
{
	const struct query_setting *old;
	int err = query_settings_find(
	    query_settings_of(ch->store), view_of(NULL, 0), ch->hash, ch->arena, &old, st);

	if (!err && ch->remove && !old)
		return STEP_DONE;
	if (!err && !ch->remove)
		err = make_result(ch, old, st);
	if (!err)
		err = make_batch(ch, st);
	return err ? STEP_ERROR : STEP_ROW;
}

/* The row is in the store: from now on it counts. */
static void publish(struct settings_change *ch)
{
	struct query_settings *qs = query_settings_of(ch->store);

	ch->sequence = ch->commit.sequence;
	if (ch->remove)
		query_settings_drop(qs, ch->hash);
	else
		query_settings_publish(qs, ch->entry);
	ch->entry = NULL;
}

enum step settings_change_run(struct settings_change *ch, struct op *op, struct status *st)
{
	struct hash128 key = lock_key(SETTINGS_LOCK, view_of_str(ch->hash));
	enum step step;

	if (op->on_loop)
		return STEP_HANDOVER;
	if (ch->phase == LOCK) {
		step = locks_take(&ch->locks, &key, 1, op, st);
		if (step != STEP_DONE)
			return step;
		ch->phase = PREPARE;
	}
	if (ch->phase == PREPARE) {
		step = prepare(ch, st);
		if (step != STEP_ROW)
			return step;
		ch->phase = COMMIT;
	}
	if (ch->phase == COMMIT) {
		step = commit_run(ch->store, &ch->commit, op, st);
		if (step != STEP_DONE)
			return step;
		publish(ch);
		lock_set_release(&ch->locks);
		ch->phase = SYNC;
	}
	return store_wait_synced(ch->store, ch->sequence, op, st);
}
