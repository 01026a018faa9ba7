#include "storage/catalog_internal.h"

/*
 * Each thread has a desk, on which the collection lies that it was lent last.
 * The desk's lock is the loan: nobody but DDL, which clears desks, ever
 * waits for it.
 */

static struct desk *own_desk(struct catalog *cat)
{
	return &cat->desks[thread_slot()];
}

static bool is_named(const struct collection *c, struct view db, struct view name)
{
	return c && strlen(c->db) == db.len && memcmp(c->db, db.data, db.len) == 0 &&
	       view_equal(view_of_str(c->name), name);
}

struct collection *catalog_lend(struct catalog *cat, struct view db, struct view name)
{
	struct desk *d = own_desk(cat);

	pthread_mutex_lock(&d->lock);
	if (!is_named(d->collection, db, name) || !collection_is_current(d->collection)) {
		collection_unref(d->collection);
		d->collection = catalog_find(cat, db, name);
	}
	/* Superseded, and soon published: desks have nothing old. */
	if (d->collection && !collection_is_current(d->collection)) {
		collection_unref(d->collection);
		d->collection = NULL;
	}
	if (!d->collection)
		pthread_mutex_unlock(&d->lock);
	return d->collection;
}

void catalog_give_back(struct catalog *cat)
{
	pthread_mutex_unlock(&own_desk(cat)->lock);
}

void catalog_clear_desks(struct catalog *cat)
{
	for (int i = 0; i < THREAD_SLOTS; i++) {
		struct desk *d = &cat->desks[i];

		pthread_mutex_lock(&d->lock);
		if (d->collection && !collection_is_current(d->collection)) {
			collection_unref(d->collection);
			d->collection = NULL;
		}
		pthread_mutex_unlock(&d->lock);
	}
}

void catalog_init_desks(struct catalog *cat)
{
	for (int i = 0; i < THREAD_SLOTS; i++)
		pthread_mutex_init(&cat->desks[i].lock, NULL);
}

void catalog_end_desks(struct catalog *cat)
{
	for (int i = 0; i < THREAD_SLOTS; i++) {
		collection_unref(cat->desks[i].collection);
		pthread_mutex_destroy(&cat->desks[i].lock);
	}
}
