/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HWPT_SET_DIRTY_TRACKING and HWPT_GET_DIRTY_BITMAP. */
#include "iommu/request.h"

#include <errno.h>
#include <string.h>

#include "iommu/hwpt.h"

int
request_set_dirty_tracking(struct request *request)
{
	const struct abi_set_dirty_tracking *set = &request->any.set_dirty_tracking;
	bool enable = set->flags & ABI_DIRTY_TRACKING_ENABLE;
	struct iommu_hwpt *hwpt;
	int error = 0;

	if (set->flags & ~ABI_DIRTY_TRACKING_ENABLE)
		return -EOPNOTSUPP;
	hwpt = hwpt_get(request->context, set->hwpt_id);
	if (!hwpt)
		return -ENOENT;
	if (!hwpt->dirty) {
		error = -EOPNOTSUPP;
	} else {
		if (enable)
			dirty_clear_all(hwpt->dirty);
		atomic_store(&hwpt->tracking, enable);
	}
	object_put(&hwpt->object);
	return error;
}

static int
check_range(const struct abi_get_dirty_bitmap *get, uint64_t alignment)
{
	uint64_t last = get->iova + (get->length - 1);

	if (last < get->iova)
		return -EOVERFLOW;
	if ((get->iova | (last + 1)) & (alignment - 1))
		return -EINVAL;
	if (!get->page_size || get->page_size & (get->page_size - 1))
		return -EINVAL;
	return (get->iova | (last + 1)) & (get->page_size - 1) ? -EINVAL : 0;
}

/* A piece of the caller's bitmap, of whole words. */
struct window {
	uint64_t word[64];
	uint64_t first; /* number of its first bit; UINT64_MAX: there is nothing in it */
};

#define WINDOW_BITS (64u * 64u)

struct get {
	struct request *request;
	struct iommu_hwpt *hwpt;
	const struct abi_get_dirty_bitmap *args;
	uint64_t bits; /* there are in the whole bitmap */
	struct window window;
};

/* Whole bytes: where the last word ends behind the bitmap, the caller may have something else. */
static uint64_t
window_address(const struct get *get, size_t *length)
{
	uint64_t bits = get->bits - get->window.first;

	*length = bits < WINDOW_BITS ? (size_t)((bits + 63) / 64 * 8) : WINDOW_BITS / 8;
	return get->args->data + get->window.first / 8;
}

static int
store_window(struct get *get)
{
	struct caller *caller = get->request->caller;
	uint64_t old[64], address;
	size_t length;
	int error;

	if (get->window.first == UINT64_MAX)
		return 0;
	address = window_address(get, &length);
	error = caller->read_memory(caller, address, old, length);
	if (error)
		return error;
	for (size_t i = 0; i < length / 8; i++)
		old[i] |= get->window.word[i];
	return caller->write_memory(caller, address, old, length);
}

static int
set_bit(struct get *get, uint64_t bit)
{
	if (get->window.first == UINT64_MAX || bit - get->window.first >= WINDOW_BITS) {
		int error = store_window(get);

		if (error)
			return error;
		memset(get->window.word, 0, sizeof(get->window.word));
		get->window.first = bit - bit % WINDOW_BITS;
	}
	bit -= get->window.first;
	get->window.word[bit / 64] |= UINT64_C(1) << bit % 64;
	return 0;
}

static int
set_bits(struct get *get, uint64_t first, uint64_t last)
{
	int error = 0;

	for (; !error && first <= last; first++)
		error = set_bit(get, first);
	return error;
}

/* When it has lost count: all bits, as many as fit at a time. */
static int
set_all(struct get *get)
{
	int error = 0;

	memset(get->window.word, 0xff, sizeof(get->window.word));
	for (get->window.first = 0; !error && get->window.first < get->bits;
	     get->window.first += WINDOW_BITS) {
		uint64_t left = get->bits - get->window.first;

		if (left < WINDOW_BITS) {
			memset(get->window.word, 0, sizeof(get->window.word));
			for (uint64_t bit = 0; bit < left; bit++)
				get->window.word[bit / 64] |= UINT64_C(1) << bit % 64;
		}
		error = store_window(get);
	}
	return error;
}

/* What could not be told is not to be forgotten. */
static void
put_back(struct get *get)
{
	const struct abi_get_dirty_bitmap *args = get->args;

	if (get->window.first == UINT64_MAX)
		return;
	for (uint64_t bit = 0; bit < WINDOW_BITS; bit++)
		if (get->window.word[bit / 64] >> bit % 64 & 1) {
			uint64_t iova = args->iova + (get->window.first + bit) * args->page_size;

			dirty_mark(get->hwpt->dirty, iova, iova);
		}
}

static int
collect(struct get *get)
{
	const struct abi_get_dirty_bitmap *args = get->args;
	struct dirty *dirty = get->hwpt->dirty;
	uint64_t last = args->iova + (args->length - 1), from = args->iova, page;
	int error = 0;

	while (!error && from <= last && dirty_next(dirty, from, last, &page)) {
		uint64_t start = page - args->iova;

		if (!(args->flags & ABI_DIRTY_NO_CLEAR))
			dirty_clear(dirty, page, page);
		error = set_bits(get, start / args->page_size,
				 (start + DIRTY_PAGE - 1) / args->page_size);
		if (error)
			dirty_mark(dirty, page, page);
		from = page + DIRTY_PAGE;
	}
	if (!error)
		error = store_window(get);
	if (error)
		put_back(get);
	return error;
}

/* The bitmap must be there even if nothing was written. */
static int
probe(struct request *request, uint64_t address, uint64_t length)
{
	uint8_t byte;

	if (request->caller->read_memory(request->caller, address, &byte, 1) ||
	    request->caller->read_memory(request->caller, address + (length - 1), &byte, 1))
		return -EFAULT;
	return 0;
}

int
request_get_dirty_bitmap(struct request *request)
{
	const struct abi_get_dirty_bitmap *args = &request->any.get_dirty_bitmap;
	struct get get = {.request = request, .args = args, .window = {.first = UINT64_MAX}};
	int error;

	if (args->flags & ~ABI_DIRTY_NO_CLEAR || args->reserved)
		return -EOPNOTSUPP;
	get.hwpt = hwpt_get(request->context, args->hwpt_id);
	if (!get.hwpt)
		return -ENOENT;
	error = check_range(args, ioas_alignment(get.hwpt->ioas));
	if (!error && !get.hwpt->dirty)
		error = -EOPNOTSUPP;
	if (!error) {
		get.bits = args->length / args->page_size;
		error = probe(request, args->data, (get.bits + 7) / 8);
	}
	/* What is not mapped has never been written, and doesn't matter otherwise. */
	if (!error)
		error = dirty_everything(get.hwpt->dirty) ? set_all(&get) : collect(&get);
	object_put(&get.hwpt->object);
	return error;
}
