/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The true file offset of a client's read or write. The kernel's CUSE driver starts every request at
 * offset 0 (fs/fuse/cuse.c). Two mechanisms know better, one row each in offset_mechanisms:
 *
 *   bpf   an eBPF program writes down what enters the driver (recorder.bpf.c, record.c);
 *   proc  the calling thread waits inside its system call, and /proc/TID/syscall tells what that is.
 *
 * offset_recover() is all that a device sees of them.
 */
#ifndef CARRIER_OFFSET_H
#define CARRIER_OFFSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** A request, as it came. */
struct offset_request {
	pid_t tid; /**< thread that it names; 0: one that we don't see */
	bool write;
	int open_flags; /**< O_NONBLOCK and the like, as the file has them now */
	uint64_t part;  /**< offset of the request in its call: large calls are split */
	uint64_t size;
	unsigned device; /**< number of the node as the kernel has it: major << 20 | minor */
};

/** A read or write call as the caller made it. */
struct offset_call {
	bool at_position; /**< read(), write(), offset -1: goes to the file's own position */
	uint64_t offset;  /**< where the whole call starts, unless at_position */
	uint64_t count;   /**< bytes of the whole call; UINT64_MAX where /proc doesn't tell: vectors */
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
	OFFSET_NOT_RECORDED, /**< the eBPF program has written down nothing, or something else */
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

/**
 * Whether system call @a number goes to the file's position. Those that take -1 for it have it in r10
 * (@a r10_end: all bits of its lower half are set), or, on i386, in esi and edi (@a si_end).
 */
bool offset_syscall_at_position(long number, bool write, bool r10_end, bool si_end);

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

struct offset_mechanism {
	const char *name;
	const char *how; /**< for the log: what it does */

	/**
	 * Once, while we still have all capabilities. Returns 0, or a sysexits code having written to
	 * @a why, of @a room bytes, what is missing.
	 */
	int (*start)(char *why, size_t room);
	/** Undoes it. */
	void (*stop)(void);

	/** What call the request belongs to. */
	enum offset_refusal (*recover)(struct offset_cache *cache,
				       const struct offset_request *request,
				       struct offset_call *call);
};

extern const struct offset_mechanism offset_proc, offset_bpf;

/** In the order in which "auto" prefers them; ends with NULL. */
extern const struct offset_mechanism *const offset_mechanisms[];

/** Lets only the mechanism of this name be used, or any: "auto", as without a call. */
bool offset_choose(const char *name);

/** Whether it may be used. */
bool offset_wanted(const struct offset_mechanism *mechanism);

/** The choice has ended: this one has started and proved itself. */
void offset_use(const struct offset_mechanism *mechanism);

/** The one in use: "proc" before offset_use(). */
const struct offset_mechanism *offset_used(void);

/**
 * What the calling thread, which waits for our answer, has called. Where the mechanism in use has
 * nothing to say about a request, /proc is asked.
 */
enum offset_refusal offset_recover(struct offset_cache *cache, const struct offset_request *request,
				   struct offset_call *call);

#endif
