/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mappings of an I/O address space, by IOVA. They never overlap and are never merged. Guarded by the
 * owner's lock; what only looks may run in many threads at once.
 *
 * A tree finds them in any order. Since each step down it may be a cache miss, a table remembers which
 * mapping a page was in, as the TLB of a real IOMMU does: with 100,000 mappings that is one miss instead
 * of seventeen.
 */
#ifndef IOMMU_AREAS_H
#define IOMMU_AREAS_H

#include <bsd/sys/tree.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "iommu/source.h"

/** What an access needs to know. */
struct mapping {
	uint64_t first, last; /**< IOVA, both inclusive */
	struct source source;
	bool readable, writable; /**< by the device */
};

struct area {
	struct mapping mapping;
	RB_ENTRY(area) node;
	struct area *next; /**< in a list of those that have been taken out */
};

RB_HEAD(area_tree, area);

struct areas {
	struct area_tree tree;
	unsigned count;
	unsigned slots;         /**< a power of two, or 0: there is no table */
	struct area_slot *slot; /**< by page number modulo slots */
};

void areas_init(struct areas *areas);
/** There must be none left. */
void areas_destroy(struct areas *areas);

static inline bool
areas_empty(const struct areas *areas)
{
	return !areas->count;
}

/** A copy of the mapping that contains @a iova; false if there is none. */
bool areas_look_up(const struct areas *areas, uint64_t iova, struct mapping *mapping);

/** The first area that ends at @a iova or later; NULL if there is none. */
struct area *areas_from(const struct areas *areas, uint64_t iova);
/** The next higher one. */
struct area *areas_next(const struct area *area);
/** The area that contains @a iova, or NULL. */
struct area *areas_find(const struct areas *areas, uint64_t iova);
/** The first area that has a part in [first, last], or NULL. */
struct area *areas_in(const struct areas *areas, uint64_t first, uint64_t last);

/** It must not overlap any other. */
void areas_insert(struct areas *areas, struct area *area);
void areas_remove(struct areas *areas, struct area *area);

static inline uint64_t
area_length(const struct area *area)
{
	return area->mapping.last - area->mapping.first + 1;
}

#endif
