/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BAR2, the aperture: graphics memory below the BAR's size, through the GGTT. A page that has no
 * present entry, or one that points to where no memory is, reads 0 and swallows writes. Tiled fences
 * are not applied yet.
 */
#include "models/gvt/gvt.h"

#include <string.h>

/* A stretch of graphics memory that is contiguous on the bus, or mapped nowhere. */
struct run {
	bool mapped;
	uint64_t bus;
	size_t length;
};

static size_t
to_page_end(uint64_t address, size_t length)
{
	size_t left = GVT_PAGE_SIZE - (address & (GVT_PAGE_SIZE - 1));

	return length < left ? length : left;
}

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
fetch(const struct vfiod_host *host, uint64_t bus, uint8_t *buffer, size_t length)
{
	const void *memory = host->bus_map(host->ctx, bus, length, false);

	if (memory) {
		memcpy(buffer, memory, length);
		return;
	}
	if (!host->bus_read(host->ctx, bus, buffer, length))
		return;
	/* Part of it is not backed by memory: find out page by page which. */
	if (to_page_end(bus, length) == length) {
		memset(buffer, 0, length);
		return;
	}
	for (size_t done = 0, part; done < length; done += part) {
		part = to_page_end(bus + done, length - done);
		fetch(host, bus + done, buffer + done, part);
	}
}

static void
store(const struct vfiod_host *host, uint64_t bus, const uint8_t *buffer, size_t length)
{
	void *memory = host->bus_map(host->ctx, bus, length, true);

	if (memory) {
		memcpy(memory, buffer, length);
		return;
	}
	if (!host->bus_write(host->ctx, bus, buffer, length) || to_page_end(bus, length) == length)
		return;
	for (size_t done = 0, part; done < length; done += part) {
		part = to_page_end(bus + done, length - done);
		store(host, bus + done, buffer + done, part);
	}
}

/* GVT-g refuses an access that ends with the slice's last byte as well; vfiod does not. */
static bool
inside(const struct gvt *gvt, uint64_t pos, size_t length)
{
	return gvt_slice_contains(&gvt->low, pos) &&
	       length <= gvt->low.size - (pos - gvt->low.base);
}

int
gvt_aperture_copy_out(void *state, uint64_t pos, void *buffer, size_t length)
{
	struct gvt *gvt = state;
	uint8_t *to = buffer;

	if (!inside(gvt, pos, length))
		return -EFAULT;
	while (length) {
		struct run run = next_run(gvt, pos, length);

		if (run.mapped)
			fetch(gvt->dev->host, run.bus, to, run.length);
		else
			memset(to, 0, run.length);
		pos += run.length;
		to += run.length;
		length -= run.length;
	}
	return 0;
}

int
gvt_aperture_copy_in(void *state, uint64_t pos, const void *buffer, size_t length)
{
	struct gvt *gvt = state;
	const uint8_t *from = buffer;

	if (!inside(gvt, pos, length))
		return -EFAULT;
	while (length) {
		struct run run = next_run(gvt, pos, length);

		if (run.mapped)
			store(gvt->dev->host, run.bus, from, run.length);
		pos += run.length;
		from += run.length;
		length -= run.length;
	}
	return 0;
}
