#include "query/exec.h"

/* Inputs that are several stand near the bottom, or are pipelines in a stage that are not nested
 * again: the recursion is not deep. */

void exec_save(struct exec *e)
{
	for (; e; e = e->child) {
		if (e->ops->save)
			e->ops->save(e);
		for (int i = 0; i < e->n_inputs; i++)
			exec_save(e->inputs[i]);
	}
}

int exec_restore(struct exec *e, struct collection *c, struct status *st)
{
	for (; e; e = e->child) {
		int r = e->ops->restore ? e->ops->restore(e, c, st) : 0;

		for (int i = 0; !r && i < e->n_inputs; i++)
			r = exec_restore(e->inputs[i], c, st);
		if (r)
			return r;
	}
	return 0;
}

void exec_close(struct exec *e)
{
	for (; e; e = e->child) {
		for (int i = 0; i < e->n_inputs; i++)
			exec_close(e->inputs[i]);
		if (e->ops->close)
			e->ops->close(e);
	}
}
