#include "storage/ddl_internal.h"

#include <stdlib.h>
#include <strings.h>

#include "storage/engine.h"
#include "util/clock.h"

void ddl_init(struct ddl *d, struct store *s)
{
	*d = (struct ddl){.store = s};
	lock_set_init(&d->lock, store_locks(s));
	arena_init(&d->arena, NULL);
}

static void note_fence(struct ddl *d)
{
	struct fence_figures *f = &d->store->fences;
	int64_t us = clock_mono_us() - d->fenced_us, longest = atomic_load(&f->longest_us);

	atomic_fetch_add(&f->n, 1);
	while (us > longest && !atomic_compare_exchange_weak(&f->longest_us, &longest, us))
		;
}

/* The versions are what they were: nothing has come of it. */
static void take_back(struct ddl *d)
{
	for (int i = 0; i < d->n_changes; i++) {
		struct collection *c = d->changes[i].before;

		if (c) {
			atomic_store(&c->live->version, c->version);
			atomic_store(&c->live->dropped, false);
		}
	}
}

static void open_fences(struct ddl *d)
{
	if (!d->fenced)
		return;
	if (d->superseded)
		take_back(d);
	d->superseded = false;
	note_fence(d);
	for (int i = 0; i < d->n_changes; i++) {
		if (d->changes[i].before)
			fence_open(d->changes[i].before->live->fence);
	}
	d->fenced = false;
}

void ddl_start_over(struct ddl *d)
{
	assert(d->phase != DDL_COMMIT);
	open_fences(d);
	for (int i = 0; i < d->n_changes; i++) {
		collection_unref(d->changes[i].before);
		collection_unref(d->changes[i].after);
		database_free(d->changes[i].made);
	}
	d->n_changes = d->n_drained = 0;
	lock_set_release(&d->lock);
	if (d->batch)
		batch_reset(d->batch);
	d->phase = DDL_START;
}

void ddl_clear(struct ddl *d)
{
	ddl_start_over(d);
	for (int i = 0; i < d->n_new; i++)
		index_unref(d->new_indexes[i]);
	building_unref(d->building);
	building_unref(d->awaited);
	collection_unref(d->collection);
	batch_free(d->batch);
	arena_clear(&d->arena);
	*d = (struct ddl){0};
}

struct catalog *ddl_catalog(struct ddl *d)
{
	return store_catalog(d->store);
}

int ddl_no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory to change the catalog");
}

/* ---------------------------------------------------------- the machine */

enum step ddl_begin(struct ddl *d, struct op *op, struct status *st)
{
	struct hash128 key;
	enum step step;

	if (op->on_loop)
		return STEP_HANDOVER;
	if (d->phase != DDL_START)
		return STEP_DONE;
	/* No table or index has the id 0. */
	key = lock_key(0, view_of_str("ddl"));
	step = locks_take(&d->lock, &key, 1, op, st);
	if (step != STEP_DONE)
		return step;
	if (!d->batch)
		d->batch = batch_new(d->store, &op->memory);
	if (!d->batch) {
		ddl_no_memory(st);
		return STEP_ERROR;
	}
	d->phase = DDL_LOCKED;
	return STEP_DONE;
}

static void close_fences(struct ddl *d)
{
	d->fenced_us = clock_mono_us();
	for (int i = 0; i < d->n_changes; i++) {
		if (d->changes[i].before)
			fence_close(d->changes[i].before->live->fence);
	}
	d->fenced = true;
}

/*
 * The fence keeps out who has not begun.  A commit that is queued has left it, and would
 * be carried out behind the back of whoever looks at documents now: from here on its check
 * refuses it, and what has been committed before is seen.
 */
static void supersede_versions(struct ddl *d)
{
	commit_lock(d->store);
	for (int i = 0; i < d->n_changes; i++) {
		struct ddl_change *ch = &d->changes[i];

		if (ch->before && ch->after)
			atomic_store(&ch->before->live->version, ch->after->version);
	}
	commit_unlock(d->store);
	d->superseded = true;
}

enum step ddl_fence(struct ddl *d, struct op *op, struct status *st)
{
	if (d->phase != DDL_PREPARED)
		return STEP_DONE;
	if (!d->fenced)
		close_fences(d);
	for (; d->n_drained < d->n_changes; d->n_drained++) {
		struct collection *c = d->changes[d->n_drained].before;

		if (!c || fence_drain(c->live->fence, op) == STEP_DONE)
			continue;
		if (op_check_now(op, st) == 0)
			return STEP_PARK;
		fence_drain_end(c->live->fence, op);
		return STEP_ERROR;
	}
	supersede_versions(d);
	d->phase = DDL_FENCED;
	return STEP_DONE;
}

bool ddl_has_index(const struct collection *c, uint32_t id)
{
	for (int i = 0; c && i < c->n_written; i++) {
		/* or a successor of the same entries */
		if (c->indexes[i]->id == id)
			return true;
	}
	return false;
}

/* From now on nothing more of such a build comes into the store. */
static void abort_builds(const struct ddl_change *ch)
{
	for (int i = ch->before ? ch->before->n_indexes : 0;
	     ch->before && i < ch->before->n_written; i++) {
		struct index *ix = ch->before->indexes[i];

		if (!ddl_has_index(ch->after, ix->id))
			atomic_store(&ix->building->aborted, ERR_INDEX_BUILD_ABORTED);
	}
}

/* Under the commit lock.  A commit that was queued before and is carried out
 * after this one sees in its own check that it comes too late. */
static int supersede(struct commit *commit, struct status *st)
{
	struct ddl *d = commit->check_arg;

	for (int i = 0; i < d->n_changes; i++) {
		struct ddl_change *ch = &d->changes[i];

		abort_builds(ch);
		if (ch->before && ch->after)
			atomic_store(&ch->before->live->version, ch->after->version);
		else if (ch->before)
			atomic_store(&ch->before->live->dropped, true);
	}
	return 0;
}

static void mark_dropped_indexes(const struct ddl_change *ch)
{
	for (int i = 0; ch->before && i < ch->before->n_written; i++) {
		if (!ddl_has_index(ch->after, ch->before->indexes[i]->id))
			atomic_store(&ch->before->indexes[i]->dropped, true);
	}
}

/* Those that the new version has among its indexes are built: nobody writes just now, and
 * nobody else has looked at their state. */
static void end_builds(const struct ddl_change *ch)
{
	for (int i = 0; ch->after && i < ch->after->n_indexes; i++)
		if (ch->after->indexes[i]->state == INDEX_BUILDING)
			ch->after->indexes[i]->state = INDEX_READY;
}

static void publish(struct ddl *d)
{
	struct catalog *cat = ddl_catalog(d);

	/* Before the next DDL may look at them. */
	if (d->arrays_in)
		atomic_fetch_or(&d->arrays_in->multikey, d->arrays_bits);
	for (int i = 0; i < d->n_changes; i++)
		end_builds(&d->changes[i]);
	pthread_rwlock_wrlock(&cat->lock);
	/* First in, then out: a database that only changes stays. */
	for (int i = 0; i < d->n_changes; i++) {
		struct ddl_change *ch = &d->changes[i];

		if (ch->after)
			catalog_link(cat, collection_ref(ch->after), &ch->made);
	}
	for (int i = 0; i < d->n_changes; i++) {
		if (d->changes[i].before)
			catalog_unlink(cat, d->changes[i].before);
	}
	pthread_rwlock_unlock(&cat->lock);
	for (int i = 0; i < d->n_changes; i++) {
		struct collection *before = d->changes[i].before;

		if (!before)
			continue;
		mark_dropped_indexes(&d->changes[i]);
		waitlist_wake_all(&before->live->appended);
		collection_unref(before); /* the catalog's; ours is still there */
	}
	catalog_clear_desks(cat);
}

enum step ddl_commit(struct ddl *d, struct op *op, struct status *st)
{
	enum step step;

	if (d->phase == DDL_READY) {
		commit_init(&d->commit, d->batch);
		d->commit.check = supersede;
		d->commit.check_arg = d;
		d->phase = DDL_COMMIT;
	}
	step = commit_run(d->store, &d->commit, op, st);
	if (step == STEP_ERROR) {
		take_back(d);
		d->phase = DDL_READY;
	}
	if (step != STEP_DONE)
		return step;
	d->superseded = false;
	publish(d);
	open_fences(d);
	/* The next may begin: its commit comes after this one in the log. */
	lock_set_release(&d->lock);
	d->phase = DDL_SYNC;
	return STEP_DONE;
}

void ddl_publish_uncommitted(struct ddl *d)
{
	struct commit commit = {.check_arg = d};
	struct status none;

	status_init(&none);
	commit_lock(d->store);
	(void)supersede(&commit, &none);
	commit_unlock(d->store);
	d->superseded = false;
	publish(d);
	open_fences(d);
	lock_set_release(&d->lock);
	d->phase = DDL_DONE;
}

enum step ddl_finish(struct ddl *d, struct op *op, struct status *st)
{
	enum step step = STEP_DONE;

	if (d->phase == DDL_READY || d->phase == DDL_COMMIT)
		step = ddl_commit(d, op, st);
	if (step == STEP_DONE && d->phase == DDL_SYNC)
		step = store_wait_synced(d->store, d->commit.sequence, op, st);
	if (step == STEP_DONE)
		d->phase = DDL_DONE;
	return step;
}

enum step ddl_carry_out(struct ddl *d, struct op *op, struct status *st)
{
	enum step step = ddl_fence(d, op, st);

	if (step != STEP_DONE)
		return step;
	if (d->phase == DDL_FENCED)
		d->phase = DDL_READY;
	return ddl_finish(d, op, st);
}

enum step ddl_nothing(struct ddl *d)
{
	lock_set_release(&d->lock);
	d->phase = DDL_DONE;
	return STEP_DONE;
}

/* ------------------------------------------------------ what they share */

static bool grow_changes(struct ddl *d)
{
	int capacity = d->changes_capacity ? d->changes_capacity * 2 : 4;
	struct ddl_change *grown =
	    arena_new_array(&d->arena, (size_t)capacity, struct ddl_change);

	if (!grown)
		return false;
	if (d->n_changes)
		memcpy(grown, d->changes, (size_t)d->n_changes * sizeof(*grown));
	d->changes = grown;
	d->changes_capacity = capacity;
	return true;
}

int ddl_add_change(
    struct ddl *d, struct collection *before, struct collection *after, struct status *st)
{
	if (d->n_changes == d->changes_capacity && !grow_changes(d)) {
		collection_unref(before);
		collection_unref(after);
		return ddl_no_memory(st);
	}
	d->changes[d->n_changes++] = (struct ddl_change){.before = before, .after = after};
	return 0;
}

int ddl_find(
    struct ddl *d, struct view db, struct view name, struct collection **out, struct status *st)
{
	*out = catalog_find(ddl_catalog(d), db, name);
	if (*out)
		return 0;
	return status_set(st, ERR_NAMESPACE_NOT_FOUND, "there is no collection '%.*s.%.*s'",
	    (int)db.len, (const char *)db.data, (int)name.len, (const char *)name.data);
}

static const struct database *differs_in_case(struct catalog *cat, struct view name)
{
	const struct database *db;

	for (db = cat->databases; db; db = db->next) {
		if (strlen(db->name) == name.len &&
		    strncasecmp(db->name, (const char *)name.data, name.len) == 0)
			return db;
	}
	return NULL;
}

int ddl_enter_database(struct ddl *d, struct ddl_change *ch, struct view db, struct status *st)
{
	struct catalog *cat = ddl_catalog(d);
	const struct database *there = catalog_database(cat, db);

	if (there) {
		ch->after->database_id = there->id;
		return 0;
	}
	there = differs_in_case(cat, db);
	if (there)
		return status_set(st, ERR_DATABASE_DIFFER_CASE,
		    "there is a database '%s', whose name differs from '%.*s' only in case",
		    there->name, (int)db.len, (const char *)db.data);
	ch->made = database_new(cat->next_namespace, db);
	if (!ch->made)
		return ddl_no_memory(st);
	ch->after->database_id = cat->next_namespace++;
	rows_put_database(d->batch, ch->made);
	rows_put_sequences(d->batch, cat);
	return 0;
}

void ddl_leave_database(struct ddl *d, const struct collection *c, int leaving)
{
	if (catalog_database_by_id(ddl_catalog(d), c->database_id)->n == leaving)
		rows_remove_database(d->batch, c->database_id);
}

void ddl_put_drop(struct ddl *d, const struct collection *c)
{
	rows_remove_collection(d->batch, c);
	for (int i = 0; i < c->n_written; i++) {
		rows_remove_index(d->batch, c->indexes[i]);
		batch_remove_index(d->batch, c->indexes[i]);
	}
	if (c->kind != KIND_VIEW)
		batch_remove_records(d->batch, c);
}

int ddl_make_index(struct ddl *d, const struct index_spec *spec, uint32_t table_id,
    struct index **out, struct status *st)
{
	struct index *ix = index_new(d->store);
	int r;

	if (!ix)
		return ddl_no_memory(st);
	ix->id = ddl_catalog(d)->next_object++;
	ix->table_id = table_id;
	ix->name = arena_strndup(&ix->arena, (const char *)spec->name.data, spec->name.len);
	ix->spec = arena_dup(&ix->arena, spec->spec);
	ix->key_pattern = arena_dup(&ix->arena, spec->key);
	ix->state = INDEX_READY;
	ix->unique = spec->unique;
	ix->sparse = spec->sparse;
	ix->hidden = spec->hidden;
	ix->created_ms = clock_wall_ms();
	r = arena_failed(&ix->arena) ? ddl_no_memory(st) : index_parse(ix, st);
	if (!r && ix->collator)
		ix->collation_version =
		    arena_dup(&ix->arena, view_of_str(store_collation_version(d->store)));
	if (!r)
		r = store_family_take(d->store, &ix->family, st);
	if (r) {
		index_unref(ix);
		return r;
	}
	*out = ix;
	return 0;
}

struct builder *ddl_note_begin(struct ddl_note *n, const struct collection *c)
{
	buf_init(&n->buf, NULL);
	builder_init(&n->b, &n->buf);
	if (c)
		builder_str(&n->b, "ns", c->ns);
	return &n->b;
}

void ddl_note_end(
    struct ddl_note *n, struct ddl *d, enum log_marker kind, const struct collection *c)
{
	static const uint8_t no_uuid[16];

	builder_finish(&n->b);
	/* Without a limit it fails only when the system has no memory left. */
	if (builder_failed(&n->b))
		abort();
	batch_note(d->batch, kind, c ? c->uuid : no_uuid, builder_view(&n->b));
	buf_clear(&n->buf);
}
