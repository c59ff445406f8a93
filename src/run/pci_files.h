/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that the kernel's sysfs has for a PCI device (drivers/pci/pci-sysfs.c), from config space. */
#ifndef RUN_PCI_FILES_H
#define RUN_PCI_FILES_H

#include "pci/address.h"
#include "vfiod/device.h"

/** Writes a file of this text into a folder. Returns 0 or a negative errno. */
int pci_files_put(int folder, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Writes all files of a device bound to vfio-pci into its folder. Returns 0 or a negative errno. */
int pci_files_make(int folder, const struct vfiod_device *dev, struct pci_address address);

#endif
