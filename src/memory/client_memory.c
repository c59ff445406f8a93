/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory/client_memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "memory/client_maps.h"

#define PAGE UINT64_C(4096)

/* Small ranges are touched page by page; of the others the mappings are looked at. */
#define MAX_TOUCHED 64u

struct client_memory {
	atomic_uint references;
	int fd;
	pid_t process;
	struct client_maps maps;
	void (*gone)(void *arg);
	void *arg;
};

struct client_memory *
client_memory_new(int fd, pid_t process, void (*gone)(void *arg), void *arg)
{
	struct client_memory *memory = malloc(sizeof(*memory));

	if (!memory) {
		close(fd);
		return NULL;
	}
	*memory = (struct client_memory){
		.references = 1, .fd = fd, .process = process, .gone = gone, .arg = arg};
	return memory;
}

struct client_memory *
client_memory_get(struct client_memory *memory)
{
	atomic_fetch_add_explicit(&memory->references, 1, memory_order_relaxed);
	return memory;
}

void
client_memory_put(struct client_memory *memory)
{
	if (atomic_fetch_sub_explicit(&memory->references, 1, memory_order_acq_rel) != 1)
		return;
	client_maps_close(&memory->maps);
	close(memory->fd);
	if (memory->gone)
		memory->gone(memory->arg);
	free(memory);
}

bool
client_memory_is_last(const struct client_memory *memory)
{
	return atomic_load(&memory->references) == 1;
}

pid_t
client_memory_process(const struct client_memory *memory)
{
	return memory->process;
}

bool
client_memory_alive(const struct client_memory *memory)
{
	char byte;

	/* Nothing is ever mapped at 0: an error. Of an address space that has ended, it is end of file. */
	return pread(memory->fd, &byte, 1, 0) != 0;
}

/* Drops @a done bytes off the front; returns the vectors left. */
static unsigned
advance(struct iovec **vector, unsigned count, size_t done)
{
	while (count && done >= (*vector)->iov_len) {
		done -= (*vector)->iov_len;
		(*vector)++;
		count--;
	}
	if (count) {
		(*vector)->iov_base = (char *)(*vector)->iov_base + done;
		(*vector)->iov_len -= done;
	}
	return count;
}

int
client_memory_transfer(const struct client_memory *memory, bool write, uint64_t address,
		       struct iovec *vector, unsigned count)
{
	while (count) {
		ssize_t done = write ? pwritev(memory->fd, vector, (int)count, (off_t)address)
				     : preadv(memory->fd, vector, (int)count, (off_t)address);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -EFAULT;
		address += (uint64_t)done;
		count = advance(&vector, count, (size_t)done);
	}
	return 0;
}

int
client_memory_read(const struct client_memory *memory, uint64_t address, void *buffer,
		   size_t length)
{
	struct iovec vector = {.iov_base = buffer, .iov_len = length};
	ssize_t done = pread(memory->fd, buffer, length, (off_t)address);

	if (done == (ssize_t)length)
		return 0;
	return client_memory_transfer(memory, false, address, &vector, 1);
}

int
client_memory_write(const struct client_memory *memory, uint64_t address, const void *buffer,
		    size_t length)
{
	struct iovec vector = {.iov_base = (void *)(uintptr_t)buffer, .iov_len = length};
	ssize_t done = pwrite(memory->fd, buffer, length, (off_t)address);

	if (done == (ssize_t)length)
		return 0;
	return client_memory_transfer(memory, true, address, &vector, 1);
}

/*
 * A byte of each of the pages from @a address to @a last, in one system call. It goes by the process's
 * number, which may be another's by now; but nothing of what it reads is used. False if not all are there,
 * or this is not possible, as with a process whose first thread has ended.
 */
static bool
touch_many(const struct client_memory *memory, uint64_t address, uint64_t last)
{
	struct iovec from[MAX_TOUCHED], to[1];
	char bytes[MAX_TOUCHED];
	unsigned count = 0;

	for (uint64_t at = address;; at = (at | (PAGE - 1)) + 1) {
		from[count++] = (struct iovec){.iov_base = (void *)(uintptr_t)at, .iov_len = 1};
		if (at / PAGE == last / PAGE)
			break;
	}
	to[0] = (struct iovec){.iov_base = bytes, .iov_len = count};
	return process_vm_readv(memory->process, to, 1, from, count, 0) == (ssize_t)count;
}

static int
touch(const struct client_memory *memory, uint64_t address)
{
	char byte;

	return client_memory_read(memory, address, &byte, 1);
}

int
client_memory_check(struct client_memory *memory, uint64_t address, uint64_t length,
		    bool write, client_memory_refused *refused)
{
	uint64_t last = address + (length - 1);
	int error = client_maps_check(&memory->maps, memory->process, address, last, write, refused);

	if (error)
		return error;
	if (last / PAGE - address / PAGE >= MAX_TOUCHED)
		return touch(memory, address) || touch(memory, last) ? -EFAULT : 0;
	if (last / PAGE > address / PAGE + 1 && touch_many(memory, address, last))
		return 0;
	for (uint64_t at = address; !error; at = (at | (PAGE - 1)) + 1) {
		error = touch(memory, at);
		if (at / PAGE == last / PAGE)
			break;
	}
	return error;
}
