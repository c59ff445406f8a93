/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/timer.h"

#include <errno.h>
#include <time.h>

#define NS_PER_S 1000000000u

uint64_t
timer_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Waits, with the lock held, until the deadline is reached or the timer ends. */
static void
wait_until_due(struct timer *timer)
{
	while (!timer->ending && (!timer->when || timer_now() < timer->when)) {
		struct timespec until = {.tv_sec = (time_t)(timer->when / NS_PER_S),
					 .tv_nsec = (long)(timer->when % NS_PER_S)};

		if (timer->when)
			pthread_cond_timedwait(&timer->changed, &timer->lock, &until);
		else
			pthread_cond_wait(&timer->changed, &timer->lock);
	}
}

/* Whether the deadline is still the one that was waited for; if so it is used up. */
static bool
take_deadline(struct timer *timer)
{
	bool due;

	pthread_mutex_lock(&timer->lock);
	due = !timer->ending && timer->when && timer_now() >= timer->when;
	if (due)
		timer->when = 0;
	pthread_mutex_unlock(&timer->lock);
	return due;
}

static void *
run(void *arg)
{
	struct timer *timer = arg;
	bool ending;

	do {
		pthread_mutex_lock(&timer->lock);
		wait_until_due(timer);
		ending = timer->ending;
		pthread_mutex_unlock(&timer->lock);
		if (ending)
			break;
		lock_take(timer->outer);
		if (take_deadline(timer))
			timer->fire(timer->arg);
		lock_release(timer->outer);
	} while (true);
	return NULL;
}

int
timer_init(struct timer *timer, struct lock *outer, void (*fire)(void *arg), void *arg)
{
	pthread_condattr_t monotonic;
	int error;

	*timer = (struct timer){.outer = outer, .fire = fire, .arg = arg};
	error = pthread_mutex_init(&timer->lock, NULL);
	if (error)
		return -error;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	error = pthread_cond_init(&timer->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (error)
		pthread_mutex_destroy(&timer->lock);
	return -error;
}

void
timer_destroy(struct timer *timer)
{
	pthread_mutex_lock(&timer->lock);
	timer->ending = true;
	pthread_cond_signal(&timer->changed);
	pthread_mutex_unlock(&timer->lock);
	if (timer->started)
		pthread_join(timer->thread, NULL);
	pthread_cond_destroy(&timer->changed);
	pthread_mutex_destroy(&timer->lock);
}

int
timer_set(struct timer *timer, uint64_t when)
{
	int error = 0;

	pthread_mutex_lock(&timer->lock);
	timer->when = when;
	if (timer->started) {
		pthread_cond_signal(&timer->changed);
	} else if (when) {
		error = pthread_create(&timer->thread, NULL, run, timer);
		timer->started = !error;
	}
	pthread_mutex_unlock(&timer->lock);
	return -error;
}
