/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "util/lock.h"
#include "util/timer.h"

#define THREADS 4
#define TURNS   20000u

struct shared {
	struct lock lock;
	unsigned long first, second; /* always the same, for whoever holds the lock */
	bool nap;                    /* while it is held, so that the others fall asleep */
};

static void *
take_turns(void *arg)
{
	struct shared *shared = arg;
	unsigned turns = shared->nap ? TURNS / 100 : TURNS;
	unsigned long wrong = 0;

	for (unsigned i = 0; i < turns; i++) {
		lock_take(&shared->lock);
		wrong += shared->first++ != shared->second;
		if (shared->nap && i % 8 == 0)
			usleep(100);
		else if (i % 64 == 0)
			sched_yield();
		shared->second++;
		lock_release(&shared->lock);
	}
	return (void *)wrong;
}

static void
let_threads_take_turns(bool nap)
{
	struct shared shared = {.nap = nap};
	unsigned turns = nap ? TURNS / 100 : TURNS;
	pthread_t thread[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, take_turns, &shared), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		void *wrong;

		ck_assert_int_eq(pthread_join(thread[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
	ck_assert_uint_eq(shared.first, THREADS * turns);
	ck_assert_uint_eq(shared.second, THREADS * turns);
}

START_TEST(one_at_a_time)
{
	bool cheap;

	lock_prepare();
	cheap = lock_cheap_release;
	let_threads_take_turns(_i);
	/* As where the kernel has no membarrier(). */
	lock_cheap_release = false;
	let_threads_take_turns(_i);
	lock_cheap_release = cheap;
}
END_TEST

START_TEST(a_try_does_not_wait)
{
	struct lock lock = {0};

	lock_prepare();
	ck_assert(lock_try(&lock));
	ck_assert(!lock_try(&lock));
	lock_release(&lock);
	ck_assert(lock_try(&lock));
	lock_release(&lock);
}
END_TEST

START_TEST(waiting_ends_in_time)
{
	struct lock lock = {0};
	uint64_t start;

	lock_prepare();
	lock_take(&lock);
	start = timer_now();
	ck_assert(!lock_try_for(&lock, 50));
	ck_assert_uint_ge(timer_now() - start, 50000000u);
	lock_release(&lock);
	ck_assert(lock_try_for(&lock, 50));
	lock_release(&lock);
}
END_TEST

static void *
wait_for_it(void *arg)
{
	struct lock *lock = arg;
	bool got = lock_try_for(lock, 60000);

	if (got)
		lock_release(lock);
	return got ? arg : NULL;
}

/* Both sleep; whoever gives it back wakes one, which wakes the other. */
START_TEST(all_sleepers_are_woken)
{
	struct lock lock = {0};
	pthread_t thread[2];
	uint64_t start;
	void *got;

	lock_prepare();
	lock_take(&lock);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, wait_for_it, &lock), 0);
	usleep(50000);
	start = timer_now();
	lock_release(&lock);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(pthread_join(thread[i], &got), 0);
		ck_assert_ptr_eq(got, &lock);
	}
	/* Not by their time's end. */
	ck_assert_uint_lt(timer_now() - start, UINT64_C(30000000000));
}
END_TEST

Suite *
lock_suite(void)
{
	Suite *suite = suite_create("lock");
	TCase *tcase = tcase_create("lock");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, one_at_a_time, 0, 2);
	tcase_add_test(tcase, a_try_does_not_wait);
	tcase_add_test(tcase, waiting_ends_in_time);
	tcase_add_test(tcase, all_sleepers_are_woken);
	suite_add_tcase(suite, tcase);
	return suite;
}
