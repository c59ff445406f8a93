/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's educational device, 1234:11e8, as its docs/specs/edu.rst describes it: the same checks for
 * QEMU's own and for vfiod's.
 */
#include "check.h"
#include "devices.h"
#include "memory.h"
#include "pci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#define VENDOR   0x1234
#define DEVICE   0x11e8

#define BAR_SIZE 0x100000u

enum edu_register {
	ID = 0x00,
	LIVENESS = 0x04,
	FACTORIAL = 0x08,
	STATUS = 0x20,
	IRQ_STATUS = 0x24,
	IRQ_RAISE = 0x60,
	IRQ_ACK = 0x64,
	DMA_SOURCE = 0x80,
	DMA_DESTINATION = 0x88,
	DMA_COUNT = 0x90,
	DMA_COMMAND = 0x98,
};

#define STATUS_COMPUTING 0x01u
#define STATUS_IRQ       0x80u
#define IRQ_FACTORIAL    0x001u
#define IRQ_DMA          0x100u
#define DMA_RUN          0x1u
#define DMA_FROM_EDU     0x2u
#define DMA_IRQ          0x4u
#define BUFFER           0x40000u
#define BUFFER_SIZE      4096u
#define BUS_LIMIT        (UINT64_C(1) << 28) /* it has 28 address lines */

static uint32_t
reg(const struct pci *edu, unsigned offset)
{
	return (uint32_t)bar_read(edu, 0, offset, 4);
}

static void
set(const struct pci *edu, unsigned offset, uint32_t value)
{
	bar_write(edu, 0, offset, 4, value);
}

static void
acknowledge(const struct pci *edu)
{
	set(edu, IRQ_ACK, 0xffffffff);
}

/* Polls until the bits of a register are clear. */
static bool
clears(const struct pci *edu, unsigned offset, uint32_t bits)
{
	for (unsigned ms = 0; reg(edu, offset) & bits; ms++) {
		if (ms > 5000)
			return false;
		usleep(1000);
	}
	return true;
}

static void
check_config(const struct pci *edu)
{
	check_equal(config_read(edu, PCI_VENDOR_ID, 4), DEVICE << 16 | VENDOR, "ids");
	check_equal(config_read(edu, PCI_CLASS_REVISION, 4), 0x00ff0010, "class and revision");
	check_equal(config_read(edu, PCI_HEADER_TYPE, 1), PCI_HEADER_TYPE_NORMAL, "header type");
	check_equal(config_read(edu, PCI_SUBSYSTEM_VENDOR_ID, 4), 0x11001af4, "subsystem");
	check_equal(config_read(edu, PCI_INTERRUPT_PIN, 1), 1, "interrupt pin INTA");
	check_equal(pci_bar_mask(edu, 0), ~(BAR_SIZE - 1), "BAR0 answers a sizing probe");
	check_equal(edu->bar[0].size, BAR_SIZE, "size of BAR0");
	check_equal(edu->bar[0].address % BAR_SIZE, 0, "BAR0 is aligned to its size");
}

static void
check_reset_values(const struct pci *edu)
{
	check_equal(reg(edu, LIVENESS), 0, "liveness is reset");
	check_equal(reg(edu, FACTORIAL), 0, "factorial is reset");
	check_equal(reg(edu, STATUS), 0, "status is reset");
	check_equal(reg(edu, IRQ_STATUS), 0, "interrupt status is reset");
	check_equal(bar_read(edu, 0, DMA_SOURCE, 8), 0, "DMA source is reset");
	check_equal(bar_read(edu, 0, DMA_COUNT, 8), 0, "DMA count is reset");
}

static void
check_registers(const struct pci *edu)
{
	check_equal(reg(edu, ID), 0x010000ed, "identification");
	set(edu, LIVENESS, 0x12345678);
	check_equal(reg(edu, LIVENESS), 0xedcba987, "liveness is inverted");
	bar_write(edu, 0, LIVENESS, 1, 0x55);
	bar_write(edu, 0, LIVENESS, 2, 0x5555);
	bar_write(edu, 0, LIVENESS + 2, 2, 0x5555);
	bar_write(edu, 0, ID, 8, UINT64_C(0x5555555555555555));
	check_equal(reg(edu, LIVENESS), 0xedcba987, "registers take no 1, 2 or 8 bytes");
	check_equal(bar_read(edu, 0, ID, 8), UINT64_MAX, "registers give no 8 bytes");

	bar_write(edu, 0, DMA_SOURCE, 8, UINT64_C(0x0123456789abcdef));
	bar_write(edu, 0, DMA_DESTINATION, 8, UINT64_C(0xfedcba9876543210));
	check_equal(bar_read(edu, 0, DMA_SOURCE, 8), UINT64_C(0x0123456789abcdef),
		    "8 bytes of the DMA source");
	check_equal(bar_read(edu, 0, DMA_DESTINATION, 8), UINT64_C(0xfedcba9876543210),
		    "8 bytes of the DMA destination");
	check_equal(bar_read(edu, 0, DMA_SOURCE, 4), 0x89abcdef, "4 bytes of the DMA source");

	set(edu, STATUS, 0);
	set(edu, FACTORIAL, 10);
	check(clears(edu, STATUS, STATUS_COMPUTING), "a factorial is computed");
	check_equal(reg(edu, FACTORIAL), 3628800, "the factorial of 10");
}

static void
check_intx(const struct pci *edu)
{
	struct intx intx;

	acknowledge(edu);
	intx_open(&intx, edu);
	for (uint32_t i = 0; i < 3; i++) {
		set(edu, IRQ_RAISE, 1u << i);
		check_equal(intx_count(&intx, 2000), 1, "INTx interrupt %u arrives", i);
		check_equal(reg(edu, IRQ_STATUS), 1u << i, "its cause is %u", 1u << i);
		check(config_read(edu, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT,
		      "STATUS says that the line is asserted");
		acknowledge(edu);
		check(!(config_read(edu, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT),
		      "STATUS says that it is not any more");
		pci_command(edu, PCI_COMMAND_INTX_DISABLE, false);
	}
	check_equal(intx_count(&intx, 100), 0, "no interrupt without a cause");

	pci_command(edu, PCI_COMMAND_INTX_DISABLE, true);
	set(edu, IRQ_RAISE, 8);
	check_equal(intx_count(&intx, 200), 0, "no interrupt while INTx is disabled");
	pci_command(edu, PCI_COMMAND_INTX_DISABLE, false);
	check_equal(intx_count(&intx, 2000), 1, "it arrives when INTx is enabled");
	/* The driver has disabled INTx again; the cause is still there. */
	pci_command(edu, PCI_COMMAND_INTX_DISABLE, false);
	check_equal(intx_count(&intx, 2000), 1, "and again, as it was not acknowledged");
	acknowledge(edu);
	pci_command(edu, PCI_COMMAND_INTX_DISABLE, false);

	set(edu, STATUS, STATUS_IRQ);
	set(edu, FACTORIAL, 5);
	check_equal(intx_count(&intx, 2000), 1, "a factorial's interrupt arrives");
	check_equal(reg(edu, IRQ_STATUS), IRQ_FACTORIAL, "its cause is the factorial");
	check_equal(reg(edu, FACTORIAL), 120, "the factorial of 5");
	set(edu, STATUS, 0);
	acknowledge(edu);
	pci_command(edu, PCI_COMMAND_INTX_DISABLE, false);
	check_equal(intx_count(&intx, 100), 0, "no interrupt is left over");
	intx_close(&intx);
}

static void
raise_cause(const struct pci *edu, unsigned vector)
{
	set(edu, IRQ_RAISE, 1u << vector);
	acknowledge(edu);
}

/* One transfer from bus address to bus address, of which one is the device's buffer. */
static bool
transfer(const struct pci *edu, uint64_t source, uint64_t destination, uint32_t length,
	 uint32_t command)
{
	bar_write(edu, 0, DMA_SOURCE, 8, source);
	bar_write(edu, 0, DMA_DESTINATION, 8, destination);
	bar_write(edu, 0, DMA_COUNT, 8, length);
	bar_write(edu, 0, DMA_COMMAND, 8, DMA_RUN | command);
	return clears(edu, DMA_COMMAND, DMA_RUN);
}

static unsigned
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static void
check_bulk_dma(const struct pci *edu, unsigned count)
{
	struct pages from = pages_below(BUS_LIMIT, count), to = pages_below(BUS_LIMIT, count);
	unsigned start = milliseconds();
	unsigned done = 0;

	fill(from.bytes, count * PAGE, 0x5eed);
	for (unsigned i = 0; i < count; i++)
		done += transfer(edu, from.physical[i], BUFFER, PAGE, 0) &&
			transfer(edu, BUFFER, to.physical[i], PAGE, DMA_FROM_EDU);
	check_equal(done, count, "DMA transfers of %u pages each way end", count);
	/* Without an operating system there is no clock. */
	if (milliseconds() != start)
		printf("# %u pages each way in %u ms\n", count, milliseconds() - start);
	check(!memcmp(from.bytes, to.bytes, count * PAGE), "all %u bytes are moved", count * PAGE);
	fill(to.bytes, count * PAGE, 0x5eed);
	check(!memcmp(from.bytes, to.bytes, count * PAGE), "the source is as it was");
	check_equal(pages_moved(&from) + pages_moved(&to), 0, "DMA pages stayed where they were");
}

/* An odd number of bytes at odd addresses; what is around them stays. */
static void
check_odd_dma(const struct pci *edu)
{
	struct pages pages = pages_below(BUS_LIMIT, 2);
	uint8_t *from = pages.bytes, *to = pages.bytes + PAGE, expected[PAGE];

	fill(from, PAGE, 1);
	memset(to, 0xcc, PAGE);
	memset(expected, 0xcc, PAGE);
	memcpy(expected + 0xfff - 122, from + 0x123, 123);
	check(transfer(edu, pages.physical[0] + 0x123, BUFFER + 0x101, 123, 0) &&
		      transfer(edu, BUFFER + 0x101, pages.physical[1] + 0xfff - 122, 123,
			       DMA_FROM_EDU),
	      "odd DMA transfers end");
	check(!memcmp(to, expected, PAGE), "123 bytes are moved, those around stay");

	pci_command(edu, PCI_COMMAND_MASTER, false);
	check(transfer(edu, BUFFER, pages.physical[1], PAGE, DMA_FROM_EDU),
	      "a DMA transfer ends while the device is no bus master");
	pci_command(edu, PCI_COMMAND_MASTER, true);
	check(!memcmp(to, expected, PAGE), "it has moved nothing");
	check_equal(pages_moved(&pages), 0, "the pages stayed where they were");
}

static void
check_dma_interrupt(const struct pci *edu)
{
	struct pages page = pages_below(BUS_LIMIT, 1);
	struct intx intx;

	intx_open(&intx, edu);
	check(transfer(edu, page.physical[0], BUFFER, BUFFER_SIZE, DMA_IRQ),
	      "a DMA transfer with an interrupt ends");
	check_equal(intx_count(&intx, 2000), 1, "its interrupt arrives");
	check_equal(reg(edu, IRQ_STATUS), IRQ_DMA, "its cause is DMA");
	acknowledge(edu);
	intx_close(&intx);
}

void
check_edu(const struct wishes *wishes)
{
	struct pci edu;

	pci_open(&edu, VENDOR, DEVICE);
	check_config(&edu);
	if (wishes->after_reset)
		check_reset_values(&edu);
	check_registers(&edu);
	check_intx(&edu);
	check_msi(&edu, raise_cause);
	if (wishes->vectors)
		check_msix(&edu, wishes->vectors, raise_cause);
	check_dma_interrupt(&edu);
	check_odd_dma(&edu);
	check_bulk_dma(&edu, wishes->dma_pages);
}

void
keep_edu_busy(void)
{
	struct pages pages = pages_below(BUS_LIMIT, 2);
	struct pci edu;

	pci_open(&edu, VENDOR, DEVICE);
	puts("busy");
	while (transfer(&edu, pages.physical[0], BUFFER, PAGE, 0) &&
	       transfer(&edu, BUFFER, pages.physical[1], PAGE, DMA_FROM_EDU))
		;
}
