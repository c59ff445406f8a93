/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operations.h"

#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <string.h>
#include <unistd.h>

#include "vfiod/device.h"

#define PAGE 4096u

/* Places in the vGPU's BAR0: a scratch register (SCRATCH1) and the GGTT; in the edu device's. */
#define SCRATCH     0x0b11cu
#define GGTT        0x800000u
#define PTE_PRESENT 1u
#define IRQ_RAISE   0x60u
#define DMA_SOURCE  0x80u
#define DMA_COMMAND 0x98u
#define DMA_RUN     1u

const struct operation operations[] = {
	{"register_read_4", "register read 4 B", OPERATION_READ, IN_REGISTERS, 4, 0, 1},
	{"register_write_4", "register write 4 B", OPERATION_WRITE, IN_REGISTERS, 4, 0, 1},
	{"register_read_4_polled", "  of a polling device", OPERATION_READ, IN_POLLED_REGISTERS, 4,
	 0, 1},
	{"config_read_4", "config read 4 B", OPERATION_READ, IN_CONFIG, 4, 0, 1},
	{"config_write_4", "config write 4 B", OPERATION_WRITE, IN_INTERRUPT_LINE, 4, 0, 1},
	{"ggtt_write_8", "GGTT entry write 8 B", OPERATION_WRITE, IN_GGTT, 8, 0, 1},
	{"aperture_read_4", "aperture read 4 B", OPERATION_READ, IN_APERTURE, 4, 0, 1},
	{"aperture_write_4", "aperture write 4 B", OPERATION_WRITE, IN_APERTURE, 4, 0, 1},
	{"get_info", "ioctl GET_INFO", OPERATION_GET_INFO, IN_CONFIG, 0, 0, 1},
	{"ioas_map_4k", "IOAS map 4 KiB", OPERATION_MAP, IN_CONFIG, 4096, 0, 2},
	{"ioas_unmap_4k", "IOAS unmap 4 KiB", OPERATION_UNMAP, IN_CONFIG, 4096, 0, 2},
	{"ioas_map_2m", "IOAS map 2 MiB", OPERATION_MAP, IN_CONFIG, 2u << 20, 0, 4},
	{"ioas_unmap_2m", "IOAS unmap 2 MiB", OPERATION_UNMAP, IN_CONFIG, 2u << 20, 0, 4},
	{"doorbell", "doorbell to eventfd", OPERATION_DOORBELL, IN_REGISTERS, 4, 0, 1},
	{"dma_4k_anonymous", "DMA 4 KiB anonymous", OPERATION_WRITE, IN_DMA_COMMAND, 4, PAGE, 1},
	{"dma_4k_memfd", "DMA 4 KiB memfd", OPERATION_WRITE, IN_DMA_COMMAND_FILE, 4, PAGE, 1},
	{"aperture_read_4k", "aperture read 4 KiB", OPERATION_READ, IN_APERTURE, PAGE, PAGE, 1},
	{"aperture_write_4k", "aperture write 4 KiB", OPERATION_WRITE, IN_APERTURE, PAGE, PAGE, 1},
	{"aperture_read_128k", "aperture read 128 KiB", OPERATION_READ, IN_APERTURE, 128 << 10,
	 128 << 10, 4},
	{"aperture_read_1m", "aperture read 1 MiB", OPERATION_READ, IN_APERTURE, LARGEST, LARGEST,
	 20},
	{"aperture_write_1m", "aperture write 1 MiB", OPERATION_WRITE, IN_APERTURE, LARGEST,
	 LARGEST, 20},
	{"aperture_read_1m_scattered", "  scattered pages", OPERATION_READ, IN_APERTURE_SCATTERED,
	 LARGEST, LARGEST, 20},
	{"aperture_read_1m_anonymous", "  of client's memory", OPERATION_READ, IN_ANONYMOUS,
	 LARGEST, LARGEST, 20},
	{"aperture_read_1m_anonymous_scattered", "  the same, scattered", OPERATION_READ,
	 IN_ANONYMOUS_SCATTERED, LARGEST, LARGEST, 20},
	{"aperture_read_1m_memfd", "  of client's memfd", OPERATION_READ, IN_FILE, LARGEST, LARGEST,
	 20},
	{"aperture_read_1m_memfd_scattered", "  the same, scattered", OPERATION_READ,
	 IN_FILE_SCATTERED, LARGEST, LARGEST, 20},
};
const unsigned num_operations = sizeof(operations) / sizeof(operations[0]);

const struct operation *
operation_by_key(const char *key)
{
	for (unsigned i = 0; i < num_operations; i++)
		if (!strcmp(operations[i].key, key))
			return &operations[i];
	return NULL;
}

enum device
operation_device(const struct operation *op)
{
	if (op->kind == OPERATION_DOORBELL || op->place == IN_DMA_COMMAND ||
	    op->place == IN_DMA_COMMAND_FILE)
		return BOUND_EDU;
	if (op->place == IN_POLLED_REGISTERS)
		return POLLED_VGPU;
	return op->place >= IN_ANONYMOUS || op->kind == OPERATION_MAP || op->kind == OPERATION_UNMAP
		       ? BOUND_VGPU
		       : PLAIN_VGPU;
}

uint64_t
operation_offset(const struct target *target, const struct operation *op)
{
	uint32_t low = target->low[operation_device(op)];

	switch (op->place) {
	case IN_REGISTERS:
	case IN_POLLED_REGISTERS:
		return region_offset(VFIOD_BAR0,
				     op->kind == OPERATION_DOORBELL ? IRQ_RAISE : SCRATCH);
	case IN_CONFIG:
		break;
	case IN_INTERRUPT_LINE:
		return region_offset(VFIOD_CONFIG, PCI_INTERRUPT_LINE);
	case IN_GGTT:
		/* An entry behind those that are prepared. */
		return region_offset(VFIOD_BAR0, GGTT + (low + 4 * LARGEST) / PAGE * 8);
	case IN_DMA_COMMAND:
	case IN_DMA_COMMAND_FILE:
		return region_offset(VFIOD_BAR0, DMA_COMMAND);
	case IN_APERTURE:
	case IN_ANONYMOUS:
		return region_offset(VFIOD_BAR2, low);
	case IN_APERTURE_SCATTERED:
	case IN_ANONYMOUS_SCATTERED:
		return region_offset(VFIOD_BAR2, low + LARGEST);
	case IN_FILE:
		return region_offset(VFIOD_BAR2, low + 2 * LARGEST);
	case IN_FILE_SCATTERED:
		return region_offset(VFIOD_BAR2, low + 3 * LARGEST);
	}
	return region_offset(VFIOD_CONFIG, 0);
}

static bool
set_dma_source(const struct target *target, const struct operation *op)
{
	const struct port *port = &target->port[BOUND_EDU];
	uint64_t iova = op->place == IN_DMA_COMMAND ? IOVA_ANONYMOUS : IOVA_FILE;

	return port->write(port->ctx, region_offset(VFIOD_BAR0, DMA_SOURCE), &iova, sizeof(iova)) ==
	       sizeof(iova);
}

bool
operation_enter(const struct target *target, const struct operation *op, uint8_t *buffer)
{
	const uint64_t entry = PTE_PRESENT;
	const uint32_t run = DMA_RUN, info = sizeof(struct vfio_device_info);

	memset(buffer, 0x5a, op->kind <= OPERATION_WRITE ? op->size : info);
	if (op->place == IN_GGTT)
		memcpy(buffer, &entry, sizeof(entry));
	if (op->kind == OPERATION_GET_INFO)
		memcpy(buffer, &info, sizeof(info));
	if (op->place == IN_DMA_COMMAND || op->place == IN_DMA_COMMAND_FILE) {
		memcpy(buffer, &run, sizeof(run));
		return set_dma_source(target, op);
	}
	return true;
}

static bool
ring(const struct target *target, const struct operation *op, uint8_t *buffer)
{
	const struct port *port = &target->port[BOUND_EDU];
	uint64_t count;

	if (port->write(port->ctx, operation_offset(target, op), buffer, op->size) !=
	    (ssize_t)op->size)
		return false;
	return target->null || read(target->event, &count, sizeof(count)) == sizeof(count);
}

bool
operation_call(const struct target *target, const struct operation *op, uint8_t *buffer)
{
	const struct port *port = &target->port[operation_device(op)];

	switch (op->kind) {
	case OPERATION_READ:
		return port->read(port->ctx, operation_offset(target, op), buffer, op->size) ==
		       (ssize_t)op->size;
	case OPERATION_WRITE:
		return port->write(port->ctx, operation_offset(target, op), buffer, op->size) ==
		       (ssize_t)op->size;
	case OPERATION_GET_INFO:
		return !port->device_ioctl(port->ctx, VFIO_DEVICE_GET_INFO, buffer);
	case OPERATION_MAP:
		return !port_map(port, target->ioas, buffer, op->size, IOVA_MEASURED);
	case OPERATION_UNMAP:
		return !port_unmap(port, target->ioas, IOVA_MEASURED, op->size);
	case OPERATION_DOORBELL:
		break;
	}
	return ring(target, op, buffer);
}

bool
operation_before(const struct target *target, const struct operation *op, uint8_t *buffer)
{
	return op->kind != OPERATION_UNMAP || target->null ||
	       !port_map(&target->port[BOUND_VGPU], target->ioas, buffer, op->size, IOVA_MEASURED);
}

bool
operation_after(const struct target *target, const struct operation *op)
{
	return op->kind != OPERATION_MAP || target->null ||
	       !port_unmap(&target->port[BOUND_VGPU], target->ioas, IOVA_MEASURED, op->size);
}

bool
operation_repeats(const struct operation *op)
{
	return op->kind <= OPERATION_GET_INFO;
}

/* vfio-user's protocol: a header of 16 bytes before every message. */
#define HEADER        16u
#define REGION_ACCESS 16u
#define DEVICE_INFO   16u
#define DMA_MAP       32u
#define DMA_UNMAP     24u

void
operation_message(const struct operation *op, size_t *out, size_t *back)
{
	*out = *back = HEADER;
	switch (op->kind) {
	case OPERATION_READ:
		*out += REGION_ACCESS;
		*back += REGION_ACCESS + op->size;
		break;
	case OPERATION_WRITE:
	case OPERATION_DOORBELL:
		*out += REGION_ACCESS + op->size;
		*back += REGION_ACCESS;
		break;
	case OPERATION_GET_INFO:
		*out += DEVICE_INFO;
		*back += DEVICE_INFO;
		break;
	case OPERATION_MAP:
		*out += DMA_MAP;
		break;
	case OPERATION_UNMAP:
		*out += DMA_UNMAP;
		*back += DMA_UNMAP;
		break;
	}
}
