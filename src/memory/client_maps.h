/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process has mapped where, from /proc/PID/maps. */
#ifndef MEMORY_CLIENT_MAPS_H
#define MEMORY_CLIENT_MAPS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** What is kept open from one check to the next, for one address space; all zeros at first. */
struct client_maps {
	atomic_int fd; /**< its /proc/PID/maps, plus 1; 0: not open */
};

/**
 * Whether all of [first, last] is mapped readable (or, if @a write, writable) and nothing of it is of a
 * file system that @a refused (may be NULL) names. 0 or -EFAULT; 0 also when the process doesn't tell.
 */
int client_maps_check(struct client_maps *maps, pid_t process, uint64_t first, uint64_t last,
		      bool write, bool (*refused)(dev_t device));
void client_maps_close(struct client_maps *maps);

#endif
