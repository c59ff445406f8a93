/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One daemon for all tests of a case: starting it takes a second where the machine is emulated. */
#ifndef KERNEL_SERVED_H
#define KERNEL_SERVED_H

#include "daemon.h"

/** Name of the node below /dev. */
#define SERVED_NODE "kernel-test"
/** A second node of the same model, where there is one. */
#define SERVED_OTHER "kernel-test-other"

/** The daemon of the case that runs now. */
extern struct daemon served;

/** Unchecked fixtures that start it. */
void serve_edu(void);
void serve_edu_by_proc(void);     /**< offsets from /proc, whatever VFIOD_OFFSETS says */
void serve_two_edus_by_bpf(void); /**< offsets by eBPF */
void serve_two_edus(void);
void serve_strict(void);  /**< an edu that does nothing before it is bound */
void serve_express(void); /**< a clone with PCI Express, MSI with 4 vectors, MSI-X with 8 */
void serve_vgpu(void);

/** A case whose tests share a daemon, each given @a seconds. Call served_last() at its end. */
TCase *served_case(const char *name, void (*serve)(void), unsigned seconds);

/** Adds the case's last test: the daemon ends when told, and nothing was wrong with it. */
void served_last(TCase *tcase);

/** How many of the shared daemons did not end with exit code 0. */
unsigned served_failures(void);

#endif
