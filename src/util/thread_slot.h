/*
 * util/thread_slot.h - a small number for each thread, for what is counted or kept
 * thread by thread so that threads do not fight for one cache line.
 *
 * Threads beyond the number of slots share one: what is in a slot still needs
 * an atomic or a lock, but hardly ever waits for another's.
 *
 * Threads: any.
 */
#ifndef UTIL_THREAD_SLOT_H
#define UTIL_THREAD_SLOT_H

#define THREAD_SLOTS 16
#define CACHE_LINE   64

/* 0 to THREAD_SLOTS - 1, the same for the thread's whole life. */
unsigned int thread_slot(void);

#endif
