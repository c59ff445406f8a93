/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proof, before any device is served, that true offsets can be had on this machine. */
#ifndef CARRIER_PROBE_H
#define CARRIER_PROBE_H

/**
 * Makes a node of its own, has a child process read and write there at known offsets in every way that
 * carries one, and compares. Returns 0, or a sysexits code after logging what is wrong.
 */
int probe_offsets(void);

#endif
