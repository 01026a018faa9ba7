#include <stdio.h>

#include "storage/engine.h"
#include "util/log.h"

/* Whether writes are taken, and why not. */

void store_refuse(struct store *s, enum refusal refusal, const char *reason)
{
	struct health *h = &s->health;
	bool new;

	pthread_mutex_lock(&h->lock);
	new = (int)refusal > atomic_load(&h->refusal);
	if (new) {
		snprintf(h->reason, sizeof(h->reason), "%s", reason);
		atomic_store(&h->refusal, refusal);
	}
	pthread_mutex_unlock(&h->lock);
	if (new)
		log_write(LOG_STORAGE, LOG_ERROR, 1012, "Writes are refused",
		    (struct log_attr[]){{"reason", LOG_STR(reason)},
			{"untilRestart", LOG_BOOL(refusal == REFUSE_FOREVER)}, {NULL}});
}

void store_accept(struct store *s, enum refusal refusal)
{
	struct health *h = &s->health;
	bool over;

	pthread_mutex_lock(&h->lock);
	over = atomic_load(&h->refusal) == (int)refusal;
	if (over)
		atomic_store(&h->refusal, REFUSE_NOTHING);
	pthread_mutex_unlock(&h->lock);
	if (over)
		log_write(LOG_STORAGE, LOG_INFO, 1013, "Writes are taken again", NULL);
}

int store_writable(struct store *s, struct status *st)
{
	struct health *h = &s->health;
	int refusal = atomic_load_explicit(&h->refusal, memory_order_relaxed);
	int r = 0;

	if (refusal == REFUSE_NOTHING)
		return 0;
	pthread_mutex_lock(&h->lock);
	switch (atomic_load(&h->refusal)) {
	case REFUSE_NOTHING:
		break;
	case REFUSE_DISK:
		r = status_set(st, ERR_OUT_OF_DISK_SPACE,
		    "the server takes no writes for now: %s", h->reason);
		break;
	case REFUSE_BACKGROUND:
		r = status_set(st, ERR_OPERATION_FAILED,
		    "the server takes no writes for now: %s", h->reason);
		break;
	default:
		r = status_set(st, ERR_OPERATION_FAILED,
		    "the server takes no writes until it is started again: %s", h->reason);
	}
	pthread_mutex_unlock(&h->lock);
	return r;
}

/* RocksDB calls it with its own lock held. */
static void background_error(
    void *arg, enum door_error_source source, const struct door_status *d)
{
	struct store *s = arg;

	store_refuse(
	    s, source == DOOR_FROM_BACKGROUND ? REFUSE_BACKGROUND : REFUSE_FOREVER, d->message);
}

void health_init(struct store *s)
{
	struct health *h = &s->health;

	pthread_mutex_init(&h->lock, NULL);
	h->listener = (struct door_listener){background_error, s};
}

void health_clear(struct store *s)
{
	pthread_mutex_destroy(&s->health.lock);
}

static int code_of(const struct door_status *d)
{
	return d->code == DOOR_NO_SPACE ? ERR_OUT_OF_DISK_SPACE : ERR_OPERATION_FAILED;
}

int status_of_door(struct status *st, const struct door_status *d, const char *what)
{
	return status_set(st, code_of(d), "%s: %s", what, d->message);
}

int status_of_text(struct status *st, char *text, const char *what)
{
	status_set(st, ERR_OPERATION_FAILED, "%s: %s", what, text ? text : "unknown error");
	rocksdb_free(text);
	return st->code;
}
