#include "util/thread_slot.h"

#include <stdatomic.h>

unsigned int thread_slot(void)
{
	static _Atomic unsigned int taken;
	static _Thread_local unsigned int mine; /* and one; 0: none yet */

	if (!mine)
		mine = 1 + atomic_fetch_add_explicit(&taken, 1, memory_order_relaxed) %
			       THREAD_SLOTS;
	return mine - 1;
}
