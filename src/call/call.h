/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ioctl on its way from a carrier to the one that answers it, and the process that made it. Neither
 * end knows the other: a carrier fetches and stores bytes, the answering side knows their meaning.
 */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

struct iommu_context;

/** Whoever made a request; good while the request is not answered. */
struct caller {
	/** One of ours, -EBADF if he has no such descriptor, -EINVAL if it is no eventfd. */
	int (*take_eventfd)(struct caller *caller, int fd);

	/**
	 * A memfd or another file of the kernel's shared memory: one of ours, -EBADF if he has no such
	 * descriptor, -EINVAL if it is another kind of file.
	 */
	int (*take_memory_file)(struct caller *caller, int fd);

	/**
	 * The context that his iommufd descriptor stands for, with a reference that is the callee's to
	 * put. -EBADF if he has no such descriptor, -EBADFD if it is no iommufd of ours.
	 */
	int (*take_iommu)(struct caller *caller, int fd, struct iommu_context **context);

	/** Moves bytes of his memory. Returns 0, or -EFAULT if not all of them are there. */
	int (*read_memory)(struct caller *caller, uint64_t address, void *buffer, size_t length);
	int (*write_memory)(struct caller *caller, uint64_t address, const void *buffer,
			    size_t length);

	/** His process's id as we see it, or a negative errno. */
	pid_t (*process)(struct caller *caller);

	/**
	 * His address space, to be read and written at any time later with pread() and pwrite() at the
	 * address; it stays the same one whatever becomes of the process. Returns a descriptor of ours
	 * or a negative errno.
	 */
	int (*open_memory)(struct caller *caller);
};

/**
 * An ioctl whose argument may not have been fetched yet. The carrier calls the answering function; when
 * that says CALL_MORE it fetches want_in bytes of the argument, makes room for want_out, and calls
 * again. Nothing has happened before the answer is CALL_DONE.
 */
struct call {
	unsigned command;
	uint64_t argument; /**< where it is in the caller's memory */
	const void *in;
	size_t in_size;
	void *out; /**< goes back to the argument's start, also when the result is an error */
	size_t out_size;
	struct caller *caller;

	size_t want_in, want_out;
	size_t out_used; /**< bytes of out to copy back */
	int result;      /**< what ioctl() returns, or a negative errno */
};

enum call_state { CALL_DONE, CALL_MORE };

/** Room that no answer exceeds, and the most that an argument has. */
#define CALL_MAX_OUT 256u
#define CALL_MAX_IN  (20u + 2048u * 4u) /* struct vfio_irq_set with all MSI-X vectors */

static inline enum call_state
call_done(struct call *call, int result)
{
	call->result = result;
	return CALL_DONE;
}

static inline enum call_state
call_more(struct call *call, size_t in, size_t out)
{
	call->want_in = in;
	call->want_out = out;
	return CALL_MORE;
}

/** Answers with @a length bytes and a result, which may be an error. */
static inline enum call_state
call_answer(struct call *call, int result, const void *bytes, size_t length)
{
	memcpy(call->out, bytes, length);
	call->out_used = length;
	return call_done(call, result);
}

#endif
