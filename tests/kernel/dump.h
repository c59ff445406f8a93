/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Config spaces for the clone model, in the format of lspci -xxxx. */
#ifndef KERNEL_DUMP_H
#define KERNEL_DUMP_H

/** Where dump_express() has its capabilities and what is in them. */
#define EXPRESS_MSI          0x50
#define EXPRESS_MSI_VECTORS  4
#define EXPRESS_EXP          0x60
#define EXPRESS_MSIX         0xa0
#define EXPRESS_MSIX_VECTORS 8
#define EXPRESS_MSIX_BAR     2
#define EXPRESS_MSIX_TABLE   0x2000

/**
 * Path of a dump: a PCI Express end point 1af4:1050 with BAR0 64-bit memory, BAR2 memory with the
 * MSI-X table, BAR4 I/O ports, MSI with 4 vectors. The caller removes it.
 */
const char *dump_express(void);

#endif
