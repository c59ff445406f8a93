/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why nobody sleeps for ever. A waiter sets `waiting`, then tries once more; an owner clears `held`, then
 * looks at `waiting`. One of them must see the other's store, for which both would need a full barrier
 * between their two steps. The owner has none: its store may still be on the way when it looks. Instead the
 * waiter makes every processor that runs this process do one. If the owner looked before that, its store is
 * visible after, and the waiter's try succeeds; else the owner sees `waiting`.
 *
 * Waiters sleep on `waiting`, not on `held`: an owner that wakes one clears it, so that whoever was about to
 * sleep tries again. The one that is woken sets it again, since it can't know whether others sleep.
 */
#include "util/lock.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "util/timer.h"

/* About a microsecond: longer than most hold a device. */
#define TRIES 40u

/* How long to sleep at most when the barrier should fail that worked before. */
#define NAP_NS 1000000u

bool lock_cheap_release;

static unsigned tries;

static void
relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static long
barrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

static void
prepare(void)
{
	lock_cheap_release = !barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
	tries = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? TRIES : 0;
}

void
lock_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, prepare);
}

/* False if it can't be done. */
static bool
make_stores_visible(void)
{
	if (!lock_cheap_release) {
		atomic_thread_fence(memory_order_seq_cst);
		return true;
	}
	/* A child process has to register anew. */
	return !barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) ||
	       (!barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&
		!barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED));
}

static void
sleep_while_waiting(struct lock *lock, uint64_t ns)
{
	struct timespec most = {.tv_sec = (time_t)(ns / 1000000000u),
				.tv_nsec = (long)(ns % 1000000000u)};

	syscall(SYS_futex, &lock->waiting, FUTEX_WAIT_PRIVATE, 1, ns == UINT64_MAX ? NULL : &most,
		NULL, 0);
}

/* Until @a end, in nanoseconds of timer_now(). */
static bool
wait_until(struct lock *lock, uint64_t end)
{
	for (unsigned i = 0; i < tries; i++) {
		relax();
		if (!atomic_load_explicit(&lock->held, memory_order_relaxed) && lock_try(lock))
			return true;
	}
	for (;;) {
		uint64_t most = UINT64_MAX;

		atomic_store(&lock->waiting, 1);
		if (!make_stores_visible())
			most = NAP_NS;
		if (lock_try(lock))
			return true;
		if (end != UINT64_MAX) {
			uint64_t now = timer_now();

			if (now >= end)
				return false;
			if (end - now < most)
				most = end - now;
		}
		sleep_while_waiting(lock, most);
	}
}

void
lock_wait(struct lock *lock)
{
	wait_until(lock, UINT64_MAX);
}

bool
lock_try_for(struct lock *lock, unsigned milliseconds)
{
	return lock_try(lock) ||
	       wait_until(lock, timer_now() + (uint64_t)milliseconds * 1000000u);
}

void
lock_wake(struct lock *lock)
{
	if (atomic_exchange(&lock->waiting, 0))
		syscall(SYS_futex, &lock->waiting, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
