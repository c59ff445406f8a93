/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MEMORY_LIMITED_FILE_H
#define MEMORY_LIMITED_FILE_H

#include <stdint.h>

/**
 * A sparse file of @a size bytes in memory that never takes more than @a limit bytes of it, a multiple of
 * the page size and not 0: it is alone on a file system of its own, without a name. Where the limit is
 * reached, touching another hole of a mapping raises SIGBUS. For files in whose holes others may write.
 *
 * Returns a descriptor, or a negative errno: -EPERM without the right to mount.
 */
int limited_file(uint64_t size, uint64_t limit);

#endif
