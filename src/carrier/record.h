/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the eBPF program (recorder.bpf.c) writes down about a call that enters the CUSE driver, and
 * recorded.c reads. One record for each thread id modulo RECORDS, in an array that both map.
 */
#ifndef CARRIER_RECORD_H
#define CARRIER_RECORD_H

/** Records, a power of two: 4 MiB. Two threads whose ids differ by a multiple of it share one. */
#define RECORDS 65536u

/** Words of a record; the rest of its 64 bytes, one cache line, is unused. */
enum record_word {
	RECORD_POSITION_LOW,  /**< kiocb->ki_pos, its low 32 bits */
	RECORD_POSITION_HIGH, /**< and the high ones */
	RECORD_COUNT,         /**< bytes of the whole call, at most MAX_RW_COUNT of the kernel */
	RECORD_DEVICE,        /**< the device's number as the kernel has it: major << 20 | minor */
	RECORD_OPEN_FLAGS,    /**< O_APPEND and the like, as the file has them */
	RECORD_SYSCALL,       /**< number of the system call that the thread is in */
	RECORD_FLAGS,         /**< bits below */
	RECORD_USED,
	RECORD_WORDS = 8,
};

/*
 * Every word carries in its upper half the id of the thread that wrote it. So it shows when another
 * thread has written over one of them, whatever the order of the two threads' stores: a record whose
 * words all carry one id is that thread's.
 */
struct record {
	unsigned long long word[RECORD_WORDS];
};

#define RECORD_WORD(tid, value) ((unsigned long long)(tid) << 32 | (unsigned int)(value))
#define RECORD_TID(word)        ((unsigned int)((word) >> 32))
#define RECORD_VALUE(word)      ((unsigned int)(word))

/** kiocb->ki_flags: RWF_DSYNC, _SYNC and _APPEND, asked for in the call or when opening the file. */
#define RECORD_RWF     0x0016u
#define RECORD_WRITE   0x0100u
#define RECORD_ASYNC   0x0200u /**< io_uring's or AIO's: the system call says nothing about it */
#define RECORD_R10_END 0x0400u /**< the low half of the caller's r10 is -1 */
#define RECORD_SI_END  0x0800u /**< the same of rsi */
/** Set by the daemon when it meets the call's first request: a call has only one. */
#define RECORD_TAKEN 0x80000000u

#endif
