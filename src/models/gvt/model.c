/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An Intel vGPU as GVT-g makes them of gen9 integrated graphics, without the GPU below. */
#include "models/gvt/registers.h"

#include <stdlib.h>

static void
free_state(struct gvt *gvt)
{
	gvt_engines_destroy(gvt);
	gvt_ggtt_destroy(gvt);
	gvt_mmio_destroy(gvt);
	free(gvt);
}

static int
add_regions(struct gvt *gvt)
{
	struct vfiod_device *dev = gvt->dev;
	int error;

	dev->region[VFIOD_BAR0] = (struct vfiod_region){
		.name = "BAR0",
		.size = GVT_BAR0_SIZE,
		.flags = VFIOD_REGION_READ | VFIOD_REGION_WRITE,
		.max_width = 8,
		.read = gvt->trace ? gvt_trace_read : gvt_bar0_read,
		.write = gvt->trace ? gvt_trace_write : gvt_bar0_write,
	};
	dev->region[VFIOD_BAR2] = (struct vfiod_region){
		.name = "BAR2",
		.size = gvt->aperture,
		.flags = VFIOD_REGION_READ | VFIOD_REGION_WRITE,
		.copy_out = gvt_aperture_copy_out,
		.map_out = gvt_aperture_map_out,
		.copy_in = gvt_aperture_copy_in,
	};
	error = gvt_opregion_add(gvt);
	return error ? error : gvt_edid_add(gvt);
}

static int
build(struct gvt *gvt, const struct vfiod_options *options)
{
	int error = gvt_parse_options(gvt, options);

	if (error)
		return error;
	if (gvt_mmio_create(gvt) || gvt_ggtt_create(gvt) || gvt_engines_create(gvt))
		return vfiod_fail(gvt->dev, ENOMEM, "no memory for registers, GGTT and engines");
	error = gvt_config_init(gvt);
	if (error)
		return vfiod_fail(gvt->dev, -error, "config space doesn't fit together");
	error = add_regions(gvt);
	if (!error)
		gvt_mmio_reset(gvt);
	return error;
}

static int
create(struct vfiod_device *dev, const struct vfiod_options *options)
{
	struct gvt *gvt = calloc(1, sizeof(*gvt));
	int error;

	if (!gvt)
		return vfiod_fail(dev, ENOMEM, "no memory for the device");
	gvt->dev = dev;
	dev->state = gvt;
	error = build(gvt, options);
	if (error) {
		free_state(gvt);
		dev->state = NULL;
	}
	return error;
}

static void
destroy(struct vfiod_device *dev)
{
	free_state(dev->state);
	dev->state = NULL;
}

/*
 * Registers, fences and PVINFO start anew and the GGTT maps nothing. The monitor is not part of the
 * function: as in GVT-g it keeps the EDID that the client gave it, since clients don't say it again.
 */
static void
reset(struct vfiod_device *dev)
{
	struct gvt *gvt = dev->state;

	gvt->unbacked_told = false;
	gvt_engines_reset(gvt, GVT_GDRST_FULL);
	gvt_mmio_reset(gvt);
	gvt_ggtt_reset(gvt);
}

static void
stop(struct vfiod_device *dev)
{
	gvt_engines_stop(dev->state);
}

const struct vfiod_model gvt_model = {
	.name = "vgpu",
	.summary = "Intel vGPU (GVT-g, gen9)",
	.options = gvt_options,
	.default_memory = 64u << 20,
	.create = create,
	.add_regions = gvt_framebuffer_add,
	.destroy = destroy,
	.reset = reset,
	.stop = stop,
	.query_plane = gvt_framebuffer_query,
	.timer = gvt_timer,
	.list_registers = gvt_list_registers,
	.peek = gvt_peek,
	.get_monitor = gvt_get_monitor,
	.set_monitor = gvt_set_monitor,
};
