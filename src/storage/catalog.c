#include "storage/catalog_internal.h"

#include <stdlib.h>

#include "storage/engine.h"
#include "storage/newest.h"
#include "util/clock.h"
#include "util/hash.h"

#define FIRST_BUCKETS 64

static const uint8_t id_index_bytes[] = {0x2E, 0, 0, 0, /* 46 bytes */
    0x10, 'v', 0, 2, 0, 0, 0, /* v: 2 */
    0x03, 'k', 'e', 'y', 0, /* key: */
    0x0E, 0, 0, 0, 0x10, '_', 'i', 'd', 0, 1, 0, 0, 0, 0, /* {_id: 1} */
    0x02, 'n', 'a', 'm', 'e', 0, 5, 0, 0, 0, '_', 'i', 'd', '_', 0, /* name: "_id_" */
    0};

const struct view id_index_spec = {id_index_bytes, sizeof(id_index_bytes)};

/* ----------------------------------------------------------- indexes */

struct index *index_new(struct store *s)
{
	struct index *ix = calloc(1, sizeof(*ix));

	if (!ix)
		return NULL;
	ix->refs = 1;
	ix->store = s;
	arena_init(&ix->arena, NULL);
	return ix;
}

struct index *index_ref(struct index *ix)
{
	atomic_fetch_add_explicit(&ix->refs, 1, memory_order_relaxed);
	return ix;
}

void index_unref(struct index *ix)
{
	if (!ix || atomic_fetch_sub(&ix->refs, 1) != 1)
		return;
	if (ix->compiled_free)
		ix->compiled_free(ix->compiled);
	if (ix->family && ix->dropped)
		store_family_retire(ix->store, ix->family);
	if (ix->family)
		family_unref(ix->family);
	building_unref(ix->building);
	arena_clear(&ix->arena);
	free(ix);
}

struct building *building_new(void)
{
	struct building *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->refs = 1;
	random_uuid(b->uuid);
	waitlist_init(&b->ended);
	return b;
}

struct building *building_ref(struct building *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void building_unref(struct building *b)
{
	if (!b || atomic_fetch_sub(&b->refs, 1) != 1)
		return;
	waitlist_clear(&b->ended);
	free(b);
}

int building_check(const struct building *b, struct status *st)
{
	int reason = atomic_load(&b->aborted);

	return reason ? status_set(st, reason,
			    "the index build was aborted: its collection or one of its indexes "
			    "has been dropped")
		      : 0;
}

static bool is_descending(struct value v)
{
	double d;

	return value_is_number(v) && value_to_double(v, &d) && d < 0;
}

static enum key_kind field_kind(const struct element *e)
{
	if (index_path_is_wildcard(view_of(e->name, e->name_len)))
		return INDEX_WILDCARD;
	return e->value.type == TYPE_STRING ? key_kind_find(value_str(e->value))
					    : INDEX_PLAIN;
}

static int parse_collation(struct index *ix, struct status *st)
{
	struct value v = doc_get(ix->spec, "collation");

	if (v.type != TYPE_OBJECT)
		return 0;
	return store_collator(ix->store, value_doc(v), &ix->arena, &ix->collator, st);
}

/* What its row has no field for. */
static void parse_options(struct index *ix)
{
	struct value expire = doc_get(ix->spec, "expireAfterSeconds");

	ix->partial = !value_is_missing(doc_get(ix->spec, "partialFilterExpression"));
	ix->prepare_unique = value_truthy(doc_get(ix->spec, "prepareUnique"));
	if (!value_to_i64(expire, &ix->expire_after_s))
		ix->expire_after_s = -1;
}

/* In front of the field that stands for all paths stands the path. */
static bool add_path_field(struct index *ix)
{
	struct index_field *f = &ix->fields[ix->n_fields];

	ix->wildcard = ix->n_fields++;
	f->kind = INDEX_WILDCARD;
	return path_parse(&f->path, view_of_str("$_path"), &ix->arena);
}

int index_parse(struct index *ix, struct status *st)
{
	struct doc_iter it = doc_iter(ix->key_pattern);
	struct element e;
	int r = parse_collation(ix, st);

	if (r)
		return r;
	parse_options(ix);
	ix->n_fields = 0;
	while (ix->n_fields < INDEX_FIELDS_MAX && doc_next(&it, &e)) {
		enum key_kind kind = field_kind(&e);
		struct index_field *f;

		if (kind == INDEX_WILDCARD && !add_path_field(ix))
			break;
		if (ix->n_fields == INDEX_FIELDS_MAX)
			break;
		f = &ix->fields[ix->n_fields++];
		/* false is no memory, which the arena says as well */
		if (!path_parse(&f->path, view_of(e.name, e.name_len), &ix->arena))
			break;
		f->descending = is_descending(e.value);
		f->kind = kind;
		if (f->kind != INDEX_PLAIN)
			ix->kind = f->kind;
	}
	if (arena_failed(&ix->arena))
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for an index");
	return 0;
}

/* ------------------------------------------------------- collections */

static struct collection_live *live_new(void)
{
	struct collection_live *live = calloc(1, sizeof(*live));

	if (!live)
		return NULL;
	live->fence = fence_new();
	live->newest = newest_new();
	if (!live->fence || !live->newest) {
		fence_free(live->fence);
		newest_free(live->newest);
		free(live);
		return NULL;
	}
	live->refs = 1;
	live->version = 1;
	live->next_sequence = 1;
	live->created_ms = clock_wall_ms();
	waitlist_init(&live->appended);
	arena_init(&live->arena, NULL);
	return live;
}

static void live_unref(struct collection_live *live)
{
	if (atomic_fetch_sub(&live->refs, 1) != 1)
		return;
	fence_free(live->fence);
	newest_free(live->newest);
	waitlist_clear(&live->appended);
	if (live->extra)
		live->extra->free(live->extra);
	arena_clear(&live->arena);
	free(live);
}

struct collection *collection_new(struct collection_live *live)
{
	struct collection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	if (live)
		atomic_fetch_add(&live->refs, 1);
	else
		live = live_new();
	if (!live) {
		free(c);
		return NULL;
	}
	c->refs = 1;
	c->version = 1;
	c->live = live;
	arena_init(&c->arena, NULL);
	return c;
}

int collection_set_collation(
    struct collection *c, struct store *s, struct view document, struct status *st)
{
	if (!document.len || doc_is_empty(document))
		return 0;
	c->collation = arena_dup(&c->arena, document);
	return store_collator(s, document, &c->live->arena, &c->collator, st);
}

struct collection *collection_next(const struct collection *c)
{
	struct collection *next = collection_new(c->live);

	if (!next)
		return NULL;
	next->namespace_id = c->namespace_id;
	next->table_id = c->table_id;
	next->database_id = c->database_id;
	memcpy(next->uuid, c->uuid, sizeof(next->uuid));
	next->version = c->version + 1;
	next->kind = c->kind;
	next->record_key = c->record_key;
	next->capped = c->capped;
	next->temp = c->temp;
	next->pre_images = c->pre_images;
	next->capped_bytes = c->capped_bytes;
	next->capped_documents = c->capped_documents;
	next->options = arena_dup(&next->arena, c->options);
	next->view_on = arena_dup(&next->arena, c->view_on);
	next->pipeline = arena_dup(&next->arena, c->pipeline);
	next->collator = c->collator;
	next->collation = arena_dup(&next->arena, c->collation);
	next->collation_version = arena_dup(&next->arena, c->collation_version);
	collection_set_name(next, view_of_str(c->db), view_of_str(c->name));
	for (int i = 0; i < c->n_written; i++)
		index_ref(c->indexes[i]);
	collection_set_indexes(next, c->n_indexes, c->n_written, c->indexes);
	return next;
}

void collection_set_name(struct collection *c, struct view db, struct view name)
{
	c->db = arena_strndup(&c->arena, (const char *)db.data, db.len);
	c->name = arena_strndup(&c->arena, (const char *)name.data, name.len);
	c->ns = arena_printf(&c->arena, "%.*s.%.*s", (int)db.len, (const char *)db.data,
	    (int)name.len, (const char *)name.data);
}

void collection_set_indexes(
    struct collection *c, int n_ready, int n, struct index *const *indexes)
{
	c->n_indexes = c->n_written = 0;
	c->indexes = arena_new_array(&c->arena, (size_t)n, struct index *);
	for (int i = 0; i < n; i++) {
		if (c->indexes)
			c->indexes[c->n_written++] = indexes[i];
		else
			index_unref(indexes[i]); /* the arena has failed */
	}
	c->n_indexes = MIN_OF(n_ready, c->n_written);
}

struct collection *collection_ref(struct collection *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void collection_unref(struct collection *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	if (c->compiled_free)
		c->compiled_free(c->compiled);
	for (int i = 0; i < c->n_written; i++)
		index_unref(c->indexes[i]);
	live_unref(c->live);
	arena_clear(&c->arena);
	free(c);
}

struct index *collection_index(const struct collection *c, const char *name)
{
	for (int i = 0; i < c->n_indexes; i++) {
		if (strcmp(c->indexes[i]->name, name) == 0)
			return c->indexes[i];
	}
	return NULL;
}

struct view collection_id_spec(const struct collection *c)
{
	for (int i = 0; i < c->n_indexes; i++)
		if (c->indexes[i]->is_id)
			return c->indexes[i]->spec;
	return id_index_spec;
}

bool collection_is_current(const struct collection *c)
{
	return atomic_load_explicit(&c->live->version, memory_order_acquire) == c->version &&
	       !atomic_load_explicit(&c->live->dropped, memory_order_acquire);
}

int collection_count_indexes(const struct collection *c)
{
	if (c->kind == KIND_VIEW)
		return 0;
	return c->n_written + (c->record_key == RECORD_KEY_ID) - collection_is_clustered(c);
}

bool collection_is_clustered(const struct collection *c)
{
	return !value_is_missing(doc_get(c->options, "clusteredIndex"));
}

const char *collection_type(const struct collection *c)
{
	static const char *const types[] = {[KIND_COLLECTION] = "collection",
	    [KIND_VIEW] = "view",
	    [KIND_TIMESERIES] = "timeseries"};

	return types[c->kind];
}

static struct view series_field(const struct collection *c, const char *name)
{
	struct value series = doc_get(c->options, "timeseries"), v;

	assert(c->kind == KIND_TIMESERIES && series.type == TYPE_OBJECT);
	v = doc_get(value_doc(series), name);
	return v.type == TYPE_STRING ? value_str(v) : view_of(NULL, 0);
}

struct view collection_time_field(const struct collection *c)
{
	return series_field(c, "timeField");
}

struct view collection_meta_field(const struct collection *c)
{
	return series_field(c, "metaField");
}

/* -------------------------------------------------------------- maps */

static uint64_t hash_of_table(uint32_t id)
{
	return hash_bytes(view_of(&id, sizeof(id)));
}

static struct collection **bucket_of(struct catalog_map *m, uint64_t hash)
{
	return &m->buckets[hash & (m->n_buckets - 1)];
}

static bool map_grow(struct catalog_map *m, int which, size_t n_buckets)
{
	struct collection **buckets = calloc(n_buckets, sizeof(struct collection *));
	struct collection **old = m->buckets;
	size_t n_old = m->n_buckets;

	if (!buckets)
		return false;
	m->buckets = buckets;
	m->n_buckets = n_buckets;
	for (size_t i = 0; i < n_old; i++) {
		struct collection *c, *next;

		for (c = old[i]; c; c = next) {
			struct collection **to = bucket_of(m, c->links[which].hash);

			next = c->links[which].next;
			c->links[which].next = *to;
			*to = c;
		}
	}
	free(old);
	return true;
}

static void map_add(struct catalog *cat, int which, struct collection *c, uint64_t hash)
{
	struct catalog_map *m = &cat->maps[which];
	struct collection **to;

	/* A map that cannot grow still works. */
	if (m->n >= m->n_buckets)
		(void)map_grow(m, which, m->n_buckets * 2);
	to = bucket_of(m, hash);
	c->links[which].hash = hash;
	c->links[which].next = *to;
	*to = c;
	m->n++;
}

static void chain_remove(struct collection **at, int which, struct collection *c)
{
	while (*at != c)
		at = &(*at)->links[which].next;
	*at = c->links[which].next;
}

void catalog_link(struct catalog *cat, struct collection *c, struct database **made)
{
	struct database *db = catalog_database_by_id(cat, c->database_id);

	if (!db) {
		db = *made;
		*made = NULL;
		db->next = cat->databases;
		cat->databases = db;
	}
	db->n++;
	c->links[BY_DATABASE].next = db->collections;
	db->collections = c;
	map_add(cat, BY_NAMESPACE, c, hash_bytes(view_of_str(c->ns)));
	map_add(cat, BY_TABLE, c, hash_of_table(c->table_id));
	map_add(cat, BY_UUID, c, hash_bytes(view_of(c->uuid, sizeof(c->uuid))));
}

void catalog_unlink(struct catalog *cat, struct collection *c)
{
	struct database *db = catalog_database_by_id(cat, c->database_id);

	chain_remove(&db->collections, BY_DATABASE, c);
	for (int i = 0; i < MAPS; i++) {
		chain_remove(bucket_of(&cat->maps[i], c->links[i].hash), i, c);
		cat->maps[i].n--;
	}
	if (--db->n == 0) {
		struct database **at = &cat->databases;

		while (*at != db)
			at = &(*at)->next;
		*at = db->next;
		database_free(db);
	}
}

/* --------------------------------------------------------- databases */

struct database *database_new(uint32_t id, struct view name)
{
	struct database *db = calloc(1, sizeof(*db));

	if (!db)
		return NULL;
	db->id = id;
	db->name = strndup((const char *)name.data, name.len);
	if (!db->name) {
		free(db);
		return NULL;
	}
	return db;
}

void database_free(struct database *db)
{
	if (!db)
		return;
	free(db->name);
	free(db);
}

struct database *catalog_database(struct catalog *cat, struct view name)
{
	struct database *db;

	for (db = cat->databases; db; db = db->next) {
		if (view_equal(view_of_str(db->name), name))
			return db;
	}
	return NULL;
}

struct database *catalog_database_by_id(struct catalog *cat, uint32_t id)
{
	struct database *db;

	for (db = cat->databases; db && db->id != id; db = db->next)
		;
	return db;
}

/* ------------------------------------------------------- looking up */

struct collection *catalog_find(struct catalog *cat, struct view db, struct view name)
{
	char ns[NAMESPACE_MAX];
	struct collection *c;
	struct view key;
	uint64_t hash;

	if (db.len + 1 + name.len > sizeof(ns) || db.len == 0 || name.len == 0)
		return NULL;
	memcpy(ns, db.data, db.len);
	ns[db.len] = '.';
	memcpy(ns + db.len + 1, name.data, name.len);
	key = view_of(ns, db.len + 1 + name.len);
	hash = hash_bytes(key);

	pthread_rwlock_rdlock(&cat->lock);
	for (c = *bucket_of(&cat->maps[BY_NAMESPACE], hash); c;
	     c = c->links[BY_NAMESPACE].next) {
		if (c->links[BY_NAMESPACE].hash == hash &&
		    view_equal(view_of_str(c->ns), key) && strlen(c->db) == db.len)
			break;
	}
	if (c)
		collection_ref(c);
	pthread_rwlock_unlock(&cat->lock);
	return c;
}

struct collection *catalog_find_table(struct catalog *cat, uint32_t table_id)
{
	uint64_t hash = hash_of_table(table_id);
	struct collection *c;

	pthread_rwlock_rdlock(&cat->lock);
	for (c = *bucket_of(&cat->maps[BY_TABLE], hash); c; c = c->links[BY_TABLE].next) {
		if (c->table_id == table_id)
			break;
	}
	if (c)
		collection_ref(c);
	pthread_rwlock_unlock(&cat->lock);
	return c;
}

struct collection *catalog_find_uuid(
    struct catalog *cat, struct view db, const uint8_t uuid[static 16])
{
	uint64_t hash = hash_bytes(view_of(uuid, 16));
	struct collection *c;

	pthread_rwlock_rdlock(&cat->lock);
	for (c = *bucket_of(&cat->maps[BY_UUID], hash); c; c = c->links[BY_UUID].next) {
		if (memcmp(c->uuid, uuid, 16) == 0 && view_equal(view_of_str(c->db), db))
			break;
	}
	if (c)
		collection_ref(c);
	pthread_rwlock_unlock(&cat->lock);
	return c;
}

/* ---------------------------------------------------------- walking */

static int by_namespace(const void *a, const void *b)
{
	const struct collection *x = *(struct collection *const *)a;
	const struct collection *y = *(struct collection *const *)b;
	int c = strcmp(x->db, y->db);

	return c ? c : strcmp(x->name, y->name);
}

/* References to the collections of db (or all), sorted.  A list without
 * memory would be a lie: there is no way on then. */
static struct collection **collect(struct catalog *cat, struct view db, size_t *n)
{
	struct collection **all, *c;
	struct database *d;

	*n = 0;
	pthread_rwlock_rdlock(&cat->lock);
	all = calloc(cat->maps[BY_TABLE].n + 1, sizeof(struct collection *));
	if (!all)
		abort();
	for (d = cat->databases; d; d = d->next) {
		if (db.len && !view_equal(view_of_str(d->name), db))
			continue;
		for (c = d->collections; c; c = c->links[BY_DATABASE].next)
			all[(*n)++] = collection_ref(c);
	}
	pthread_rwlock_unlock(&cat->lock);
	qsort(all, *n, sizeof(struct collection *), by_namespace);
	return all;
}

void catalog_each(struct catalog *cat, struct view db,
    bool (*each)(void *arg, struct collection *c), void *arg)
{
	struct collection **all;
	bool more = true;
	size_t n;

	all = collect(cat, db, &n);
	for (size_t i = 0; i < n; i++) {
		if (more)
			more = each(arg, all[i]);
		collection_unref(all[i]);
	}
	free(all);
}

static int by_name(const void *a, const void *b)
{
	return view_compare(*(const struct view *)a, *(const struct view *)b);
}

struct view_list catalog_databases(struct catalog *cat, struct arena *a)
{
	struct view_list list = {0};
	struct database *db;
	int n = 0;

	pthread_rwlock_rdlock(&cat->lock);
	for (db = cat->databases; db; db = db->next)
		n++;
	list.names = arena_new_array(a, (size_t)n, struct view);
	for (db = cat->databases; db && list.names; db = db->next) {
		if (db->n)
			list.names[list.n++] = arena_dup(a, view_of_str(db->name));
	}
	pthread_rwlock_unlock(&cat->lock);
	if (arena_failed(a))
		return (struct view_list){0};
	if (list.n)
		qsort(list.names, (size_t)list.n, sizeof(struct view), by_name);
	return list;
}

bool catalog_database_exists(struct catalog *cat, struct view db)
{
	struct database *d;
	bool there;

	pthread_rwlock_rdlock(&cat->lock);
	d = catalog_database(cat, db);
	there = d && d->n > 0;
	pthread_rwlock_unlock(&cat->lock);
	return there;
}

/* ------------------------------------------------ opening and closing */

struct catalog *catalog_new(struct store *s)
{
	struct catalog *cat = aligned_alloc(CACHE_LINE, sizeof(*cat));
	pthread_rwlockattr_t attr;

	if (!cat)
		return NULL;
	memset(cat, 0, sizeof(*cat));
	catalog_init_desks(cat);
	/* Readers hold it for a moment, again and again: DDL must get in. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&cat->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	cat->store = s;
	cat->next_namespace = cat->next_object = 1;
	for (int i = 0; i < MAPS; i++) {
		if (!map_grow(&cat->maps[i], i, FIRST_BUCKETS)) {
			catalog_close(cat);
			return NULL;
		}
	}
	return cat;
}

void catalog_close(struct catalog *cat)
{
	if (!cat)
		return;
	catalog_end_desks(cat);
	while (cat->databases) {
		struct database *db = cat->databases;
		struct collection *c = db->collections;

		if (c) {
			catalog_unlink(cat, c);
			collection_unref(c);
		} else {
			cat->databases = db->next;
			database_free(db);
		}
	}
	for (int i = 0; i < cat->n_unfinished; i++)
		index_unref(cat->unfinished[i]);
	free(cat->unfinished);
	for (int i = 0; i < MAPS; i++)
		free(cat->maps[i].buckets);
	pthread_rwlock_destroy(&cat->lock);
	free(cat);
}
