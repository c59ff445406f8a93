/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capabilities belong to threads: each thread gives up its own. */
#ifndef UTIL_PRIVILEGES_H
#define UTIL_PRIVILEGES_H

#include <stddef.h>

/**
 * The calling thread gives up all capabilities but @a count of @a keep (CAP_* numbers); those that it
 * doesn't have it doesn't get. Returns 0 or -1.
 */
int privileges_keep(const unsigned *keep, size_t count);

/**
 * For a thread that serves clients: it only has to look at them and take their descriptors, for which
 * it keeps CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH. A thread that has no CAP_SYS_PTRACE keeps all: its
 * right over a client of the same user rests on having all capabilities that the client has
 * (ptrace(2)). Returns 0 or -1.
 */
int privileges_keep_serving(void);

/**
 * For a thread that starts such threads: it keeps what they do and @a count of @a more. Without
 * CAP_SYS_PTRACE it keeps all, as they do. Returns 0 or -1.
 */
int privileges_keep_starting(const unsigned *more, size_t count);

#endif
