/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One piece of a transfer between a device and bus memory. */
#ifndef VFIOD_DMA_H
#define VFIOD_DMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vfiod_piece {
	uint64_t address; /**< on the bus */
	void *buffer;     /**< the device's side; only read when the transfer writes to the bus */
	size_t length;    /**< bytes, at least 1 */
	bool failed;      /**< set by the transfer: part of it is not backed by memory */
};

#endif
