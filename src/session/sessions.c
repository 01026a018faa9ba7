#include "session/sessions.h"

#include <stdlib.h>

#include "storage/iter.h"
#include "util/clock.h"
#include "util/hash.h"

const uint8_t session_no_user[32] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb,
    0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4,
    0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};

#define STRIPES       64
#define BUCKETS       256 /* of a stripe */
#define MAX_DEFAULT   1000000
#define SWEEP_AT_ONCE 500

struct stripe {
	pthread_mutex_t lock;
	struct session *buckets[BUCKETS];
};

struct sessions {
	struct store *store;
	int64_t timeout_us;
	int max;
	_Atomic int count;
	/* The sweep goes on behind this row's key. */
	uint8_t swept[RETRY_ROW_KEY_MAX];
	size_t swept_len;
	bool sweeping;
	struct stripe stripes[STRIPES];
};

struct sessions *sessions_new(struct store *store, int64_t timeout_us, int max)
{
	struct sessions *ss = calloc(1, sizeof(*ss));
	int i;

	if (!ss)
		return NULL;
	ss->store = store;
	ss->timeout_us =
	    timeout_us ? timeout_us : SESSION_TIMEOUT_MINUTES * INT64_C(60) * 1000000;
	ss->max = max ? max : MAX_DEFAULT;
	for (i = 0; i < STRIPES; i++)
		pthread_mutex_init(&ss->stripes[i].lock, NULL);
	return ss;
}

static void session_free(struct session *s)
{
	assert(!s->in_use);
	waitlist_clear(&s->waiters);
	retry_clear(&s->retry);
	free(s);
}

void sessions_free(struct sessions *ss)
{
	int i, j;

	if (!ss)
		return;
	for (i = 0; i < STRIPES; i++) {
		for (j = 0; j < BUCKETS; j++) {
			struct session *s = ss->stripes[i].buckets[j];

			while (s) {
				struct session *next = s->next;

				session_free(s);
				s = next;
			}
		}
		pthread_mutex_destroy(&ss->stripes[i].lock);
	}
	free(ss);
}

/* The stripe of a key, locked, and where its session hangs (or would). */
static struct stripe *lock_stripe(struct sessions *ss, const uint8_t *key, struct session ***at)
{
	uint64_t hash = hash_bytes(view_of(key, SESSION_KEY_BYTES));
	struct stripe *stripe = &ss->stripes[hash % STRIPES];
	struct session **p = &stripe->buckets[hash / STRIPES % BUCKETS];

	pthread_mutex_lock(&stripe->lock);
	while (*p && memcmp((*p)->key, key, SESSION_KEY_BYTES))
		p = &(*p)->next;
	*at = p;
	return stripe;
}

static int make(struct sessions *ss, const uint8_t *key, struct session **at, struct status *st)
{
	struct session *s;

	if (atomic_load(&ss->count) >= ss->max)
		return status_set(st, ERR_TOO_MANY_LOGICAL_SESSIONS,
		    "there are too many logical sessions (%d)", ss->max);
	s = calloc(1, sizeof(*s));
	if (!s)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	memcpy(s->key, key, SESSION_KEY_BYTES);
	waitlist_init(&s->waiters);
	retry_init(&s->retry);
	*at = s;
	atomic_fetch_add(&ss->count, 1);
	return 0;
}

/* Makes the session when it is not there, and says that it is used. */
static int use(struct sessions *ss, const uint8_t *key, struct session **at, struct status *st)
{
	int err = *at ? 0 : make(ss, key, at, st);

	if (!err)
		(*at)->last_use_us = clock_mono_us();
	return err;
}

int sessions_touch(
    struct sessions *ss, const uint8_t key[static SESSION_KEY_BYTES], struct status *st)
{
	struct session **at;
	struct stripe *stripe = lock_stripe(ss, key, &at);
	int err = use(ss, key, at, st);

	pthread_mutex_unlock(&stripe->lock);
	return err;
}

/* Under the stripe's lock. */
static enum step take_or_wait(
    struct session *s, struct op *op, struct session **out, struct status *st)
{
	waitlist_remove(&s->waiters, op);
	if (op_check_now(op, st)) {
		/* It may have been woken and now lets the turn go by. */
		if (!s->in_use)
			waitlist_wake_one(&s->waiters);
		return STEP_ERROR;
	}
	if (!s->in_use) {
		s->in_use = true;
		s->ended = false;
		*out = s;
		return STEP_DONE;
	}
	op_wait_begin(op);
	waitlist_add(&s->waiters, op, 0);
	return STEP_PARK;
}

enum step sessions_checkout(struct sessions *ss, const uint8_t key[static SESSION_KEY_BYTES],
    struct op *op, struct session **out, struct status *st)
{
	struct session **at;
	struct stripe *stripe = lock_stripe(ss, key, &at);
	enum step step = STEP_ERROR;

	if (!use(ss, key, at, st))
		step = take_or_wait(*at, op, out, st);
	pthread_mutex_unlock(&stripe->lock);
	return step;
}

/* Nobody has it and nobody wants it. */
static bool is_idle(const struct session *s)
{
	return !s->in_use && !s->waiters.head;
}

static void forget(struct sessions *ss, struct session **at)
{
	struct session *s = *at;

	*at = s->next;
	atomic_fetch_sub(&ss->count, 1);
	session_free(s);
}

void sessions_checkin(struct sessions *ss, struct session *s)
{
	struct session **at;
	struct stripe *stripe;

	retry_trim(&s->retry);
	stripe = lock_stripe(ss, s->key, &at);
	assert(*at == s && s->in_use);
	s->in_use = false;
	s->last_use_us = clock_mono_us();
	waitlist_wake_one(&s->waiters);
	if (s->ended && is_idle(s))
		forget(ss, at);
	pthread_mutex_unlock(&stripe->lock);
}

void sessions_end(struct sessions *ss, const uint8_t key[static SESSION_KEY_BYTES])
{
	struct session **at;
	struct stripe *stripe = lock_stripe(ss, key, &at);

	if (*at) {
		if (is_idle(*at))
			forget(ss, at);
		else
			(*at)->ended = true;
	}
	pthread_mutex_unlock(&stripe->lock);
}

static int expire_bucket(struct sessions *ss, struct session **at, int64_t now_us)
{
	int n = 0;

	while (*at) {
		if (is_idle(*at) && now_us - (*at)->last_use_us >= ss->timeout_us) {
			forget(ss, at);
			n++;
		} else {
			at = &(*at)->next;
		}
	}
	return n;
}

int sessions_expire(struct sessions *ss, int64_t now_us)
{
	int i, j, n = 0;

	for (i = 0; i < STRIPES; i++) {
		pthread_mutex_lock(&ss->stripes[i].lock);
		for (j = 0; j < BUCKETS; j++)
			n += expire_bucket(ss, &ss->stripes[i].buckets[j], now_us);
		pthread_mutex_unlock(&ss->stripes[i].lock);
	}
	return n;
}

int sessions_count(struct sessions *ss)
{
	return atomic_load(&ss->count);
}

static bool is_known(struct sessions *ss, const uint8_t *key)
{
	struct session **at;
	struct stripe *stripe = lock_stripe(ss, key, &at);
	bool known = *at != NULL;

	pthread_mutex_unlock(&stripe->lock);
	return known;
}

static bool timed_out(struct sessions *ss, struct view row, int64_t now_wall_ms)
{
	struct value at = doc_get(row, "lastWrite");

	return at.type == TYPE_DATE && now_wall_ms - read_i64(at.data) >= ss->timeout_us / 1000;
}

static int sweep_from(struct sessions *ss, struct iter *it, int64_t now_wall_ms,
    struct batch *batch, struct status *st)
{
	int err = ss->sweeping ? iter_seek(it, view_of(ss->swept, ss->swept_len), st)
			       : iter_first(it, st);
	int n;

	for (n = 0; !err && n < SWEEP_AT_ONCE; n++) {
		struct view key = iter_key(it);

		if (key.len >= SESSION_KEY_BYTES && key.len <= sizeof(ss->swept)) {
			memcpy(ss->swept, key.data, key.len);
			ss->swept_len = key.len;
			if (timed_out(ss, iter_value(it), now_wall_ms) &&
			    !is_known(ss, key.data))
				batch_remove_row(batch, TABLE_RETRYABLE_WRITE, key);
		}
		err = iter_next(it, st);
	}
	ss->sweeping = !err;
	return err == ERR_ABSENT ? 0 : err;
}

int sessions_sweep_rows(
    struct sessions *ss, int64_t now_wall_ms, struct batch *batch, struct status *st)
{
	struct iter *it = iter_open_rows(
	    ss->store, TABLE_RETRYABLE_WRITE, &(struct iter_options){.tier = READ_ANY});
	int err;

	if (!it)
		return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "out of memory");
	err = sweep_from(ss, it, now_wall_ms, batch, st);
	iter_close(it);
	return err;
}
