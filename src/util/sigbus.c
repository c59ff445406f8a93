/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/sigbus.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

/*
 * Records are never freed, so that the handler can go through the list at any moment. An end of 0 means
 * unused; start is only changed then.
 */
struct sigbus_range {
	struct sigbus_range *next;
	_Atomic uintptr_t start, end;
	atomic_bool replaced;
};

static _Atomic(struct sigbus_range *) ranges;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static struct sigbus_range *
find(uintptr_t address)
{
	struct sigbus_range *range = atomic_load(&ranges);

	for (; range; range = range->next)
		if (address < atomic_load(&range->end) && address >= atomic_load(&range->start))
			return range;
	return NULL;
}

static bool
save(uintptr_t address)
{
	struct sigbus_range *range = find(address);
	uintptr_t start;

	if (!range)
		return false;
	start = atomic_load(&range->start);
	atomic_store(&range->replaced, true);
	/*
	 * All of it, not just the page: what remains of the file is of no use, holes would each split the
	 * mapping, and there can be only so many.
	 */
	return mmap((void *)start, atomic_load(&range->end) - start, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

static void
on_sigbus(int number, siginfo_t *info, void *context)
{
	int error = errno;

	(void)context;
	/* From a failed access, not from kill(). */
	if (info->si_code <= 0 || !save((uintptr_t)info->si_addr))
		signal(number, SIG_DFL); /* the access is repeated, and ends the process */
	errno = error;
}

static void
install(void)
{
	struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};

	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}

struct sigbus_range *
sigbus_watch(void *start, size_t size)
{
	struct sigbus_range *range;

	pthread_once(&once, install);
	pthread_mutex_lock(&lock);
	range = atomic_load(&ranges);
	while (range && atomic_load(&range->end))
		range = range->next;
	if (!range) {
		range = calloc(1, sizeof(*range));
		if (range) {
			range->next = atomic_load(&ranges);
			atomic_store(&ranges, range);
		}
	}
	if (range) {
		atomic_store(&range->start, (uintptr_t)start);
		atomic_store(&range->replaced, false);
		atomic_store(&range->end, (uintptr_t)start + size);
	}
	pthread_mutex_unlock(&lock);
	return range;
}

void
sigbus_unwatch(struct sigbus_range *range)
{
	atomic_store(&range->end, 0);
}

void
sigbus_prepare_thread(void)
{
	static __thread bool prepared;
	sigset_t set;

	if (prepared)
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGBUS);
	prepared = pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0;
}

bool
sigbus_hit(const struct sigbus_range *range)
{
	return atomic_load_explicit(&range->replaced, memory_order_relaxed);
}
