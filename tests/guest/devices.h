/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest checks of each kind of device. */
#ifndef TESTS_GUEST_DEVICES_H
#define TESTS_GUEST_DEVICES_H

#include <stdbool.h>

struct wishes {
	bool after_reset; /**< the device has just been reset: registers are as from the factory */
	unsigned dma_pages; /**< pages that DMA moves each way */
	unsigned vectors;   /**< MSI-X vectors that there must be; 0: no MSI-X */
	unsigned vgpu_id;   /**< PCI device id of the vGPU */
};

#define WISHES                                                                                     \
	{                                                                                          \
		.dma_pages = 512, .vgpu_id = 0x1912                                                \
	}

/** Does what a word says: adds to the wishes, or checks a device. */
void perform(const char *word, struct wishes *wishes);

void check_edu(const struct wishes *wishes);
void check_vgpu(const struct wishes *wishes);
void check_e1000e(void);

/** DMA without end, for a host that kills its QEMU meanwhile. */
void keep_edu_busy(void);

/**
 * Messages are memory writes, so a page of guest memory can receive them: no driver is needed, and it
 * is seen which message came. @a raise makes the device send message @a vector.
 */
struct pci;
typedef void raise_function(const struct pci *pci, unsigned vector);

void check_msi(const struct pci *pci, raise_function *raise);
void check_msix(const struct pci *pci, unsigned vectors, raise_function *raise);

#endif
