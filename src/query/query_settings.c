#include "query/query_settings.h"

#include <pthread.h>
#include <stdlib.h>

#include "bson/builder.h"
#include "query/restriction.h"
#include "storage/batch.h"
#include "storage/iter.h"
#include "util/hash.h"

#define BUCKETS    256
#define ROW_FORMAT 1

struct settings_entry {
	struct settings_entry *next;
	uint64_t ns_hash; /* 0: of any namespace */
	struct query_setting setting;
	struct arena arena;
};

/* By the namespace, so that the shape of a command is looked at only where there is
 * something to be found; those of any namespace stand in the first bucket. */
struct query_settings {
	pthread_rwlock_t lock;
	_Atomic int n;
	int n_anywhere;
	struct settings_entry *buckets[BUCKETS];
};

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for query settings");
}

struct query_settings *query_settings_new(void)
{
	struct query_settings *qs = calloc(1, sizeof(*qs));

	if (qs)
		pthread_rwlock_init(&qs->lock, NULL);
	return qs;
}

void query_settings_discard(struct settings_entry *e)
{
	if (!e)
		return;
	arena_clear(&e->arena);
	free(e);
}

void query_settings_free(struct query_settings *qs)
{
	if (!qs)
		return;
	for (int i = 0; i < BUCKETS; i++)
		for (struct settings_entry *e = qs->buckets[i], *next; e; e = next) {
			next = e->next;
			query_settings_discard(e);
		}
	pthread_rwlock_destroy(&qs->lock);
	free(qs);
}

/* ---------------------------------------------------------------- looking */

static uint64_t hash_ns(struct view ns)
{
	return ns.len ? hash_bytes(ns) | 1 : 0;
}

static bool is_of(const struct settings_entry *e, uint64_t ns_hash, struct view ns)
{
	return e->ns_hash == ns_hash && view_equal(e->setting.ns, ns);
}

bool query_settings_concern(struct query_settings *qs, struct view ns)
{
	uint64_t hash;
	bool found;

	if (!atomic_load_explicit(&qs->n, memory_order_acquire))
		return false;
	hash = hash_ns(ns);
	pthread_rwlock_rdlock(&qs->lock);
	found = qs->n_anywhere > 0;
	for (struct settings_entry *e = qs->buckets[hash % BUCKETS]; e && !found; e = e->next)
		found = is_of(e, hash, ns);
	pthread_rwlock_unlock(&qs->lock);
	return found;
}

static void copy_setting(
    struct arena *a, const struct query_setting *from, struct query_setting *to)
{
	*to = *from;
	to->next = NULL;
	to->settings = arena_dup(a, from->settings);
	to->query = arena_dup(a, from->query);
	to->ns = arena_dup(a, from->ns);
}

/* Where it is, or NULL. */
static struct settings_entry **find_in(struct settings_entry **at, const char *hash)
{
	for (; *at; at = &(*at)->next)
		if (strcmp((*at)->setting.hash, hash) == 0)
			return at;
	return NULL;
}

/* The same, whatever namespace it is of. */
static struct settings_entry **find_anywhere(struct query_settings *qs, const char *hash)
{
	struct settings_entry **at = NULL;

	for (int i = 0; i < BUCKETS && !at; i++)
		at = find_in(&qs->buckets[i], hash);
	return at;
}

static struct settings_entry **find_place(
    struct query_settings *qs, struct view ns, const char *hash)
{
	struct settings_entry **at;

	if (!ns.len)
		return find_anywhere(qs, hash);
	at = find_in(&qs->buckets[hash_ns(ns) % BUCKETS], hash);
	return at || !qs->n_anywhere ? at : find_in(&qs->buckets[0], hash);
}

int query_settings_find(struct query_settings *qs, struct view ns, const char *hash,
    struct arena *a, const struct query_setting **out, struct status *st)
{
	struct query_setting *copy = NULL;
	struct settings_entry **at;

	*out = NULL;
	pthread_rwlock_rdlock(&qs->lock);
	at = find_place(qs, ns, hash);
	if (at)
		copy = arena_new(a, struct query_setting);
	if (copy)
		copy_setting(a, &(*at)->setting, copy);
	pthread_rwlock_unlock(&qs->lock);
	if (at && (!copy || arena_failed(a)))
		return no_memory(st);
	*out = copy;
	return 0;
}

int query_settings_list(
    struct query_settings *qs, struct arena *a, struct query_setting **out, struct status *st)
{
	*out = NULL;
	pthread_rwlock_rdlock(&qs->lock);
	for (int i = 0; i < BUCKETS; i++)
		for (struct settings_entry *e = qs->buckets[i]; e && !arena_failed(a);
		     e = e->next) {
			struct query_setting *copy = arena_new(a, struct query_setting);

			if (!copy)
				break;
			copy_setting(a, &e->setting, copy);
			copy->next = *out;
			*out = copy;
		}
	pthread_rwlock_unlock(&qs->lock);
	return arena_failed(a) ? no_memory(st) : 0;
}

/* --------------------------------------------------------------- changing */

struct settings_entry *query_settings_prepare(const struct query_setting *s)
{
	struct settings_entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	arena_init(&e->arena, NULL);
	copy_setting(&e->arena, s, &e->setting);
	e->setting.id = restriction_draw_id();
	e->ns_hash = hash_ns(s->ns);
	if (!arena_failed(&e->arena))
		return e;
	query_settings_discard(e);
	return NULL;
}

/* Under the lock. */
static struct settings_entry *take_out(struct query_settings *qs, const char *hash)
{
	struct settings_entry **at = find_anywhere(qs, hash), *e;

	if (!at)
		return NULL;
	e = *at;
	*at = e->next;
	qs->n_anywhere -= !e->ns_hash;
	qs->n--;
	return e;
}

void query_settings_publish(struct query_settings *qs, struct settings_entry *e)
{
	struct settings_entry **bucket = &qs->buckets[e->ns_hash % BUCKETS], *old;

	pthread_rwlock_wrlock(&qs->lock);
	old = take_out(qs, e->setting.hash);
	e->next = *bucket;
	*bucket = e;
	qs->n_anywhere += !e->ns_hash;
	qs->n++;
	pthread_rwlock_unlock(&qs->lock);
	query_settings_discard(old);
}

void query_settings_drop(struct query_settings *qs, const char *hash)
{
	struct settings_entry *old;

	pthread_rwlock_wrlock(&qs->lock);
	old = take_out(qs, hash);
	pthread_rwlock_unlock(&qs->lock);
	query_settings_discard(old);
}

/* --------------------------------------------------------------- the rows */

int query_setting_format(
    const struct query_setting *s, struct arena *a, struct view *out, struct status *st)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, a->account);
	builder_init(&b, &buf);
	builder_i32(&b, "v", ROW_FORMAT);
	builder_doc(&b, "settings", s->settings);
	if (s->query.len) {
		builder_doc(&b, "query", s->query);
		builder_str_n(&b, "ns", (const char *)s->ns.data, s->ns.len);
	}
	builder_finish(&b);
	*out = builder_failed(&b) ? view_of(NULL, 0) : arena_dup(a, builder_view(&b));
	buf_clear(&buf);
	return out->data ? 0 : no_memory(st);
}

static int parse_row(
    struct view key, struct view row, struct query_setting *out, struct status *st)
{
	struct value settings = doc_get(row, "settings"), query = doc_get(row, "query");
	struct value ns = doc_get(row, "ns");
	int64_t format;

	if (!value_to_i64(doc_get(row, "v"), &format) || settings.type != TYPE_OBJECT ||
	    key.len != QUERY_SHAPE_DIGITS ||
	    (query.type == TYPE_OBJECT) != (ns.type == TYPE_STRING))
		return status_set(
		    st, ERR_INTERNAL_ERROR, "a row of the query settings is damaged");
	if (format != ROW_FORMAT)
		return status_set(st, ERR_UNSUPPORTED_FORMAT,
		    "a row of the query settings has format %lld, this server knows %d",
		    (long long)format, ROW_FORMAT);
	*out = (struct query_setting){.settings = value_doc(settings)};
	memcpy(out->hash, key.data, key.len);
	out->reject = value_truthy(doc_get(out->settings, "reject"));
	if (query.type == TYPE_OBJECT) {
		out->query = value_doc(query);
		out->ns = value_str(ns);
	}
	return 0;
}

int query_settings_load(struct query_settings *qs, struct store *s, struct status *st)
{
	struct iter_options o = {.tier = READ_ANY};
	struct iter *it = iter_open_rows(s, TABLE_QUERY_SETTINGS, &o);
	int r;

	if (!it)
		return no_memory(st);
	for (r = iter_first(it, st); r == 0; r = iter_next(it, st)) {
		struct settings_entry *e;
		struct query_setting setting;

		r = parse_row(iter_key(it), iter_value(it), &setting, st);
		if (r)
			break;
		e = query_settings_prepare(&setting);
		if (!e) {
			r = no_memory(st);
			break;
		}
		query_settings_publish(qs, e);
	}
	iter_close(it);
	return r == ERR_ABSENT ? 0 : r;
}
