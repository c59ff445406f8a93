/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the screen shows, as regions: the rows of the primary plane and of the cursor one behind the
 * other, whatever the surface's tiling, put together from graphics memory when they are read. GVT-g has
 * dma-bufs for this, which only a kernel can make; regions are VFIO's other way.
 */
#include "models/gvt/gvt.h"

#include <string.h>

/* PIPESRC has 13 bits of width and 12 of height: no picture is larger than that, with 4 bytes a pixel. */
#define FRAMEBUFFER_SIZE (8192u * 4096u * 4u)
#define CURSOR_SIZE      (256u * 256u * 4u)

/* Pages of a tiled surface that are looked at together: fewer system calls if memory isn't mapped. */
#define TILES 16u

/* A plane and what of it a client reads, in bytes of the picture. */
struct picture {
	const struct gvt *gvt;
	struct gvt_plane plane;
	uint32_t x;   /* byte of a surface's row where the picture begins */
	uint32_t row; /* bytes from row to row of the picture */
	uint64_t size;
	uint64_t from, to;
	uint8_t *buffer; /* for `from` */
};

/* Rows start at multiples of 4, so that two pixels that share their colour (YUV) are in one row. */
static int
open_picture(const struct gvt *gvt, uint32_t type, struct picture *out)
{
	int error = gvt_query_plane(gvt, type, &out->plane);

	if (error)
		return error;
	out->gvt = gvt;
	out->x = out->plane.x_offset * out->plane.bpp / 8;
	out->row = (out->plane.width * out->plane.bpp / 8 + 3) & ~3u;
	out->size = (uint64_t)out->row * out->plane.height;
	return 0;
}

static void
read_linear(const struct picture *picture)
{
	const struct gvt_plane *plane = &picture->plane;
	uint64_t at = picture->from;

	while (at < picture->to) {
		uint64_t row = at / picture->row, end = (row + 1) * picture->row;

		/* Without a gap between the rows all of them are one. */
		if (end > picture->to || plane->stride == picture->row)
			end = picture->to;
		gvt_gm_read(picture->gvt,
			    plane->base + (plane->y_offset + row) * plane->stride + picture->x +
				    (at - row * picture->row),
			    picture->buffer + (at - picture->from), (size_t)(end - at));
		at = end;
	}
}

/* Some tiles of a band, which are pages: mapped, or copied, or NULL. */
struct tiles {
	uint32_t column; /* of the first */
	unsigned count;
	const uint8_t *page[TILES];
	uint8_t bounce[TILES][GVT_PAGE_SIZE];
};

static void
open_tiles(const struct picture *picture, uint64_t gm, struct tiles *tiles)
{
	const struct vfiod_host *host = picture->gvt->dev->host;
	struct vfiod_piece piece[TILES];
	unsigned pieces = 0;

	for (unsigned i = 0; i < tiles->count; i++) {
		uint64_t bus;

		tiles->page[i] = NULL;
		if (gvt_ggtt_translate(picture->gvt, gm + i * (uint64_t)GVT_PAGE_SIZE, &bus))
			continue;
		tiles->page[i] = host->bus_map(host->ctx, bus, GVT_PAGE_SIZE, false);
		if (tiles->page[i])
			continue;
		tiles->page[i] = tiles->bounce[i];
		piece[pieces++] = (struct vfiod_piece){
			.address = bus, .buffer = tiles->bounce[i], .length = GVT_PAGE_SIZE};
	}
	if (!pieces || !host->bus_transfer(host->ctx, false, piece, pieces))
		return;
	for (unsigned i = 0; i < pieces; i++)
		if (piece[i].failed)
			memset(piece[i].buffer, 0, GVT_PAGE_SIZE);
}

/* Copies from one tile what belongs to row y of the surface. */
static void
copy_tile_row(const struct picture *picture, const uint8_t *page, uint32_t column, uint32_t y)
{
	enum gvt_tiling tiling = picture->plane.tiling;
	const struct gvt_tile *tile = gvt_tile(tiling);
	/* Where byte 0 of the surface's row would be in the picture; it may be left of it. */
	int64_t origin = (int64_t)(y - picture->plane.y_offset) * picture->row - picture->x;
	int64_t left = origin + (int64_t)column * tile->width, right = left + tile->width;
	int64_t start = origin + picture->x, end = start + picture->row;

	if (start < (int64_t)picture->from)
		start = (int64_t)picture->from;
	if (end > (int64_t)picture->to)
		end = (int64_t)picture->to;
	if (start < left)
		start = left;
	if (end > right)
		end = right;
	while (start < end) {
		uint32_t x = (uint32_t)(start - left);
		uint32_t span = gvt_tiled_span(tiling, x, (uint32_t)(end - start));

		memcpy(picture->buffer + (start - (int64_t)picture->from),
		       page + gvt_tiled_offset(tiling, tile->width, x, y % tile->height), span);
		start += span;
	}
}

/* The rows first to last of the surface, all in one row of tiles. */
static void
read_band(const struct picture *picture, uint32_t first, uint32_t last)
{
	const struct gvt_plane *plane = &picture->plane;
	const struct gvt_tile *tile = gvt_tile(plane->tiling);
	uint64_t gm = plane->base + (uint64_t)(first / tile->height) *
					    (plane->stride / tile->width) * GVT_PAGE_SIZE;
	uint32_t column = picture->x / tile->width;
	uint32_t end = (picture->x + picture->row - 1) / tile->width + 1;
	struct tiles tiles;

	for (; column < end; column += TILES) {
		tiles.column = column;
		tiles.count = end - column < TILES ? end - column : TILES;
		open_tiles(picture, gm + column * (uint64_t)GVT_PAGE_SIZE, &tiles);
		for (unsigned i = 0; i < tiles.count; i++)
			for (uint32_t y = first; y <= last && tiles.page[i]; y++)
				copy_tile_row(picture, tiles.page[i], column + i, y);
	}
}

static void
read_tiled(const struct picture *picture)
{
	const struct gvt_plane *plane = &picture->plane;
	uint32_t height = gvt_tile(plane->tiling)->height;
	uint32_t y = plane->y_offset + (uint32_t)(picture->from / picture->row);
	uint32_t last = plane->y_offset + (uint32_t)((picture->to - 1) / picture->row);

	while (y <= last) {
		uint32_t end = y - y % height + height - 1;

		read_band(picture, y, end < last ? end : last);
		y = end + 1;
	}
}

/* What isn't shown reads 0: beside the picture, and where graphics memory leads nowhere. */
static int
copy_out(const struct gvt *gvt, uint32_t type, uint64_t pos, void *buffer, size_t length)
{
	struct picture picture;

	memset(buffer, 0, length);
	if (open_picture(gvt, type, &picture) || pos >= picture.size)
		return 0;
	picture.from = pos;
	picture.to = length < picture.size - pos ? pos + length : picture.size;
	picture.buffer = buffer;
	if (picture.plane.tiling == GVT_LINEAR)
		read_linear(&picture);
	else
		read_tiled(&picture);
	return 0;
}

static int
framebuffer_copy_out(void *state, uint64_t pos, void *buffer, size_t length)
{
	return copy_out(state, VFIOD_PLANE_PRIMARY, pos, buffer, length);
}

static int
cursor_copy_out(void *state, uint64_t pos, void *buffer, size_t length)
{
	return copy_out(state, VFIOD_PLANE_CURSOR, pos, buffer, length);
}

/* GVT-g gives a cursor's position without its sign. */
static uint32_t
magnitude(int32_t value)
{
	return (uint32_t)(value < 0 ? -value : value);
}

int
gvt_framebuffer_query(struct vfiod_device *dev, uint32_t type, struct vfiod_plane *out)
{
	const struct gvt *gvt = dev->state;
	struct picture picture;
	int error = open_picture(gvt, type, &picture);

	if (error)
		return error;
	*out = (struct vfiod_plane){
		.format = picture.plane.format,
		.width = picture.plane.width,
		.height = picture.plane.height,
		.stride = picture.row,
		.size = (uint32_t)picture.size,
		.x = magnitude(picture.plane.x),
		.y = magnitude(picture.plane.y),
		.x_hot = picture.plane.x_hot,
		.y_hot = picture.plane.y_hot,
		.region = type == VFIOD_PLANE_CURSOR ? gvt->cursor : gvt->framebuffer,
	};
	return 0;
}

static int
add(struct vfiod_device *dev, const struct vfiod_region *region, uint32_t *index)
{
	int result = vfiod_add_region(dev, region);

	if (result < 0)
		return result;
	*index = (uint32_t)result;
	return 0;
}

int
gvt_framebuffer_add(struct vfiod_device *dev)
{
	const struct vfiod_region framebuffer = {
		.name = "framebuffer",
		.size = FRAMEBUFFER_SIZE,
		.flags = VFIOD_REGION_READ,
		.type = VFIOD_REGION_TYPE,
		.subtype = VFIOD_REGION_SUBTYPE_FRAMEBUFFER,
		.copy_out = framebuffer_copy_out,
	};
	const struct vfiod_region cursor = {
		.name = "cursor",
		.size = CURSOR_SIZE,
		.flags = VFIOD_REGION_READ,
		.type = VFIOD_REGION_TYPE,
		.subtype = VFIOD_REGION_SUBTYPE_CURSOR,
		.copy_out = cursor_copy_out,
	};
	struct gvt *gvt = dev->state;
	int error = add(dev, &framebuffer, &gvt->framebuffer);

	return error ? error : add(dev, &cursor, &gvt->cursor);
}
