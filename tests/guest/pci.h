/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PCI device in the hands of a program, without a driver of its own. */
#ifndef TESTS_GUEST_PCI_H
#define TESTS_GUEST_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pci {
	char path[64];    /**< in /sys, under Linux */
	char address[16]; /**< 0000:00:02.0 */
	int config;       /**< descriptor of its config space, or number of the function */
	struct {
		volatile uint8_t *at; /**< mapped; NULL: not there, or not memory */
		uint64_t address, size;
	} bar[6];
};

/** Finds the only device with this id, lets it decode memory and be a bus master, maps its BARs. */
void pci_open(struct pci *pci, uint16_t vendor, uint16_t device);

uint32_t config_read(const struct pci *pci, unsigned offset, unsigned width);
void config_write(const struct pci *pci, unsigned offset, unsigned width, uint32_t value);

/** Sets or clears bits of COMMAND. */
void pci_command(const struct pci *pci, uint16_t bits, bool on);

/** Offset of a capability, 0 if there is none. */
unsigned pci_capability(const struct pci *pci, uint8_t id);

/** What a sizing probe of a BAR register answers; memory decoding is off meanwhile. */
uint32_t pci_bar_mask(const struct pci *pci, unsigned bar);

/** One access of 1, 2, 4 or 8 bytes to a BAR, by one instruction. */
uint64_t bar_read(const struct pci *pci, unsigned bar, uint64_t offset, unsigned width);
void bar_write(const struct pci *pci, unsigned bar, uint64_t offset, unsigned width,
	       uint64_t value);

/**
 * The INTx line. Each interrupt that is counted has set INTx disable in COMMAND, as Linux's
 * uio_pci_generic does.
 */
struct intx {
	const struct pci *pci;
	int line; /**< descriptor of /dev/uioN, or number of the line */
	uint32_t count;
};

void intx_open(struct intx *intx, const struct pci *pci);
void intx_close(struct intx *intx);
/** Interrupts since the last call, waiting up to @a timeout_ms for the first. */
unsigned intx_count(struct intx *intx, int timeout_ms);

#endif
