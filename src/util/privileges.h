/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capabilities belong to threads: each thread gives up its own. */
#ifndef UTIL_PRIVILEGES_H
#define UTIL_PRIVILEGES_H

#include <stddef.h>

/** For a thread that serves clients: it only has to look at them and take their descriptors. */
#define PRIVILEGES_SERVE CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH

/**
 * The calling thread gives up all capabilities but @a count of @a keep (CAP_* numbers); those that it
 * doesn't have it doesn't get. Returns 0 or -1.
 */
int privileges_keep(const unsigned *keep, size_t count);

#endif
