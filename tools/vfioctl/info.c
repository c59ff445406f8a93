// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl info: what the device says about itself, its regions and its interrupts.
 *
 * The answers are put into JSON objects first; the table for people is printed from those, so the
 * two forms cannot tell different stories.
 */
#include "config.h"

#include <jansson.h>
#include <string.h>

#include "vfioctl.h"

/* Device info capability, Linux 6.6; the header of Debian 12 is older. */
#define CAP_PCI_ATOMIC_COMP 5

struct info_options {
	bool json;
};

/** A bit, or an id, and its name. */
struct name {
	uint32_t number;
	const char *name;
};

static const struct name device_flags[] = {
	{1u << 0, "reset"},    {1u << 1, "pci"},
	{1u << 2, "platform"}, {1u << 3, "amba"},
	{1u << 4, "ccw"},      {1u << 5, "ap"},
	{1u << 6, "fsl-mc"},   {1u << 7, "caps"},
	{1u << 8, "cdx"},      {0},
};

static const struct name region_flags[] = {
	{VFIO_REGION_INFO_FLAG_READ, "read"},
	{VFIO_REGION_INFO_FLAG_WRITE, "write"},
	{VFIO_REGION_INFO_FLAG_MMAP, "mmap"},
	{VFIO_REGION_INFO_FLAG_CAPS, "caps"},
	{0},
};

static const struct name irq_flags[] = {
	{VFIO_IRQ_INFO_EVENTFD, "eventfd"},
	{VFIO_IRQ_INFO_MASKABLE, "maskable"},
	{VFIO_IRQ_INFO_AUTOMASKED, "automasked"},
	{VFIO_IRQ_INFO_NORESIZE, "noresize"},
	{0},
};

static const struct name device_caps[] = {
	{1, "zpci-base"},
	{2, "zpci-group"},
	{3, "zpci-util"},
	{4, "zpci-pfip"},
	{CAP_PCI_ATOMIC_COMP, "pci-atomic-comp"},
	{0},
};

static const struct name region_caps[] = {
	{VFIO_REGION_INFO_CAP_SPARSE_MMAP, "sparse-mmap"},
	{VFIO_REGION_INFO_CAP_TYPE, "type"},
	{VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, "msix-mappable"},
	{0},
};

static json_t *
number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* Flags by name; a bit without one is told as "bit9". */
static json_t *
describe_flags(uint32_t flags, const struct name *names)
{
	json_t *list = json_array();
	char text[16];

	for (; names->name; names++) {
		if (flags & names->number)
			json_array_append_new(list, json_string(names->name));
		flags &= ~names->number;
	}
	for (unsigned bit = 0; bit < 32; bit++) {
		if (!(flags >> bit & 1))
			continue;
		snprintf(text, sizeof(text), "bit%u", bit);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *
describe_cap(const struct vfio_info_cap_header *cap, const struct name *names)
{
	json_t *object = json_object();

	while (names->name && names->number != cap->id)
		names++;
	json_object_set_new(object, "id", number(cap->id));
	json_object_set_new(object, "version", number(cap->version));
	json_object_set_new(object, "name", json_string(names->name ? names->name : "unknown"));
	return object;
}

static void
describe_type(json_t *object, const struct vfio_region_info_cap_type *type)
{
	const char *meaning = region_type_meaning(type->type, type->subtype);

	json_object_set_new(object, "type", number(type->type));
	json_object_set_new(object, "subtype", number(type->subtype));
	json_object_set_new(object, "meaning", json_string(meaning ? meaning : "unknown"));
}

static void
describe_sparse_mmap(json_t *object, const struct vfio_region_info_cap_sparse_mmap *sparse,
		     size_t room)
{
	size_t fit = (room - sizeof(*sparse)) / sizeof(sparse->areas[0]);
	json_t *list = json_array();

	for (size_t i = 0; i < sparse->nr_areas && i < fit; i++) {
		json_t *area = json_object();

		json_object_set_new(area, "offset", number(sparse->areas[i].offset));
		json_object_set_new(area, "size", number(sparse->areas[i].size));
		json_array_append_new(list, area);
	}
	json_object_set_new(object, "areas", list);
}

static json_t *
describe_region_caps(const struct vfio_region_info *info)
{
	const struct vfio_info_cap_header *cap = NULL;
	json_t *list = json_array();

	if (info->flags & VFIO_REGION_INFO_FLAG_CAPS)
		cap = cap_at(info, info->argsz, info->cap_offset);
	for (; cap; cap = cap_next(info, info->argsz, cap)) {
		size_t room = cap_room(info, info->argsz, cap);
		json_t *object = describe_cap(cap, region_caps);

		if (cap->id == VFIO_REGION_INFO_CAP_TYPE &&
		    room >= sizeof(struct vfio_region_info_cap_type))
			describe_type(object, (const void *)cap);
		if (cap->id == VFIO_REGION_INFO_CAP_SPARSE_MMAP &&
		    room >= sizeof(struct vfio_region_info_cap_sparse_mmap))
			describe_sparse_mmap(object, (const void *)cap, room);
		json_array_append_new(list, object);
	}
	return list;
}

/* A region that the device refuses to speak of (VGA, mostly) has an "error" and nothing more. */
static json_t *
describe_region(const struct device *dev, uint32_t index)
{
	struct region region;
	int error = region_get(dev, index, &region);
	json_t *object = json_object();

	json_object_set_new(object, "index", number(index));
	json_object_set_new(object, "name", json_string(region.name));
	if (error) {
		json_object_set_new(object, "error", json_string(strerror(error)));
		return object;
	}
	json_object_set_new(object, "size", number(region.info->size));
	json_object_set_new(object, "offset", number(region.info->offset));
	json_object_set_new(object, "flags", describe_flags(region.info->flags, region_flags));
	json_object_set_new(object, "caps", describe_region_caps(region.info));
	region_release(&region);
	return object;
}

static json_t *
describe_irq(const struct device *dev, uint32_t index)
{
	struct vfio_irq_info info;
	int error = interrupt_get(dev, index, &info);
	json_t *object = json_object();
	char name[16];

	json_object_set_new(object, "index", number(index));
	json_object_set_new(object, "name", json_string(interrupt_name(dev, index, name)));
	if (error) {
		json_object_set_new(object, "error", json_string(strerror(error)));
		return object;
	}
	json_object_set_new(object, "count", number(info.count));
	json_object_set_new(object, "flags", describe_flags(info.flags, irq_flags));
	return object;
}

static json_t *
describe_device_caps(const struct vfio_device_info *info)
{
	const struct vfio_info_cap_header *cap = NULL;
	json_t *list = json_array();

	if (info->flags & VFIO_DEVICE_FLAGS_CAPS)
		cap = cap_at(info, info->argsz, info->cap_offset);
	for (; cap; cap = cap_next(info, info->argsz, cap))
		json_array_append_new(list, describe_cap(cap, device_caps));
	return list;
}

static json_t *
describe_device(const struct device *dev)
{
	json_t *object = json_object();
	json_t *regions = json_array();
	json_t *irqs = json_array();

	for (uint32_t i = 0; i < dev->info->num_regions; i++)
		json_array_append_new(regions, describe_region(dev, i));
	for (uint32_t i = 0; i < dev->info->num_irqs; i++)
		json_array_append_new(irqs, describe_irq(dev, i));

	json_object_set_new(object, "device", json_string(dev->path));
	json_object_set_new(object, "flags", describe_flags(dev->info->flags, device_flags));
	json_object_set_new(object, "caps", describe_device_caps(dev->info));
	json_object_set_new(object, "regions", regions);
	json_object_set_new(object, "irqs", irqs);
	return object;
}

static uint64_t
get_number(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static const char *
get_string(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void
print_flags(const json_t *object)
{
	const json_t *flags = json_object_get(object, "flags");
	size_t count = json_array_size(flags);

	for (size_t i = 0; i < count; i++)
		printf("%s%s", i > 0 ? " " : "", json_string_value(json_array_get(flags, i)));
	puts(count > 0 ? "" : "-");
}

static void
print_cap(const json_t *cap)
{
	const json_t *areas = json_object_get(cap, "areas");

	printf("%8s%s", "", get_string(cap, "name"));
	if (strcmp(get_string(cap, "name"), "unknown") == 0)
		printf(" capability %ju version %ju", (uintmax_t)get_number(cap, "id"),
		       (uintmax_t)get_number(cap, "version"));
	if (json_object_get(cap, "type"))
		printf(" 0x%jx/0x%jx: %s", (uintmax_t)get_number(cap, "type"),
		       (uintmax_t)get_number(cap, "subtype"), get_string(cap, "meaning"));
	putchar('\n');
	for (size_t i = 0; i < json_array_size(areas); i++) {
		const json_t *area = json_array_get(areas, i);
		char size[24];

		printf("%10s0x%jx + 0x%jx (%s)\n", "", (uintmax_t)get_number(area, "offset"),
		       (uintmax_t)get_number(area, "size"),
		       human_size(get_number(area, "size"), size));
	}
}

static void
print_caps(const json_t *object)
{
	const json_t *caps = json_object_get(object, "caps");

	for (size_t i = 0; i < json_array_size(caps); i++)
		print_cap(json_array_get(caps, i));
}

static void
print_region(const json_t *region)
{
	const char *error = get_string(region, "error");
	char size[24];

	printf("%6ju  %-12s", (uintmax_t)get_number(region, "index"), get_string(region, "name"));
	if (error) {
		printf("%9s  %-12s  %-16s  %s\n", "-", "-", "-", error);
		return;
	}
	printf("%9s  0x%-10jx  0x%-14jx  ", human_size(get_number(region, "size"), size),
	       (uintmax_t)get_number(region, "size"), (uintmax_t)get_number(region, "offset"));
	print_flags(region);
	print_caps(region);
}

static void
print_irq(const json_t *irq)
{
	const char *error = get_string(irq, "error");

	printf("%6ju  %-12s", (uintmax_t)get_number(irq, "index"), get_string(irq, "name"));
	if (error) {
		printf("%9s  %s\n", "-", error);
		return;
	}
	printf("%9ju  ", (uintmax_t)get_number(irq, "count"));
	print_flags(irq);
}

static void
print_device(const json_t *device)
{
	const json_t *regions = json_object_get(device, "regions");
	const json_t *irqs = json_object_get(device, "irqs");

	printf("%s: ", get_string(device, "device"));
	print_flags(device);
	print_caps(device);

	printf("\n%6s  %-12s%9s  %-12s  %-16s  %s\n", "Region", "Name", "Size", "Bytes", "Offset",
	       "Flags");
	for (size_t i = 0; i < json_array_size(regions); i++)
		print_region(json_array_get(regions, i));

	printf("\n%6s  %-12s%9s  %s\n", "IRQ", "Name", "Count", "Flags");
	for (size_t i = 0; i < json_array_size(irqs); i++)
		print_irq(json_array_get(irqs, i));
}

static int
run_info(const struct call *call)
{
	const struct info_options *options = call->options;
	struct device dev;
	int status = device_open(&dev, call);

	if (!status) {
		json_t *device = describe_device(&dev);

		if (!options->json)
			print_device(device);
		else if (json_dumpf(device, stdout, JSON_INDENT(2)) == 0)
			putchar('\n');
		json_decref(device);
	}
	device_close(&dev);
	return status;
}

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct info_options *options = state->input;

	(void)arg;
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	options->json = true;
	return 0;
}

static const struct argp_option option_list[] = {
	{.name = "json", .key = 'j', .doc = "Print JSON"},
	{0},
};

const struct verb info_verb = {
	.name = "info",
	.arguments = "",
	.summary = "show regions, interrupts and what else the device tells of itself",
	.details =
		"Regions of size 0 are absent. A line that ends in an error is for a region or an "
		"interrupt that the device counts but refuses to describe.",
	.options = option_list,
	.parse_option = parse_option,
	.options_size = sizeof(struct info_options),
	.run = run_info,
};
