/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "copy.h"
#include "iommu/abi.h"
#include "own_ioctl.h"

#define PAGE 4096u

/* A prime: steps of it visit all mappings, far from each other. */
#define STEP 61843u

struct lookup {
	struct iommu_device device;
	bool device_ready;
	unsigned maps;
	uint64_t at;
};

static enum call_state
handle(void *context, struct call *call)
{
	return iommu_ioctl(context, call);
}

static int
request(struct iommu_context *context, unsigned number, void *argument)
{
	return own_ioctl(handle, context, _IO(ABI_TYPE, number), argument, context);
}

/* All show the same page of one file: reading it needs no system call. */
static bool
make_maps(struct iommu_context *context, uint32_t ioas, unsigned maps)
{
	int fd = memfd_create("vfiod-bench-lookup", MFD_CLOEXEC);
	bool good = fd >= 0 && !ftruncate(fd, PAGE);

	for (uint64_t i = 0; good && i < maps; i++) {
		struct abi_map_file map = {.size = sizeof(map),
					   .flags = ABI_MAP_FIXED | ABI_MAP_READABLE,
					   .ioas_id = ioas,
					   .fd = fd,
					   .length = PAGE,
					   .iova = i * PAGE};

		good = !request(context, ABI_MAP_FILE, &map);
	}
	if (fd >= 0)
		close(fd);
	return good;
}

struct lookup *
lookup_new(struct iommu_context *context, unsigned maps)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	struct abi_ioas_alloc alloc = {.size = sizeof(alloc)};

	if (!lookup)
		return NULL;
	lookup->maps = maps;
	if (!request(context, ABI_IOAS_ALLOC, &alloc) &&
	    make_maps(context, alloc.out_ioas_id, maps)) {
		lookup->device_ready = !iommu_device_init(&lookup->device);
		if (lookup->device_ready && !iommu_bind(&lookup->device, context) &&
		    !iommu_attach(&lookup->device, &alloc.out_ioas_id))
			return lookup;
	}
	perror("bench: an address space with many mappings");
	lookup_free(lookup);
	return NULL;
}

void
lookup_free(struct lookup *lookup)
{
	if (lookup && lookup->device_ready)
		iommu_device_destroy(&lookup->device);
	free(lookup);
}

bool
lookup_call(void *ctx)
{
	struct lookup *lookup = ctx;
	uint32_t value;

	lookup->at = (lookup->at + STEP) % lookup->maps;
	return !iommu_read(&lookup->device, lookup->at * PAGE, &value, sizeof(value));
}

static bool
lookup_block(const struct work *work, unsigned calls, struct samples *samples)
{
	(void)calls;
	return batch(samples, lookup_call, work->ctx);
}

bool
lookup_add(struct plan *plan, struct lookup *lookup)
{
	const char *key = lookup->maps == 1 ? "ioas_lookup_1" : "ioas_lookup_100000";
	const char *title = lookup->maps == 1 ? "DMA 4 B, 1 mapping" : "DMA 4 B, 100,000 mappings";
	struct work *floor, *work;

	plan_group(plan);
	floor = locked_call_add(plan, key, title);
	work = floor ? plan_add(plan, &(struct work){.operation = key,
						     .title = title,
						     .carrier = "in process",
						     .ours = true,
						     .block = lookup_block,
						     .ctx = lookup})
		     : NULL;
	if (work)
		work->against[FLOOR] = floor;
	return work;
}
