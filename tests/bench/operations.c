/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is measured, and the vGPU's state that it needs. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "vfio/device.h"

#define PAGE 4096u

/* Places in the vGPU's BAR0: a scratch register (SCRATCH1), PVINFO's aperture base, the GGTT. */
#define SCRATCH           0x0b11cu
#define PVINFO_LOW        0x78040u
#define GGTT              0x800000u
#define PTE_PRESENT       1u

#define MAPPED_PAGES      (LARGEST / PAGE)

#define GET_INFO_ARGUMENT 24u

const struct operation operations[] = {
	{"bar0_read_4", "BAR0 read 4 B", OPERATION_READ, IN_REGISTERS, 4, 1},
	{"bar0_write_4", "BAR0 write 4 B", OPERATION_WRITE, IN_REGISTERS, 4, 1},
	{"ggtt_write_8", "GGTT entry write 8 B", OPERATION_WRITE, IN_GGTT, 8, 1},
	{"config_read_4", "config read 4 B", OPERATION_READ, IN_CONFIG, 4, 1},
	{"ioctl_get_info", "ioctl GET_INFO", OPERATION_IOCTL, IN_CONFIG, GET_INFO_ARGUMENT, 1},
	{"aperture_read_4k", "aperture read 4 KiB", OPERATION_READ, IN_APERTURE, 4096, 1},
	{"aperture_write_4k", "aperture write 4 KiB", OPERATION_WRITE, IN_APERTURE, 4096, 1},
	{"aperture_read_128k", "aperture read 128 KiB", OPERATION_READ, IN_APERTURE, 128 << 10, 4},
	{"aperture_write_128k", "aperture write 128 KiB", OPERATION_WRITE, IN_APERTURE, 128 << 10,
	 4},
	{"aperture_read_1m", "aperture read 1 MiB", OPERATION_READ, IN_APERTURE, LARGEST, 20},
	{"aperture_write_1m", "aperture write 1 MiB", OPERATION_WRITE, IN_APERTURE, LARGEST, 20},
};
const unsigned num_operations = sizeof(operations) / sizeof(operations[0]);

static uint64_t
in_region(unsigned index, uint64_t pos)
{
	return (uint64_t)index << VFIO_OFFSET_SHIFT | pos;
}

static uint64_t
entry_offset(uint64_t gm)
{
	return in_region(VFIOD_BAR0, GGTT + gm / PAGE * sizeof(uint64_t));
}

uint64_t
operation_offset(const struct operation *op, uint32_t low)
{
	switch (op->place) {
	case IN_REGISTERS:
		return in_region(VFIOD_BAR0, SCRATCH);
	case IN_GGTT:
		/* The entry behind those that the aperture is read through. */
		return entry_offset((uint64_t)low + LARGEST);
	case IN_APERTURE:
		return in_region(VFIOD_BAR2, low);
	case IN_CONFIG:
		break;
	}
	return in_region(VFIOD_CONFIG, 0);
}

void
operation_fill(const struct operation *op, uint8_t *buffer)
{
	const uint64_t entry = MAPPED_PAGES * PAGE | PTE_PRESENT;
	const uint32_t argsz = GET_INFO_ARGUMENT;

	memset(buffer, 0x5a, op->size);
	if (op->place == IN_GGTT)
		memcpy(buffer, &entry, sizeof(entry));
	if (op->kind == OPERATION_IOCTL)
		memcpy(buffer, &argsz, sizeof(argsz));
}

bool
operation_recovers(const struct operation *op)
{
	return op->kind != OPERATION_IOCTL;
}

static bool
write_entries(const struct port *port, uint32_t low)
{
	uint64_t entry[MAPPED_PAGES];

	for (unsigned i = 0; i < MAPPED_PAGES; i++)
		entry[i] = (uint64_t)i * PAGE | PTE_PRESENT;
	return port->write(port->ctx, entry_offset(low), entry, sizeof(entry)) == sizeof(entry);
}

/* An aperture without entries answers too, and fast: it must be seen to hold what was written. */
static bool
aperture_holds(const struct port *port, uint32_t low)
{
	uint8_t *wrote = malloc(LARGEST), *got = calloc(1, LARGEST);
	const uint64_t at = in_region(VFIOD_BAR2, low);
	bool same = false;

	if (wrote && got) {
		for (unsigned i = 0; i < LARGEST; i++)
			wrote[i] = (uint8_t)(i / PAGE + i);
		same = port->write(port->ctx, at, wrote, LARGEST) == (ssize_t)LARGEST &&
		       port->read(port->ctx, at, got, LARGEST) == (ssize_t)LARGEST &&
		       !memcmp(wrote, got, LARGEST);
	}
	free(wrote);
	free(got);
	return same;
}

bool
map_aperture(const struct port *port, uint32_t *low)
{
	if (port->read(port->ctx, in_region(VFIOD_BAR0, PVINFO_LOW), low, sizeof(*low)) !=
	    sizeof(*low)) {
		fprintf(stderr, "bench: cannot read PVINFO: is it a vGPU?\n");
		return false;
	}
	if (!write_entries(port, *low) || !aperture_holds(port, *low)) {
		fprintf(stderr, "bench: the aperture at 0x%x does not hold what is written there\n",
			*low);
		return false;
	}
	return true;
}
