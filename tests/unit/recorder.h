/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device that writes down what reaches it: what the VFIO layer makes of a client's access. */
#ifndef RECORDER_H
#define RECORDER_H

#include "vfio/device.h"

struct recorder {
	struct {
		bool write;
		uint64_t pos;
		unsigned width;
		uint64_t value;
	} access[64];
	unsigned count;
	uint64_t fail_at;  /**< position of a register whose access is refused with ENXIO */
	unsigned resets;
};

#define RECORDER_NO_FAILURE UINT64_MAX

/*
 * BAR0 registers, 8 KiB, up to 8 bytes wide (a read returns the position in each byte); BAR1 I/O ports,
 * 64 bytes; BAR2 memory, 8 KiB with an MSI-X table of 4 vectors at 0x800; ROM of 2 KiB; a read-only
 * region 9 of 256 bytes; MSI with 4 vectors, PCI Express, INTA. Config space of 4096 bytes.
 */
extern const struct vfiod_model recorder_model;

/** Access through the device's only open file. */
ssize_t device_read(struct vfio_device *device, uint64_t offset, void *buffer, size_t length);
ssize_t device_write(struct vfio_device *device, uint64_t offset, const void *buffer, size_t length);

/** A VFIO device with the recorder behind it. */
struct vfio_device *recorder_new(void);
struct recorder *recorder_of(struct vfio_device *device);

/** File offset of a position in a region. */
static inline uint64_t
at(unsigned region, uint64_t pos)
{
	return (uint64_t)region << 40 | pos;
}

#endif
