/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a line of /proc/TID/syscall says about a read or write. Knows x86-64 and i386 callers. */
#include "carrier/offset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define NUM_ARGS 6

/* Where a system call keeps its offset. */
enum offset_place {
	AT_POSITION, /* none: the file's position */
	IN_ARG,      /* fourth argument */
	IN_ARG_PAIR, /* fourth and fifth, low and high 32 bits */
};

struct rw_syscall {
	int number;
	bool write;
	bool vector;
	bool has_flags; /* sixth argument; offset -1 means the position */
	enum offset_place place;
};

/*
 * Numbers of arch/x86/entry/syscalls/syscall_64.tbl and syscall_32.tbl. No number of one table is a
 * read or write with another meaning in the other, so the number alone tells the ABI: a 64-bit
 * process may make 32-bit calls too.
 */
static const struct rw_syscall syscalls[] = {
#ifdef __x86_64__
	/* x86-64 */
	{0, false, false, false, AT_POSITION},  /* read */
	{1, true, false, false, AT_POSITION},   /* write */
	{17, false, false, false, IN_ARG},      /* pread64 */
	{18, true, false, false, IN_ARG},       /* pwrite64 */
	{19, false, true, false, AT_POSITION},  /* readv */
	{20, true, true, false, AT_POSITION},   /* writev */
	{295, false, true, false, IN_ARG},      /* preadv */
	{296, true, true, false, IN_ARG},       /* pwritev */
	{327, false, true, true, IN_ARG},       /* preadv2 */
	{328, true, true, true, IN_ARG},        /* pwritev2 */
	/* i386 */
	{3, false, false, false, AT_POSITION},   /* read */
	{4, true, false, false, AT_POSITION},    /* write */
	{145, false, true, false, AT_POSITION},  /* readv */
	{146, true, true, false, AT_POSITION},   /* writev */
	{180, false, false, false, IN_ARG_PAIR}, /* pread64 */
	{181, true, false, false, IN_ARG_PAIR},  /* pwrite64 */
	{333, false, true, false, IN_ARG_PAIR},  /* preadv */
	{334, true, true, false, IN_ARG_PAIR},   /* pwritev */
	{378, false, true, true, IN_ARG_PAIR},   /* preadv2 */
	{379, true, true, true, IN_ARG_PAIR},    /* pwritev2 */
#endif
	{-1, false, false, false, AT_POSITION},
};

static const struct rw_syscall *
find(long number, bool write)
{
	for (const struct rw_syscall *s = syscalls; s->number >= 0; s++)
		if (s->number == number && s->write == write)
			return s;
	return NULL;
}

bool
offset_line_running(const char *line)
{
	return !strncmp(line, "running", strlen("running"));
}

/* The largest transfer of one call, MAX_RW_COUNT of the kernel: more is cut before we see it. */
static uint64_t
cut_count(uint64_t count)
{
	const uint64_t most = 0x7ffff000;

	return count < most ? count : most;
}

enum offset_refusal
offset_decode(const char *line, bool write, struct offset_call *call)
{
	unsigned long long arg[NUM_ARGS];
	const struct rw_syscall *s;
	char *end;
	long number = strtol(line, &end, 10);

	if (end == line || *end != ' ')
		return OFFSET_ERROR;
	s = find(number, write);
	if (!s)
		return OFFSET_OTHER_CALL;
	for (unsigned i = 0; i < NUM_ARGS; i++) {
		const char *from = end;

		arg[i] = strtoull(from, &end, 16);
		if (end == from)
			return OFFSET_ERROR;
	}
	if (s->has_flags && arg[5] & ~(unsigned long long)RWF_HIPRI)
		return OFFSET_BAD_FLAGS;
	call->count = s->vector ? UINT64_MAX : cut_count(arg[2]);
	call->offset = s->place == IN_ARG_PAIR ? (arg[4] & UINT32_MAX) << 32 | (arg[3] & UINT32_MAX)
					       : arg[3];
	call->at_position = s->place == AT_POSITION || (s->has_flags && call->offset == UINT64_MAX);
	if (call->at_position)
		call->offset = 0;
	return OFFSET_OK;
}

bool
offset_syscall_at_position(long number, bool write, bool r10_end, bool si_end)
{
	const struct rw_syscall *s = find(number, write);

	if (!s)
		return false;
	if (s->has_flags)
		return s->place == IN_ARG ? r10_end : si_end;
	return s->place == AT_POSITION;
}

int
offset_refusal_errno(enum offset_refusal refusal)
{
	return refusal == OFFSET_OK ? 0 : EOPNOTSUPP;
}

const char *
offset_refusal_text(enum offset_refusal refusal)
{
	static const char *const text[] = {
		[OFFSET_OK] = "no refusal",
		[OFFSET_NOT_VISIBLE] = "the caller is in a pid namespace that vfiod doesn't see",
		[OFFSET_NOT_ALLOWED] = "no ptrace right over the caller (CAP_SYS_PTRACE is needed)",
		[OFFSET_KERNEL_WORKER] = "/proc doesn't tell the offset of io_uring requests: it "
					 "takes --offsets=bpf",
		[OFFSET_OTHER_CALL] = "/proc tells the offset of read, pread, preadv, preadv2 and their "
				      "write twins, not of io_uring or AIO: it takes --offsets=bpf",
		[OFFSET_RING] = "the node is open with O_NONBLOCK in a process that has an io_uring: "
				"its requests can't be told from its calls",
		[OFFSET_BAD_FLAGS] = "flags of preadv2 or pwritev2 that VFIO devices don't take",
		[OFFSET_NEVER_STILL] = "the caller was never seen waiting in its system call",
		[OFFSET_PART_LOST] = "the beginning of a long read() or write() is not known any more",
		[OFFSET_NOT_RECORDED] = "the eBPF program has no record of the call",
		[OFFSET_ERROR] = "/proc/TID/syscall could not be read",
	};

	return text[refusal];
}
