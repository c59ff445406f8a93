/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfiod's Intel vGPU, as GVT-g shows one to a guest: PVINFO, the GGTT in BAR0 and the aperture in
 * BAR2, which leads through the GGTT to guest memory. i915_pvinfo.h, intel_ggtt.c (gen8).
 */
#include "check.h"
#include "devices.h"
#include "memory.h"
#include "pci.h"

#include <string.h>

#include <linux/pci_regs.h>

#define VENDOR    0x8086
#define DEVICE    0x1912

#define BAR0_SIZE (16u << 20)
#define BAR2_SIZE (256u << 20)

#define PVINFO    0x78000u
#define LOW_BASE  (PVINFO + 0x40)
#define LOW_SIZE  (PVINFO + 0x44)
#define PDP0      (PVINFO + 0x838) /* two dwords that hold what is written */

#define GGTT      (8u << 20)
#define ENTRY(gm) (GGTT + (gm) / PAGE * 8)
#define PRESENT   UINT64_C(1)

static void
check_config(const struct pci *vgpu, uint32_t device)
{
	check_equal(config_read(vgpu, PCI_VENDOR_ID, 4), device << 16 | VENDOR, "ids");
	check_equal(config_read(vgpu, PCI_CLASS_REVISION, 4) >> 8, 0x030000, "class");
	check_equal(config_read(vgpu, 0x50, 2), 0x00c0, "GGC: 8 MiB of GGTT, nothing stolen");
	check_equal(pci_bar_mask(vgpu, 0), ~(BAR0_SIZE - 1) | PCI_BASE_ADDRESS_MEM_TYPE_64,
		    "BAR0 answers a sizing probe");
	check_equal(pci_bar_mask(vgpu, 2),
		    ~(BAR2_SIZE - 1) | PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH,
		    "BAR2 answers a sizing probe");
	check_equal(vgpu->bar[0].size, BAR0_SIZE, "size of BAR0");
	check_equal(vgpu->bar[2].size, BAR2_SIZE, "size of BAR2");
}

static void
check_reset_values(const struct pci *vgpu, uint32_t gm)
{
	check_equal(bar_read(vgpu, 0, PDP0, 8), 0, "PVINFO's PDP0 is reset");
	check_equal(bar_read(vgpu, 0, ENTRY(gm), 8), 0, "the GGTT is reset");
	check_equal(bar_read(vgpu, 2, gm, 8), 0, "the aperture leads nowhere");
}

static void
check_registers(const struct pci *vgpu)
{
	check_equal(bar_read(vgpu, 0, PVINFO, 8), UINT64_C(0x4776544776544776), "PVINFO's magic");
	check_equal(bar_read(vgpu, 0, PVINFO + 4, 4), 0x47765447, "4 bytes of it");
	check_equal(bar_read(vgpu, 0, PVINFO + 2, 2), 0x7654, "2 bytes of it");
	check_equal(bar_read(vgpu, 0, PVINFO + 1, 1), 0x47, "1 byte of it");
	bar_write(vgpu, 0, PVINFO, 8, 0);
	check_equal(bar_read(vgpu, 0, PVINFO, 4), 0x76544776, "the magic can't be written");

	bar_write(vgpu, 0, PDP0, 8, UINT64_C(0x1122334455667788));
	check_equal(bar_read(vgpu, 0, PDP0, 4), 0x55667788, "8 bytes are written: the low half");
	check_equal(bar_read(vgpu, 0, PDP0 + 4, 4), 0x11223344, "and the high half");
	bar_write(vgpu, 0, PDP0, 4, 0xaabbccdd);
	bar_write(vgpu, 0, PDP0 + 4, 2, 0x9988);
	bar_write(vgpu, 0, PDP0 + 7, 1, 0x77);
	check_equal(bar_read(vgpu, 0, PDP0, 8), UINT64_C(0x77229988aabbccdd),
		    "4, 2 and 1 bytes are written");
	bar_write(vgpu, 0, PDP0, 8, 0);
}

/* One page of graphics memory at the guest's page, with 8-byte and 4-byte writes of the entry. */
static void
check_page(const struct pci *vgpu, uint32_t gm)
{
	struct pages pages = pages_new(2);
	uint8_t *ram = pages.bytes;
	uint64_t entry = pages.physical[0] | PRESENT, value;

	fill(ram, 2 * PAGE, 7);
	bar_write(vgpu, 0, ENTRY(gm), 8, entry);
	check_equal(bar_read(vgpu, 0, ENTRY(gm), 8), entry, "a GGTT entry of 8 bytes");
	check_equal(bar_read(vgpu, 0, ENTRY(gm), 4), (uint32_t)entry, "its low half");
	check_equal(bar_read(vgpu, 0, ENTRY(gm) + 4, 4), entry >> 32, "its high half");

	for (unsigned width = 1; width <= 8; width *= 2) {
		unsigned at = 0x100 * width + 8;

		value = 0;
		memcpy(&value, ram + at, width);
		check_equal(bar_read(vgpu, 2, gm + at, width), value,
			    "the aperture reads %u bytes of guest memory", width);
		bar_write(vgpu, 2, gm + at + 16, width, UINT64_C(0xf1e2d3c4b5a69788));
		value = UINT64_C(0xf1e2d3c4b5a69788);
		check(!memcmp(ram + at + 16, &value, width),
		      "the aperture writes %u bytes of guest memory", width);
	}

	entry = pages.physical[1] | PRESENT;
	bar_write(vgpu, 0, ENTRY(gm), 4, (uint32_t)entry);
	bar_write(vgpu, 0, ENTRY(gm) + 4, 4, entry >> 32);
	check_equal(bar_read(vgpu, 0, ENTRY(gm), 8), entry, "a GGTT entry of two halves");
	memcpy(&value, ram + PAGE + 0xff8, 8);
	check_equal(bar_read(vgpu, 2, gm + 0xff8, 8), value, "the aperture shows the new page");

	bar_write(vgpu, 0, ENTRY(gm), 8, 0);
	check_equal(bar_read(vgpu, 2, gm + 0xff8, 8), 0, "an absent page reads 0");
	check_equal(pages_moved(&pages), 0, "the pages stayed where they were");
}

/* Pages in a row for the aperture, anywhere in memory: every byte, 8 at a time. */
static void
check_pages(const struct pci *vgpu, uint32_t gm, unsigned count)
{
	struct pages from = pages_new(count), to = pages_new(count);
	uint32_t gm_to = gm + count * PAGE;

	fill(from.bytes, count * PAGE, 9);
	for (unsigned i = 0; i < count; i++) {
		bar_write(vgpu, 0, ENTRY(gm + i * PAGE), 8, from.physical[i] | PRESENT);
		bar_write(vgpu, 0, ENTRY(gm_to + i * PAGE), 8, to.physical[i] | PRESENT);
	}
	for (unsigned at = 0; at < count * PAGE; at += 8)
		bar_write(vgpu, 2, gm_to + at, 8, bar_read(vgpu, 2, gm + at, 8));
	check(!memcmp(from.bytes, to.bytes, count * PAGE),
	      "%u pages are copied through the aperture", count);
	check_equal(pages_moved(&from) + pages_moved(&to), 0, "the pages stayed where they were");
	for (unsigned i = 0; i < 2 * count; i++)
		bar_write(vgpu, 0, ENTRY(gm + i * PAGE), 8, 0);
}

void
check_vgpu(const struct wishes *wishes)
{
	struct pci vgpu;
	uint32_t gm;

	pci_open(&vgpu, VENDOR, (uint16_t)wishes->vgpu_id);
	check_config(&vgpu, wishes->vgpu_id);
	gm = (uint32_t)bar_read(&vgpu, 0, LOW_BASE, 4);
	if (!check(bar_read(&vgpu, 0, LOW_SIZE, 4) >= 64 * PAGE && gm < BAR2_SIZE,
		   "PVINFO says which graphics memory is the device's"))
		return;
	if (wishes->after_reset)
		check_reset_values(&vgpu, gm);
	check_registers(&vgpu);
	check_page(&vgpu, gm);
	check_pages(&vgpu, gm + PAGE, 4);
}
