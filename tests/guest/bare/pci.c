/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Config space through ports CF8h and CFCh, BARs at their addresses, INTx at the interrupt controller. */
#include "../pci.h"
#include "../check.h"
#include "bare.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define FUNCTIONS      256

/* 8259: the next read gives the request register. */
#define FIRST_CONTROLLER  0x20
#define SECOND_CONTROLLER 0xa0
#define READ_REQUESTS     0x0a

static void
choose(const struct pci *pci, unsigned offset)
{
	out32(CONFIG_ADDRESS, 0x80000000u | (uint32_t)pci->config << 8 | (offset & 0xfcu));
}

uint32_t
config_read(const struct pci *pci, unsigned offset, unsigned width)
{
	uint16_t port = (uint16_t)(CONFIG_DATA + (offset & 3));

	choose(pci, offset);
	return width == 1 ? in8(port) : width == 2 ? in16(port) : in32(port);
}

void
config_write(const struct pci *pci, unsigned offset, unsigned width, uint32_t value)
{
	uint16_t port = (uint16_t)(CONFIG_DATA + (offset & 3));

	choose(pci, offset);
	if (width == 1)
		out8(port, (uint8_t)value);
	else if (width == 2)
		out16(port, (uint16_t)value);
	else
		out32(port, value);
}

static void
find_bar(struct pci *pci, unsigned *bar)
{
	unsigned n = *bar, offset = PCI_BASE_ADDRESS_0 + 4 * n;
	uint32_t low = config_read(pci, offset, 4), mask = pci_bar_mask(pci, n);
	bool wide = (low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;

	if (!mask || low & PCI_BASE_ADDRESS_SPACE_IO)
		return;
	*bar += wide;
	if (wide && config_read(pci, offset + 4, 4))
		give_up("BAR%u is below 4 GiB", n);
	pci->bar[n].address = low & PCI_BASE_ADDRESS_MEM_MASK;
	pci->bar[n].size = (uint32_t) ~(mask & (uint32_t)PCI_BASE_ADDRESS_MEM_MASK) + 1;
	pci->bar[n].at = (volatile uint8_t *)(uintptr_t)pci->bar[n].address;
}

void
pci_open(struct pci *pci, uint16_t vendor, uint16_t device)
{
	unsigned found = 0;

	memset(pci, 0, sizeof(*pci));
	for (int function = 0; function < FUNCTIONS; function++) {
		struct pci candidate = {.config = function};

		if (config_read(&candidate, PCI_VENDOR_ID, 4) ==
			    ((uint32_t)device << 16 | vendor) &&
		    !found++)
			*pci = candidate;
	}
	if (!check_equal(found, 1, "one device is %04x:%04x", vendor, device) && !found)
		exit(check_sums());
	for (unsigned bar = 0; bar < 6; bar++)
		find_bar(pci, &bar);
	pci_command(pci, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, true);
	pci_command(pci, PCI_COMMAND_INTX_DISABLE, false);
}

void
intx_open(struct intx *intx, const struct pci *pci)
{
	*intx = (struct intx){.pci = pci, .line = (int)config_read(pci, PCI_INTERRUPT_LINE, 1)};
	pci_command(pci, PCI_COMMAND_INTX_DISABLE, false);
}

void
intx_close(struct intx *intx)
{
	pci_command(intx->pci, PCI_COMMAND_INTX_DISABLE, false);
}

static bool
requested(unsigned line)
{
	uint16_t controller = line < 8 ? FIRST_CONTROLLER : SECOND_CONTROLLER;

	out8(controller, READ_REQUESTS);
	return in8(controller) >> (line & 7) & 1;
}

/* As the Linux driver: it disables INTx at each interrupt. */
unsigned
intx_count(struct intx *intx, int timeout_ms)
{
	for (; !requested((unsigned)intx->line); timeout_ms--) {
		if (timeout_ms <= 0)
			return 0;
		usleep(1000);
	}
	pci_command(intx->pci, PCI_COMMAND_INTX_DISABLE, true);
	return 1;
}
