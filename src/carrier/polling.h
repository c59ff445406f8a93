/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session served by one thread that asks for the next request for a while before it sleeps, because being
 * woken takes longer than all else in a round trip. How long is learnt from the time that clients let pass
 * between a reply and their next request: a client that is slower than polling may last is not waited for.
 */
#ifndef CARRIER_POLLING_H
#define CARRIER_POLLING_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include <stdbool.h>
#include <stdint.h>

/** All times in nanoseconds. */
struct polling {
	uint64_t most;   /**< that was asked for */
	uint64_t window; /**< that it pays now; 0: sleep at once */
};

/** To be told after each request: it came @a gap after the last one was answered. */
void polling_learn(struct polling *polling, uint64_t gap);

/** Whether this thread may run on more than one processor; if not, polling keeps clients from it. */
bool polling_possible(void);

/**
 * Serves until the session ends, as fuse_session_loop(). Polls up to @a most_us microseconds, and only while
 * *@a clients, which the session's own callbacks count, is not 0.
 */
void polling_serve(struct fuse_session *session, unsigned most_us, const unsigned *clients);

#endif
