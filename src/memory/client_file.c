/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory/client_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "util/sigbus.h"

struct client_file {
	atomic_uint references;
	struct client_file_id id;
	uint8_t *base;
	struct sigbus_range *range;
	void (*gone)(void *arg, uint64_t size);
	void *arg;
};

/* Seals may forbid to write through a descriptor that is open for it. */
static bool
may_write(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR)
		return false;
	return seals < 0 || !(seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE));
}

int
client_file_identify(int fd, struct client_file_id *id)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*id = (struct client_file_id){.device = st.st_dev,
				      .inode = st.st_ino,
				      .size = (uint64_t)st.st_size,
				      .writable = may_write(fd)};
	return 0;
}

int
client_file_new(int fd, const struct client_file_id *id, void (*gone)(void *arg, uint64_t size),
		void *arg, struct client_file **result)
{
	int rights = PROT_READ | (id->writable ? PROT_WRITE : 0);
	struct client_file *file;

	if (!id->size)
		return -EINVAL;
	file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->id = *id;
	file->base = mmap(NULL, id->size, rights, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (file->base == MAP_FAILED)
		goto no_memory;
	file->range = sigbus_watch(file->base, id->size);
	if (!file->range) {
		munmap(file->base, id->size);
		goto no_memory;
	}
	/* A client's core is its own business, and the daemon's should stay small. */
	madvise(file->base, id->size, MADV_DONTDUMP);
	atomic_init(&file->references, 1);
	file->gone = gone;
	file->arg = arg;
	*result = file;
	return 0;
no_memory:
	free(file);
	return -ENOMEM;
}

struct client_file *
client_file_get(struct client_file *file)
{
	atomic_fetch_add_explicit(&file->references, 1, memory_order_relaxed);
	return file;
}

void
client_file_put(struct client_file *file)
{
	if (atomic_fetch_sub_explicit(&file->references, 1, memory_order_acq_rel) != 1)
		return;
	sigbus_unwatch(file->range);
	munmap(file->base, file->id.size);
	if (file->gone)
		file->gone(file->arg, file->id.size);
	free(file);
}

bool
client_file_is_last(const struct client_file *file)
{
	return atomic_load(&file->references) == 1;
}

bool
client_file_is(const struct client_file *file, const struct client_file_id *id)
{
	return file->id.device == id->device && file->id.inode == id->inode;
}

bool
client_file_covers(const struct client_file *file, const struct client_file_id *id)
{
	return client_file_is(file, id) && file->id.size >= id->size &&
	       (file->id.writable || !id->writable) && !sigbus_hit(file->range);
}

uint64_t
client_file_size(const struct client_file *file)
{
	return file->id.size;
}

void *
client_file_at(const struct client_file *file, uint64_t offset)
{
	sigbus_prepare_thread();
	return sigbus_hit(file->range) ? NULL : file->base + offset;
}

static int
copy(const struct client_file *file, void *to, const void *from, size_t length)
{
	sigbus_prepare_thread();
	if (sigbus_hit(file->range))
		return -EFAULT;
	memcpy(to, from, length);
	return sigbus_hit(file->range) ? -EFAULT : 0;
}

int
client_file_read(const struct client_file *file, uint64_t offset, void *buffer, size_t length)
{
	return copy(file, buffer, file->base + offset, length);
}

int
client_file_write(const struct client_file *file, uint64_t offset, const void *buffer,
		  size_t length)
{
	return copy(file, file->base + offset, buffer, length);
}
