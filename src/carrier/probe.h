/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proof, before any device is served, that true offsets can be had on this machine. */
#ifndef CARRIER_PROBE_H
#define CARRIER_PROBE_H

/**
 * Finds a mechanism that recovers offsets, of those that offset_choose() lets it use: for each one makes a
 * node, has a child process read and write there at known offsets in every way that carries one, and
 * compares. The first that is right is used from then on, and named in the log. Returns 0, or a sysexits
 * code after logging what is wrong. Needs all capabilities of the start.
 */
int probe_offsets(void);

#endif
