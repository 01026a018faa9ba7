#include "query/exec.h"

void exec_save(struct exec *e)
{
	for (; e; e = e->child)
		if (e->ops->save)
			e->ops->save(e);
}

int exec_restore(struct exec *e, struct collection *c, struct status *st)
{
	for (; e; e = e->child) {
		int r = e->ops->restore ? e->ops->restore(e, c, st) : 0;

		if (r)
			return r;
	}
	return 0;
}

void exec_close(struct exec *e)
{
	for (; e; e = e->child)
		if (e->ops->close)
			e->ops->close(e);
}
