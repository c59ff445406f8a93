// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds regions, by index or by name, and moves bytes in and out of them.
 *
 * Where a region starts in the file is what VFIO_DEVICE_GET_REGION_INFO says. That it is index <<
 * 40 with most drivers is their business.
 */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vfiod/device.h"
#include "vfioctl.h"

/* VFIO_PCI_*_REGION_INDEX */
static const char *const pci_names[VFIO_PCI_NUM_REGIONS] = {
	"BAR0", "BAR1", "BAR2", "BAR3", "BAR4", "BAR5", "ROM", "CONFIG", "VGA",
};

#define PCI_VENDOR_TYPE(vendor) ((uint32_t)VFIO_REGION_TYPE_PCI_VENDOR_TYPE | (vendor))

/** Device-specific regions: which one it is stands in the TYPE capability. */
static const struct known_type {
	uint32_t type;
	uint32_t subtype;
	const char *name; /**< on the command line, or NULL */
	const char *meaning;
} known_types[] = {
	{PCI_VENDOR_TYPE(0x8086), 1, "OPREGION", "Intel OpRegion"},
	{PCI_VENDOR_TYPE(0x8086), 2, NULL, "Intel host bridge config"},
	{PCI_VENDOR_TYPE(0x8086), 3, NULL, "Intel LPC bridge config"},
	{VFIO_REGION_TYPE_GFX, VFIO_REGION_SUBTYPE_GFX_EDID, "EDID", "EDID"},
	{VFIO_REGION_TYPE_MIGRATION_DEPRECATED, 1, NULL, "migration (deprecated)"},
	{VFIOD_REGION_TYPE, VFIOD_REGION_SUBTYPE_SYSTEM_MEMORY, "MEMORY", "system memory"},
	{VFIOD_REGION_TYPE, VFIOD_REGION_SUBTYPE_FRAMEBUFFER, "FRAMEBUFFER", "primary plane"},
	{VFIOD_REGION_TYPE, VFIOD_REGION_SUBTYPE_CURSOR, "CURSOR", "cursor plane"},
};

#define NUM_KNOWN_TYPES (sizeof(known_types) / sizeof(known_types[0]))

static const struct known_type *
known_type(uint32_t type, uint32_t subtype)
{
	for (size_t i = 0; i < NUM_KNOWN_TYPES; i++)
		if (known_types[i].type == type && known_types[i].subtype == subtype)
			return &known_types[i];
	return NULL;
}

const char *
region_type_meaning(uint32_t type, uint32_t subtype)
{
	const struct known_type *known = known_type(type, subtype);

	return known ? known->meaning : NULL;
}

const struct vfio_region_info_cap_type *
region_type(const struct region *region)
{
	const struct vfio_region_info *info = region->info;
	const struct vfio_info_cap_header *cap;

	if (!(info->flags & VFIO_REGION_INFO_FLAG_CAPS))
		return NULL;
	for (cap = cap_at(info, info->argsz, info->cap_offset); cap;
	     cap = cap_next(info, info->argsz, cap))
		if (cap->id == VFIO_REGION_INFO_CAP_TYPE &&
		    cap_room(info, info->argsz, cap) >= sizeof(struct vfio_region_info_cap_type))
			return (const void *)cap;
	return NULL;
}

static void
name_region(const struct device *dev, uint32_t index, struct region *region)
{
	const struct vfio_region_info_cap_type *type;
	const struct known_type *known;

	snprintf(region->name, sizeof(region->name), "REGION%u", index);
	if (!device_is_pci(dev))
		return;
	if (index < VFIO_PCI_NUM_REGIONS) {
		snprintf(region->name, sizeof(region->name), "%s", pci_names[index]);
		return;
	}
	type = region->info ? region_type(region) : NULL;
	known = type ? known_type(type->type, type->subtype) : NULL;
	if (known && known->name)
		snprintf(region->name, sizeof(region->name), "%s", known->name);
}

int
region_get(const struct device *dev, uint32_t index, struct region *region)
{
	int error = 0;

	region->info =
		device_query(dev->fd, VFIO_DEVICE_GET_REGION_INFO, sizeof(*region->info), index);
	if (!region->info)
		error = errno;
	name_region(dev, index, region);
	return error;
}

int
region_open(const struct call *call, struct device *dev, struct region *region)
{
	int status = device_open(dev, call);

	region->info = NULL;
	return status ? status : region_find(dev, call->argv[0], region);
}

void
region_close(struct device *dev, struct region *region)
{
	region_release(region);
	device_close(dev);
}

void
region_release(struct region *region)
{
	free(region->info);
	region->info = NULL;
}

static int
find_by_index(const struct device *dev, uint32_t index, struct region *region)
{
	int error = region_get(dev, index, region);

	if (error) {
		warnx("%s: region %s: %s", dev->path, region->name, strerror(error));
		return EX_DEVICE;
	}
	return EX_OK;
}

static bool
is_region_name(const char *text)
{
	for (size_t i = 0; i < VFIO_PCI_NUM_REGIONS; i++)
		if (strcasecmp(pci_names[i], text) == 0)
			return true;
	for (size_t i = 0; i < NUM_KNOWN_TYPES; i++)
		if (known_types[i].name && strcasecmp(known_types[i].name, text) == 0)
			return true;
	return false;
}

int
region_find(const struct device *dev, const char *text, struct region *region)
{
	uint64_t number;

	region->info = NULL;
	if (strncasecmp(text, "region", 6) == 0)
		text += 6; /* the name that info gives a region it doesn't know */
	if (parse_number(text, &number) && number <= UINT32_MAX)
		return find_by_index(dev, (uint32_t)number, region);
	if (!is_region_name(text)) {
		warnx("no such region: %s (a number, bar0 to bar5, rom, config, vga, opregion, "
		      "edid, memory, framebuffer or cursor)",
		      text);
		return EX_USAGE;
	}
	for (uint32_t i = 0; i < dev->info->num_regions; i++) {
		if (i < VFIO_PCI_NUM_REGIONS && device_is_pci(dev)) {
			/* A refusal of this one is worth its errno. */
			if (strcasecmp(pci_names[i], text) == 0)
				return find_by_index(dev, i, region);
			continue;
		}
		if (region_get(dev, i, region) == 0 && strcasecmp(region->name, text) == 0)
			return EX_OK;
		region_release(region);
	}
	warnx("%s: has no region %s", dev->path, text);
	return EX_DEVICE;
}

/*
 * A position behind the region's end is the device's to refuse, and how it does so may be what the
 * user wants to see. Unless it is inside another region: that one would answer.
 */
static bool
is_elsewhere(const struct device *dev, const struct region *region, uint64_t position)
{
	bool found = false;

	if (position - region->info->offset < region->info->size)
		return false;
	for (uint32_t i = 0; i < dev->info->num_regions && !found; i++) {
		struct region other;

		if (i == region->info->index || region_get(dev, i, &other) != 0)
			continue;
		found = position >= other.info->offset &&
			position - other.info->offset < other.info->size;
		region_release(&other);
	}
	return found;
}

enum direction {
	READ,
	WRITE,
};

static void
complain(const struct device *dev, const struct region *region, enum direction direction,
	 uint64_t offset, size_t length, const char *why)
{
	warnx("%s: %s of %zu byte%s at %s+0x%jx: %s", dev->path,
	      direction == WRITE ? "write" : "read", length, length == 1 ? "" : "s", region->name,
	      (uintmax_t)offset, why);
}

/** One system call. Returns the bytes it moved, at least one, or -1 after a message. */
static ssize_t
transfer(const struct device *dev, const struct region *region, enum direction direction,
	 uint64_t offset, void *data, size_t length)
{
	uint64_t position = region->info->offset + offset;
	ssize_t done;

	if (position < offset || position > INT64_MAX - length) {
		complain(dev, region, direction, offset, length, strerror(EOVERFLOW));
		return -1;
	}
	if (is_elsewhere(dev, region, position)) {
		complain(dev, region, direction, offset, length, "that is in another region");
		return -1;
	}
	do {
		if (direction == WRITE)
			done = pwrite(dev->fd, data, length, (off_t)position);
		else
			done = pread(dev->fd, data, length, (off_t)position);
	} while (done < 0 && errno == EINTR);

	if (done < 0)
		complain(dev, region, direction, offset, length, strerror(errno));
	else if (done == 0)
		complain(dev, region, direction, offset, length, "the device moved no bytes");
	return done > 0 ? done : -1;
}

static int
transfer_once(const struct device *dev, const struct region *region, enum direction direction,
	      uint64_t offset, void *data, size_t length)
{
	ssize_t done = transfer(dev, region, direction, offset, data, length);
	char why[64];

	if (done < 0)
		return EX_DEVICE;
	if ((size_t)done != length) {
		snprintf(why, sizeof(why), "the device moved only %zd", done);
		complain(dev, region, direction, offset, length, why);
		return EX_DEVICE;
	}
	return EX_OK;
}

static int
transfer_all(const struct device *dev, const struct region *region, enum direction direction,
	     uint64_t offset, void *data, size_t length)
{
	char *bytes = data;

	while (length > 0) {
		ssize_t done = transfer(dev, region, direction, offset, bytes, length);

		if (done < 0)
			return EX_DEVICE;
		offset += (uint64_t)done;
		bytes += done;
		length -= (size_t)done;
	}
	return EX_OK;
}

/* transfer() takes one kind of pointer for both directions; a write leaves the bytes alone. */
static void *
unconst(const void *data)
{
	return (void *)(uintptr_t)data;
}

int
region_read(const struct device *dev, const struct region *region, uint64_t offset, void *data,
	    size_t length)
{
	return transfer_once(dev, region, READ, offset, data, length);
}

int
region_write(const struct device *dev, const struct region *region, uint64_t offset,
	     const void *data, size_t length)
{
	return transfer_once(dev, region, WRITE, offset, unconst(data), length);
}

int
region_read_all(const struct device *dev, const struct region *region, uint64_t offset, void *data,
		size_t length)
{
	return transfer_all(dev, region, READ, offset, data, length);
}

int
region_write_all(const struct device *dev, const struct region *region, uint64_t offset,
		 const void *data, size_t length)
{
	return transfer_all(dev, region, WRITE, offset, unconst(data), length);
}
