/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read() and write() without an offset: the kernel splits a long one into requests whose offsets count
 * up from 0, so the place where the call began must be remembered until its last request.
 */
#ifndef CARRIER_STREAM_H
#define CARRIER_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Calls of other threads that may begin on the same device before one is forgotten. */
#define STREAM_CALLS 32u

struct stream_calls {
	struct {
		pid_t tid;
		const void *file;
		uint64_t begin; /**< position where the call began */
		uint64_t next;  /**< offset that its next request must have */
	} call[STREAM_CALLS];
	unsigned oldest;
};

/** Notes a call of @a tid that begins at file position @a begin. */
void stream_begin(struct stream_calls *calls, pid_t tid, const void *file, uint64_t begin);

/** Finds where the call began whose request has @a offset. False when it is not known. */
bool stream_find(const struct stream_calls *calls, pid_t tid, const void *file, uint64_t offset,
		 uint64_t *begin);

/** The request before ended at @a next: only a request that starts there goes on with the call. */
void stream_advance(struct stream_calls *calls, pid_t tid, const void *file, uint64_t next);

#endif
