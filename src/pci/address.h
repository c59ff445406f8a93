/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a device stands among the PCI devices of a machine. */
#ifndef PCI_ADDRESS_H
#define PCI_ADDRESS_H

#include <stdint.h>
#include <stdio.h>

struct pci_address {
	uint16_t domain;
	uint8_t bus;
	uint8_t device_function; /**< device number << 3 | function, as in <linux/pci.h> */
};

/** "ffff:ff:1f.7" and its end. */
#define PCI_ADDRESS_TEXT 16

/* Domains of no machine: firmware numbers them from 0, the kernel's virtual ones from 10000h. */
#define PCI_ADDRESS_DOMAIN 0xf10du

/**
 * The address of a daemon's @a number-th device. Each has a bus of its own, so that a reset of the bus
 * touches no other.
 */
static inline struct pci_address
pci_address_of(unsigned number)
{
	return (struct pci_address){
		.domain = (uint16_t)(PCI_ADDRESS_DOMAIN + number / 256),
		.bus = (uint8_t)(number % 256),
	};
}

/** As the kernel writes it: "f10d:00:00.0". */
static inline void
pci_address_text(struct pci_address address, char text[PCI_ADDRESS_TEXT])
{
	snprintf(text, PCI_ADDRESS_TEXT, "%04x:%02x:%02x.%x", address.domain, address.bus,
		 address.device_function >> 3, address.device_function & 7u);
}

#endif
