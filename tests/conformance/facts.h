/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the device under test is and has: asked once, before the first rule. */
#ifndef CONFORMANCE_FACTS_H
#define CONFORMANCE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "device.h"

#define MAX_REGIONS 64u
#define NO_BAR      (-1)

struct facts {
	unsigned have; /**< enum need, as bits */
	struct vfio_device_info info;
	struct vfio_region_info region[MAX_REGIONS]; /**< all zero where GET_REGION_INFO fails */
	unsigned num_regions;                        /**< at most MAX_REGIONS of the device's */
	unsigned vectors[VFIO_NUM_IRQS], irq_flags[VFIO_NUM_IRQS];
	uint8_t config[4096]; /**< as it was when the device was opened */
	unsigned config_size;
	unsigned msi, msix, express; /**< offsets of capabilities, 0 where there is none */
	int memory_bar, io_bar, absent_bar, mmap_bar; /**< the first of its kind, or NO_BAR */
	int msix_bar;
	uint32_t msix_table, msix_table_size;
	uint64_t migration; /**< flags of the feature */
};

/**
 * Asks an open device for everything; attaches it, where it is a cdev, and detaches it again. Returns
 * 0, or -errno with @a step set.
 */
int facts_learn(struct facts *facts, const struct way *way, struct device *device,
		const char **step);

/** A 16- and 32-bit value of the config space as it was. */
uint16_t facts_config16(const struct facts *facts, unsigned offset);
uint32_t facts_config32(const struct facts *facts, unsigned offset);

/** Offset of a capability in the config space as it was, 0 if it isn't there. */
unsigned facts_capability(const struct facts *facts, uint8_t id);

/** Why rules with one of these needs (one bit) are skipped when it is missing. */
const char *need_words(unsigned need);

#endif
