/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is there at once and costs only what was touched: a memfd mapped without reservation.
 */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct memory {
	uint8_t *base;
	uint64_t size;
	int fd; /**< -1: the file belongs to somebody else */
};

/**
 * The part of file @a fd at @a offset, a multiple of the page size, as memory. The file stays the
 * caller's. Returns 0 or a negative errno.
 */
int memory_of_file(struct memory *memory, int fd, uint64_t offset, uint64_t size);

/** Maps the file anew at the place where the memory is. Returns 0 or a negative errno. */
int memory_remap(struct memory *memory, int fd, uint64_t offset);

/** Makes @a size bytes of zeros; @a name shows in /proc/PID/maps. Returns 0 or a negative errno. */
int memory_create(struct memory *memory, const char *name, uint64_t size);
void memory_destroy(struct memory *memory);

/** Memory as a region (struct vfiod_region): @a memory is its state, the range is inside. Return 0. */
int memory_copy_out(void *memory, uint64_t position, void *buffer, size_t length);
int memory_copy_in(void *memory, uint64_t position, const void *buffer, size_t length);
/** The same for reading in place. Returns 1, the number of vectors. */
unsigned memory_map_out(void *memory, uint64_t position, size_t length, struct iovec *vector,
			unsigned count);

/** A pointer to [position, position + length), or NULL when that is not all inside. */
static inline uint8_t *
memory_at(const struct memory *memory, uint64_t position, size_t length)
{
	if (position > memory->size || length > memory->size - position)
		return NULL;
	return memory->base + position;
}

#endif
