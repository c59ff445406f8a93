/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest memory whose physical addresses are known, for a device to read and write. */
#ifndef TESTS_GUEST_MEMORY_H
#define TESTS_GUEST_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define PAGE 4096u

/** Pages that are next to each other for the program and anywhere in physical memory. */
struct pages {
	uint8_t *bytes;
	size_t count;
	uint64_t *physical; /**< the address of each page */
};

/** Locked pages of zeros; gives up if there are none. */
struct pages pages_new(size_t count);

/** The same, all below a physical address, for a device that has no more address lines. */
struct pages pages_below(uint64_t limit, size_t count);

/** How many pages the kernel has moved since they were taken: for them a check means nothing. */
size_t pages_moved(const struct pages *pages);

/** The next number of a sequence that depends on the first *seed only. */
uint64_t next_random(uint64_t *seed);

/** Fills memory with such a sequence. */
void fill(void *bytes, size_t length, uint64_t seed);

#endif
