/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is behind a mapping: a place in a client's address space or in a file that the client gave. */
#ifndef IOMMU_SOURCE_H
#define IOMMU_SOURCE_H

#include "memory/client_file.h"
#include "memory/client_memory.h"

/** Exactly one of the first two is there. */
struct source {
	struct client_memory *memory;
	struct client_file *file;
	uint64_t address; /**< virtual address or offset in the file */
	bool writable;    /**< mapped with that right the first time; copies may have it too */
};

/** A second one like it, @a offset bytes on, with a reference of its own. */
static inline struct source
source_get(const struct source *source, uint64_t offset)
{
	struct source copy = *source;

	if (copy.memory)
		client_memory_get(copy.memory);
	else
		client_file_get(copy.file);
	copy.address += offset;
	return copy;
}

static inline void
source_put(const struct source *source)
{
	if (source->memory)
		client_memory_put(source->memory);
	else
		client_file_put(source->file);
}

static inline int
source_read(const struct source *source, uint64_t offset, void *buffer, size_t length)
{
	offset += source->address;
	return source->file ? client_file_read(source->file, offset, buffer, length)
			    : client_memory_read(source->memory, offset, buffer, length);
}

static inline int
source_write(const struct source *source, uint64_t offset, const void *buffer, size_t length)
{
	offset += source->address;
	return source->file ? client_file_write(source->file, offset, buffer, length)
			    : client_memory_write(source->memory, offset, buffer, length);
}

#endif
