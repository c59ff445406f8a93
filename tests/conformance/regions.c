/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read and write on regions other than config space. */
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

#define EDU_LIVENESS 4

static uint64_t
memory_offset(const struct run *run)
{
	return VFIO_REGION_OFFSET(run->facts->memory_bar);
}

static void
absent(struct run *run)
{
	uint32_t value = 0;
	const uint64_t offset = VFIO_REGION_OFFSET(run->facts->absent_bar);

	expect(run, "read", -EINVAL, read_at(run->device.fd, &value, 4, offset));
	expect(run, "write", -EINVAL, write_at(run->device.fd, &value, 4, offset));
}

static void
no_region(struct run *run)
{
	uint32_t value = 0;
	const uint32_t num = run->facts->info.num_regions;

	expect(run, "read at num_regions", -EINVAL,
	       read_at(run->device.fd, &value, 4, VFIO_REGION_OFFSET(num)));
	expect(run, "write at num_regions", -EINVAL,
	       write_at(run->device.fd, &value, 4, VFIO_REGION_OFFSET(num)));
	expect(run, "read at the last index", -EINVAL,
	       read_at(run->device.fd, &value, 4, VFIO_REGION_OFFSET(0x7fffff)));
}

static void
negative(struct run *run)
{
	uint32_t value = 0;

	expect(run, "read", -EINVAL, read_at(run->device.fd, &value, 4, 1ull << 63));
	expect(run, "write", -EINVAL, write_at(run->device.fd, &value, 4, -4ull));
}

static void
nothing(struct run *run)
{
	uint32_t value = 0;

	expect(run, "read of 0 bytes", 0, read_at(run->device.fd, &value, 0, memory_offset(run)));
	expect(run, "write of 0 bytes", 0, write_at(run->device.fd, &value, 0, memory_offset(run)));
	expect(run, "read of 0 bytes where no region is", 0,
	       read_at(run->device.fd, &value, 0, VFIO_REGION_OFFSET(1000)));
}

static void
bar_end(struct run *run)
{
	uint8_t bytes[8] = {0};
	const uint64_t size = run->facts->region[run->facts->memory_bar].size;
	const uint64_t end = memory_offset(run) + size;

	expect(run, "read at the end", -EINVAL, read_at(run->device.fd, bytes, 4, end));
	expect(run, "write at the end", -EINVAL, write_at(run->device.fd, bytes, 4, end));
	expect(run, "read far behind the end", -EINVAL,
	       read_at(run->device.fd, bytes, 4, memory_offset(run) + (1ull << 39)));
	expect(run, "read of the last 4 bytes", 4, read_at(run->device.fd, bytes, 4, end - 4));
	expect(run, "read across the end", 4, read_at(run->device.fd, bytes, 8, end - 4));
}

static void
bad_buffer(struct run *run)
{
	void *hole = (uint8_t *)at_edge(PAGE) + PAGE;

	expect(run, "read into nowhere", -EFAULT,
	       read_at(run->device.fd, hole, 4, memory_offset(run)));
	expect(run, "write from nowhere", -EFAULT,
	       write_at(run->device.fd, hole, 4, memory_offset(run)));
}

static void
alignments(struct run *run)
{
	uint8_t bytes[16];

	for (unsigned count = 1; count <= 16; count++)
		for (unsigned at = 0; at < 8; at++)
			expect(run, "read", count,
			       read_at(run->device.fd, bytes, count, memory_offset(run) + at));
}

static void
memory_off(struct run *run)
{
	const uint32_t command = config_read(run, PCI_COMMAND, 2);
	uint32_t value = 0;

	config_write(run, PCI_COMMAND, 2, command & ~(uint32_t)PCI_COMMAND_MEMORY);
	expect(run, "read with memory off", -EIO,
	       read_at(run->device.fd, &value, 4, memory_offset(run)));
	expect(run, "write with memory off", -EIO,
	       write_at(run->device.fd, &value, 4,
			memory_offset(run) + run->facts->region[run->facts->memory_bar].size - 4));
	config_write(run, PCI_COMMAND, 2, command);
	expect(run, "read with memory on", 4,
	       read_at(run->device.fd, &value, 4, memory_offset(run)));
}

static void
memory_off_end(struct run *run)
{
	uint32_t value = 0;

	config_write(run, PCI_COMMAND, 2, 0);
	expect(run, "read at the end with memory off", -EINVAL,
	       read_at(run->device.fd, &value, 4,
		       memory_offset(run) + run->facts->region[run->facts->memory_bar].size));
}

static void
io_off(struct run *run)
{
	const uint32_t command = config_read(run, PCI_COMMAND, 2);
	const uint64_t offset = VFIO_REGION_OFFSET(run->facts->io_bar);
	uint8_t value;

	config_write(run, PCI_COMMAND, 2, command & ~(uint32_t)PCI_COMMAND_IO);
	expect(run, "read with I/O off", 1, read_at(run->device.fd, &value, 1, offset));
}

static void
io_end(struct run *run)
{
	const uint64_t size = run->facts->region[run->facts->io_bar].size;
	const uint64_t offset = VFIO_REGION_OFFSET(run->facts->io_bar);
	uint32_t value;

	expect(run, "read of a dword", 4, read_at(run->device.fd, &value, 4, offset));
	expect(run, "read at the end", -EINVAL, read_at(run->device.fd, &value, 4, offset + size));
	expect(run, "read across the end", 2,
	       read_at(run->device.fd, &value, 4, offset + size - 2));
}

static void
msix_table(struct run *run)
{
	const struct facts *facts = run->facts;
	const uint64_t table = VFIO_REGION_OFFSET(facts->msix_bar) + facts->msix_table;
	uint8_t bytes[16];

	memset(bytes, 0x12, sizeof(bytes));
	expect(run, "write to the table", 16, write_at(run->device.fd, bytes, 16, table));
	expect(run, "read of the table", 16, read_at(run->device.fd, bytes, 16, table));
	for (unsigned i = 0; i < sizeof(bytes); i++)
		expect_value(run, "a byte of the table", 0xff, bytes[i]);
	expect(run, "read of its last dword", 4,
	       read_at(run->device.fd, bytes, 4, table + facts->msix_table_size - 4));
	expect_value(run, "it", 0xff, bytes[0]);
}

static void
rom(struct run *run)
{
	const uint64_t offset = VFIO_REGION_OFFSET(VFIO_ROM_REGION);
	const uint64_t size = run->facts->region[VFIO_ROM_REGION].size;
	const uint32_t command = config_read(run, PCI_COMMAND, 2);
	uint8_t bytes[4] = {0};
	long result;

	expect(run, "read", 2, read_at(run->device.fd, bytes, 2, offset));
	expect_value(run, "first byte", 0x55, bytes[0]);
	expect_value(run, "second byte", 0xaa, bytes[1]);
	expect(run, "write", -EINVAL, write_at(run->device.fd, bytes, 4, offset));
	expect(run, "read at the end", -EINVAL, read_at(run->device.fd, bytes, 4, offset + size));
	expect(run, "read across the end", 2, read_at(run->device.fd, bytes, 4, offset + size - 2));
	config_write(run, PCI_COMMAND, 2, command & ~(uint32_t)PCI_COMMAND_MEMORY);
	/* Where the kernel doesn't even find the image any more it says ENOMEM. */
	result = read_at(run->device.fd, bytes, 4, offset);
	if (result != -ENOMEM)
		expect(run, "read with memory off", -EIO, result);
}

static void
no_rom(struct run *run)
{
	uint8_t bytes[4] = {0};

	expect(run, "read", -EINVAL,
	       read_at(run->device.fd, bytes, 4, VFIO_REGION_OFFSET(VFIO_ROM_REGION)));
	expect(run, "write", -EINVAL,
	       write_at(run->device.fd, bytes, 4, VFIO_REGION_OFFSET(VFIO_ROM_REGION)));
}

static void
no_vga(struct run *run)
{
	uint8_t byte = 0;
	const uint64_t vga = VFIO_REGION_OFFSET(VFIO_VGA_REGION);

	expect(run, "read at 3c0", -EINVAL, read_at(run->device.fd, &byte, 1, vga + 0x3c0));
	expect(run, "write at a0000", -EINVAL, write_at(run->device.fd, &byte, 1, vga + 0xa0000));
}

static void
specific_ends(struct run *run)
{
	for (uint32_t i = VFIO_NUM_REGIONS; i < run->facts->num_regions; i++) {
		const struct vfio_region_info *region = &run->facts->region[i];
		uint32_t value = 0;

		expect(run, "read at the end", -EINVAL,
		       read_at(run->device.fd, &value, 4, region->offset + region->size));
		if (region->flags & VFIO_REGION_READ)
			expect(run, "read of the first 4 bytes", 4,
			       read_at(run->device.fd, &value, 4, region->offset));
		if (!(region->flags & VFIO_REGION_WRITE))
			expect(run, "write to a region that has only READ", -EINVAL,
			       write_at(run->device.fd, &value, 4, region->offset));
	}
}

static void
liveness(struct run *run)
{
	const uint64_t at = memory_offset(run) + EDU_LIVENESS;
	uint32_t value = 0x12345678;

	expect(run, "write", 4, write_at(run->device.fd, &value, 4, at));
	expect(run, "read", 4, read_at(run->device.fd, &value, 4, at));
	expect_value(run, "the register, which inverts", 0xedcba987, value);
}

static void
vectors(struct run *run)
{
	uint32_t id = 0, alive = 0, value = 0x0f0f0f0f;
	struct iovec to[] = {{&id, 4}, {&alive, 4}};
	ssize_t got;

	expect(run, "write", 4,
	       write_at(run->device.fd, &value, 4, memory_offset(run) + EDU_LIVENESS));
	got = preadv(run->device.fd, to, 2, (off_t)memory_offset(run));
	expect(run, "preadv of two dwords", 8, got < 0 ? -errno : got);
	expect_value(run, "identification", 0x010000ed, id);
	expect_value(run, "liveness", 0xf0f0f0f0, alive);
}

#define MEMORY(name, said, function)                                                               \
	{                                                                                          \
		.id = (name), .words = (said), .state = STATE_BOUND, .needs = NEED_MEMORY_BAR,     \
		.body = (function)                                                                 \
	}

static const struct rule rules[] = {
	{"absent", "an absent BAR: EINVAL", STATE_BOUND, NEED_ABSENT_BAR, .body = absent},
	{"no-region", "an index from num_regions on: EINVAL", STATE_BOUND, .body = no_region},
	{"negative", "a negative offset: EINVAL", STATE_BOUND, .body = negative},
	{"nothing", "0 bytes: 0, whatever the offset", STATE_BOUND,
	 NEED_MEMORY_BAR | NEED_NO_TRANSPORT, .body = nothing},
	MEMORY("end", "at the end: EINVAL; across it: a short count", bar_end),
	MEMORY("bad-buffer", "a buffer that isn't there: EFAULT", bad_buffer),
	MEMORY("alignment", "any count at any alignment", alignments),
	MEMORY("memory-off", "COMMAND's memory bit off: EIO; on again: works", memory_off),
	MEMORY("memory-off-end", "the end comes before the memory bit", memory_off_end),
	{"io-off", "I/O BAR: COMMAND's I/O bit isn't looked at", STATE_BOUND, NEED_IO_BAR,
	 .body = io_off},
	{"io-end", "I/O BAR: at the end EINVAL, across it a short count", STATE_BOUND, NEED_IO_BAR,
	 .body = io_end},
	{"msix-table", "the MSI-X table reads ff, writes to it are dropped", STATE_BOUND,
	 NEED_MSIX_TABLE, .body = msix_table},
	{"rom", "ROM: 55 aa; write EINVAL; memory off EIO or ENOMEM", STATE_BOUND, NEED_ROM,
	 .body = rom},
	{"no-rom", "no ROM: EINVAL", STATE_BOUND, NEED_NO_ROM, .body = no_rom},
	{"no-vga", "no VGA: EINVAL", STATE_BOUND, NEED_NO_VGA, .body = no_vga},
	{"specific", "the device's own regions: at the end EINVAL, no writing where flags say so",
	 STATE_BOUND, NEED_SPECIFIC, .body = specific_ends},
	{"edu-liveness", "edu: a register works", STATE_BOUND, NEED_EDU, .body = liveness},
	{"edu-vectors", "edu: preadv is one access for each vector", STATE_BOUND,
	 NEED_EDU | NEED_NO_TRANSPORT, .body = vectors},
};

GROUP(regions, "vfio_pci_rdwr.c");
