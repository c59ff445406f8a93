/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOAS_MAP, IOAS_MAP_FILE and IOAS_COPY: new mappings. */
#include "iommu/request.h"

#include <errno.h>
#include <stdlib.h>

#include "iommu/refused.h"

/* Makes a mapping; the source's reference is the area's then, and remains the caller's on failure. */
static int
insert(struct ioas *ioas, const struct source *source, uint32_t flags, struct placement *placement)
{
	struct area *area = ioas_area_new(ioas->context);
	int error;

	if (!area)
		return -ENOMEM;
	ioas_lock(ioas);
	error = ioas_place(ioas, placement);
	if (!error) {
		area->mapping = (struct mapping){
			.first = placement->iova,
			.last = placement->iova + (placement->length - 1),
			.source = *source,
			.readable = flags & ABI_MAP_READABLE,
			.writable = flags & ABI_MAP_WRITEABLE,
		};
		areas_insert(&ioas->areas, area);
	}
	ioas_unlock(ioas);
	if (error) {
		user_give(ioas->context->user, LIMIT_AREAS, 1);
		free(area);
	}
	return error;
}

/* What insert() would say now; a place that is chosen is not kept. */
static int
try_placement(struct ioas *ioas, struct placement placement)
{
	int error;

	ioas_lock(ioas);
	error = ioas_place(ioas, &placement);
	ioas_unlock(ioas);
	return error;
}

int
map_memory(struct ioas *ioas, struct caller *caller, uint32_t flags, uint64_t address,
	   uint64_t length, uint64_t *iova)
{
	struct placement placement = {.fixed = flags & ABI_MAP_FIXED,
				      .iova = *iova,
				      .length = length,
				      .address = address};
	struct source source = {.address = address, .writable = flags & ABI_MAP_WRITEABLE};
	int error;

	if (address + length < address)
		return -EOVERFLOW;
	if (!length || length > UINT64_MAX - IOAS_PAGE)
		return -EINVAL;
	error = context_memory(ioas->context, caller, &source.memory);
	if (error)
		return error;
	/* For hardware the pages would be pinned; otherwise they are not looked at before DMA. */
	if (atomic_load(&ioas->hwpts)) {
		error = try_placement(ioas, placement);
		if (!error)
			error = client_memory_check(source.memory, address, length,
						    flags & ABI_MAP_WRITEABLE, refused_filter());
	}
	if (!error)
		error = insert(ioas, &source, flags, &placement);
	if (error)
		source_put(&source);
	else
		*iova = placement.iova;
	return error;
}

/* Checks that MAP, MAP_FILE and COPY share; @a b: a second address or 0. */
static int
check_flags(uint32_t flags, uint64_t length, uint64_t a, uint64_t b)
{
	if (flags & ~ABI_MAP_FLAGS)
		return -EOPNOTSUPP;
	if (length == UINT64_MAX || a == UINT64_MAX || b == UINT64_MAX)
		return -EOVERFLOW;
	return flags & (ABI_MAP_WRITEABLE | ABI_MAP_READABLE) ? 0 : -EINVAL;
}

int
request_map(struct request *request)
{
	struct abi_map *map = &request->any.map;
	struct ioas *ioas;
	int error =
		map->reserved ? -EOPNOTSUPP : check_flags(map->flags, map->length, map->iova, 0);

	if (error)
		return error;
	ioas = ioas_get(request->context, map->ioas_id);
	if (!ioas)
		return -ENOENT;
	error = map_memory(ioas, request->caller, map->flags, map->user_va, map->length,
			   &map->iova);
	object_put(&ioas->object);
	return error ? error : request_answer(request);
}

static int
map_file(struct ioas *ioas, struct request *request)
{
	struct abi_map_file *map = &request->any.map_file;
	struct placement placement = {.fixed = map->flags & ABI_MAP_FIXED,
				      .iova = map->iova,
				      .length = map->length,
				      .address = map->start};
	struct source source = {.address = map->start, .writable = map->flags & ABI_MAP_WRITEABLE};
	uint64_t size;
	int error;

	if (!map->length)
		return -EINVAL;
	if (map->start + (map->length - 1) < map->start)
		return -EOVERFLOW;
	error = context_file(ioas->context, request->caller, map->fd,
			     map->flags & ABI_MAP_WRITEABLE, &source.file);
	if (error)
		return error;
	size = client_file_size(source.file);
	error = map->start > size || map->length > size - map->start ? -EINVAL : 0;
	if (!error)
		error = insert(ioas, &source, map->flags, &placement);
	if (error) {
		source_put(&source);
		context_trim(ioas->context);
		return error;
	}
	map->iova = placement.iova;
	return request_answer(request);
}

int
request_map_file(struct request *request)
{
	const struct abi_map_file *map = &request->any.map_file;
	struct ioas *ioas;
	int error = check_flags(map->flags, map->length, map->iova, 0);

	if (error)
		return error;
	ioas = ioas_get(request->context, map->ioas_id);
	if (!ioas)
		return -ENOENT;
	error = map_file(ioas, request);
	object_put(&ioas->object);
	return error;
}

static void
free_pieces(struct iommu_context *context, struct area *list)
{
	while (list) {
		struct area *next = list->next;

		ioas_area_free(context, list);
		list = next;
	}
}

/* Lists what is mapped in [first, last] piece by piece; all of it must be. Locked. */
static int
collect(struct ioas *ioas, uint64_t first, uint64_t last, struct area **end)
{
	struct area *area = areas_find(&ioas->areas, first);

	for (;;) {
		struct area *piece;

		if (!area || area->mapping.first > first)
			return -ENOENT;
		piece = ioas_area_new(ioas->context);
		if (!piece)
			return -ENOMEM;
		piece->mapping.first = first;
		piece->mapping.last = area->mapping.last < last ? area->mapping.last : last;
		piece->mapping.source =
			source_get(&area->mapping.source, first - area->mapping.first);
		*end = piece;
		end = &piece->next;
		if (area->mapping.last >= last)
			return 0;
		first = area->mapping.last + 1;
		area = areas_next(area);
	}
}

/* Pieces of the mappings of another IOAS, or of the same. */
static int
copy_from(struct iommu_context *context, const struct abi_copy *copy, struct area **list)
{
	uint64_t last = copy->src_iova + (copy->length - 1);
	struct ioas *ioas = ioas_get(context, copy->src_ioas_id);
	int error;

	if (!ioas)
		return -ENOENT;
	if (!copy->length) {
		error = -EINVAL;
	} else if (last < copy->src_iova) {
		error = -EOVERFLOW;
	} else {
		ioas_lock(ioas);
		error = collect(ioas, copy->src_iova, last, list);
		ioas_unlock(ioas);
	}
	object_put(&ioas->object);
	return error;
}

/* The pieces become mappings at an address, all or none. Locked. */
static int
insert_all(struct ioas *ioas, uint32_t flags, struct placement *placement, struct area *list)
{
	int error = ioas_place(ioas, placement);
	uint64_t alignment = ioas_alignment(ioas), iova = placement->iova;

	for (const struct area *area = list; area && !error; area = area->next)
		if (flags & ABI_MAP_WRITEABLE && !area->mapping.source.writable)
			error = -EPERM;
		else if (area->mapping.source.address % IOAS_PAGE % alignment)
			error = -EINVAL;
	if (error)
		return error;
	for (struct area *area = list, *next; area; area = next) {
		uint64_t length = area_length(area);

		next = area->next;
		area->mapping.first = iova;
		area->mapping.last = iova + (length - 1);
		area->mapping.readable = flags & ABI_MAP_READABLE;
		area->mapping.writable = flags & ABI_MAP_WRITEABLE;
		iova += length;
		areas_insert(&ioas->areas, area);
	}
	return 0;
}

static int
check_pieces(const struct area *list, bool write)
{
	int error = 0;

	for (; list && !error; list = list->next)
		if (list->mapping.source.memory)
			error = client_memory_check(list->mapping.source.memory,
						    list->mapping.source.address, area_length(list),
						    write, refused_filter());
	return error;
}

int
request_copy(struct request *request)
{
	struct abi_copy *copy = &request->any.copy;
	struct placement placement = {.fixed = copy->flags & ABI_MAP_FIXED,
				      .iova = copy->dst_iova,
				      .length = copy->length};
	struct area *list = NULL;
	struct ioas *ioas = NULL;
	int error = check_flags(copy->flags, copy->length, copy->src_iova, copy->dst_iova);

	if (error)
		return error;
	error = copy_from(request->context, copy, &list);
	if (!error) {
		placement.address = list->mapping.source.address;
		ioas = ioas_get(request->context, copy->dst_ioas_id);
		if (!ioas)
			error = -ENOENT;
	}
	if (!error && atomic_load(&ioas->hwpts)) {
		error = try_placement(ioas, placement);
		if (!error)
			error = check_pieces(list, copy->flags & ABI_MAP_WRITEABLE);
	}
	if (!error) {
		ioas_lock(ioas);
		error = insert_all(ioas, copy->flags, &placement, list);
		ioas_unlock(ioas);
	}
	if (error)
		free_pieces(request->context, list);
	if (ioas)
		object_put(&ioas->object);
	if (error)
		return error;
	copy->dst_iova = placement.iova;
	return request_answer(request);
}
