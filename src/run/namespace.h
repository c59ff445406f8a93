/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mount namespace for this process and what it starts. It goes with the last of them. */
#ifndef RUN_NAMESPACE_H
#define RUN_NAMESPACE_H

/**
 * Enters a mount namespace of our own, in which mounts may be made that nobody outside sees. Who lacks
 * CAP_SYS_ADMIN gets a user namespace too, in which his ids stay what they are. To be called before
 * there are threads. Returns 0, or a sysexits code after logging what the machine lacks.
 */
int namespace_enter(void);

#endif
