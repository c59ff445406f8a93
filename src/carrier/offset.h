/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The true file offset of a client's read or write. The kernel's CUSE driver starts every request at
 * offset 0 (fs/fuse/cuse.c), but the calling thread waits inside its system call, and /proc tells what
 * that call is. offset_recover() is all that the rest of the carrier sees of it, so that another witness
 * can take its place.
 */
#ifndef CARRIER_OFFSET_H
#define CARRIER_OFFSET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** A read or write call as the caller made it. */
struct offset_call {
	bool at_position; /**< read(), write(), offset -1: goes to the file's own position */
	uint64_t offset;  /**< where the whole call starts, unless at_position */
	uint64_t count;   /**< bytes of the whole call; UINT64_MAX for vectors, whose sum isn't seen */
};

/** Why no offset could be had. Each is logged once per open file. */
enum offset_refusal {
	OFFSET_OK,
	OFFSET_NOT_VISIBLE, /**< the caller lives in a pid namespace that we don't see */
	OFFSET_NOT_ALLOWED, /**< no ptrace right over the caller */
	OFFSET_KERNEL_WORKER, /**< io_uring's worker: the request is not a system call's */
	OFFSET_OTHER_CALL,  /**< io_uring, AIO or anything else that isn't read() and its kin */
	OFFSET_RING,        /**< O_NONBLOCK and an io_uring: a request may hide behind a call */
	OFFSET_BAD_FLAGS,   /**< preadv2 or pwritev2 with flags that VFIO files don't have */
	OFFSET_NEVER_STILL, /**< the caller was never seen asleep in its call */
	OFFSET_PART_LOST,   /**< the beginning of a split read() or write() is not known any more */
	OFFSET_ERROR,       /**< /proc could not be read */
};

/** What to tell in the log. */
const char *offset_refusal_text(enum offset_refusal refusal);

/** Errno for the client: EOPNOTSUPP for all. */
int offset_refusal_errno(enum offset_refusal refusal);

/** One line of /proc/TID/syscall (proc(5)): "nr arg1 .. arg6 sp pc". */
enum offset_refusal offset_decode(const char *line, bool write, struct offset_call *call);

/** Whether the line says that the thread was on a CPU, so that it must be asked again. */
bool offset_line_running(const char *line);

/** Threads whose /proc/TID/syscall is kept open at a time, per device. */
#define OFFSET_CACHE 64u

/** What a device's thread remembers about its callers; not shared between threads. */
struct offset_cache {
	struct {
		pid_t tid;
		int fd;
	} slot[OFFSET_CACHE];
};

void offset_cache_init(struct offset_cache *cache);
/** Closes all descriptors. */
void offset_cache_clear(struct offset_cache *cache);

/** Asks what thread @a tid, whose request is being served now, has called. */
enum offset_refusal offset_recover(struct offset_cache *cache, pid_t tid, bool write,
				   struct offset_call *call);

#endif
