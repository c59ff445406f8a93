/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vGPU types of GVT-g, and the integrated GPU that is divided among them: graphics memory below and
 * above the end of the aperture, fences, and ids. Numbers: GVT-g vgpu.c (vgpu_types, the host's share),
 * gvt.h (GVT_MAX_VGPU).
 */
#include "models/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/gvt/gvt.h"

#define MIB         (UINT64_C(1) << 20)

#define HOST_LOW    (128 * MIB)
#define HOST_HIGH   (384 * MIB)
#define HOST_FENCES 4u
#define ALL_FENCES  32u

/* Ids 1 to 7: 0 is GVT-g's idle vGPU. */
#define MAX_VGPUS        7u

#define DEFAULT_APERTURE "1G"
#define DEFAULT_DEVICE   "0x1912"

static const struct vfiod_option host_options[] = {
	{"aperture", "SIZE", "aperture of the GPU: 256M, 512M or 1G (default)"},
	{"device", "ID", "PCI device id: 0x1912 (default), 0x5912, 0x591d or 0x5917"},
	{NULL, NULL, NULL},
};

/* In the order of GVT-g's list, which ends where the aperture is too small for the next. */
static const struct type {
	unsigned share; /* 1/share of the GPU's time; the name's last part */
	uint64_t low, high;
	unsigned fences;
	const char *monitor;
} types[] = {
	{8, 64 * MIB, 384 * MIB, GVT_FENCES, "1024x768"},
	{4, 128 * MIB, 512 * MIB, GVT_FENCES, "1920x1200"},
	{2, 256 * MIB, 1024 * MIB, GVT_FENCES, "1920x1200"},
	{1, 512 * MIB, 2048 * MIB, GVT_FENCES, "1920x1200"},
};

#define NUM_TYPES (sizeof(types) / sizeof(types[0]))

/* GVT-g's scheduler: all shares together are 16. */
#define ALL_WEIGHT 16u

struct type_host {
	uint64_t aperture;
	const struct gvt_id *id;
	struct part {
		const struct type *type; /* NULL: nobody has this id */
		struct gvt_slice low, high;
	} part[MAX_VGPUS];
};

static void
type_name(const struct type *type, char name[32])
{
	snprintf(name, 32, "i915-GVTg_V5_%u", type->share);
}

/* The types that are offered: the first so many. */
static unsigned
num_offered(const struct type_host *host)
{
	unsigned count = 0;

	while (count < NUM_TYPES && types[count].low <= host->aperture - HOST_LOW)
		count++;
	return count;
}

static const struct gvt_slice *
slice_of(const struct part *part, bool high)
{
	return high ? &part->high : &part->low;
}

/* The first free range; false if there is none of that size. */
static bool
find_range(const struct type_host *host, bool high, uint64_t size, struct gvt_slice *range)
{
	uint64_t end = high ? GVT_GM_SIZE : host->aperture;
	bool moved;

	*range = (struct gvt_slice){high ? host->aperture + HOST_HIGH : HOST_LOW, size};
	do {
		moved = false;
		for (unsigned i = 0; i < MAX_VGPUS; i++) {
			const struct gvt_slice *other = slice_of(&host->part[i], high);

			if (host->part[i].type && range->base < other->base + other->size &&
			    other->base < range->base + size) {
				range->base = other->base + other->size;
				moved = true;
			}
		}
	} while (moved);
	return range->base <= end && size <= end - range->base;
}

static int
no_memory(const struct type_host *host, const struct type *type, bool high, char why[TYPES_WHY])
{
	uint64_t left = high ? GVT_GM_SIZE - host->aperture - HOST_HIGH : host->aperture - HOST_LOW;

	for (unsigned i = 0; i < MAX_VGPUS; i++)
		if (host->part[i].type)
			left -= slice_of(&host->part[i], high)->size;
	snprintf(why, TYPES_WHY,
		 "no %llu MiB of %s graphics memory in one piece: %llu MiB are left",
		 (unsigned long long)((high ? type->high : type->low) / MIB),
		 high ? "high (hidden)" : "low (mappable)", (unsigned long long)(left / MIB));
	return -ENOSPC;
}

static int
take_part(struct type_host *host, const struct type *type, unsigned *slot, char why[TYPES_WHY])
{
	struct part part = {.type = type};
	unsigned fences = ALL_FENCES - HOST_FENCES;

	for (*slot = 0; *slot < MAX_VGPUS && host->part[*slot].type;)
		++*slot;
	if (*slot == MAX_VGPUS) {
		snprintf(why, TYPES_WHY, "no vGPU id: all %u are taken", MAX_VGPUS);
		return -ENOSPC;
	}
	if (!find_range(host, false, type->low, &part.low))
		return no_memory(host, type, false, why);
	if (!find_range(host, true, type->high, &part.high))
		return no_memory(host, type, true, why);
	for (unsigned i = 0; i < MAX_VGPUS; i++)
		fences -= host->part[i].type ? host->part[i].type->fences : 0;
	if (type->fences > fences) {
		snprintf(why, TYPES_WHY, "no %u fences: %u are left", type->fences, fences);
		return -ENOSPC;
	}
	host->part[*slot] = part;
	return 0;
}

/* By trial, so that gaps too small for the type don't count. */
static unsigned
available(const struct type_host *host, const struct type *type)
{
	struct type_host trial = *host;
	char why[TYPES_WHY];
	unsigned count = 0, slot;

	while (!take_part(&trial, type, &slot, why))
		count++;
	return count;
}

static struct type_host *
open_host(const struct vfiod_options *options, char why[TYPES_WHY])
{
	const char *aperture = vfiod_option(options, "aperture");
	const char *device = vfiod_option(options, "device");
	const struct gvt_id *id;
	struct type_host *host;
	uint64_t size;

	if (!aperture)
		aperture = DEFAULT_APERTURE;
	if (!device)
		device = DEFAULT_DEVICE;
	if (!gvt_aperture_find(aperture, &size)) {
		snprintf(why, TYPES_WHY, "aperture=%.40s: not 256M, 512M or 1G", aperture);
		return NULL;
	}
	id = gvt_id_find(device);
	if (!id) {
		snprintf(why, TYPES_WHY, "device=%.40s: not one of 0x1912, 0x5912, 0x591d, 0x5917",
			 device);
		return NULL;
	}
	host = calloc(1, sizeof(*host));
	if (!host) {
		snprintf(why, TYPES_WHY, "out of memory");
		return NULL;
	}
	host->aperture = size;
	host->id = id;
	return host;
}

static void
close_host(struct type_host *host)
{
	free(host);
}

static bool
describe(const struct type_host *host, unsigned index, struct type_info *info)
{
	const struct type *type = &types[index];

	if (index >= num_offered(host))
		return false;
	*info = (struct type_info){.api = "vfio-pci", .available = available(host, type)};
	type_name(type, info->name);
	snprintf(info->summary, sizeof(info->summary), "Intel vGPU, %s, %llu MiB", type->monitor,
		 (unsigned long long)((type->low + type->high) / MIB));
	snprintf(info->description, sizeof(info->description),
		 "low_gm_size: %lluMB\nhigh_gm_size: %lluMB\nfence: %u\nresolution: %s\nweight: %u",
		 (unsigned long long)(type->low / MIB), (unsigned long long)(type->high / MIB),
		 type->fences, type->monitor, ALL_WEIGHT / type->share);
	return true;
}

static int
take(struct type_host *host, const char *name, struct type_claim *claim, char why[TYPES_WHY])
{
	const struct type *type = NULL;
	const struct part *part;
	char known[32];
	int error;

	for (unsigned i = 0; i < num_offered(host) && !type; i++) {
		type_name(&types[i], known);
		if (!strcmp(known, name))
			type = &types[i];
	}
	if (!type) {
		snprintf(why, TYPES_WHY, "the host GPU has no type '%.40s'", name);
		return -ENOENT;
	}
	error = take_part(host, type, &claim->slot, why);
	if (error)
		return error;
	part = &host->part[claim->slot];
	snprintf(claim->options, sizeof(claim->options),
		 "device=0x%04x,aperture=0x%llx,low=0x%llx+0x%llx,high=0x%llx+0x%llx,monitor=%s",
		 host->id->device, (unsigned long long)host->aperture,
		 (unsigned long long)part->low.base, (unsigned long long)part->low.size,
		 (unsigned long long)part->high.base, (unsigned long long)part->high.size,
		 type->monitor);
	return 0;
}

static void
give_back(struct type_host *host, const struct type_claim *claim)
{
	host->part[claim->slot].type = NULL;
}

const struct type_source gvt_types = {
	.model = &gvt_model,
	.options = host_options,
	.open = open_host,
	.close = close_host,
	.describe = describe,
	.take = take,
	.give_back = give_back,
};
