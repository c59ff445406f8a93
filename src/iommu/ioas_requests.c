/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ioctls on an IOAS other than those that map: IOAS_ALLOC, IOVA_RANGES, ALLOW_IOVAS, UNMAP, ... */
#include "iommu/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
request_destroy(struct request *request)
{
	int error = object_destroy(&request->context->objects, request->any.destroy.id);

	if (!error)
		compat_forget(request->context);
	return error;
}

int
request_ioas_alloc(struct request *request)
{
	struct abi_ioas_alloc *alloc = &request->any.ioas_alloc;
	int error = alloc->flags ? -EOPNOTSUPP : ioas_new(request->context, &alloc->out_ioas_id);

	return error ? error : request_answer(request);
}

int
request_iova_ranges(struct request *request)
{
	struct abi_iova_ranges *ranges = &request->any.iova_ranges;
	struct abi_range usable[3];
	unsigned count, room = ranges->num_iovas;
	struct ioas *ioas;

	if (ranges->reserved)
		return -EOPNOTSUPP;
	ioas = ioas_get(request->context, ranges->ioas_id);
	if (!ioas)
		return -ENOENT;
	count = ioas_usable(ioas, usable);
	ranges->out_iova_alignment = ioas_alignment(ioas);
	object_put(&ioas->object);
	ranges->num_iovas = count;
	if (room > count)
		room = count;
	if (room && request->caller->write_memory(request->caller, ranges->allowed_iovas, usable,
						  room * sizeof(*usable)))
		return -EFAULT;
	request->answer = true;
	return count > room ? -EMSGSIZE : 0;
}

static int
compare_ranges(const void *a, const void *b)
{
	const struct abi_range *one = a, *other = b;

	return one->start < other->start ? -1 : one->start > other->start;
}

static int
read_ranges(struct request *request, struct abi_range *range, unsigned count)
{
	const struct abi_allow_iovas *allow = &request->any.allow_iovas;

	if (request->caller->read_memory(request->caller, allow->allowed_iovas, range,
					 count * sizeof(*range)))
		return -EFAULT;
	for (unsigned i = 0; i < count; i++)
		if (range[i].start >= range[i].last)
			return -EINVAL;
	qsort(range, count, sizeof(*range), compare_ranges);
	for (unsigned i = 1; i < count; i++)
		if (range[i].start <= range[i - 1].last)
			return -EINVAL;
	return 0;
}

/* Which list is not in use then, the old or the new one, is left in *range and *count to be freed. */
static int
set_allowed(struct ioas *ioas, struct abi_range **range, unsigned *count)
{
	struct abi_range reserved[2], *old;
	unsigned reserved_count, old_count;
	int error = 0;

	ioas_lock(ioas);
	reserved_count = ioas_reserved(ioas, reserved);
	for (unsigned i = 0; i < *count; i++)
		for (unsigned j = 0; j < reserved_count; j++)
			if ((*range)[i].start <= reserved[j].last &&
			    reserved[j].start <= (*range)[i].last)
				error = -EADDRINUSE;
	if (!error) {
		old = ioas->allowed;
		old_count = ioas->allowed_count;
		ioas->allowed = *range;
		ioas->allowed_count = *count;
		*range = old;
		*count = old_count;
	}
	ioas_unlock(ioas);
	return error;
}

int
request_allow_iovas(struct request *request)
{
	const struct abi_allow_iovas *allow = &request->any.allow_iovas;
	struct user *user = request->context->user;
	struct abi_range *range = NULL;
	unsigned count = allow->num_iovas;
	struct ioas *ioas;
	int error = 0;

	if (allow->reserved)
		return -EOPNOTSUPP;
	ioas = ioas_get(request->context, allow->ioas_id);
	if (!ioas)
		return -ENOENT;
	if (!user_take(user, LIMIT_AREAS, count)) {
		object_put(&ioas->object);
		return -ENOMEM;
	}
	if (count) {
		range = reallocarray(NULL, count, sizeof(*range));
		error = range ? read_ranges(request, range, count) : -ENOMEM;
	}
	if (!error)
		error = set_allowed(ioas, &range, &count);
	object_put(&ioas->object);
	free(range);
	user_give(user, LIMIT_AREAS, count);
	return error;
}

int
request_unmap(struct request *request)
{
	struct abi_unmap *unmap = &request->any.unmap;
	uint64_t first = unmap->iova, last = first + (unmap->length - 1), removed = 0;
	bool all = first == 0 && unmap->length == UINT64_MAX;
	struct ioas *ioas = ioas_get(request->context, unmap->ioas_id);
	int error;

	if (!ioas)
		return -ENOENT;
	if (all)
		error = ioas_unmap(ioas, 0, UINT64_MAX, &removed);
	else if (first == UINT64_MAX || unmap->length == UINT64_MAX)
		error = -EOVERFLOW;
	else if (!unmap->length)
		error = -EINVAL;
	else if (last < first)
		error = -EOVERFLOW;
	else
		error = ioas_unmap(ioas, first, last, &removed);
	object_put(&ioas->object);
	if (!error && !removed && !all)
		error = -ENOENT;
	if (error)
		return error;
	unmap->length = removed;
	return request_answer(request);
}
