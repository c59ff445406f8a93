/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a plane shows: its registers decoded into the terms of DRM. Intel PRM SKL Vol 2c, GVT-g
 * fb_decoder.c and dmabuf.c; fourcc and modifier values are those of <drm/drm_fourcc.h>.
 */
#include "models/gvt/gvt.h"

#define PIPE              0x1000u
#define TRANS_CONF(pipe)  (0x70008u + PIPE * (pipe))
#define TRANS_CONF_EDP    0x7f008u
#define TRANS_CONF_ENABLE (1u << 31)
#define DDI_FUNC_CTL_EDP  0x6f400u
#define DDI_FUNC_ENABLE   (1u << 31)
#define EDP_INPUT(value)  ((value) >> 12 & 7)
#define PIPE_SRCSZ(pipe)  (0x6001cu + PIPE * (pipe))

/* Universal plane n, from 1 on. */
#define PLANE(offset, pipe, n)  ((offset) + 0x100u * (n) + PIPE * (pipe))
#define PLANE_CTL               0x70080u
#define PLANE_STRIDE            0x70088u
#define PLANE_POS               0x7008cu
#define PLANE_SIZE              0x70090u
#define PLANE_SURF              0x7009cu
#define PLANE_OFFSET            0x700a4u
#define PLANE_CTL_ENABLE        (1u << 31)
#define PLANE_CTL_FORMAT(value) ((value) >> 24 & 0xf)
#define PLANE_CTL_RGBX(value)   ((value) >> 20 & 1)
#define PLANE_CTL_YUV(value)    ((value) >> 16 & 3)
#define PLANE_CTL_TILING(value) ((value) >> 10 & 7)
#define PLANE_CTL_ALPHA(value)  ((value) >> 4 & 3)

#define CUR_CTL(pipe)           (0x70080u + PIPE * (pipe))
#define CUR_BASE(pipe)          (0x70084u + PIPE * (pipe))
#define CUR_POS(pipe)           (0x70088u + PIPE * (pipe))
#define CUR_MODE(value)         ((value)&0x3f)

#define PVINFO_X_HOT            0x78830u
#define PVINFO_Y_HOT            0x78834u

#define SURFACE(value)          ((value) & ~0xfffu)

#define FOURCC(a, b, c, d)                                                                         \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define MODIFIER_INTEL(n) (UINT64_C(1) << 56 | (n))

#define DRM_PLANE_PRIMARY 1u
#define DRM_PLANE_CURSOR  2u

/* By format code, and for RGB by the order of the colours. */
static const struct format {
	uint8_t code, order, bpp;
	uint32_t opaque, alpha;
} formats[] = {
	{0x4, 0, 32, FOURCC('X', 'R', '2', '4'), FOURCC('A', 'R', '2', '4')},
	{0x4, 1, 32, FOURCC('X', 'B', '2', '4'), FOURCC('A', 'B', '2', '4')},
	{0x2, 0, 32, FOURCC('X', 'R', '3', '0'), FOURCC('X', 'R', '3', '0')},
	{0x2, 1, 32, FOURCC('X', 'B', '3', '0'), FOURCC('X', 'B', '3', '0')},
	{0xe, 0, 16, FOURCC('R', 'G', '1', '6'), FOURCC('R', 'G', '1', '6')},
	{0xc, 0, 8, FOURCC('C', '8', ' ', ' '), FOURCC('C', '8', ' ', ' ')},
};

/* YUV 4:2:2 by the order of its bytes. */
static const uint32_t yuv[4] = {
	FOURCC('Y', 'U', 'Y', 'V'),
	FOURCC('U', 'Y', 'V', 'Y'),
	FOURCC('Y', 'V', 'Y', 'U'),
	FOURCC('V', 'Y', 'U', 'Y'),
};

/* By the tiling field; stride is the unit of PLANE_STRIDE in bytes, height that of a tile in lines. */
static const struct tiling {
	enum gvt_tiling layout;
	uint64_t modifier;
	uint8_t height;
	uint16_t stride;
} tilings[8] = {
	[0] = {GVT_LINEAR, 0, 1, 64},
	[1] = {GVT_TILED_X, MODIFIER_INTEL(1), 8, 512},
	[4] = {GVT_TILED_Y, MODIFIER_INTEL(2), 32, 128},
	[5] = {GVT_TILED_YF, MODIFIER_INTEL(3), 32, 128}, /* 64 bytes with 8 bits a pixel */
};

static bool
decode_format(uint32_t control, struct gvt_plane *out)
{
	unsigned code = PLANE_CTL_FORMAT(control), order = PLANE_CTL_RGBX(control);

	if (code == 0) {
		out->format = yuv[PLANE_CTL_YUV(control)];
		out->bpp = 16;
		return true;
	}
	for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].code == code && formats[i].order == order) {
			out->format =
				PLANE_CTL_ALPHA(control) ? formats[i].alpha : formats[i].opaque;
			out->bpp = formats[i].bpp;
			return true;
		}
	return false;
}

static bool
decode_tiling(uint32_t control, uint32_t stride, struct gvt_plane *out)
{
	const struct tiling *tiling = &tilings[PLANE_CTL_TILING(control)];
	uint32_t unit = tiling->stride;

	if (!tiling->height)
		return false;
	out->tiling = tiling->layout;
	if (tiling->layout == GVT_TILED_YF && out->bpp == 8) {
		out->tiling = GVT_TILED_YF_8;
		unit = 64;
	}
	out->modifier = tiling->modifier;
	out->stride = (stride & 0x3ff) * unit;
	out->size = (uint64_t)out->stride *
		    ((out->height + tiling->height - 1u) / tiling->height * tiling->height);
	return true;
}

/* Something is mapped where the surface starts, and all of it belongs to the vGPU. */
static int
check_surface(const struct gvt *gvt, const struct gvt_plane *plane)
{
	const struct gvt_slice *slice =
		gvt_slice_contains(&gvt->low, plane->base) ? &gvt->low : &gvt->high;
	uint64_t bus;

	if (!plane->size || gvt_ggtt_translate(gvt, plane->base, &bus))
		return -EINVAL;
	return plane->size > slice->size - (plane->base - slice->base) ? -EFAULT : 0;
}

static int
decode_universal(const struct gvt *gvt, unsigned pipe, unsigned n, struct gvt_plane *out)
{
	uint32_t control = *gvt_vreg(gvt, PLANE(PLANE_CTL, pipe, n));
	uint32_t offset = *gvt_vreg(gvt, PLANE(PLANE_OFFSET, pipe, n));

	if (!(control & PLANE_CTL_ENABLE))
		return -ENODEV;
	if (!decode_format(control, out) ||
	    !decode_tiling(control, *gvt_vreg(gvt, PLANE(PLANE_STRIDE, pipe, n)), out))
		return -EINVAL;
	out->base = SURFACE(*gvt_vreg(gvt, PLANE(PLANE_SURF, pipe, n)));
	out->x_offset = offset & 0x1fff;
	out->y_offset = offset >> 16 & 0xfff;
	return check_surface(gvt, out);
}

/* Its size is the pipe's, as GVT-g takes it: drivers show one surface on the whole screen. */
static int
decode_primary(const struct gvt *gvt, unsigned pipe, struct gvt_plane *out)
{
	uint32_t source = *gvt_vreg(gvt, PIPE_SRCSZ(pipe));

	out->width = (source >> 16 & 0x1fff) + 1;
	out->height = (source & 0xfff) + 1;
	return decode_universal(gvt, pipe, 1, out);
}

static int
decode_sprite(const struct gvt *gvt, unsigned pipe, struct gvt_plane *out)
{
	uint32_t size = *gvt_vreg(gvt, PLANE(PLANE_SIZE, pipe, 2));
	uint32_t position = *gvt_vreg(gvt, PLANE(PLANE_POS, pipe, 2));

	out->width = (size & 0x1fff) + 1;
	out->height = (size >> 16 & 0x1fff) + 1;
	out->x = (int32_t)(position & 0x1fff);
	out->y = (int32_t)(position >> 16 & 0x1fff);
	return decode_universal(gvt, pipe, 2, out);
}

/* Magnitude and sign of one coordinate. */
static int32_t
cursor_coordinate(uint32_t half, uint32_t magnitude)
{
	int32_t value = (int32_t)(half & magnitude);

	return half & 0x8000 ? -value : value;
}

static uint32_t
cursor_pixels(uint32_t control)
{
	switch (CUR_MODE(control)) {
	case 0x22:
		return 128;
	case 0x23:
		return 256;
	case 0x27:
	case 0x07:
		return 64;
	default:
		return 0;
	}
}

static int
decode_cursor(const struct gvt *gvt, unsigned pipe, struct gvt_plane *out)
{
	uint32_t control = *gvt_vreg(gvt, CUR_CTL(pipe)), position = *gvt_vreg(gvt, CUR_POS(pipe));
	uint32_t x_hot = *gvt_vreg(gvt, PVINFO_X_HOT), y_hot = *gvt_vreg(gvt, PVINFO_Y_HOT);
	uint32_t pixels = cursor_pixels(control);

	if (!CUR_MODE(control))
		return -ENODEV;
	if (!pixels)
		return -EINVAL;
	out->format = FOURCC('A', 'R', '2', '4');
	out->bpp = 32;
	out->base = SURFACE(*gvt_vreg(gvt, CUR_BASE(pipe)));
	out->width = out->height = pixels;
	out->stride = pixels * 4;
	out->size = (uint64_t)out->stride * pixels;
	out->x = cursor_coordinate(position & 0xffff, 0x1fff);
	out->y = cursor_coordinate(position >> 16, 0xfff);
	if (x_hot <= pixels && y_hot <= pixels) {
		out->x_hot = x_hot;
		out->y_hot = y_hot;
	}
	return check_surface(gvt, out);
}

/* -1 for no pipe. */
static int
edp_pipe(const struct gvt *gvt)
{
	uint32_t control = *gvt_vreg(gvt, DDI_FUNC_CTL_EDP);

	if (!(*gvt_vreg(gvt, TRANS_CONF_EDP) & TRANS_CONF_ENABLE) || !(control & DDI_FUNC_ENABLE))
		return -1;
	switch (EDP_INPUT(control)) {
	case 0:
	case 4:
		return 0;
	case 5:
		return 1;
	case 6:
		return 2;
	default:
		return -1;
	}
}

static bool
pipe_on(const struct gvt *gvt, unsigned pipe)
{
	return (*gvt_vreg(gvt, TRANS_CONF(pipe)) & TRANS_CONF_ENABLE) || edp_pipe(gvt) == (int)pipe;
}

int
gvt_active_pipe(const struct gvt *gvt)
{
	for (unsigned pipe = 0; pipe < GVT_PIPES; pipe++)
		if (pipe_on(gvt, pipe))
			return (int)pipe;
	return -ENODEV;
}

int
gvt_plane(const struct gvt *gvt, unsigned pipe, enum gvt_plane_kind kind, struct gvt_plane *out)
{
	*out = (struct gvt_plane){.x_hot = UINT32_MAX, .y_hot = UINT32_MAX};
	if (!pipe_on(gvt, pipe))
		return -ENODEV;
	switch (kind) {
	case GVT_PLANE_PRIMARY:
		return decode_primary(gvt, pipe, out);
	case GVT_PLANE_SPRITE:
		return decode_sprite(gvt, pipe, out);
	default:
		return decode_cursor(gvt, pipe, out);
	}
}

int
gvt_query_plane(const struct gvt *gvt, uint32_t drm_plane_type, struct gvt_plane *out)
{
	int pipe = gvt_active_pipe(gvt);

	if (drm_plane_type != DRM_PLANE_PRIMARY && drm_plane_type != DRM_PLANE_CURSOR)
		return -EINVAL;
	if (pipe < 0)
		return pipe;
	return gvt_plane(gvt, (unsigned)pipe,
			 drm_plane_type == DRM_PLANE_PRIMARY ? GVT_PLANE_PRIMARY : GVT_PLANE_CURSOR,
			 out);
}
