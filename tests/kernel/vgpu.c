/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Intel vGPU through its node: what GVT-g's guests and their VMMs read first. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "irq.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define OPREGION FIRST_SPECIFIC
#define EDID     (FIRST_SPECIFIC + 1)
#define MEMORY   (FIRST_SPECIFIC + 2)
#define SCREEN   (FIRST_SPECIFIC + 3)
#define CURSOR   (FIRST_SPECIFIC + 4)

#define MIB      (UINT64_C(1) << 20)
#define APERTURE (256 * MIB)
#define PVINFO   0x78000
#define GGTT     (8 * MIB)
#define PAGE     4096
#define PRESENT  1

START_TEST(vgpu_info)
{
	static const struct irq_want {
		uint32_t flags, count;
	} irqs[] = {{7, 1}, {9, 1}, {9, 0}, {9, 1}, {9, 1}};
	int fd = node_open_reset();
	struct vfio_device_info info = {.argsz = 16};

	assert_returns(ioctl(fd, VFIO_DEVICE_GET_INFO, &info), 0);
	ck_assert_uint_eq(info.flags, VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET);
	ck_assert_uint_eq(info.num_regions, 14);
	ck_assert_uint_eq(info.num_irqs, 5);
	for (uint32_t i = 0; i < 5; i++) {
		struct vfio_irq_info irq = {.argsz = sizeof(irq), .index = i};

		assert_returns(ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &irq), 0);
		ck_assert_uint_eq(irq.flags, irqs[i].flags);
		ck_assert_uint_eq(irq.count, irqs[i].count);
	}
}
END_TEST

START_TEST(vgpu_regions)
{
	static const struct {
		uint64_t size;
		uint32_t flags, type, subtype;
	} want[] = {
		[BAR0] = {16 * MIB, 3, 0, 0},
		[BAR2] = {APERTURE, 3, 0, 0},
		[CONFIG] = {4096, 3, 0, 0},
		[OPREGION] = {8192, 1 | VFIO_REGION_INFO_FLAG_CAPS, 0x80008086, 1},
		[EDID] = {4096, 3 | VFIO_REGION_INFO_FLAG_CAPS, 1, 1},
		[MEMORY] = {64 * MIB, 3 | VFIO_REGION_INFO_FLAG_CAPS, 0x80001234, 1},
		[SCREEN] = {128 * MIB, 1 | VFIO_REGION_INFO_FLAG_CAPS, 0x80001234, 2},
		[CURSOR] = {256 * 1024, 1 | VFIO_REGION_INFO_FLAG_CAPS, 0x80001234, 3},
	};
	int fd = node_open_reset();

	for (unsigned i = 0; i < sizeof(want) / sizeof(*want); i++) {
		struct node_region region;

		if (i == VGA)
			continue;
		region = node_region(fd, i);
		ck_assert_uint_eq(region.info.size, want[i].size);
		ck_assert_uint_eq(region.info.flags, want[i].flags);
		ck_assert_uint_eq(region.info.offset, (uint64_t)i << 40);
		ck_assert_uint_eq(region.type.type, want[i].type);
		ck_assert_uint_eq(region.type.subtype, want[i].subtype);
	}
}
END_TEST

/* The synthetic image of gvt-g.md, 2.1. */
START_TEST(vgpu_config)
{
	static const struct {
		unsigned offset, width;
		uint32_t value;
	} want[] = {
		{PCI_VENDOR_ID, 2, 0x8086},
		{PCI_DEVICE_ID, 2, 0x1912},
		{PCI_COMMAND, 2, PCI_COMMAND_MEMORY},
		{PCI_STATUS, 2, 0x0010},
		{PCI_REVISION_ID, 1, 6},
		{PCI_CLASS_PROG, 1, 0},
		{PCI_CLASS_DEVICE, 2, 0x0300},
		{PCI_HEADER_TYPE, 1, 0},
		{PCI_BASE_ADDRESS_4, 4, 0},
		{PCI_BASE_ADDRESS_5, 4, 0},
		{PCI_ROM_ADDRESS, 4, 0},
		{PCI_CAPABILITY_LIST, 1, 0x40},
		{PCI_INTERRUPT_PIN, 1, 1},
		{0x40, 3, 0x0c7009},
		{0x50, 2, 0x00c0},
		{0x70, 2, 0xac10},
		{0xac, 4, 0x0000d005},
		{0xd0, 2, 0x0001},
		{0xfc, 4, 0},
	};
	int fd = node_open_reset();

	for (unsigned i = 0; i < sizeof(want) / sizeof(*want); i++)
		ck_assert_msg(
			node_get(fd, CONFIG, want[i].offset, want[i].width) == want[i].value,
			"%02x: %llx", want[i].offset,
			(unsigned long long)node_get(fd, CONFIG, want[i].offset, want[i].width));
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_BASE_ADDRESS_0, 4) & 15, 4);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_BASE_ADDRESS_2, 4) & 15, 12);
}
END_TEST

START_TEST(vgpu_bar_sizing)
{
	static const uint32_t masks[] = {0xff000004, 0xffffffff, 0xf000000c, 0xffffffff, 0, 0};
	int fd = node_open_reset();
	uint64_t before = node_get(fd, CONFIG, PCI_BASE_ADDRESS_0, 8);

	for (unsigned i = 0; i < 6; i++) {
		node_put(fd, CONFIG, PCI_BASE_ADDRESS_0 + 4 * i, 4, 0xffffffff);
		ck_assert_uint_eq(node_get(fd, CONFIG, PCI_BASE_ADDRESS_0 + 4 * i, 4), masks[i]);
	}
	node_put(fd, CONFIG, PCI_ROM_ADDRESS, 4, 0xfffff800);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_ROM_ADDRESS, 4), 0);
	node_put(fd, CONFIG, PCI_BASE_ADDRESS_0, 4, 0xf1000000);
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_BASE_ADDRESS_0, 4), 0xf1000004);
	close(fd);
	fd = node_open_reset();
	ck_assert_uint_eq(node_get(fd, CONFIG, PCI_BASE_ADDRESS_0, 8), before);
}
END_TEST

START_TEST(vgpu_pvinfo)
{
	int fd = node_open_reset();

	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO, 8), 0x4776544776544776);
	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO, 4), 0x76544776);
	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO + 8, 2), 1);
	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO + 0xa, 2), 0);
	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO + 0x10, 4), 0x1c);
	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO + 0x40, 4), 0);
	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO + 0x44, 4), APERTURE);
	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO + 0x48, 4), APERTURE);
	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO + 0x4c, 4), (UINT64_C(1) << 32) - APERTURE);
	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO + 0x50, 4), 4);
	node_put(fd, BAR0, PVINFO, 8, 0);
	ck_assert_uint_eq(node_get(fd, BAR0, PVINFO, 8), 0x4776544776544776);
	node_put(fd, CONFIG, PCI_COMMAND, 2, 0);
	assert_fails(pread(fd, &(uint32_t){0}, 4, AT(BAR0, PVINFO)), EIO);
}
END_TEST

START_TEST(vgpu_ggtt_and_aperture)
{
	const uint64_t gm[] = {0, 0x1234000, APERTURE - PAGE};
	const uint64_t memory[] = {0x3ff000, 0, 0x7000};
	uint8_t sent[PAGE], got[PAGE];
	int fd = node_open_reset();

	for (unsigned i = 0; i < 3; i++) {
		uint64_t entry = GGTT + gm[i] / PAGE * 8, value = memory[i] | PRESENT;

		/* 8 bytes, and as VMMs write it, two halves. */
		if (i % 2) {
			node_put(fd, BAR0, entry, 8, value);
		} else {
			node_put(fd, BAR0, entry, 4, (uint32_t)value);
			node_put(fd, BAR0, entry + 4, 4, value >> 32);
		}
		ck_assert_uint_eq(node_get(fd, BAR0, entry, 8), value);
		pattern_fill(sent, PAGE, i);
		assert_returns(pwrite(fd, sent, PAGE, AT(MEMORY, memory[i])), PAGE);
		assert_returns(pread(fd, got, PAGE, AT(BAR2, gm[i])), PAGE);
		ck_assert_mem_eq(got, sent, PAGE);
		pattern_fill(sent, 100, i + 50);
		assert_returns(pwrite(fd, sent, 100, AT(BAR2, gm[i] + 123)), 100);
		assert_returns(pread(fd, got, 100, AT(MEMORY, memory[i] + 123)), 100);
		ck_assert_mem_eq(got, sent, 100);
		/* Not present: reads 0, swallows writes. */
		node_put(fd, BAR0, entry, 8, memory[i]);
		assert_returns(pread(fd, got, PAGE, AT(BAR2, gm[i])), PAGE);
		for (unsigned k = 0; k < PAGE; k++)
			ck_assert_uint_eq(got[k], 0);
		assert_returns(pwrite(fd, got, 100, AT(BAR2, gm[i] + 123)), 100);
		assert_returns(pread(fd, got, 100, AT(MEMORY, memory[i] + 123)), 100);
		ck_assert_mem_eq(got, sent, 100);
	}
	assert_fails(pread(fd, got, 1, AT(BAR2, APERTURE)), EINVAL);
}
END_TEST

/* 1 MiB through 256 entries in reverse order: the kernel and the GGTT both cut it. */
START_TEST(vgpu_long_aperture)
{
	const size_t pages = 256;
	uint8_t *sent = malloc(pages * PAGE), *got = malloc(pages * PAGE);
	uint64_t *entries = malloc(pages * 8);
	int fd = node_open_reset();

	for (size_t i = 0; i < pages; i++)
		entries[i] = (0x100000 + (pages - 1 - i) * PAGE) | PRESENT;
	assert_returns(pwrite(fd, entries, pages * 8, AT(BAR0, GGTT + 0x100 * 8)), pages * 8);
	pattern_fill(sent, pages * PAGE, 1);
	assert_returns(pwrite(fd, sent, pages * PAGE, AT(BAR2, 0x100 * PAGE)), pages * PAGE);
	for (size_t i = 0; i < pages; i++) {
		assert_returns(pread(fd, got, PAGE, AT(MEMORY, 0x100000 + (pages - 1 - i) * PAGE)),
			       PAGE);
		ck_assert_mem_eq(got, sent + i * PAGE, PAGE);
	}
	assert_returns(pread(fd, got, pages * PAGE, AT(BAR2, 0x100 * PAGE)), pages * PAGE);
	ck_assert_mem_eq(got, sent, pages * PAGE);
	free(entries);
	free(got);
	free(sent);
}
END_TEST

START_TEST(vgpu_opregion)
{
	int fd = node_open_reset();
	uint8_t bytes[16];

	assert_returns(pread(fd, bytes, 16, AT(OPREGION, 0)), 16);
	ck_assert_mem_eq(bytes, "IntelGraphicsMem", 16);
	ck_assert_uint_eq(node_get(fd, OPREGION, 0x10, 4), 8);
	ck_assert_uint_eq(node_get(fd, OPREGION, 0x14, 4), 0x02000000);
	ck_assert_uint_eq(node_get(fd, OPREGION, 0x58, 4), 8);
	ck_assert_uint_eq(node_get(fd, OPREGION, 0x1ac, 1), 3);
	ck_assert_uint_eq(node_get(fd, OPREGION, 0x400, 4), 0x54425624); /* $VBT */
	assert_fails(pwrite(fd, bytes, 4, AT(OPREGION, 0)), EINVAL);
	assert_returns(pread(fd, bytes, 16, AT(OPREGION, 8192 - 5)), 5);
	assert_fails(pread(fd, bytes, 1, AT(OPREGION, 8192)), EINVAL);
}
END_TEST

START_TEST(vgpu_edid)
{
	static const uint8_t header[] = {0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00};
	int fd = node_open_reset();
	uint8_t block[128], sum = 0;
	uint32_t value = 3;

	ck_assert_uint_eq(node_get(fd, EDID, 0, 4), 2048);
	ck_assert_uint_ge(node_get(fd, EDID, 4, 4), 128);
	ck_assert_uint_eq(node_get(fd, EDID, 8, 4), 128);
	ck_assert_uint_eq(node_get(fd, EDID, 12, 4), 1920);
	ck_assert_uint_eq(node_get(fd, EDID, 16, 4), 1200);
	assert_returns(pread(fd, block, sizeof(block), AT(EDID, 2048)), sizeof(block));
	ck_assert_mem_eq(block, header, sizeof(header));
	for (unsigned i = 0; i < sizeof(block); i++)
		sum = (uint8_t)(sum + block[i]);
	ck_assert_uint_eq(sum, 0);
	/* Down, another block, up: as a VMM does it. */
	node_put(fd, EDID, 20, 4, 2);
	block[127]++;
	assert_returns(pwrite(fd, block, sizeof(block), AT(EDID, 2048)), sizeof(block));
	value = 1;
	assert_fails(pwrite(fd, &value, 4, AT(EDID, 20)), EINVAL);
	block[127]--;
	assert_returns(pwrite(fd, block, sizeof(block), AT(EDID, 2048)), sizeof(block));
	node_put(fd, EDID, 20, 4, 1);
	ck_assert_uint_eq(node_get(fd, EDID, 20, 4), 1);
	value = 3;
	assert_fails(pwrite(fd, &value, 4, AT(EDID, 20)), EINVAL);
	ck_assert_int_eq(pwrite(fd, &value, 4, AT(EDID, 0)), -1);
}
END_TEST

START_TEST(vgpu_interrupts)
{
	int fd = node_open_reset(), event = event_new();

	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	ck_assert_uint_eq(node_get(fd, CONFIG, 0xae, 2) & 1, 1);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 1);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 0), 0);
	ck_assert_uint_eq(node_get(fd, CONFIG, 0xae, 2) & 1, 0);
	ck_assert_int_eq(irq_arm(fd, ERR, TRIGGER, 0, event), 0);
}
END_TEST

/* A register dump as bug reports hold them: everything readable, nothing but errors of the ABI. */
START_TEST(vgpu_read_it_all)
{
	uint8_t *buffer = malloc(16 * MIB);
	int fd = node_open_reset();

	assert_returns(pread(fd, buffer, 2 * MIB, AT(BAR0, 0)), 2 * MIB);
	assert_returns(pread(fd, buffer, MIB, AT(BAR0, GGTT)), MIB);
	assert_returns(pread(fd, buffer, 4 * MIB, AT(BAR2, 0)), 4 * MIB);
	assert_returns(pread(fd, buffer, 4096, AT(CONFIG, 0)), 4096);
	free(buffer);
}
END_TEST

Suite *
vgpu_suite(void)
{
	Suite *suite = suite_create("vgpu");
	TCase *tcase = served_case("vgpu", serve_vgpu, 120);

	tcase_add_test(tcase, vgpu_info);
	tcase_add_test(tcase, vgpu_regions);
	tcase_add_test(tcase, vgpu_config);
	tcase_add_test(tcase, vgpu_bar_sizing);
	tcase_add_test(tcase, vgpu_pvinfo);
	tcase_add_test(tcase, vgpu_ggtt_and_aperture);
	tcase_add_test(tcase, vgpu_long_aperture);
	tcase_add_test(tcase, vgpu_opregion);
	tcase_add_test(tcase, vgpu_edid);
	tcase_add_test(tcase, vgpu_interrupts);
	tcase_add_test(tcase, vgpu_read_it_all);
	served_last(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
