/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The accesses that are measured over every carrier and in process. */
#ifndef BENCH_OPERATIONS_H
#define BENCH_OPERATIONS_H

#include "port.h"

enum operation_kind {
	OPERATION_READ,
	OPERATION_WRITE,
	OPERATION_GET_INFO, /**< VFIO_DEVICE_GET_INFO */
	OPERATION_MAP, /**< IOMMU_IOAS_MAP of anonymous memory; undone outside the measured time */
	OPERATION_UNMAP,
	OPERATION_DOORBELL, /**< a register write, until the eventfd of its interrupt has been read */
};

/** Where a read or write goes. */
enum operation_place {
	IN_REGISTERS,
	IN_POLLED_REGISTERS, /**< of a device whose thread polls */
	IN_CONFIG,
	IN_INTERRUPT_LINE, /**< of config space */
	IN_GGTT,
	IN_DMA_COMMAND,        /**< has the edu device read 4 KiB of anonymous memory */
	IN_DMA_COMMAND_FILE,   /**< the same of a memfd */
	IN_APERTURE,           /**< GGTT entries point to one page after the other */
	IN_APERTURE_SCATTERED, /**< no page follows the one before */
	IN_ANONYMOUS,          /**< the aperture again, the client's memory behind it */
	IN_ANONYMOUS_SCATTERED,
	IN_FILE,
	IN_FILE_SCATTERED,
};

/** Room for what any operation moves or maps. */
#define OPERATION_BUFFER (2u << 20)

struct operation {
	const char *key;  /**< in JSON */
	const char *name; /**< in the table */
	enum operation_kind kind;
	enum operation_place place;
	size_t size;  /**< bytes of a read or write, or that are mapped */
	size_t moved; /**< bytes whose copying is the point; 0: none */
	unsigned per; /**< see struct work */
};

extern const struct operation operations[];
extern const unsigned num_operations;

/** NULL if there is none. */
const struct operation *operation_by_key(const char *key);

/** Which device a read or write goes to, and where. */
enum device operation_device(const struct operation *op);
uint64_t operation_offset(const struct target *target, const struct operation *op);

/** Once before calls: sets registers, fills @a buffer (OPERATION_BUFFER bytes). */
bool operation_enter(const struct target *target, const struct operation *op, uint8_t *buffer);
/** One call. False when it did not do all of it; errno tells why. */
bool operation_call(const struct target *target, const struct operation *op, uint8_t *buffer);
/** What is to be done before and after each call, and isn't measured. */
bool operation_before(const struct target *target, const struct operation *op, uint8_t *buffer);
bool operation_after(const struct target *target, const struct operation *op);

/** Whether calls need nothing between them and are so short that many are measured at once. */
bool operation_repeats(const struct operation *op);

/** The size of vfio-user's message for it, and of the reply, in bytes; both with the header. */
void operation_message(const struct operation *op, size_t *out, size_t *back);

#endif
