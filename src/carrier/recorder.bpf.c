/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The eBPF program at the entries of the kernel's CUSE driver, the last place where a call's offset is
 * still known. It runs in the caller's thread and writes one record (record.h).
 *
 * The structs below name only what is used; libbpf finds the true places when it loads the program, by
 * the type information of the kernel that runs.
 */
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "carrier/record.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct inode {
	unsigned int i_rdev;
};

struct file {
	struct inode *f_inode;
	unsigned int f_flags;
};

struct kiocb {
	struct file *ki_filp;
	long long ki_pos;
	void *ki_complete; /* NULL in system calls, which wait */
	int ki_flags;
};

struct iov_iter {
	unsigned long count;
};

struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1]; /* level + 1 of them */
};

struct task_struct {
	struct pid *thread_pid;
};

struct pt_regs {
	unsigned long r10, si, orig_ax;
};

#pragma clang attribute pop

/* Pid namespaces can't be nested deeper (MAX_PID_NS_LEVEL). */
#define NAMESPACES 32u

/**
 * Inode number of the daemon's pid namespace, 0 for the first one: thread ids in requests are those of
 * that namespace. Set before loading.
 */
const volatile unsigned int namespace_inode = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, RECORDS);
	__type(key, unsigned int);
	__type(value, struct record);
} records SEC(".maps");

/*
 * The thread's id in the daemon's namespace, 0 if it isn't there. A namespace below the first one
 * can't be reached by plain loads; the helper that can is not allowed where the kernel is locked down
 * to confidentiality, and isn't asked for otherwise.
 */
static __always_inline unsigned int
thread_id(struct task_struct *task)
{
	struct pid *pid = task->thread_pid;

	if (!namespace_inode)
		return (unsigned int)pid->numbers[0].nr;
	for (unsigned int level = 1; level <= NAMESPACES; level++) {
		struct upid *at =
			(struct upid *)((char *)pid + bpf_core_field_offset(struct pid, numbers) +
					level * bpf_core_type_size(struct upid));

		if (level > pid->level)
			break;
		if (BPF_CORE_READ(at, ns, ns.inum) == namespace_inode)
			return (unsigned int)BPF_CORE_READ(at, nr);
	}
	return 0;
}

static __always_inline int
write_down(struct kiocb *call, unsigned int flags, struct iov_iter *data)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs((void *)task);
	unsigned int tid = thread_id(task), slot = tid % RECORDS;
	volatile unsigned long long *word;
	struct record *record;

	record = bpf_map_lookup_elem(&records, &slot);
	/* A call of no bytes makes no request. */
	if (!tid || !record || !data->count)
		return 0;
	flags |= (unsigned int)call->ki_flags & RECORD_RWF;
	if (call->ki_complete)
		flags |= RECORD_ASYNC;
	if ((unsigned int)regs->r10 == ~0u)
		flags |= RECORD_R10_END;
	if ((unsigned int)regs->si == ~0u)
		flags |= RECORD_SI_END;
	word = record->word;
	word[RECORD_FLAGS] = RECORD_WORD(tid, flags);
	word[RECORD_POSITION_LOW] = RECORD_WORD(tid, call->ki_pos);
	word[RECORD_POSITION_HIGH] = RECORD_WORD(tid, call->ki_pos >> 32);
	word[RECORD_COUNT] = RECORD_WORD(tid, data->count);
	word[RECORD_DEVICE] = RECORD_WORD(tid, call->ki_filp->f_inode->i_rdev);
	word[RECORD_OPEN_FLAGS] = RECORD_WORD(tid, call->ki_filp->f_flags);
	word[RECORD_SYSCALL] = RECORD_WORD(tid, regs->orig_ax);
	return 0;
}

SEC("fentry/cuse_read_iter")
int
BPF_PROG(record_read, struct kiocb *call, struct iov_iter *data)
{
	return write_down(call, 0, data);
}

SEC("fentry/cuse_write_iter")
int
BPF_PROG(record_write, struct kiocb *call, struct iov_iter *data)
{
	return write_down(call, RECORD_WRITE, data);
}

char program_license[] SEC("license") = "GPL";
