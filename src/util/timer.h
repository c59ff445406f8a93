/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One deadline with a thread that waits for it. The thread is made when first needed. */
#ifndef UTIL_TIMER_H
#define UTIL_TIMER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/lock.h"

struct timer {
	struct lock *outer; /**< held while fire() runs */
	void (*fire)(void *arg);
	void *arg;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool started, ending;
	uint64_t when; /**< 0: none */
};

/** @a fire(@a arg) will be called by the timer's own thread with @a outer held. 0 or a negative errno. */
int timer_init(struct timer *timer, struct lock *outer, void (*fire)(void *arg), void *arg);

/** Ends the thread; outer must not be held. */
void timer_destroy(struct timer *timer);

/**
 * Sets the deadline in nanoseconds of timer_now(), or takes it back with 0. With outer held, a deadline
 * that was taken back or moved doesn't fire any more. Returns 0 or a negative errno.
 */
int timer_set(struct timer *timer, uint64_t when);

/** Nanoseconds of CLOCK_MONOTONIC. */
uint64_t timer_now(void);

#endif
