/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu/areas.h"

#include <stddef.h>
#include <stdlib.h>

#define PAGE_SHIFT 12

/* Slots for each area at least, so that few pages share one. */
#define SLOTS_PER_AREA 2
#define LEAST_SLOTS    64

static int
compare(const struct area *a, const struct area *b)
{
	return a->last < b->last ? -1 : a->last > b->last;
}

RB_PROTOTYPE(area_tree, area, node, compare)
RB_GENERATE(area_tree, area, node, compare)

void
areas_init(struct areas *areas)
{
	*areas = (struct areas){.count = 0};
	RB_INIT(&areas->tree);
}

void
areas_destroy(struct areas *areas)
{
	free(areas->slot);
}

struct area *
areas_from(const struct areas *areas, uint64_t iova)
{
	struct area *area = RB_ROOT(&areas->tree), *found = NULL;

	while (area)
		if (area->last < iova) {
			area = RB_RIGHT(area, node);
		} else {
			found = area;
			area = RB_LEFT(area, node);
		}
	return found;
}

struct area *
areas_next(const struct area *area)
{
	return area_tree_RB_NEXT((struct area *)(uintptr_t)area);
}

static bool
contains(const struct area *area, uint64_t iova)
{
	return area && area->first <= iova && iova <= area->last;
}

static _Atomic(struct area *) *
slot_of(const struct areas *areas, uint64_t iova)
{
	return &areas->slot[(iova >> PAGE_SHIFT) & (areas->slots - 1)];
}

static void
remember(_Atomic(struct area *) *slot, struct area *area)
{
	atomic_store_explicit(slot, area, memory_order_relaxed);
}

struct area *
areas_find(const struct areas *areas, uint64_t iova)
{
	_Atomic(struct area *) *slot = NULL;
	struct area *area;

	if (areas->slots) {
		slot = slot_of(areas, iova);
		area = atomic_load_explicit(slot, memory_order_relaxed);
		if (contains(area, iova))
			return area;
	}
	area = areas_from(areas, iova);
	if (!contains(area, iova))
		return NULL;
	if (slot)
		remember(slot, area);
	return area;
}

struct area *
areas_in(const struct areas *areas, uint64_t first, uint64_t last)
{
	struct area *area = areas_from(areas, first);

	return area && area->first <= last ? area : NULL;
}

/* Without memory for it look-ups are slower, and that is all. */
static void
make_table(struct areas *areas)
{
	unsigned slots = areas->slots ? areas->slots : LEAST_SLOTS;
	_Atomic(struct area *) *slot;
	struct area *area;

	while (slots < areas->count * SLOTS_PER_AREA)
		slots *= 2;
	if (slots == areas->slots)
		return;
	slot = calloc(slots, sizeof(*slot));
	if (!slot)
		return;
	free(areas->slot);
	areas->slot = slot;
	areas->slots = slots;
	RB_FOREACH(area, area_tree, &areas->tree)
		remember(slot_of(areas, area->first), area);
}

void
areas_insert(struct areas *areas, struct area *area)
{
	RB_INSERT(area_tree, &areas->tree, area);
	areas->count++;
	make_table(areas);
	if (areas->slots)
		remember(slot_of(areas, area->first), area);
}

static void
forget(struct areas *areas, const struct area *area)
{
	uint64_t pages = (area->last >> PAGE_SHIFT) - (area->first >> PAGE_SHIFT) + 1;
	uint64_t iova = area->first;

	if (pages > areas->slots)
		pages = areas->slots;
	for (; pages; pages--, iova += UINT64_C(1) << PAGE_SHIFT) {
		_Atomic(struct area *) *slot = slot_of(areas, iova);

		if (atomic_load_explicit(slot, memory_order_relaxed) == area)
			remember(slot, NULL);
	}
}

void
areas_remove(struct areas *areas, struct area *area)
{
	forget(areas, area);
	RB_REMOVE(area_tree, &areas->tree, area);
	areas->count--;
	if (!areas->count) {
		free(areas->slot);
		areas->slot = NULL;
		areas->slots = 0;
	}
}
