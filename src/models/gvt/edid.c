/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The EDID region (struct vfio_region_gfx_edid of <linux/vfio.h>): through it a client gives the
 * monitor on port D another EDID: link down, size and blob, link up. GVT-g kvmgt.c.
 */
#include "models/gvt/gvt.h"

#include <string.h>

#define REGION_TYPE    1u /* VFIO_REGION_TYPE_GFX */
#define REGION_SUBTYPE 1u /* VFIO_REGION_SUBTYPE_GFX_EDID */

/* GVT-g puts the blob half a page in, and says 128 for a size; a page has header and blob inside. */
#define BLOB_OFFSET 2048u
#define REGION_SIZE 4096u

enum field {
	EDID_OFFSET = 0,
	EDID_MAX_SIZE = 4,
	EDID_SIZE = 8,
	MAX_XRES = 12,
	MAX_YRES = 16,
	LINK_STATE = 20,
};

static bool
in_blob(const struct gvt *gvt, uint64_t pos, unsigned width)
{
	return pos - BLOB_OFFSET < gvt->edid.size && width <= gvt->edid.size - (pos - BLOB_OFFSET);
}

static int
region_read(void *state, uint64_t pos, unsigned width, uint64_t *value)
{
	struct gvt *gvt = state;

	if (pos >= BLOB_OFFSET) {
		if (!in_blob(gvt, pos, width))
			return -EINVAL;
		*value = 0;
		for (unsigned i = 0; i < width; i++)
			*value |= (uint64_t)gvt->edid.blob[pos - BLOB_OFFSET + i] << (8 * i);
		return 0;
	}
	if (width != 4)
		return -EINVAL;
	switch (pos) {
	case EDID_OFFSET:
		*value = BLOB_OFFSET;
		return 0;
	case EDID_MAX_SIZE:
		*value = GVT_EDID_MAX;
		return 0;
	case EDID_SIZE:
		*value = gvt->edid.size;
		return 0;
	case MAX_XRES:
		*value = gvt->monitor->xres;
		return 0;
	case MAX_YRES:
		*value = gvt->monitor->yres;
		return 0;
	case LINK_STATE:
		*value = gvt->edid.link_state;
		return 0;
	default:
		return -EINVAL;
	}
}

static int
set_link_state(struct gvt *gvt, uint64_t state)
{
	switch (state) {
	case GVT_LINK_UP:
		if (!gvt_edid_valid(gvt->edid.blob, gvt->edid.size))
			return -EINVAL;
		break;
	case GVT_LINK_DOWN:
		break;
	default:
		return -EINVAL;
	}
	gvt->edid.link_state = (uint32_t)state;
	gvt_hotplug(gvt, state == GVT_LINK_UP);
	return 0;
}

static int
region_write(void *state, uint64_t pos, unsigned width, uint64_t value)
{
	struct gvt *gvt = state;

	if (pos >= BLOB_OFFSET) {
		if (!in_blob(gvt, pos, width))
			return -EINVAL;
		for (unsigned i = 0; i < width; i++)
			gvt->edid.blob[pos - BLOB_OFFSET + i] = (uint8_t)(value >> (8 * i));
		return 0;
	}
	if (width != 4)
		return -EINVAL;
	switch (pos) {
	case EDID_OFFSET:
	case EDID_MAX_SIZE:
	case MAX_XRES:
	case MAX_YRES:
		return -EPERM;
	case EDID_SIZE:
		if (value > GVT_EDID_MAX)
			return -EINVAL;
		gvt->edid.size = (uint32_t)value;
		return 0;
	case LINK_STATE:
		return set_link_state(gvt, value);
	default:
		return -EINVAL;
	}
}

int
gvt_edid_add(struct gvt *gvt)
{
	const struct vfiod_region region = {
		.name = "EDID",
		.size = REGION_SIZE,
		.flags = VFIOD_REGION_READ | VFIOD_REGION_WRITE,
		.max_width = 4,
		.type = REGION_TYPE,
		.subtype = REGION_SUBTYPE,
		.read = region_read,
		.write = region_write,
	};
	int index;

	/* Unless a file was given. */
	if (!gvt->edid.size) {
		gvt->edid.size = GVT_EDID_BLOCK;
		gvt_edid_build(gvt->monitor, gvt->edid.blob);
	}
	index = vfiod_add_region(gvt->dev, &region);
	return index < 0 ? index : 0;
}
