/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MSI and MSI-X, received in memory. PCI Local Bus 3.0, 6.8. */
#include "check.h"
#include "devices.h"
#include "memory.h"
#include "pci.h"

#include <unistd.h>

#include <linux/pci_regs.h>

#define STEP_US 1000

/* Where messages arrive. Nobody else writes there. */
struct mailbox {
	struct pages page;
	volatile uint32_t *word;
};

static struct mailbox
mailbox_new(void)
{
	struct mailbox box = {.page = pages_new(1)};

	box.word = (volatile uint32_t *)box.page.bytes;
	return box;
}

static bool
arrives(volatile uint32_t *word, uint32_t data, unsigned timeout_ms)
{
	for (unsigned waited_us = 0; *word != data; waited_us += STEP_US) {
		if (waited_us > timeout_ms * 1000)
			return false;
		usleep(STEP_US);
	}
	return true;
}

static void
set_flags(const struct pci *pci, unsigned at, uint16_t bits, bool on)
{
	uint32_t flags = config_read(pci, at, 2);

	config_write(pci, at, 2, on ? flags | bits : flags & ~(uint32_t)bits);
}

void
check_msi(const struct pci *pci, raise_function *raise)
{
	unsigned cap = pci_capability(pci, PCI_CAP_ID_MSI);
	struct mailbox box;
	bool wide;

	if (!check(cap, "there is an MSI capability"))
		return;
	box = mailbox_new();
	wide = config_read(pci, cap + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_64BIT;
	config_write(pci, cap + PCI_MSI_ADDRESS_LO, 4, (uint32_t)box.page.physical[0]);
	if (wide)
		config_write(pci, cap + PCI_MSI_ADDRESS_HI, 4,
			     (uint32_t)(box.page.physical[0] >> 32));
	for (uint32_t i = 1; i <= 3; i++) {
		uint32_t data = 0x4100 + i;

		config_write(pci, cap + (wide ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32), 2, data);
		set_flags(pci, cap + PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE, true);
		box.word[0] = 0;
		raise(pci, 0);
		check(arrives(box.word, data, 2000), "MSI message 0x%x arrives", data);
		/* The data may be changed only while MSI is off. */
		set_flags(pci, cap + PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE, false);
	}
	box.word[0] = 0;
	raise(pci, 0);
	check(!arrives(box.word, 0x4103, 200), "no message while MSI is disabled");
	check_equal(pages_moved(&box.page), 0, "the page for messages stayed where it was");
}

static uint64_t
entry(const struct pci *pci, unsigned cap, unsigned vector, unsigned *bar)
{
	uint32_t table = config_read(pci, cap + PCI_MSIX_TABLE, 4);

	*bar = table & PCI_MSIX_TABLE_BIR;
	return (table & PCI_MSIX_TABLE_OFFSET) + vector * PCI_MSIX_ENTRY_SIZE;
}

static void
set_mask(const struct pci *pci, unsigned cap, unsigned vector, bool masked)
{
	unsigned bar;
	uint64_t at = entry(pci, cap, vector, &bar);

	bar_write(pci, bar, at + PCI_MSIX_ENTRY_VECTOR_CTRL, 4,
		  masked ? PCI_MSIX_ENTRY_CTRL_MASKBIT : 0);
}

static bool
is_pending(const struct pci *pci, unsigned cap, unsigned vector)
{
	uint32_t pba = config_read(pci, cap + PCI_MSIX_PBA, 4);

	return bar_read(pci, pba & PCI_MSIX_PBA_BIR, (pba & PCI_MSIX_PBA_OFFSET) + vector / 64 * 8,
			8) >>
		       vector % 64 &
	       1;
}

static void
write_entry(const struct pci *pci, unsigned cap, unsigned vector, uint64_t address, uint32_t data)
{
	unsigned bar;
	uint64_t at = entry(pci, cap, vector, &bar);

	bar_write(pci, bar, at + PCI_MSIX_ENTRY_LOWER_ADDR, 8, address);
	bar_write(pci, bar, at + PCI_MSIX_ENTRY_DATA, 4, data);
	check_equal(bar_read(pci, bar, at + PCI_MSIX_ENTRY_LOWER_ADDR, 8), address,
		    "the address of MSI-X vector %u is kept", vector);
	check_equal(bar_read(pci, bar, at + PCI_MSIX_ENTRY_DATA, 4), data,
		    "the data of MSI-X vector %u is kept", vector);
	set_mask(pci, cap, vector, false);
}

/* Message @a vector arrives, and changes the word of no other one. */
static void
check_vector(const struct pci *pci, const struct mailbox *box, unsigned vector, unsigned vectors,
	     raise_function *raise)
{
	unsigned others = 0;

	for (unsigned i = 0; i < vectors; i++)
		box->word[i] = 0;
	raise(pci, vector);
	check(arrives(&box->word[vector], 0xa5000000 + vector, 2000),
	      "MSI-X message of vector %u arrives", vector);
	for (unsigned i = 0; i < vectors; i++)
		others += i != vector && box->word[i];
	check_equal(others, 0, "MSI-X vector %u sends no other message", vector);
}

void
check_msix(const struct pci *pci, unsigned vectors, raise_function *raise)
{
	unsigned cap = pci_capability(pci, PCI_CAP_ID_MSIX);
	struct mailbox box;

	if (!check(cap, "there is an MSI-X capability"))
		return;
	box = mailbox_new();
	check_equal((config_read(pci, cap + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1, vectors,
		    "MSI-X vectors");
	set_flags(pci, cap + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE, true);
	for (unsigned i = 0; i < vectors; i++)
		write_entry(pci, cap, i, box.page.physical[0] + 4 * i, 0xa5000000 + i);
	for (unsigned i = 0; i < vectors; i++)
		check_vector(pci, &box, i, vectors, raise);

	set_mask(pci, cap, vectors - 1, true);
	box.word[vectors - 1] = 0;
	raise(pci, vectors - 1);
	check(!arrives(&box.word[vectors - 1], 0xa5000000 + vectors - 1, 200),
	      "no message of a masked vector");
	check(is_pending(pci, cap, vectors - 1), "the message of the masked vector is pending");
	set_mask(pci, cap, vectors - 1, false);
	check(arrives(&box.word[vectors - 1], 0xa5000000 + vectors - 1, 2000),
	      "the pending message arrives when its vector is unmasked");
	set_flags(pci, cap + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE, false);
	check_equal(pages_moved(&box.page), 0, "the page for messages stayed where it was");
}
