// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which part of a region: --offset and --length of dump and load.
 */
#include "config.h"

#include <err.h>

#include "vfioctl.h"

const struct argp_option part_options[] = {
	{.name = "offset", .key = 'o', .arg = "OFFSET", .doc = "Start here (default 0)"},
	{.name = "length", .key = 'l', .arg = "LENGTH", .doc = "So many bytes (default all)"},
	{0},
};

error_t
part_parse_option(int key, char *arg, struct argp_state *state)
{
	struct part *part = state->input;

	switch (key) {
	case 'o':
		part->offset = option_number(state, "OFFSET", arg, 0, UINT64_MAX);
		return 0;
	case 'l':
		part->length = option_number(state, "LENGTH", arg, 1, UINT64_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

uint64_t
part_room(const struct device *dev, const struct region *region, const struct part *part)
{
	uint64_t size = region->info->size;

	if (size == 0)
		warnx("%s: region %s is absent", dev->path, region->name);
	else if (part->offset >= size)
		warnx("%s: %s ends at 0x%jx, before offset 0x%jx", dev->path, region->name,
		      (uintmax_t)size, (uintmax_t)part->offset);
	return part->offset < size ? size - part->offset : 0;
}
