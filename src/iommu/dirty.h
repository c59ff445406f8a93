/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which 4 KiB pages of a 48-bit I/O address space a device has written: a sparse bitmap that grows with
 * what is written. Any thread, without locks. When there is no memory for more, everything counts as
 * written from then on until dirty_clear_all().
 */
#ifndef IOMMU_DIRTY_H
#define IOMMU_DIRTY_H

#include <stdbool.h>
#include <stdint.h>

#include "iommu/limits.h"

#define DIRTY_PAGE UINT64_C(4096)

struct dirty;

/** NULL: out of memory. What it grows by is taken off the user's share. */
struct dirty *dirty_new(struct user *user);
void dirty_free(struct dirty *dirty);

/** Both ends inclusive, below 2^48. */
void dirty_mark(struct dirty *dirty, uint64_t first, uint64_t last);
void dirty_clear(struct dirty *dirty, uint64_t first, uint64_t last);
void dirty_clear_all(struct dirty *dirty);

/** Whether it has lost count: then all pages are written ones. */
bool dirty_everything(const struct dirty *dirty);

/** The first written page at or above @a from (a multiple of 4096) and not above @a last. */
bool dirty_next(const struct dirty *dirty, uint64_t from, uint64_t last, uint64_t *page);

#endif
