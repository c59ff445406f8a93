/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu/ioas.h"

#include <errno.h>
#include <stdlib.h>

#include "iommu/hwpt.h"

static void
free_areas(struct iommu_context *context, struct area *area)
{
	while (area) {
		struct area *next = area->next;

		ioas_area_free(context, area);
		area = next;
	}
}

/* Takes out all between two areas, the second included, as a list. Locked. */
static struct area *
take_areas(struct ioas *ioas, struct area *from, const struct area *to)
{
	struct area *list = NULL;

	while (from) {
		struct area *next = from == to ? NULL : areas_next(from);

		areas_remove(&ioas->areas, from);
		from->next = list;
		list = from;
		from = next;
	}
	return list;
}

static void
ioas_free(struct object *object)
{
	struct ioas *ioas = (struct ioas *)object;

	free_areas(ioas->context, take_areas(ioas, areas_from(&ioas->areas, 0), NULL));
	user_give(ioas->context->user, LIMIT_AREAS, ioas->allowed_count);
	areas_destroy(&ioas->areas);
	free(ioas->allowed);
	pthread_mutex_destroy(&ioas->hwpt_lock);
	pthread_rwlock_destroy(&ioas->lock);
	free(ioas);
}

int
ioas_new(struct iommu_context *context, uint32_t *id)
{
	struct ioas *ioas = calloc(1, sizeof(*ioas));
	pthread_rwlockattr_t attributes;
	int error;

	if (!ioas)
		return -ENOMEM;
	ioas->object.kind = OBJECT_IOAS;
	ioas->object.free = ioas_free;
	ioas->context = context;
	areas_init(&ioas->areas);
	pthread_mutex_init(&ioas->hwpt_lock, NULL);
	/* Devices that are always busy must not keep a mapping from being changed. */
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&ioas->lock, &attributes);
	pthread_rwlockattr_destroy(&attributes);
	error = object_add(&context->objects, &ioas->object);
	if (error) {
		ioas_free(&ioas->object);
		return error;
	}
	*id = ioas->object.id;
	object_put(&ioas->object);
	return 0;
}

struct ioas *
ioas_get(struct iommu_context *context, uint32_t id)
{
	return (struct ioas *)object_get_kind(&context->objects, id, OBJECT_IOAS);
}

struct ioas *
ioas_next(struct iommu_context *context, uint32_t *id)
{
	return (struct ioas *)object_next(&context->objects, id, OBJECT_IOAS);
}

void
ioas_lock(struct ioas *ioas)
{
	pthread_rwlock_wrlock(&ioas->lock);
}

void
ioas_unlock(struct ioas *ioas)
{
	pthread_rwlock_unlock(&ioas->lock);
}

unsigned
ioas_reserved(const struct ioas *ioas, struct abi_range reserved[2])
{
	unsigned count = 0;

	if (atomic_load(&ioas->attached))
		reserved[count++] = (struct abi_range){IOAS_MSI_FIRST, IOAS_MSI_LAST};
	if (atomic_load(&ioas->hwpts))
		reserved[count++] = (struct abi_range){IOAS_APERTURE_LAST + 1, UINT64_MAX};
	return count;
}

unsigned
ioas_usable(const struct ioas *ioas, struct abi_range usable[3])
{
	struct abi_range reserved[2];
	unsigned count = ioas_reserved(ioas, reserved), found = 0;
	uint64_t from = 0;

	for (unsigned i = 0; i < count; i++) {
		usable[found++] = (struct abi_range){from, reserved[i].start - 1};
		if (reserved[i].last == UINT64_MAX)
			return found;
		from = reserved[i].last + 1;
	}
	usable[found++] = (struct abi_range){from, UINT64_MAX};
	return found;
}

uint64_t
ioas_alignment(const struct ioas *ioas)
{
	return atomic_load(&ioas->hwpts) || atomic_load(&ioas->small_pages) ? IOAS_PAGE : 1;
}

bool
ioas_can_reserve(const struct ioas *ioas, uint64_t first, uint64_t last)
{
	if (areas_in(&ioas->areas, first, last))
		return false;
	for (unsigned i = 0; i < ioas->allowed_count; i++)
		if (ioas->allowed[i].start <= last && first <= ioas->allowed[i].last)
			return false;
	return true;
}

bool
ioas_is_aligned(const struct ioas *ioas)
{
	if (ioas_alignment(ioas) == IOAS_PAGE)
		return true;
	for (struct area *area = areas_from(&ioas->areas, 0); area; area = areas_next(area))
		if ((area->mapping.first | (area->mapping.last + 1) |
		     area->mapping.source.address) %
		    IOAS_PAGE)
			return false;
	return true;
}

/* The first of reserved ranges and mappings that ends at @a from or later. */
static bool
next_used(const struct ioas *ioas, uint64_t from, struct abi_range *used)
{
	const struct area *area = areas_from(&ioas->areas, from);
	struct abi_range reserved[2];
	unsigned count = ioas_reserved(ioas, reserved);
	bool found = area;

	if (area)
		*used = (struct abi_range){area->mapping.first, area->mapping.last};
	for (unsigned i = 0; i < count; i++)
		if (reserved[i].last >= from && (!found || reserved[i].start < used->start)) {
			*used = reserved[i];
			found = true;
		}
	return found;
}

/* The lowest address in a range that has the alignment and offset and room behind it. */
static bool
fit(struct abi_range range, uint64_t alignment, uint64_t offset, uint64_t length, uint64_t *start)
{
	uint64_t at;

	if (range.last - range.start < length - 1 || range.start > -alignment)
		return false;
	at = ((range.start + (alignment - 1)) & -alignment) | offset;
	if (at > range.last || range.last - at < length - 1)
		return false;
	*start = at;
	return true;
}

/* In a range where addresses may be chosen. */
static bool
choose_in(const struct ioas *ioas, struct abi_range range, uint64_t alignment, uint64_t offset,
	  uint64_t length, uint64_t *start)
{
	for (;;) {
		struct abi_range used = range, hole = range;
		bool more = next_used(ioas, range.start, &used) && used.start <= range.last;

		if (more && used.start <= range.start)
			goto next;
		if (more)
			hole.last = used.start - 1;
		if (fit(hole, alignment, offset, length, start))
			return true;
		if (!more)
			return false;
	next:
		if (used.last >= range.last)
			return false;
		range.start = used.last + 1;
	}
}

static uint64_t
round_up_to_power(uint64_t value)
{
	return value <= 1 ? 1 : UINT64_C(1) << (64 - __builtin_clzll(value - 1));
}

/* Never 0, and with the page offset of what is behind and as much of its alignment as is of use. */
static int
choose(const struct ioas *ioas, struct placement *placement)
{
	struct abi_range all = {IOAS_PAGE, UINT64_MAX - IOAS_PAGE};
	uint64_t address = placement->address, length = placement->length;
	uint64_t offset = address % IOAS_PAGE, alignment;

	if (length >= UINT64_MAX / 2)
		return -EOVERFLOW;
	alignment = round_up_to_power(length);
	if (address && (address & -address) < alignment)
		alignment = address & -address;
	if (alignment < ioas_alignment(ioas))
		return -EINVAL;
	if (!ioas->allowed_count)
		return choose_in(ioas, all, alignment, offset, length, &placement->iova) ? 0
											 : -ENOSPC;
	for (unsigned i = 0; i < ioas->allowed_count; i++) {
		struct abi_range range = ioas->allowed[i];

		if (range.start < all.start)
			range.start = all.start;
		if (range.last > all.last)
			range.last = all.last;
		if (range.start <= range.last &&
		    fit(range, alignment, offset, length, &range.start) &&
		    choose_in(ioas, range, alignment, offset, length, &placement->iova))
			return 0;
	}
	return -ENOSPC;
}

static int
check_fixed(const struct ioas *ioas, const struct placement *placement)
{
	uint64_t first = placement->iova, last = first + (placement->length - 1);
	struct abi_range reserved[2];
	unsigned count = ioas_reserved(ioas, reserved);

	if (first % ioas_alignment(ioas))
		return -EINVAL;
	if (last < first)
		return -EOVERFLOW;
	for (unsigned i = 0; i < count; i++)
		if (reserved[i].start <= last && first <= reserved[i].last)
			return -EINVAL;
	return areas_in(&ioas->areas, first, last) ? -EEXIST : 0;
}

int
ioas_place(const struct ioas *ioas, struct placement *placement)
{
	uint64_t alignment = ioas_alignment(ioas);
	int error;

	if (!placement->length || placement->length % alignment)
		return -EINVAL;
	error = placement->fixed ? check_fixed(ioas, placement) : choose(ioas, placement);
	if (!error && placement->address % IOAS_PAGE % alignment)
		error = -EINVAL;
	return error;
}

int
ioas_use_small_pages(struct ioas *ioas)
{
	int error = 0;

	ioas_lock(ioas);
	if (!ioas->small_pages) {
		if (atomic_load(&ioas->hwpts) && !areas_empty(&ioas->areas))
			error = -EINVAL;
		else if (!ioas_is_aligned(ioas))
			error = -EADDRINUSE;
		else
			ioas->small_pages = true;
	}
	ioas_unlock(ioas);
	return error;
}

struct area *
ioas_area_new(struct iommu_context *context)
{
	struct area *area;

	if (!user_take(context->user, LIMIT_AREAS, 1))
		return NULL;
	area = malloc(sizeof(*area));
	if (area)
		*area = (struct area){.next = NULL};
	else
		user_give(context->user, LIMIT_AREAS, 1);
	return area;
}

void
ioas_area_free(struct iommu_context *context, struct area *area)
{
	source_put(&area->mapping.source);
	free(area);
	user_give(context->user, LIMIT_AREAS, 1);
}

int
ioas_unmap(struct ioas *ioas, uint64_t first, uint64_t last, uint64_t *removed)
{
	struct area *area, *end = NULL, *list = NULL;
	int error = 0;

	*removed = 0;
	ioas_lock(ioas);
	for (area = areas_in(&ioas->areas, first, last); area && area->mapping.first <= last;
	     area = areas_next(area)) {
		if (area->mapping.first < first || area->mapping.last > last) {
			error = -ENOENT;
			break;
		}
		*removed += area_length(area);
		end = area;
	}
	if (end) {
		area = areas_in(&ioas->areas, first, last);
		hwpts_clear_dirty(ioas, area->mapping.first, end->mapping.last);
		list = take_areas(ioas, area, end);
	}
	ioas_unlock(ioas);
	free_areas(ioas->context, list);
	if (list)
		context_trim(ioas->context);
	return error;
}

int
ioas_cut(struct ioas *ioas, uint64_t last)
{
	struct area *area = areas_find(&ioas->areas, last), *rest;
	uint64_t offset;

	/* Like the kernel, which takes a cut behind the very first byte for none. */
	if (!area || last == area->mapping.first || last == area->mapping.last)
		return 0;
	offset = last + 1 - area->mapping.first;
	if ((last + 1) % ioas_alignment(ioas) ||
	    (area->mapping.source.address + offset) % ioas_alignment(ioas))
		return -EINVAL;
	if (atomic_load(&ioas->hwpts) && !ioas->small_pages)
		return -EINVAL;
	rest = ioas_area_new(ioas->context);
	if (!rest)
		return -ENOMEM;
	areas_remove(&ioas->areas, area);
	rest->mapping = area->mapping;
	rest->mapping.first = last + 1;
	rest->mapping.source = source_get(&area->mapping.source, offset);
	area->mapping.last = last;
	areas_insert(&ioas->areas, area);
	areas_insert(&ioas->areas, rest);
	return 0;
}
