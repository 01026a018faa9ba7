#include "storage/ddl.h"
#include "storage/engine.h"
#include "util/log.h"

struct names {
	struct arena *arena;
	int n, capacity;
	struct name {
		struct view db, name;
	} * list;
	bool failed;
};

static bool add_if_temporary(void *arg, struct collection *c)
{
	struct names *all = arg;

	if (!c->temp)
		return true;
	if (all->n == all->capacity) {
		int capacity = all->capacity ? 2 * all->capacity : 8;
		struct name *list = arena_new_array(all->arena, (size_t)capacity, struct name);

		if (!list) {
			all->failed = true;
			return false;
		}
		if (all->n)
			memcpy(list, all->list, (size_t)all->n * sizeof(*list));
		all->list = list;
		all->capacity = capacity;
	}
	all->list[all->n++] = (struct name){arena_dup(all->arena, view_of_str(c->db)),
	    arena_dup(all->arena, view_of_str(c->name))};
	return true;
}

static int drop(struct store *s, const struct name *n, struct status *st)
{
	struct blocking_op b;
	struct ddl d;
	enum step step;

	blocking_op_init(&b);
	ddl_init(&d, s);
	while ((step = ddl_drop(&d, n->db, n->name, &b.op, st)) == STEP_PARK ||
	       step == STEP_HANDOVER)
		if (step == STEP_PARK)
			blocking_op_wait(&b);
	ddl_clear(&d);
	blocking_op_clear(&b);
	return step == STEP_DONE ? 0 : st->code;
}

void ddl_drop_temporary(struct store *s)
{
	struct names all = {0};
	struct status st;
	struct arena a;
	int dropped = 0;

	arena_init(&a, NULL);
	all.arena = &a;
	catalog_each(s->catalog, view_of(NULL, 0), add_if_temporary, &all);
	status_init(&st);
	while (dropped < all.n && drop(s, &all.list[dropped], &st) == 0)
		dropped++;
	if (all.failed || arena_failed(&a) || dropped < all.n)
		log_write(LOG_STORAGE, LOG_WARNING, 1021,
		    "Temporary collections are still there",
		    (struct log_attr[]){{"error", LOG_STR(st.message)}, {NULL}});
	if (dropped)
		log_write(LOG_STORAGE, LOG_INFO, 1020, "Temporary collections dropped",
		    (struct log_attr[]){{"collections", LOG_NUM(dropped)}, {NULL}});
	status_clear(&st);
	arena_clear(&a);
}
