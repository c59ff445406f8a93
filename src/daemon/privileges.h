/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_PRIVILEGES_H
#define DAEMON_PRIVILEGES_H

/**
 * Gives up all capabilities but those that serving needs: looking at callers (CAP_SYS_PTRACE,
 * CAP_DAC_READ_SEARCH for /proc/TID of other users). For when all nodes are there. Returns 0 or -1.
 */
int privileges_drop(void);

#endif
