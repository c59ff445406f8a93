/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pci.h"

#include <linux/pci_regs.h>

void
pci_command(const struct pci *pci, uint16_t bits, bool on)
{
	uint32_t command = config_read(pci, PCI_COMMAND, 2);

	config_write(pci, PCI_COMMAND, 2, on ? command | bits : command & ~(uint32_t)bits);
}

unsigned
pci_capability(const struct pci *pci, uint8_t id)
{
	unsigned at = config_read(pci, PCI_CAPABILITY_LIST, 1);

	for (unsigned hops = 0; at >= PCI_STD_HEADER_SIZEOF && hops < 48; hops++) {
		if (config_read(pci, at, 1) == id)
			return at;
		at = config_read(pci, at + PCI_CAP_LIST_NEXT, 1);
	}
	return 0;
}

uint32_t
pci_bar_mask(const struct pci *pci, unsigned bar)
{
	unsigned offset = PCI_BASE_ADDRESS_0 + 4 * bar;
	uint32_t command = config_read(pci, PCI_COMMAND, 2), before, mask;

	config_write(pci, PCI_COMMAND, 2, command & ~(uint32_t)PCI_COMMAND_MEMORY);
	before = config_read(pci, offset, 4);
	config_write(pci, offset, 4, 0xffffffff);
	mask = config_read(pci, offset, 4);
	config_write(pci, offset, 4, before);
	config_write(pci, PCI_COMMAND, 2, command);
	return mask;
}

uint64_t
bar_read(const struct pci *pci, unsigned bar, uint64_t offset, unsigned width)
{
	volatile uint8_t *at = pci->bar[bar].at + offset;

	switch (width) {
	case 1:
		return *at;
	case 2:
		return *(volatile uint16_t *)at;
	case 4:
		return *(volatile uint32_t *)at;
	default:
		return *(volatile uint64_t *)at;
	}
}

void
bar_write(const struct pci *pci, unsigned bar, uint64_t offset, unsigned width, uint64_t value)
{
	volatile uint8_t *at = pci->bar[bar].at + offset;

	switch (width) {
	case 1:
		*at = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)at = (uint16_t)value;
		break;
	case 4:
		*(volatile uint32_t *)at = (uint32_t)value;
		break;
	default:
		*(volatile uint64_t *)at = value;
	}
}
