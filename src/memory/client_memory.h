/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client's address space, held open: it stays the one it was whatever the process becomes, and is
 * empty once that has ended or become another program. Counted references; any thread.
 *
 * That is why bytes move by pread() on /proc/PID/mem though process_vm_readv() is faster: the latter goes by
 * the process's number, and what has that by now may be a program that its user must not reach.
 */
#ifndef MEMORY_CLIENT_MEMORY_H
#define MEMORY_CLIENT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct client_memory;

/**
 * Takes over a descriptor of /proc/PID/mem of process @a process; it is closed on failure too. @a gone is
 * called with @a arg when the last reference goes. NULL: out of memory.
 */
struct client_memory *client_memory_new(int fd, pid_t process, void (*gone)(void *arg), void *arg);
struct client_memory *client_memory_get(struct client_memory *memory);
void client_memory_put(struct client_memory *memory);
/** Whether the caller's reference is the only one. */
bool client_memory_is_last(const struct client_memory *memory);

pid_t client_memory_process(const struct client_memory *memory);
/** Whether a process still lives in it. */
bool client_memory_alive(const struct client_memory *memory);

/** Moves bytes at an address. 0, or -EFAULT if not all are there; then some may have been moved. */
int client_memory_read(const struct client_memory *memory, uint64_t address, void *buffer,
		       size_t length);
int client_memory_write(const struct client_memory *memory, uint64_t address, const void *buffer,
			size_t length);
/** The same for adjacent bytes from or into several buffers, at most IOV_MAX; @a vector is used up. */
int client_memory_transfer(const struct client_memory *memory, bool write, uint64_t address,
			   struct iovec *vector, unsigned count);

/** What a range must not be a mapping of: the number of its file's file system. */
typedef bool client_memory_refused(dev_t device);

/**
 * Whether all of a range could be pinned for a device: mapped with the right to read, and to write if
 * @a write, not of device memory, and of no file system that @a refused (may be NULL) names. 0 or
 * -EFAULT. Memory is touched, so the client can hold the calling thread up.
 */
int client_memory_check(struct client_memory *memory, uint64_t address, uint64_t length,
			bool write, client_memory_refused *refused);

#endif
