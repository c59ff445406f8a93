/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the verb lspci, which reads config space, and lspci-decode.c, which explains it.
 */
#ifndef VFIOCTL_LSPCI_H
#define VFIOCTL_LSPCI_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "vfioctl.h"

#define LSPCI_HEADER_SIZE 64u /* the part of config space that all devices have alike */
#define LSPCI_CONFIG_SIZE 4096u

/** What was read of the device. */
struct pci_function {
	uint8_t config[LSPCI_CONFIG_SIZE];
	size_t size; /**< of config: at least LSPCI_HEADER_SIZE */
	uint64_t region_size[VFIO_PCI_ROM_REGION_INDEX + 1]; /**< BARs and ROM */

	/** Where it pretends to sit. */
	struct {
		unsigned domain, bus, dev, func;
	} slot;
};

/** Writes the hex lines of a dump that lspci -F reads. */
void lspci_print_hex(FILE *out, const struct pci_function *function, size_t size);

/** Prints the line with the slot and the device's name and, if @a verbose, those below it. */
int lspci_decode(const struct pci_function *function, bool verbose);

#endif
