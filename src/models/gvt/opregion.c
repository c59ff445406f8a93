/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The OpRegion, as a read-only region that a client copies to guest memory before it points ASLS
 * there. Intel IGD OpRegion specification, GVT-g opregion.c.
 */
#include "models/gvt/gvt.h"

#include <string.h>

#define REGION_TYPE    0x80008086u /* a PCI vendor's own, Intel's */
#define REGION_SUBTYPE 1u

#define SIGNATURE      "IntelGraphicsMem"

/* Header fields and the one mailbox byte that is not zero. */
static const struct {
	uint16_t offset, width;
	uint32_t value;
} fields[] = {
	{0x010, 4, GVT_OPREGION_SIZE / 1024},
	{0x014, 4, 0x02000000}, /* version 2.0 */
	{0x058, 4, 1u << 3},    /* mailboxes: only the VBT */
	{0x1ac, 1, 3},          /* CLID: lid open, for Windows drivers */
};

static void
build(uint8_t *opregion)
{
	memcpy(opregion, SIGNATURE, sizeof(SIGNATURE) - 1);
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (unsigned byte = 0; byte < fields[i].width; byte++)
			opregion[fields[i].offset + byte] = (uint8_t)(fields[i].value >> 8 * byte);
	gvt_vbt_build(opregion + GVT_OPREGION_VBT);
}

static int
copy_out(void *state, uint64_t pos, void *buffer, size_t length)
{
	const struct gvt *gvt = state;

	memcpy(buffer, gvt->opregion + pos, length);
	return 0;
}

int
gvt_opregion_add(struct gvt *gvt)
{
	const struct vfiod_region region = {
		.name = "OpRegion",
		.size = GVT_OPREGION_SIZE,
		.flags = VFIOD_REGION_READ,
		.type = REGION_TYPE,
		.subtype = REGION_SUBTYPE,
		.copy_out = copy_out,
	};
	int index;

	build(gvt->opregion);
	index = vfiod_add_region(gvt->dev, &region);
	return index < 0 ? index : 0;
}
