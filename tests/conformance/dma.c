/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMA of a device through its IOAS, with QEMU's edu, which moves less than a page at a time. */
#include <string.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

#define EDU_DMA_FROM    0x80
#define EDU_DMA_TO      0x88
#define EDU_DMA_COUNT   0x90
#define EDU_DMA_COMMAND 0x98
#define EDU_DMA_START   1u
#define EDU_DMA_OUT     2u /* from the device to memory */
#define EDU_BUFFER      0x40000u

/* Below 2^28, which is what edu's addresses reach. */
#define IOVA        0x100000u

#define PATIENCE_MS 5000

static void
write_register(struct run *run, unsigned reg, uint64_t value)
{
	expect(run, "write to a register", 8,
	       write_at(run->device.fd, &value, 8, VFIO_REGION_OFFSET(0) + reg));
}

static uint64_t
read_register(struct run *run, unsigned reg)
{
	uint64_t value;

	expect(run, "read of a register", 8,
	       read_at(run->device.fd, &value, 8, VFIO_REGION_OFFSET(0) + reg));
	return value;
}

static void
move(struct run *run, uint64_t from, uint64_t to, uint64_t count, uint64_t direction)
{
	const uint32_t command = config_read(run, PCI_COMMAND, 2);

	config_write(run, PCI_COMMAND, 2, command | PCI_COMMAND_MASTER);
	write_register(run, EDU_DMA_FROM, from);
	write_register(run, EDU_DMA_TO, to);
	write_register(run, EDU_DMA_COUNT, count);
	write_register(run, EDU_DMA_COMMAND, EDU_DMA_START | direction);
	for (int ms = 0; read_register(run, EDU_DMA_COMMAND) & EDU_DMA_START; ms += 5) {
		if (ms > PATIENCE_MS)
			fail(run, "the device's DMA doesn't end");
		usleep(5000);
	}
}

static void
from_memory(struct run *run, uint64_t iova, uint64_t count)
{
	move(run, iova, EDU_BUFFER, count, 0);
}

static void
to_memory(struct run *run, uint64_t iova, uint64_t count)
{
	move(run, EDU_BUFFER, iova, count, EDU_DMA_OUT);
}

static uint8_t *
page(unsigned number)
{
	return (uint8_t *)pages() + (size_t)number * PAGE;
}

static void
put(struct run *run, unsigned number, unsigned count, uint64_t iova)
{
	expect(run, "MAP", 0,
	       map_fixed(run->device.iommu, run->ioas, page(number), (uint64_t)count * PAGE, iova));
}

static void
fill(uint8_t *at, size_t count, unsigned seed)
{
	for (size_t i = 0; i < count; i++)
		at[i] = (uint8_t)(seed + i * 7 + i / 256 * 11);
}

static void
expect_same(struct run *run, const void *one, const void *other, size_t count, const char *what)
{
	expect_that(run, !memcmp(one, other, count), what);
}

static void
there_and_back(struct run *run)
{
	put(run, 0, 2, IOVA);
	fill(page(0), PAGE, 3);
	from_memory(run, IOVA, PAGE / 2);
	to_memory(run, IOVA + PAGE, PAGE / 2);
	expect_same(run, page(0), page(1), PAGE / 2,
		    "half a page goes to the device and comes back");
	expect_value(run, "the byte behind", 0, page(1)[PAGE / 2]);
}

static void
odd_places(struct run *run)
{
	put(run, 0, 4, IOVA);
	fill(page(0), (size_t)2 * PAGE, 9);
	from_memory(run, IOVA + PAGE - 13, 301);
	to_memory(run, IOVA + 3 * PAGE - 101, 301);
	expect_same(run, page(0) + PAGE - 13, page(2) + PAGE - 101, 301,
		    "bytes across pages go to the device and come back");
	expect_value(run, "the byte before", 0, page(2)[PAGE - 102]);
	expect_value(run, "the byte behind", 0, page(2)[PAGE - 101 + 301]);
}

static void
two_maps(struct run *run)
{
	put(run, 5, 1, IOVA);
	put(run, 2, 1, IOVA + PAGE);
	put(run, 8, 2, 0x200000);
	fill(page(5), PAGE, 1);
	fill(page(2), PAGE, 77);
	from_memory(run, IOVA + PAGE - 100, 200);
	to_memory(run, 0x200000, 200);
	expect_same(run, page(8), page(5) + PAGE - 100, 100, "the first half is the first map's");
	expect_same(run, page(8) + 100, page(2), 100, "the second half is the second map's");
}

static void
not_mapped(struct run *run)
{
	put(run, 0, 1, IOVA);
	fill(page(0), PAGE, 5);
	from_memory(run, IOVA, 256);
	to_memory(run, IOVA + 0x100000, 256);
	memset(page(1), 0x11, PAGE);
	for (unsigned i = 0; i < PAGE; i++)
		expect_value(run, "memory that is not mapped", 0x11, page(1)[i]);
	to_memory(run, IOVA + 2048, 256);
	expect_same(run, page(0), page(0) + 2048, 256, "DMA works after one that went nowhere");
}

static void
unmapped(struct run *run)
{
	uint64_t length = PAGE;

	put(run, 0, 1, IOVA);
	put(run, 1, 1, IOVA + 0x10000);
	fill(page(0), PAGE, 5);
	from_memory(run, IOVA, 256);
	expect(run, "UNMAP", 0, unmap(run->device.iommu, run->ioas, IOVA + 0x10000, &length));
	to_memory(run, IOVA + 0x10000, 256);
	for (unsigned i = 0; i < PAGE; i++)
		expect_value(run, "memory that is no longer mapped", 0, page(1)[i]);
}

static void
read_only(struct run *run)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_MAP_FIXED | IOMMU_MAP_READABLE,
		.ioas_id = run->ioas,
		.user_va = (uintptr_t)page(1),
		.length = PAGE,
		.iova = IOVA + 0x10000,
	};

	put(run, 0, 1, IOVA);
	fill(page(1), PAGE, 5);
	expect(run, "MAP, readable only", 0, call(run->device.iommu, IOMMU_IOAS_MAP, &map));
	from_memory(run, IOVA + 0x10000, 256);
	to_memory(run, IOVA, 256);
	expect_same(run, page(0), page(1), 256, "the device can read it");
	to_memory(run, IOVA + 0x10000 + 1024, 256);
	expect_that(run, memcmp(page(1) + 1024, page(1), 256), "but not write it");
}

static void
detached(struct run *run)
{
	put(run, 0, 2, IOVA);
	fill(page(0), PAGE, 5);
	from_memory(run, IOVA, 256);
	expect(run, "DETACH", 0, detach(run->device.fd));
	to_memory(run, IOVA + PAGE, 256);
	for (unsigned i = 0; i < PAGE; i++)
		expect_value(run, "memory of a device that is not attached", 0, page(1)[i]);
	expect(run, "ATTACH", 0, attach_to(run->device.fd, &run->ioas));
	to_memory(run, IOVA + PAGE, 256);
	expect_same(run, page(1), page(0), 256, "attached again it reaches the memory");
}

static void
replaced(struct run *run)
{
	uint32_t other, pt;

	put(run, 0, 1, IOVA);
	expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &other));
	expect(run, "MAP in another IOAS", 0,
	       map_fixed(run->device.iommu, other, page(1), PAGE, IOVA));
	fill(page(0), PAGE, 5);
	from_memory(run, IOVA, 256);
	pt = other;
	expect(run, "ATTACH to the other", 0, attach_to(run->device.fd, &pt));
	memset(page(0), 0, PAGE);
	to_memory(run, IOVA, 256);
	expect_value(run, "first byte in the other IOAS", 5, page(1)[0]);
	expect_value(run, "first byte in the first", 0, page(0)[0]);
}

static void
mapped_before(struct run *run)
{
	uint32_t other, pt;

	expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &other));
	expect(run, "MAP", 0,
	       map_fixed(run->device.iommu, other, pages(), (uint64_t)2 * PAGE, IOVA));
	pt = other;
	expect(run, "ATTACH", 0, attach_to(run->device.fd, &pt));
	fill(page(0), PAGE, 5);
	from_memory(run, IOVA, 256);
	to_memory(run, IOVA + PAGE, 256);
	expect_same(run, page(1), page(0), 256, "maps made before ATTACH are seen");
}

static void
copied(struct run *run)
{
	struct iommu_ioas_copy copy = {
		.size = sizeof(copy),
		.flags = IOMMU_MAP_FIXED_RW,
		.dst_ioas_id = run->ioas,
		.src_ioas_id = run->ioas,
		.length = PAGE,
		.dst_iova = IOVA + 0x10000,
		.src_iova = IOVA + PAGE,
	};
	uint64_t length = 2 * PAGE;

	put(run, 0, 2, IOVA);
	fill(page(1), PAGE, 5);
	expect(run, "COPY of the second page", 0, call(run->device.iommu, IOMMU_IOAS_COPY, &copy));
	expect(run, "UNMAP of the source", 0, unmap(run->device.iommu, run->ioas, IOVA, &length));
	put(run, 4, 1, IOVA);
	from_memory(run, IOVA + 0x10000, 256);
	to_memory(run, IOVA, 256);
	expect_same(run, page(4), page(1), 256, "a copy reaches the same memory");
}

static void
master_off(struct run *run)
{
	const uint32_t command = config_read(run, PCI_COMMAND, 2);

	put(run, 0, 2, IOVA);
	fill(page(0), PAGE, 5);
	from_memory(run, IOVA, 256);
	config_write(run, PCI_COMMAND, 2, command & ~(uint32_t)PCI_COMMAND_MASTER);
	write_register(run, EDU_DMA_FROM, EDU_BUFFER);
	write_register(run, EDU_DMA_TO, IOVA + PAGE);
	write_register(run, EDU_DMA_COUNT, 256);
	write_register(run, EDU_DMA_COMMAND, EDU_DMA_START | EDU_DMA_OUT);
	usleep(400000);
	for (unsigned i = 0; i < PAGE; i++)
		expect_value(run, "memory of a device that is no master", 0, page(1)[i]);
}

#define DMA(name, said, function)                                                                  \
	{                                                                                          \
		.id = (name), .words = (said), .state = STATE_ATTACHED,                            \
		.needs = NEED_CDEV | NEED_EDU | NEED_DMA, .body = (function)                       \
	}

static const struct rule rules[] = {
	DMA("page", "a mapped page is read and written", there_and_back),
	DMA("odd", "any byte, across pages", odd_places),
	DMA("two-maps", "across maps that lie side by side", two_maps),
	DMA("not-mapped", "what isn't mapped goes nowhere", not_mapped),
	DMA("unmapped", "nor what is no longer", unmapped),
	DMA("read-only", "what is mapped readable can't be written", read_only),
	DMA("detached", "a device that isn't attached reaches nothing", detached),
	DMA("replaced", "ATTACH to another IOAS changes what it reaches", replaced),
	DMA("mapped-before", "maps made before ATTACH count", mapped_before),
	DMA("copied", "a copied map reaches the memory of its source", copied),
	DMA("master-off", "a device that is no bus master reaches nothing", master_off),
};

GROUP(dma, "iommufd.h, QEMU's edu");
