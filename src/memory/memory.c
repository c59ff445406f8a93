/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int
memory_create(struct memory *memory, const char *name, uint64_t size)
{
	void *base;
	int fd = memfd_create(name, MFD_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) < 0)
		goto fail;
	base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (base == MAP_FAILED)
		goto fail;
	*memory = (struct memory){.base = base, .size = size, .fd = fd};
	return 0;
fail:
	error = -errno;
	close(fd);
	return error;
}

void
memory_destroy(struct memory *memory)
{
	if (!memory->base)
		return;
	munmap(memory->base, memory->size);
	close(memory->fd);
	*memory = (struct memory){.fd = -1};
}

int
memory_copy_out(void *memory, uint64_t position, void *buffer, size_t length)
{
	memcpy(buffer, memory_at(memory, position, length), length);
	return 0;
}

int
memory_copy_in(void *memory, uint64_t position, const void *buffer, size_t length)
{
	memcpy(memory_at(memory, position, length), buffer, length);
	return 0;
}
