/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/stream.h"

#include <stddef.h>

static int
find(const struct stream_calls *calls, pid_t tid, const void *file)
{
	for (unsigned i = 0; i < STREAM_CALLS; i++)
		if (calls->call[i].tid == tid && calls->call[i].file == file)
			return (int)i;
	return -1;
}

void
stream_begin(struct stream_calls *calls, pid_t tid, const void *file, uint64_t begin)
{
	int i = find(calls, tid, file);

	if (i < 0) {
		i = (int)calls->oldest;
		calls->oldest = (calls->oldest + 1) % STREAM_CALLS;
	}
	calls->call[i].tid = tid;
	calls->call[i].file = file;
	calls->call[i].begin = begin;
	calls->call[i].next = 0;
}

bool
stream_find(const struct stream_calls *calls, pid_t tid, const void *file, uint64_t offset,
	    uint64_t *begin)
{
	int i = find(calls, tid, file);

	if (i < 0 || calls->call[i].next != offset)
		return false;
	*begin = calls->call[i].begin;
	return true;
}

void
stream_advance(struct stream_calls *calls, pid_t tid, const void *file, uint64_t next)
{
	int i = find(calls, tid, file);

	if (i >= 0)
		calls->call[i].next = next;
}
