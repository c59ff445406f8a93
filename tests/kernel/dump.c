/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <linux/pci_regs.h>

static void
put(uint8_t *image, unsigned offset, unsigned width, uint32_t value)
{
	for (unsigned i = 0; i < width; i++)
		image[offset + i] = (uint8_t)(value >> (8 * i));
}

static void
fill_express(uint8_t *image)
{
	put(image, PCI_VENDOR_ID, 4, 0x10501af4);
	put(image, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	put(image, PCI_CLASS_REVISION, 4, 0x03800001);
	put(image, PCI_BASE_ADDRESS_0, 4, 0xfe000000 | PCI_BASE_ADDRESS_MEM_TYPE_64);
	put(image, PCI_BASE_ADDRESS_2, 4, 0xfd000000);
	put(image, PCI_BASE_ADDRESS_4, 4, 0x0000c000 | PCI_BASE_ADDRESS_SPACE_IO);
	put(image, PCI_SUBSYSTEM_VENDOR_ID, 4, 0x11001af4);
	put(image, PCI_CAPABILITY_LIST, 1, EXPRESS_MSI);
	put(image, PCI_INTERRUPT_PIN, 1, 1);
	/* MSI, 64-bit, 4 vectors */
	put(image, EXPRESS_MSI, 4, PCI_CAP_ID_MSI | EXPRESS_EXP << 8 | 0x0084u << 16);
	/* PCI Express end point, version 2 */
	put(image, EXPRESS_EXP, 4, PCI_CAP_ID_EXP | EXPRESS_MSIX << 8 | 0x0002u << 16);
	put(image, EXPRESS_EXP + PCI_EXP_LNKCAP, 4, 0x11); /* 2.5 GT/s, one lane */
	put(image, EXPRESS_EXP + PCI_EXP_LNKSTA, 2, 0x11);
	/* MSI-X, 8 vectors, table in BAR2 */
	put(image, EXPRESS_MSIX, 4, PCI_CAP_ID_MSIX | (EXPRESS_MSIX_VECTORS - 1u) << 16);
	put(image, EXPRESS_MSIX + PCI_MSIX_TABLE, 4, EXPRESS_MSIX_TABLE | EXPRESS_MSIX_BAR);
	put(image, EXPRESS_MSIX + PCI_MSIX_PBA, 4, 0x3000 | EXPRESS_MSIX_BAR);
}

const char *
dump_express(void)
{
	static char path[64];
	uint8_t image[4096] = {0};
	FILE *file;

	snprintf(path, sizeof(path), "/run/vfiod-kernel-tests-%d.dump", (int)getpid());
	fill_express(image);
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "00:02.0 Display controller: made by the tests\n");
	for (unsigned at = 0; at < sizeof(image); at += 16) {
		fprintf(file, "%02x:", at);
		for (unsigned i = 0; i < 16; i++)
			fprintf(file, " %02x", image[at + i]);
		fprintf(file, "\n");
	}
	fprintf(file, "\n");
	ck_assert_int_eq(fclose(file), 0);
	return path;
}
