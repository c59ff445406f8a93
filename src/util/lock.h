/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lock for what is held a few nanoseconds at a time and rarely wanted by two: a device. Taking it is one
 * atomic instruction, and giving it back none, half of what a pthread mutex needs; who has to wait pays for
 * that with a system call that makes the others' stores visible (membarrier(2)). It is not recursive.
 *
 * Any thread; who has waited long has no precedence, as with a mutex.
 */
#ifndef UTIL_LOCK_H
#define UTIL_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct lock {
	atomic_uint held;
	atomic_uint waiting; /**< somebody may sleep, on this word */
};

/** Once per process is enough, and needed before the first lock is taken; all zeros is a free lock. */
void lock_prepare(void);

/** Whether waiters can make stores visible; if not, giving a lock back takes an atomic instruction. */
extern bool lock_cheap_release;

void lock_wait(struct lock *lock);
void lock_wake(struct lock *lock);

/** Whether it was free, and is now the caller's. */
static inline bool
lock_try(struct lock *lock)
{
	unsigned nobody = 0;

	return atomic_compare_exchange_strong_explicit(&lock->held, &nobody, 1, memory_order_acquire,
						       memory_order_relaxed);
}

/** The same, but waits up to @a milliseconds. */
bool lock_try_for(struct lock *lock, unsigned milliseconds);

static inline void
lock_take(struct lock *lock)
{
	if (__builtin_expect(!lock_try(lock), 0))
		lock_wait(lock);
}

static inline void
lock_release(struct lock *lock)
{
	if (__builtin_expect(lock_cheap_release, 1)) {
		atomic_store_explicit(&lock->held, 0, memory_order_release);
		/* The compiler must keep the order. The processor need not: see lock.c. */
		atomic_signal_fence(memory_order_seq_cst);
	} else {
		atomic_exchange(&lock->held, 0);
	}
	if (__builtin_expect(atomic_load_explicit(&lock->waiting, memory_order_relaxed), 0))
		lock_wake(lock);
}

#endif
