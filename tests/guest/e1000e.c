/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's e1000e, an Intel 82574L network card, for its MSI-X alone: it shows that the checks of MSI-X
 * are right, as QEMU's edu has none. Registers: Intel 82574 datasheet, 10.2.4.
 */
#include "check.h"
#include "devices.h"
#include "pci.h"

#define VENDOR    0x8086
#define DEVICE    0x10d3
#define VECTORS   5

#define ICR       0x000c0            /* causes; a 1 clears */
#define ICS       0x000c8            /* raises causes */
#define IMS       0x000d0            /* enables causes */
#define IMC       0x000d8            /* disables causes */
#define IVAR      0x000e4            /* 4 bits a cause: valid, vector */
#define CAUSES(n) (1u << (20 + (n))) /* receive 0 and 1, transmit 0 and 1, other */

static void
raise_cause(const struct pci *card, unsigned vector)
{
	/* What is enabled and has not been cleared is sent again at each write. */
	bar_write(card, 0, IMC, 4, 0xffffffff);
	bar_write(card, 0, ICR, 4, 0xffffffff);
	bar_write(card, 0, IMS, 4, CAUSES(vector));
	bar_write(card, 0, ICS, 4, CAUSES(vector));
}

void
check_e1000e(void)
{
	struct pci card;

	pci_open(&card, VENDOR, DEVICE);
	bar_write(&card, 0, IVAR, 4, 0xcba98);
	check_msix(&card, VECTORS, raise_cause);
}
