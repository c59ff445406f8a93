/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/recorded.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/uio.h>

/* The program's stores and our loads are of whole words. */
_Static_assert(sizeof(atomic_ullong) == sizeof(unsigned long long), "an atomic is a plain word");

static atomic_ullong *
word(struct record *record, enum record_word index)
{
	return (atomic_ullong *)&record->word[index];
}

/* What the thread wrote is not about the call that it makes now: nor about its later parts. */
static enum offset_refusal
forget(struct record *record, unsigned long long flags)
{
	atomic_compare_exchange_strong(word(record, RECORD_FLAGS), &flags, 0);
	return OFFSET_NOT_RECORDED;
}

/*
 * What the kernel sets in each call because of how the file is open (iocb_flags() of fs.h). The flags in
 * a FUSE write don't tell: there the kernel has added what the call asks for.
 */
static unsigned
implied(unsigned open_flags)
{
	unsigned flags = open_flags & O_APPEND ? RWF_APPEND : 0;

	if (open_flags & O_DSYNC)
		flags |= RWF_DSYNC;
	if ((open_flags & O_SYNC) == O_SYNC)
		flags |= RWF_SYNC;
	return flags;
}

static bool
belongs(const unsigned value[RECORD_USED], const struct offset_request *request)
{
	const unsigned flags = value[RECORD_FLAGS], count = value[RECORD_COUNT];

	return !(flags & RECORD_WRITE) == !request->write &&
	       !(flags & RECORD_TAKEN) == !request->part &&
	       value[RECORD_DEVICE] == request->device && request->size <= count &&
	       request->part <= count - request->size;
}

enum offset_refusal
record_take(struct record *record, const struct offset_request *request, struct offset_call *call)
{
	unsigned value[RECORD_USED];
	unsigned long long flags = atomic_load(word(record, RECORD_FLAGS));

	if (RECORD_TID(flags) != (unsigned)request->tid)
		return OFFSET_NOT_RECORDED;
	for (enum record_word i = 0; i < RECORD_USED; i++) {
		unsigned long long now = i == RECORD_FLAGS ? flags : atomic_load(word(record, i));

		if (RECORD_TID(now) != (unsigned)request->tid)
			return forget(record, flags);
		value[i] = RECORD_VALUE(now);
	}
	if (!belongs(value, request))
		return forget(record, flags);
	if (!request->part && !atomic_compare_exchange_strong(word(record, RECORD_FLAGS), &flags,
							      flags | RECORD_TAKEN))
		return OFFSET_NOT_RECORDED;
	if (flags & RECORD_RWF & ~implied(value[RECORD_OPEN_FLAGS]))
		return OFFSET_BAD_FLAGS;
	call->offset = (uint64_t)value[RECORD_POSITION_HIGH] << 32 | value[RECORD_POSITION_LOW];
	call->count = value[RECORD_COUNT];
	/* The driver never moves a file's position: only there can the call have meant it. */
	call->at_position =
		!call->offset && !(flags & RECORD_ASYNC) &&
		offset_syscall_at_position((long)value[RECORD_SYSCALL], request->write,
					   flags & RECORD_R10_END, flags & RECORD_SI_END);
	return OFFSET_OK;
}
