/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMA: what a device reads and writes through the page table that it is attached to. */
#include "iommu/iommu.h"

#include <errno.h>
#include <sys/uio.h>

#include "iommu/hwpt.h"

/* Adjacent pieces that go to the kernel at once; IOV_MAX is 1024. */
#define MAX_BATCH 256u

/* Every thread has one of its own, whose address tells it from the others. */
static __thread char self;

static bool
holds(const struct iommu_device *device)
{
	return atomic_load_explicit(&device->held, memory_order_relaxed) == (uintptr_t)&self;
}

/* Keeps the page table and its mappings as they are. False if there is none. */
static bool
enter(struct iommu_device *device)
{
	if (holds(device))
		return true;
	pthread_rwlock_rdlock(&device->lock);
	if (!device->hwpt) {
		pthread_rwlock_unlock(&device->lock);
		return false;
	}
	pthread_rwlock_rdlock(&device->hwpt->ioas->lock);
	return true;
}

static void
leave(struct iommu_device *device)
{
	if (holds(device))
		return;
	pthread_rwlock_unlock(&device->hwpt->ioas->lock);
	pthread_rwlock_unlock(&device->lock);
}

static bool
allowed(const struct mapping *mapping, bool write)
{
	return write ? mapping->writable : mapping->readable;
}

/* The mapping at @a first, if all of [first, last] is mapped with the right. */
static bool
find(const struct areas *areas, bool write, uint64_t first, uint64_t last, struct mapping *mapping)
{
	const struct area *area;

	if (last < first || !areas_look_up(areas, first, mapping) || !allowed(mapping, write))
		return false;
	if (mapping->last >= last)
		return true;
	for (area = areas_find(areas, first); area->mapping.last < last;) {
		uint64_t next = area->mapping.last + 1;

		area = areas_next(area);
		if (!area || area->mapping.first != next || !allowed(&area->mapping, write))
			return false;
	}
	return true;
}

static void
mark(struct iommu_hwpt *hwpt, uint64_t first, uint64_t last)
{
	if (atomic_load_explicit(&hwpt->tracking, memory_order_relaxed))
		dirty_mark(hwpt->dirty, first, last);
}

/* Inside one mapping. */
static int
move_in(const struct mapping *mapping, bool write, uint64_t iova, void *buffer, size_t length)
{
	uint64_t offset = iova - mapping->first;

	return write ? source_write(&mapping->source, offset, buffer, length)
		     : source_read(&mapping->source, offset, buffer, length);
}

static int
move(struct iommu_hwpt *hwpt, bool write, uint64_t iova, void *buffer, size_t length)
{
	const struct areas *areas = &hwpt->ioas->areas;
	uint64_t first = iova, last = iova + (length - 1);
	struct mapping mapping;
	uint8_t *at = buffer;
	int error = 0;

	if (!find(areas, write, iova, last, &mapping))
		return -EFAULT;
	while (!error && mapping.last < last) {
		size_t part = (size_t)(mapping.last - iova + 1);

		error = move_in(&mapping, write, iova, at, part);
		at += part;
		iova += part;
		areas_look_up(areas, iova, &mapping);
	}
	if (!error)
		error = move_in(&mapping, write, iova, at, (size_t)(last - iova + 1));
	/* Only after it was written: whoever then asks what was, and copies it, copies the new. */
	if (write)
		mark(hwpt, first, last);
	return error;
}

static int
access_one(struct iommu_device *device, bool write, uint64_t iova, void *buffer, size_t length)
{
	int error;

	if (!length)
		return 0;
	if (!enter(device))
		return -EFAULT;
	error = move(device->hwpt, write, iova, buffer, length);
	leave(device);
	return error;
}

int
iommu_read(struct iommu_device *device, uint64_t iova, void *buffer, size_t length)
{
	return access_one(device, false, iova, buffer, length);
}

int
iommu_write(struct iommu_device *device, uint64_t iova, const void *buffer, size_t length)
{
	return access_one(device, true, iova, (void *)(uintptr_t)buffer, length);
}

/* Pieces that are adjacent in the same address space. */
struct batch {
	const struct client_memory *memory;
	uint64_t address, end;
	struct iovec vector[MAX_BATCH];
	struct vfiod_piece *piece[MAX_BATCH];
	unsigned count;
};

static bool
finish_piece(struct iommu_hwpt *hwpt, bool write, struct vfiod_piece *piece)
{
	piece->failed = move(hwpt, write, piece->address, piece->buffer, piece->length) != 0;
	return !piece->failed;
}

static bool
finish_batch(struct iommu_hwpt *hwpt, bool write, struct batch *batch)
{
	bool all = true;
	int error = batch->count ? client_memory_transfer(batch->memory, write, batch->address,
							  batch->vector, batch->count)
				 : 0;

	for (unsigned i = 0; i < batch->count; i++)
		if (error)
			all &= finish_piece(hwpt, write, batch->piece[i]);
		else if (write)
			mark(hwpt, batch->piece[i]->address,
			     batch->piece[i]->address + (batch->piece[i]->length - 1));
	batch->count = 0;
	return all;
}

static void
add_to_batch(struct batch *batch, const struct client_memory *memory, uint64_t address,
	     struct vfiod_piece *piece)
{
	if (!batch->count) {
		batch->memory = memory;
		batch->address = address;
		batch->end = address;
	}
	batch->vector[batch->count] =
		(struct iovec){.iov_base = piece->buffer, .iov_len = piece->length};
	batch->piece[batch->count++] = piece;
	batch->end += piece->length;
}

/* A piece that is all in the memory of a process, and where. */
struct located {
	uint64_t address;
	struct vfiod_piece *piece;
};

/* By address, and as they came where that is the same. */
static bool
before(const struct located *a, const struct located *b)
{
	return a->address < b->address || (a->address == b->address && a->piece < b->piece);
}

/* Shell's: qsort() would allocate memory. The gaps are Ciura's. */
static void
sort(struct located *located, unsigned count)
{
	static const unsigned gaps[] = {132, 57, 23, 10, 4, 1};

	for (unsigned g = 0; g < sizeof(gaps) / sizeof(*gaps); g++)
		for (unsigned i = gaps[g]; i < count; i++) {
			struct located one = located[i];
			unsigned at = i;

			for (; at >= gaps[g] && before(&one, &located[at - gaps[g]]); at -= gaps[g])
				located[at] = located[at - gaps[g]];
			located[at] = one;
		}
}

/* NULL if a piece is elsewhere, or in the memory of another process than the rest. */
static const struct client_memory *
locate_all(const struct areas *areas, bool write, struct vfiod_piece *piece, unsigned count,
	   struct located *located)
{
	const struct client_memory *memory = NULL;

	for (unsigned i = 0; i < count; i++) {
		uint64_t last = piece[i].address + (piece[i].length - 1);
		struct mapping mapping;

		if (!find(areas, write, piece[i].address, last, &mapping) || mapping.last < last ||
		    !mapping.source.memory || (memory && mapping.source.memory != memory))
			return NULL;
		memory = mapping.source.memory;
		located[i].piece = &piece[i];
		located[i].address = mapping.source.address + (piece[i].address - mapping.first);
	}
	return memory;
}

/*
 * What is scattered on the bus or in the device's buffer is often all there in another order, as when a
 * guest's pages were freed and taken again: by address it takes a few system calls instead of one a page.
 * False, and nothing done, if it can't be put in order.
 */
static bool
transfer_sorted(struct iommu_hwpt *hwpt, bool write, struct vfiod_piece *piece, unsigned count,
		bool *all)
{
	struct located located[MAX_BATCH];
	struct batch batch = {.count = 0};

	if (count < 2 || count > MAX_BATCH)
		return false;
	batch.memory = locate_all(&hwpt->ioas->areas, write, piece, count, located);
	if (!batch.memory)
		return false;
	sort(located, count);
	/* Where pieces overlap the last one must win. */
	for (unsigned i = 1; write && i < count; i++)
		if (located[i].address - located[i - 1].address < located[i - 1].piece->length)
			return false;
	*all = true;
	for (unsigned i = 0; i < count; i++) {
		located[i].piece->failed = false;
		if (batch.count && batch.end != located[i].address)
			*all &= finish_batch(hwpt, write, &batch);
		add_to_batch(&batch, batch.memory, located[i].address, located[i].piece);
	}
	*all &= finish_batch(hwpt, write, &batch);
	return true;
}

int
iommu_transfer(struct iommu_device *device, bool write, struct vfiod_piece *piece, unsigned count)
{
	struct batch batch = {.count = 0};
	bool all = true;

	if (!enter(device)) {
		for (unsigned i = 0; i < count; i++)
			piece[i].failed = true;
		return count ? -EFAULT : 0;
	}
	if (transfer_sorted(device->hwpt, write, piece, count, &all)) {
		leave(device);
		return all ? 0 : -EFAULT;
	}
	for (unsigned i = 0; i < count; i++) {
		uint64_t last = piece[i].address + (piece[i].length - 1);
		struct mapping mapping;
		uint64_t address;

		piece[i].failed = false;
		if (!find(&device->hwpt->ioas->areas, write, piece[i].address, last, &mapping) ||
		    !mapping.source.memory || mapping.last < last) {
			/* In the order given: pieces may overlap. */
			all &= finish_batch(device->hwpt, write, &batch);
			all &= finish_piece(device->hwpt, write, &piece[i]);
			continue;
		}
		address = mapping.source.address + (piece[i].address - mapping.first);
		if (batch.count && (batch.count == MAX_BATCH ||
				    batch.memory != mapping.source.memory || batch.end != address))
			all &= finish_batch(device->hwpt, write, &batch);
		add_to_batch(&batch, mapping.source.memory, address, &piece[i]);
	}
	all &= finish_batch(device->hwpt, write, &batch);
	leave(device);
	return all ? 0 : -EFAULT;
}

/* The place of a range that is all in one file. */
static void *
place(struct iommu_device *device, bool write, uint64_t iova, size_t length)
{
	uint64_t last = iova + (length - 1);
	struct mapping mapping;

	if (!find(&device->hwpt->ioas->areas, write, iova, last, &mapping) ||
	    !mapping.source.file || mapping.last < last)
		return NULL;
	return client_file_at(mapping.source.file, mapping.source.address + (iova - mapping.first));
}

void *
iommu_map(struct iommu_device *device, uint64_t iova, size_t length, bool write)
{
	bool held = holds(device);
	uintptr_t nobody = 0;
	void *at;

	if (!length || (held && write && device->written_count == IOMMU_MAX_WRITTEN) ||
	    !enter(device))
		return NULL;
	at = place(device, write, iova, length);
	if (!held &&
	    (!at || !atomic_compare_exchange_strong(&device->held, &nobody, (uintptr_t)&self))) {
		leave(device);
		return NULL;
	}
	if (at && write) {
		device->written[device->written_count].first = iova;
		device->written[device->written_count++].last = iova + (length - 1);
	}
	return at;
}

void
iommu_release(struct iommu_device *device)
{
	if (!holds(device))
		return;
	for (unsigned i = 0; i < device->written_count; i++)
		mark(device->hwpt, device->written[i].first, device->written[i].last);
	device->written_count = 0;
	atomic_store(&device->held, 0);
	leave(device);
}
