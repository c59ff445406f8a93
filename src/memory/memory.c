/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int
memory_of_file(struct memory *memory, int fd, uint64_t offset, uint64_t size)
{
	void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
			  (off_t)offset);

	if (base == MAP_FAILED)
		return -errno;
	*memory = (struct memory){.base = base, .size = size, .fd = -1};
	return 0;
}

int
memory_remap(struct memory *memory, int fd, uint64_t offset)
{
	void *base = mmap(memory->base, memory->size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_NORESERVE | MAP_FIXED, fd, (off_t)offset);

	return base == MAP_FAILED ? -errno : 0;
}

int
memory_create(struct memory *memory, const char *name, uint64_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = ftruncate(fd, (off_t)size) < 0 ? -errno : memory_of_file(memory, fd, 0, size);
	if (error)
		close(fd);
	else
		memory->fd = fd;
	return error;
}

void
memory_destroy(struct memory *memory)
{
	if (!memory->base)
		return;
	munmap(memory->base, memory->size);
	if (memory->fd >= 0)
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

unsigned
memory_map_out(void *memory, uint64_t position, size_t length, struct iovec *vector, unsigned count)
{
	(void)count;
	vector[0] = (struct iovec){
		.iov_base = ((const struct memory *)memory)->base + position, .iov_len = length};
	return 1;
}
