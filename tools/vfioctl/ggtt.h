/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the verb ggtt, which finds the table and changes it, and ggtt-show.c, which prints it.
 *
 * The table is the upper half of BAR0: 8 bytes for each 4 KiB page of graphics memory (GM). Bit 0
 * of an entry says present, bits 45:12 are the page's bus address.
 */
#ifndef VFIOCTL_GGTT_H
#define VFIOCTL_GGTT_H

#include "vfioctl.h"

#define TABLE_OFFSET 0x800000u /* in BAR0 */
#define PAGE_SHIFT   12u
#define PAGE_SIZE    (1u << PAGE_SHIFT)
#define PTE_SIZE     8u
#define PTE_PRESENT  UINT64_C(1)
#define PTE_ADDRESS  UINT64_C(0x3ffffffff000) /* bits 45:12 */

#define CHUNK_PTES   (CHUNK_SIZE / PTE_SIZE)

struct ggtt_options {
	bool all;
	bool json;
	const char *range;
};

struct ggtt {
	struct device dev;
	struct region bar0;
	uint64_t pages;
};

/** Pages of graphics memory: those with numbers first to first + pages - 1. */
struct span {
	uint64_t first;
	uint64_t pages;
};

/** Prints entries, as the options say. */
int ggtt_show(const struct ggtt *ggtt, const struct span *span, const struct ggtt_options *options);

/** Where in BAR0 a page's entry is. */
static inline uint64_t
ggtt_position(uint64_t page)
{
	return TABLE_OFFSET + page * PTE_SIZE;
}

#endif
