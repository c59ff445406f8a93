/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu/areas.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE_SHIFT  12

#define LEAST_SLOTS 16u
#define LINE        64u
#define HUGE_PAGE   (UINT64_C(2) << 20)

#define WORDS       (sizeof(struct mapping) / sizeof(uint64_t))

_Static_assert(sizeof(struct mapping) % sizeof(uint64_t) == 0, "is copied by words");

/*
 * One line of the processor's cache. Those who look may fill it, several at once: the version is odd while
 * one does so, and changes each time. A mapping whose last is below its first is none.
 */
struct area_slot {
	_Alignas(LINE) _Atomic uint64_t version;
	_Atomic uint64_t word[WORDS];
};

_Static_assert(sizeof(struct area_slot) == LINE, "a line");

static int
compare(const struct area *a, const struct area *b)
{
	return a->mapping.last < b->mapping.last ? -1 : a->mapping.last > b->mapping.last;
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
		if (area->mapping.last < iova) {
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
contains(const struct mapping *mapping, uint64_t iova)
{
	return mapping->first <= iova && iova <= mapping->last;
}

static struct area_slot *
slot_of(const struct areas *areas, uint64_t iova)
{
	return &areas->slot[(iova >> PAGE_SHIFT) & (areas->slots - 1)];
}

static bool
slot_read(const struct area_slot *slot, struct mapping *mapping)
{
	uint64_t version = atomic_load_explicit(&slot->version, memory_order_acquire), word[WORDS];

	for (unsigned i = 0; i < WORDS; i++)
		word[i] = atomic_load_explicit(&slot->word[i], memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	memcpy(mapping, word, sizeof(*mapping));
	return version % 2 == 0 &&
	       version == atomic_load_explicit(&slot->version, memory_order_relaxed);
}

static void
slot_write(struct area_slot *slot, const struct mapping *mapping)
{
	uint64_t version = atomic_load_explicit(&slot->version, memory_order_relaxed), word[WORDS];

	/* If somebody else is at it, let him. */
	if (version % 2 ||
	    !atomic_compare_exchange_strong_explicit(&slot->version, &version, version + 1,
						     memory_order_acquire, memory_order_relaxed))
		return;
	atomic_thread_fence(memory_order_release);
	memcpy(word, mapping, sizeof(*mapping));
	for (unsigned i = 0; i < WORDS; i++)
		atomic_store_explicit(&slot->word[i], word[i], memory_order_relaxed);
	atomic_store_explicit(&slot->version, version + 2, memory_order_release);
}

bool
areas_look_up(const struct areas *areas, uint64_t iova, struct mapping *mapping)
{
	struct area_slot *slot = areas->slots ? slot_of(areas, iova) : NULL;
	const struct area *area;

	if (slot && slot_read(slot, mapping) && contains(mapping, iova))
		return true;
	area = areas_find(areas, iova);
	if (!area)
		return false;
	*mapping = area->mapping;
	if (slot)
		slot_write(slot, mapping);
	return true;
}

struct area *
areas_find(const struct areas *areas, uint64_t iova)
{
	struct area *area = areas_from(areas, iova);

	return area && contains(&area->mapping, iova) ? area : NULL;
}

struct area *
areas_in(const struct areas *areas, uint64_t first, uint64_t last)
{
	struct area *area = areas_from(areas, first);

	return area && area->mapping.first <= last ? area : NULL;
}

static const struct mapping nothing = {.first = 1};

static struct area_slot *
new_slots(unsigned count)
{
	size_t size = count * sizeof(struct area_slot);
	struct area_slot *slot = aligned_alloc(size < HUGE_PAGE ? LINE : HUGE_PAGE, size);

	if (!slot)
		return NULL;
	/* Else each look-up would miss in the processor's TLB as well. */
	if (size >= HUGE_PAGE)
		madvise(slot, size, MADV_HUGEPAGE);
	memset(slot, 0, size);
	for (unsigned i = 0; i < count; i++)
		slot_write(&slot[i], &nothing);
	return slot;
}

/* Without memory for it look-ups are slower, and that is all. */
static void
make_table(struct areas *areas)
{
	unsigned slots = areas->slots ? areas->slots : LEAST_SLOTS;
	struct area_slot *slot;
	struct area *area;

	while (slots < areas->count)
		slots *= 2;
	if (slots == areas->slots)
		return;
	slot = new_slots(slots);
	if (!slot)
		return;
	free(areas->slot);
	areas->slot = slot;
	areas->slots = slots;
	for (area = areas_from(areas, 0); area; area = areas_next(area))
		slot_write(slot_of(areas, area->mapping.first), &area->mapping);
}

void
areas_insert(struct areas *areas, struct area *area)
{
	RB_INSERT(area_tree, &areas->tree, area);
	areas->count++;
	make_table(areas);
	if (areas->slots)
		slot_write(slot_of(areas, area->mapping.first), &area->mapping);
}

static void
forget(struct areas *areas, const struct area *area)
{
	uint64_t first = area->mapping.first, last = area->mapping.last;
	uint64_t pages = (last >> PAGE_SHIFT) - (first >> PAGE_SHIFT) + 1;

	if (pages > areas->slots)
		pages = areas->slots;
	for (uint64_t i = 0; i < pages; i++) {
		struct area_slot *slot = slot_of(areas, first + (i << PAGE_SHIFT));
		struct mapping mapping;

		if (slot_read(slot, &mapping) && mapping.first == first)
			slot_write(slot, &nothing);
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
