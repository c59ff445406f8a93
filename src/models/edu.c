/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The "edu" device for people who learn to write drivers: PCI 1234:11e8, one BAR of 1 MiB, an
 * interrupt and DMA. Registers as QEMU's docs/specs/edu.rst describes them; all work is done at once,
 * so the "busy" bits are never seen set. MSI-X is an addition of ours.
 */
#include "vfiod/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BAR_SIZE       0x100000u
#define IDENTIFICATION 0x010000edu
#define DEFAULT_MEMORY (UINT64_C(16) << 20)

enum edu_register {
	EDU_ID = 0x00,
	EDU_LIVENESS = 0x04,
	EDU_FACTORIAL = 0x08,
	EDU_STATUS = 0x20,
	EDU_IRQ_STATUS = 0x24,
	EDU_IRQ_RAISE = 0x60,
	EDU_IRQ_ACK = 0x64,
	EDU_FIRST_WIDE = 0x80, /* from here on 8-byte accesses are allowed too */
	EDU_DMA_SOURCE = 0x80,
	EDU_DMA_DESTINATION = 0x88,
	EDU_DMA_COUNT = 0x90,
	EDU_DMA_COMMAND = 0x98,
};

#define STATUS_COMPUTING 0x01u
#define STATUS_IRQ       0x80u /* interrupt when a factorial is done */

#define IRQ_FACTORIAL 0x001u
#define IRQ_DMA       0x100u

#define DMA_RUN      0x1u
#define DMA_FROM_EDU 0x2u /* direction: device to bus memory */
#define DMA_IRQ      0x4u

/* The device's own buffer, in the addresses that DMA source and destination use. */
#define BUFFER_START 0x40000u
#define BUFFER_SIZE  4096u

/* It drives 28 address lines only. */
#define DMA_MASK ((UINT64_C(1) << 28) - 1)

/* With the option msix: a BAR for the table (16 bytes an entry) and, behind it, the pending bits. */
#define MSIX_MOST     32u
#define MSIX_BAR_SIZE 4096u
#define MSIX_TABLE    0u
#define MSIX_PENDING  2048u

struct edu {
	struct vfiod_device *dev;
	unsigned vectors; /* of MSI-X; 0: the device has none, as QEMU's */
	uint32_t liveness, factorial, status, irq_status;
	uint64_t source, destination, count, command;
	uint8_t buffer[BUFFER_SIZE];
};

/* With MSI-X each bit of the status register has a vector. */
static void
send_vectors(struct edu *edu, uint32_t causes)
{
	for (unsigned bit = 0; bit < 32; bit++)
		if (causes & 1u << bit)
			edu->dev->host->msi(edu->dev->host->ctx, bit % edu->vectors);
}

/* As QEMU's: a message for every cause that is raised, acknowledged or not. */
static void
raise_interrupt(struct edu *edu, uint32_t cause)
{
	edu->irq_status |= cause;
	if (edu->vectors && vfiod_config_msix_enabled(&edu->dev->config))
		send_vectors(edu, cause);
	else if (edu->irq_status)
		vfiod_interrupt(edu->dev, false, true);
}

static void
acknowledge(struct edu *edu, uint32_t causes)
{
	edu->irq_status &= ~causes;
	if (!edu->irq_status)
		vfiod_interrupt(edu->dev, true, false);
}

/* Modulo 2^32, as 32-bit arithmetic gives it: from 34 on all 32 bits are shifted out. */
static uint32_t
factorial_of(uint32_t n)
{
	uint32_t product = 1;

	if (n >= 34)
		return 0;
	for (; n > 1; n--)
		product *= n;
	return product;
}

static bool
in_buffer(uint64_t address, uint64_t count)
{
	return address >= BUFFER_START && count <= BUFFER_SIZE &&
	       address - BUFFER_START <= BUFFER_SIZE - count;
}

/* What the bus gets of an address. A driver that doesn't know would look long for where its bytes are. */
static uint64_t
on_the_bus(struct edu *edu, uint64_t address)
{
	uint64_t driven = address & DMA_MASK;

	if (driven != address)
		vfiod_log(edu->dev, VFIOD_LOG_WARNING,
			  "DMA address 0x%llx has more than 28 bits: the bus gets 0x%llx",
			  (unsigned long long)address, (unsigned long long)driven);
	return driven;
}

static void
run_dma(struct edu *edu)
{
	bool from_edu = edu->command & DMA_FROM_EDU;
	uint64_t inner = from_edu ? edu->source : edu->destination;
	uint64_t bus = on_the_bus(edu, from_edu ? edu->destination : edu->source);
	uint8_t *at;

	if (in_buffer(inner, edu->count) && edu->count) {
		at = edu->buffer + (inner - BUFFER_START);
		if (from_edu)
			vfiod_dma_write(edu->dev, bus, at, (size_t)edu->count);
		else
			vfiod_dma_read(edu->dev, bus, at, (size_t)edu->count);
	} else {
		vfiod_log(edu->dev, VFIOD_LOG_WARNING,
			  "DMA of %llu bytes at 0x%llx is outside the buffer: nothing done",
			  (unsigned long long)edu->count, (unsigned long long)inner);
	}
	edu->command &= ~(uint64_t)DMA_RUN;
	if (edu->command & DMA_IRQ)
		raise_interrupt(edu, IRQ_DMA);
}

/* Registers below 0x80 are 4 bytes wide and nothing else; the DMA ones take 4 or 8. */
static bool
width_ok(uint64_t pos, unsigned width)
{
	return width == 4 || (width == 8 && pos >= EDU_FIRST_WIDE);
}

static int
edu_read(void *state, uint64_t pos, unsigned width, uint64_t *value)
{
	const struct edu *edu = state;

	*value = width == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;
	if (!width_ok(pos, width))
		return 0;
	switch (pos) {
	case EDU_ID:
		*value = IDENTIFICATION;
		break;
	case EDU_LIVENESS:
		*value = edu->liveness;
		break;
	case EDU_FACTORIAL:
		*value = edu->factorial;
		break;
	case EDU_STATUS:
		*value = edu->status;
		break;
	case EDU_IRQ_STATUS:
		*value = edu->irq_status;
		break;
	case EDU_DMA_SOURCE:
		*value = edu->source;
		break;
	case EDU_DMA_DESTINATION:
		*value = edu->destination;
		break;
	case EDU_DMA_COUNT:
		*value = edu->count;
		break;
	case EDU_DMA_COMMAND:
		*value = edu->command;
		break;
	}
	if (width == 4)
		*value &= UINT32_MAX;
	return 0;
}

static int
edu_write(void *state, uint64_t pos, unsigned width, uint64_t value)
{
	struct edu *edu = state;

	if (!width_ok(pos, width))
		return 0;
	switch (pos) {
	case EDU_LIVENESS:
		edu->liveness = ~(uint32_t)value;
		break;
	case EDU_FACTORIAL:
		edu->factorial = factorial_of((uint32_t)value);
		if (edu->status & STATUS_IRQ)
			raise_interrupt(edu, IRQ_FACTORIAL);
		break;
	case EDU_STATUS:
		edu->status = (uint32_t)value & STATUS_IRQ;
		break;
	case EDU_IRQ_RAISE:
		raise_interrupt(edu, (uint32_t)value);
		break;
	case EDU_IRQ_ACK:
		acknowledge(edu, (uint32_t)value);
		break;
	case EDU_DMA_SOURCE:
		edu->source = value;
		break;
	case EDU_DMA_DESTINATION:
		edu->destination = value;
		break;
	case EDU_DMA_COUNT:
		edu->count = value;
		break;
	case EDU_DMA_COMMAND:
		edu->command = value & (DMA_RUN | DMA_FROM_EDU | DMA_IRQ);
		if (edu->command & DMA_RUN)
			run_dma(edu);
		break;
	}
	return 0;
}

static void
edu_reset(struct vfiod_device *dev)
{
	struct edu *edu = dev->state;

	*edu = (struct edu){.dev = dev, .vectors = edu->vectors};
}

/* Behind the table and the pending bits, which aren't the model's, there is nothing. */
static int
read_nothing(void *state, uint64_t pos, unsigned width, uint64_t *value)
{
	(void)state, (void)pos, (void)width;
	*value = 0;
	return 0;
}

static int
write_nothing(void *state, uint64_t pos, unsigned width, uint64_t value)
{
	(void)state, (void)pos, (void)width, (void)value;
	return 0;
}

static int
add_msix(struct vfiod_device *dev, struct edu *edu, const char *text)
{
	char *end;
	unsigned long vectors = strtoul(text, &end, 10);

	if (end == text || *end || !vectors || vectors > MSIX_MOST)
		return vfiod_fail(dev, EINVAL, "msix=%s: must be 1 to %u", text, MSIX_MOST);
	edu->vectors = (unsigned)vectors;
	vfiod_config_set_bar(&dev->config, VFIOD_BAR2, VFIOD_BAR_MEM32, MSIX_BAR_SIZE);
	vfiod_config_add_msix(&dev->config, 0x50, edu->vectors, VFIOD_BAR2, MSIX_TABLE,
			      MSIX_PENDING);
	dev->region[VFIOD_BAR2] = (struct vfiod_region){
		.name = "BAR2",
		.size = MSIX_BAR_SIZE,
		.flags = VFIOD_REGION_READ | VFIOD_REGION_WRITE,
		.max_width = 8,
		.read = read_nothing,
		.write = write_nothing,
	};
	return 0;
}

static int
edu_create(struct vfiod_device *dev, const struct vfiod_options *options)
{
	static const struct vfiod_pci_id id = {
		.vendor = 0x1234,
		.device = 0x11e8,
		.subsystem_vendor = 0x1af4,
		.subsystem = 0x1100,
		.revision = 0x10,
		.class_code = 0x00ff00, /* not covered by the specification */
		.interrupt_pin = 1,
	};
	struct edu *edu = calloc(1, sizeof(*edu));
	const char *msix = vfiod_option(options, "msix");
	int error = 0;

	if (!edu)
		return -ENOMEM;
	edu->dev = dev;
	dev->state = edu;
	vfiod_config_init(&dev->config, VFIOD_CONFIG_SIZE, &id);
	vfiod_config_set_bar(&dev->config, 0, VFIOD_BAR_MEM32, BAR_SIZE);
	vfiod_config_add_msi(&dev->config, 0x40, 0, true);
	dev->region[VFIOD_BAR0] = (struct vfiod_region){
		.name = "BAR0",
		.size = BAR_SIZE,
		.flags = VFIOD_REGION_READ | VFIOD_REGION_WRITE,
		.max_width = 8,
		.read = edu_read,
		.write = edu_write,
	};
	if (msix)
		error = add_msix(dev, edu, msix);
	if (error)
		free(edu);
	return error;
}

static void
edu_destroy(struct vfiod_device *dev)
{
	free(dev->state);
}

static const struct vfiod_option options[] = {
	{"msix", "N", "MSI-X with 1 to 32 vectors, in BAR 2; default none"},
	{0},
};

const struct vfiod_model edu_model = {
	.name = "edu",
	.summary = "QEMU's educational device (1234:11e8)",
	.options = options,
	.default_memory = DEFAULT_MEMORY,
	.create = edu_create,
	.destroy = edu_destroy,
	.reset = edu_reset,
};
