/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_GET_REGION_INFO. */
#include <stdio.h>
#include <string.h>

#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

#define REGION(...) IOCTL(VFIO_DEVICE_GET_REGION_INFO, vfio_region_info, __VA_ARGS__)
#define RW          (VFIO_REGION_READ | VFIO_REGION_WRITE)

static void
ask(struct run *run, uint32_t index, struct vfio_region_info *info)
{
	char what[40];

	snprintf(what, sizeof(what), "GET_REGION_INFO of %u", index);
	expect(run, what, 0, region_info(run->device.fd, index, info));
	expect_value(run, "index", index, info->index);
	expect_value(run, "offset", VFIO_REGION_OFFSET(index), info->offset);
}

static void
offsets(struct run *run)
{
	struct vfio_region_info info;

	for (uint32_t i = 0; i < run->facts->num_regions; i++)
		if (i != VFIO_VGA_REGION || run->facts->region[i].size)
			ask(run, i, &info);
}

static void
config(struct run *run)
{
	struct vfio_region_info info;

	ask(run, VFIO_CONFIG_REGION, &info);
	expect_that(run, info.size == 256 || info.size == 4096, "the size is 256 or 4096");
	expect_value(run, "flags", RW, info.flags);
}

static void
config_size(struct run *run)
{
	struct vfio_region_info info;

	ask(run, VFIO_CONFIG_REGION, &info);
	if (!run->facts->express)
		expect_value(run, "size without PCI Express", 256, info.size);
}

static void
bars(struct run *run)
{
	struct vfio_region_info info;

	for (uint32_t i = 0; i <= VFIO_BAR5_REGION; i++) {
		ask(run, i, &info);
		if (!info.size) {
			expect_value(run, "flags of an absent BAR", 0, info.flags);
			continue;
		}
		expect_value(run, "flags READ and WRITE", RW, info.flags & RW);
		expect_that(run, !(info.size & (info.size - 1)), "a BAR's size is a power of two");
	}
}

static void
io_bar(struct run *run)
{
	struct vfio_region_info info;

	ask(run, (uint32_t)run->facts->io_bar, &info);
	expect_value(run, "flags of an I/O BAR", RW, info.flags);
}

static void
upper_half(struct run *run)
{
	for (unsigned bar = 0; bar < VFIO_BAR5_REGION; bar++) {
		struct vfio_region_info info;
		const uint32_t low = facts_config32(run->facts, PCI_BASE_ADDRESS_0 + 4 * bar);

		if (!run->facts->region[bar].size || low & PCI_BASE_ADDRESS_SPACE_IO ||
		    !(low & PCI_BASE_ADDRESS_MEM_TYPE_64))
			continue;
		ask(run, bar + 1, &info);
		expect_value(run, "size of the upper half", 0, info.size);
		expect_value(run, "flags of the upper half", 0, info.flags);
		return;
	}
	skip(run, "no 64-bit BAR");
}

static void
rom(struct run *run)
{
	struct vfio_region_info info;

	ask(run, VFIO_ROM_REGION, &info);
	expect_that(run, !(info.size & (info.size - 1)), "the size is a power of two");
	expect_value(run, "flags", VFIO_REGION_READ, info.flags);
}

static void
no_rom(struct run *run)
{
	struct vfio_region_info info;

	ask(run, VFIO_ROM_REGION, &info);
	expect_value(run, "size", 0, info.size);
	expect_value(run, "flags", 0, info.flags);
}

static void
vga(struct run *run)
{
	struct vfio_region_info info;

	ask(run, VFIO_VGA_REGION, &info);
	expect_value(run, "size", 0xc0000, info.size);
	expect_value(run, "flags", RW, info.flags);
}

static void
past_last(struct run *run)
{
	struct vfio_region_info info;
	const uint32_t num = run->facts->info.num_regions;

	expect(run, "index num_regions", -EINVAL, region_info(run->device.fd, num, &info));
	expect(run, "index num_regions + 1", -EINVAL, region_info(run->device.fd, num + 1, &info));
	expect(run, "index 2^31", -EINVAL, region_info(run->device.fd, 1u << 31, &info));
	expect(run, "index 2^32 - 1", -EINVAL, region_info(run->device.fd, 0xffffffff, &info));
}

static void
echoes(struct run *run)
{
	struct vfio_region_info info = {
		.argsz = 4096,
		.index = VFIO_CONFIG_REGION,
		.cap_offset = 0x1234,
		.flags = 0xffffffff,
	};

	expect(run, "GET_REGION_INFO", 0, call(run->device.fd, VFIO_DEVICE_GET_REGION_INFO, &info));
	expect_value(run, "argsz", 4096, info.argsz);
	expect_value(run, "cap_offset", 0x1234, info.cap_offset);
	expect_value(run, "flags", RW, info.flags);
}

/* A region with capabilities, and how many bytes they take together with the struct. */
static uint32_t
chain_needed(struct run *run, uint32_t index)
{
	struct vfio_region_info info;

	ask(run, index, &info);
	expect_value(run, "flag CAPS", VFIO_REGION_CAPS, info.flags & VFIO_REGION_CAPS);
	expect_value(run, "cap_offset", 0, info.cap_offset);
	expect_that(run, info.argsz > sizeof(info), "argsz becomes what is needed");
	return info.argsz;
}

static const struct vfio_region_info *
read_chain(struct run *run, uint32_t index, uint32_t need, uint32_t argsz)
{
	struct vfio_region_info *whole = at_edge(argsz);

	memset(whole, 0, argsz);
	whole->argsz = argsz;
	whole->index = index;
	expect(run, "GET_REGION_INFO with room", 0,
	       call(run->device.fd, VFIO_DEVICE_GET_REGION_INFO, whole));
	expect_value(run, "argsz", argsz, whole->argsz);
	expect_value(run, "cap_offset", sizeof(*whole), whole->cap_offset);
	for (uint32_t i = need; i < argsz; i++)
		expect_value(run, "a byte behind the chain", 0, ((const uint8_t *)whole)[i]);
	return whole;
}

static const struct vfio_info_cap_header *
find_cap(struct run *run, const struct vfio_region_info *info, uint32_t need, uint16_t id)
{
	const struct vfio_info_cap_header *cap, *found = NULL;

	for (uint32_t at = info->cap_offset; at; at = cap->next) {
		expect_that(run, at % 8 == 0 && at <= need - sizeof(*cap),
			    "capabilities lie within argsz, 8-byte aligned");
		cap = (const void *)((const uint8_t *)info + at);
		expect_that(run, cap->next == 0 || cap->next > at, "the chain ends");
		if (cap->id == id)
			found = cap;
	}
	return found;
}

static void
specific(struct run *run)
{
	for (uint32_t i = VFIO_NUM_REGIONS; i < run->facts->num_regions; i++) {
		const uint32_t need = chain_needed(run, i);
		const struct vfio_region_info *info = read_chain(run, i, need, need);
		const struct vfio_info_cap_header *cap = find_cap(run, info, need, VFIO_CAP_TYPE);

		expect_that(run, cap, "a region of the device's own has the capability TYPE");
		expect_value(run, "version of TYPE", 1, cap->version);
		expect_that(run, ((const uint32_t *)cap)[2] != 0, "the type is not 0");
	}
}

static void
chain_sizes(struct run *run)
{
	const uint32_t index = VFIO_NUM_REGIONS, need = chain_needed(run, index);
	_Alignas(8) uint8_t room[4096];
	struct vfio_region_info *info = (void *)room;

	memset(room, 0xa5, sizeof(room));
	*info = (struct vfio_region_info){.argsz = need - 1, .index = index};
	expect(run, "argsz one too small", 0,
	       call(run->device.fd, VFIO_DEVICE_GET_REGION_INFO, info));
	expect_value(run, "argsz", need, info->argsz);
	expect_value(run, "cap_offset", 0, info->cap_offset);
	for (unsigned i = sizeof(*info); i < sizeof(room); i++)
		expect_value(run, "a byte behind the struct", 0xa5, room[i]);
	read_chain(run, index, need, need);
	read_chain(run, index, need, need + 8);
	read_chain(run, index, need, 4096);
}

static void
msix_mappable(struct run *run)
{
	const uint32_t index = (uint32_t)run->facts->msix_bar;
	const struct vfio_region_info *info;
	uint32_t need;

	if (!(run->facts->region[index].flags & VFIO_REGION_MMAP))
		skip(run, "the BAR with the MSI-X table can't be mapped");
	need = chain_needed(run, index);
	info = read_chain(run, index, need, need);
	expect_that(run, find_cap(run, info, need, VFIO_CAP_MSIX_MAPPABLE),
		    "it has the capability MSIX_MAPPABLE");
}

static void
mmap_flags(struct run *run)
{
	for (unsigned i = 0; i < run->facts->num_regions; i++) {
		const struct vfio_region_info *info = &run->facts->region[i];

		if (i == VFIO_ROM_REGION || i == VFIO_CONFIG_REGION || i == VFIO_VGA_REGION)
			expect_value(run, "flag MMAP of ROM, config, VGA", 0,
				     info->flags & VFIO_REGION_MMAP);
		if (info->flags & VFIO_REGION_MMAP)
			expect_value(run, "offset of a mappable region in its page", 0,
				     info->offset % PAGE);
	}
}

static void
agrees_with_sizing(struct run *run)
{
	for (unsigned bar = 0; bar <= VFIO_BAR5_REGION; bar++) {
		const unsigned at = PCI_BASE_ADDRESS_0 + 4 * bar;
		const uint32_t before = config_read(run, at, 4);
		const uint64_t size = run->facts->region[bar].size;
		uint32_t mask;

		if (!size)
			continue;
		config_write(run, at, 4, 0xffffffff);
		mask = config_read(run, at, 4);
		config_write(run, at, 4, before);
		mask &= before & PCI_BASE_ADDRESS_SPACE_IO ? ~3u : ~15u;
		expect_value(run, "size by sizing", size & 0xffffffff, (uint32_t)-mask);
	}
}

static const struct rule rules[] = {
	{"null", "a null pointer: EFAULT", STATE_BOUND, IOCTL_NULL(VFIO_DEVICE_GET_REGION_INFO),
	 .err = EFAULT},
	{"argsz-0", "argsz 0: EINVAL", STATE_BOUND, REGION(.argsz = 0), .err = EINVAL},
	{"argsz-31", "argsz 31: EINVAL", STATE_BOUND, REGION(.argsz = 31), .err = EINVAL},
	{"argsz-32", "argsz 32: ok, nothing behind is touched", STATE_BOUND,
	 REGION(.argsz = 32, .index = VFIO_CONFIG_REGION), .readable = 32,
	 .fields = {IS(vfio_region_info, argsz, 32)}},
	{"argsz-4096", "a larger argsz without capabilities: 32 bytes are written", STATE_BOUND,
	 REGION(.argsz = 4096, .index = VFIO_CONFIG_REGION), .writes = 32,
	 .fields = {IS(vfio_region_info, argsz, 4096)}},
	{"short-unreadable", "16 readable bytes with argsz 16: EFAULT, not EINVAL", STATE_BOUND,
	 REGION(.argsz = 16), .readable = 16, .err = EFAULT},
	{"unwritable", "memory that can't be written: EFAULT", STATE_BOUND, REGION(.argsz = 32),
	 .read_only = true, .err = EFAULT},
	{"echo", "without capabilities argsz and cap_offset come back as they were; flags don't",
	 STATE_BOUND, .body = echoes},
	{"offsets", "the offset is the index shifted left by 40", STATE_BOUND, .body = offsets},
	{"config", "config: 256 or 4096 bytes, read and write", STATE_BOUND, .body = config},
	{"config-size", "config without PCI Express: 256 bytes", STATE_BOUND, .body = config_size},
	{"bars", "BARs: a power of two, read and write; absent: size 0, flags 0", STATE_BOUND,
	 .body = bars},
	{"io-bar", "I/O BAR: read and write, never MMAP", STATE_BOUND, NEED_IO_BAR, .body = io_bar},
	{"upper-half", "the upper half of a 64-bit BAR is absent", STATE_BOUND, .body = upper_half},
	{"sizing", "the size is what sizing the BAR tells", STATE_BOUND,
	 .body = agrees_with_sizing},
	{"rom", "ROM: read only", STATE_BOUND, NEED_ROM, .body = rom},
	{"no-rom", "no ROM: size 0, flags 0, the index is valid", STATE_BOUND, NEED_NO_ROM,
	 .body = no_rom},
	{"vga", "VGA: 0xc0000 bytes", STATE_BOUND, NEED_VGA, .body = vga},
	{"no-vga", "no VGA: EINVAL", STATE_BOUND, NEED_NO_VGA,
	 REGION(.argsz = 32, .index = VFIO_VGA_REGION), .err = EINVAL},
	{"past-last", "an index from num_regions on: EINVAL", STATE_BOUND, .body = past_last},
	{"specific", "regions from 9 on have a chain with the capability TYPE", STATE_BOUND,
	 NEED_SPECIFIC, .body = specific},
	{"chain-sizes", "a chain that doesn't fit: argsz tells the need, nothing behind is written",
	 STATE_BOUND, NEED_SPECIFIC, .body = chain_sizes},
	{"msix-mappable", "a mappable BAR with the MSI-X table has MSIX_MAPPABLE", STATE_BOUND,
	 NEED_MSIX_TABLE, .body = msix_mappable},
	{"mmap", "ROM, config and VGA can't be mapped; what can is page-aligned", STATE_BOUND,
	 .body = mmap_flags},
};

GROUP(region_info, "vfio_pci_core.c");
