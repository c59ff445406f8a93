/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BAR2, the aperture: graphics memory below the BAR's size, through the GGTT. A page that has no
 * present entry, or one that points to where no memory is, reads 0 and swallows writes. What a fence
 * covers is a tiled surface in memory that clients see as a linear one.
 */
#include "models/gvt/gvt.h"

#include <string.h>

/* A copy between the client's buffer and memory. Pieces collect where memory is not mapped. */
#define PIECES 256u

struct copy {
	const struct gvt *gvt;
	const struct vfiod_host *host;
	bool *told; /* whether the log knows of memory that isn't there; NULL: it need not */
	bool write; /* to memory */
	unsigned count;
	struct vfiod_piece piece[PIECES];
};

static size_t
to_page_end(uint64_t address, size_t length)
{
	size_t left = GVT_PAGE_SIZE - (address & (GVT_PAGE_SIZE - 1));

	return length < left ? length : left;
}

/* The guest sees what GVT-g's scratch page would show it; who looks for the reason needs a word. */
static void
tell(const struct copy *copy, uint64_t bus)
{
	if (!copy->told || *copy->told)
		return;
	*copy->told = true;
	vfiod_log(copy->gvt->dev, VFIOD_LOG_NOTICE,
		  "aperture: the GGTT maps bus address 0x%llx, where %s: until the next reset no "
		  "more of this",
		  (unsigned long long)bus,
		  copy->write ? "nothing can be written; it is lost"
			      : "nothing is to be read; it is 0");
}

/* A page, or a part of one, by itself. Returns whether it is there. */
static bool
move_part(const struct copy *copy, uint64_t bus, uint8_t *buffer, size_t length)
{
	int error = copy->write ? copy->host->bus_write(copy->host->ctx, bus, buffer, length)
				: copy->host->bus_read(copy->host->ctx, bus, buffer, length);

	if (!error)
		return true;
	tell(copy, bus);
	return false;
}

/* A run of which part is not backed by memory: page by page, whatever works. */
static void
move_by_pages(const struct copy *copy, const struct vfiod_piece *piece)
{
	uint8_t *buffer = piece->buffer;

	for (size_t done = 0, part; done < piece->length; done += part) {
		uint64_t bus = piece->address + done;

		part = to_page_end(bus, piece->length - done);
		if (!move_part(copy, bus, buffer + done, part) && !copy->write)
			memset(buffer + done, 0, part);
	}
}

static void
finish(struct copy *copy)
{
	if (copy->count &&
	    copy->host->bus_transfer(copy->host->ctx, copy->write, copy->piece, copy->count))
		for (unsigned i = 0; i < copy->count; i++)
			if (copy->piece[i].failed)
				move_by_pages(copy, &copy->piece[i]);
	copy->count = 0;
}

static void
add_piece(struct copy *copy, uint64_t bus, uint8_t *buffer, size_t length)
{
	if (copy->count == PIECES)
		finish(copy);
	copy->piece[copy->count++] =
		(struct vfiod_piece){.address = bus, .buffer = buffer, .length = length};
}

static void
move_run(struct copy *copy, uint64_t bus, uint8_t *buffer, size_t length)
{
	void *memory = copy->host->bus_map(copy->host->ctx, bus, length, copy->write);

	if (!memory)
		add_piece(copy, bus, buffer, length);
	else if (copy->write)
		memcpy(memory, buffer, length);
	else
		memcpy(buffer, memory, length);
}

/* A stretch of graphics memory that is contiguous on the bus, or mapped nowhere. */
struct run {
	bool mapped;
	uint64_t bus;
	size_t length;
};

/* The longest run at gm that is no longer than length. */
static struct run
next_run(const struct gvt *gvt, uint64_t gm, size_t length)
{
	struct run run = {.length = to_page_end(gm, length)};

	run.mapped = !gvt_ggtt_translate(gvt, gm, &run.bus);
	while (run.length < length) {
		uint64_t bus;
		bool mapped = !gvt_ggtt_translate(gvt, gm + run.length, &bus);

		if (mapped != run.mapped || (mapped && bus != run.bus + run.length))
			break;
		run.length += to_page_end(gm + run.length, length - run.length);
	}
	return run;
}

static void
move_linear(struct copy *copy, uint64_t gm, uint8_t *buffer, size_t length)
{
	while (length) {
		struct run run = next_run(copy->gvt, gm, length);

		if (run.mapped)
			move_run(copy, run.bus, buffer, run.length);
		else if (!copy->write)
			memset(buffer, 0, run.length);
		gm += run.length;
		buffer += run.length;
		length -= run.length;
	}
}

/* A tile, which is a page: mapped, or a copy of it to read from, or neither. */
struct tile_page {
	bool exists;
	uint64_t bus;
	uint8_t *memory;
	uint8_t bounce[GVT_PAGE_SIZE];
};

static void
open_tile(const struct copy *copy, uint64_t gm, struct tile_page *page)
{
	page->memory = NULL;
	page->exists = !gvt_ggtt_translate(copy->gvt, gm, &page->bus);
	if (!page->exists)
		return;
	page->memory = copy->host->bus_map(copy->host->ctx, page->bus, GVT_PAGE_SIZE, copy->write);
	if (page->memory || copy->write)
		return;
	page->exists = move_part(copy, page->bus, page->bounce, sizeof(page->bounce));
	page->memory = page->bounce;
}

static void
move_span(struct copy *copy, const struct tile_page *page, uint32_t offset, uint8_t *buffer,
	  uint32_t length)
{
	if (!page->exists) {
		if (!copy->write)
			memset(buffer, 0, length);
	} else if (!page->memory) {
		add_piece(copy, page->bus + offset, buffer, length);
	} else if (copy->write) {
		memcpy(page->memory + offset, buffer, length);
	} else {
		memcpy(buffer, page->memory + offset, length);
	}
}

/*
 * Bytes of a row of a Y tile, from column @a x on, to or from memory at @a row, that row's first byte in the
 * tile. Sixteen at a time, so that the compiler knows all numbers.
 */
static void
move_y_row(bool write, uint8_t *row, uint32_t x, uint8_t *buffer, uint32_t length)
{
	enum { SPAN = 16, COLUMN = 16 * 32 };

	while (length) {
		uint8_t *at = row + x / SPAN * COLUMN + x % SPAN;
		uint32_t part = SPAN - x % SPAN;

		if (part > length)
			part = length;
		if (part == SPAN)
			memcpy(write ? at : buffer, write ? buffer : at, SPAN);
		else
			memcpy(write ? at : buffer, write ? buffer : at, part);
		x += part;
		buffer += part;
		length -= part;
	}
}

/* What a client asks of a fenced surface, in bytes from its start as the client sees it. */
struct view {
	const struct gvt_fence *fence;
	uint64_t from, to;
	uint8_t *buffer; /* for `from` */
};

/* A part of a tile's row. */
static void
move_row(struct copy *copy, const struct tile_page *page, enum gvt_tiling tiling, uint32_t row,
	 uint32_t x, uint8_t *buffer, uint32_t length)
{
	const struct gvt_tile *tile = gvt_tile(tiling);

	if (page->exists && page->memory && tiling == GVT_TILED_Y) {
		move_y_row(copy->write, page->memory + row * tile->span, x, buffer, length);
		return;
	}
	while (length) {
		uint32_t span = gvt_tiled_span(tiling, x, length);

		move_span(copy, page, (uint32_t)gvt_tiled_offset(tiling, tile->width, x, row),
			  buffer, span);
		x += span;
		buffer += span;
		length -= span;
	}
}

/* The rows of one tile that are in the view. */
static void
move_tile(struct copy *copy, const struct view *view, uint64_t tile_row, uint32_t column)
{
	const struct gvt_fence *fence = view->fence;
	const struct gvt_tile *tile = gvt_tile(fence->tiling);
	uint64_t per_row = fence->pitch / tile->width;
	uint32_t width = fence->pitch - column * tile->width;
	struct tile_page page;
	bool open = false;

	if (width > tile->width)
		width = tile->width;
	for (uint32_t row = 0; row < tile->height; row++) {
		uint64_t first = (tile_row * tile->height + row) * fence->pitch +
				 (uint64_t)column * tile->width;
		uint64_t at = first > view->from ? first : view->from;
		uint64_t end = first + width < view->to ? first + width : view->to;

		if (at >= end)
			continue;
		if (!open)
			open_tile(copy,
				  fence->start + (tile_row * per_row + column) * GVT_PAGE_SIZE,
				  &page);
		open = true;
		move_row(copy, &page, fence->tiling, row, (uint32_t)(at - first),
			 view->buffer + (at - view->from), (uint32_t)(end - at));
	}
}

/* Tile by tile, so that each page is looked up once, however many rows of it are copied. */
static void
move_tiled(struct copy *copy, const struct view *view)
{
	const struct gvt_fence *fence = view->fence;
	const struct gvt_tile *tile = gvt_tile(fence->tiling);
	uint64_t band = (uint64_t)fence->pitch * tile->height;
	uint32_t last_column = (fence->pitch - 1) / tile->width;

	for (uint64_t row = view->from / band; row * band < view->to; row++) {
		uint32_t first = 0, last = last_column;

		/* An access within one row needs no other tile than its own. */
		if (view->from / fence->pitch == (view->to - 1) / fence->pitch) {
			first = (uint32_t)(view->from % fence->pitch) / tile->width;
			last = (uint32_t)((view->to - 1) % fence->pitch) / tile->width;
		}
		for (uint32_t column = first; column <= last; column++)
			move_tile(copy, view, row, column);
	}
}

static void
move(struct copy *copy, uint64_t gm, uint8_t *buffer, size_t length)
{
	while (length) {
		struct gvt_fence fence;
		uint64_t end;
		bool tiled = gvt_fence_at(copy->gvt, gm, &fence, &end);
		size_t part = end - gm < length ? (size_t)(end - gm) : length;

		if (tiled)
			move_tiled(copy, &(struct view){.fence = &fence,
							.from = gm - fence.start,
							.to = gm - fence.start + part,
							.buffer = buffer});
		else
			move_linear(copy, gm, buffer, part);
		gm += part;
		buffer += part;
		length -= part;
	}
	finish(copy);
}

/* GVT-g refuses an access that ends with the slice's last byte as well; vfiod does not. */
static bool
inside(const struct gvt *gvt, uint64_t pos, size_t length)
{
	return gvt_slice_contains(&gvt->low, pos) &&
	       length <= gvt->low.size - (pos - gvt->low.base);
}

/* What a processor's load or store moves: known sizes are copied without a call. */
static inline void
copy_small(uint8_t *to, const uint8_t *from, size_t length)
{
	if (length == 4)
		memcpy(to, from, 4);
	else if (length == 8)
		memcpy(to, from, 8);
	else
		memcpy(to, from, length);
}

/* The usual small access: inside one page that is mapped and not fenced. False if it is another. */
static inline bool
move_in_page(const struct gvt *gvt, bool write, uint64_t pos, uint8_t *buffer, size_t length)
{
	const struct vfiod_host *host = gvt->dev->host;
	struct gvt_fence fence;
	uint64_t end, bus;
	uint8_t *memory;

	if (length > to_page_end(pos, length) || gvt_fence_at(gvt, pos, &fence, &end) ||
	    end - pos < length || gvt_ggtt_translate(gvt, pos, &bus))
		return false;
	memory = host->bus_map(host->ctx, bus, length, write);
	if (!memory)
		return false;
	if (write)
		copy_small(memory, buffer, length);
	else
		copy_small(buffer, memory, length);
	return true;
}

static int
access_aperture(struct gvt *gvt, bool write, uint64_t pos, uint8_t *buffer, size_t length)
{
	struct copy copy;

	if (!inside(gvt, pos, length))
		return -EFAULT;
	if (move_in_page(gvt, write, pos, buffer, length))
		return 0;
	copy.gvt = gvt;
	copy.host = gvt->dev->host;
	copy.told = &gvt->unbacked_told;
	copy.write = write;
	copy.count = 0;
	move(&copy, pos, buffer, length);
	return 0;
}

int
gvt_aperture_copy_out(void *state, uint64_t pos, void *buffer, size_t length)
{
	return access_aperture(state, false, pos, buffer, length);
}

unsigned
gvt_aperture_map_out(void *state, uint64_t pos, size_t length, struct iovec *vector, unsigned count)
{
	const struct gvt *gvt = state;
	const struct vfiod_host *host = gvt->dev->host;
	struct gvt_fence fence;
	uint64_t end;
	unsigned used = 0;

	if (!inside(gvt, pos, length) || gvt_fence_at(gvt, pos, &fence, &end) || end - pos < length)
		return 0;
	while (length) {
		struct run run = next_run(gvt, pos, length);
		void *memory = NULL;

		if (run.mapped && used < count)
			memory = host->bus_map(host->ctx, run.bus, run.length, false);
		if (!memory)
			return 0;
		vector[used++] = (struct iovec){.iov_base = memory, .iov_len = run.length};
		pos += run.length;
		length -= run.length;
	}
	return used;
}

int
gvt_aperture_copy_in(void *state, uint64_t pos, const void *buffer, size_t length)
{
	/* Memory is written, the buffer only read. */
	return access_aperture(state, true, pos, (uint8_t *)(uintptr_t)buffer, length);
}

void
gvt_gm_read(const struct gvt *gvt, uint64_t gm, void *buffer, size_t length)
{
	struct copy copy;

	copy.gvt = gvt;
	copy.host = gvt->dev->host;
	copy.told = NULL;
	copy.write = false;
	copy.count = 0;
	move_linear(&copy, gm, buffer, length);
	finish(&copy);
}
