/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory as an engine sees it: graphics memory through the GGTT, or the address space of a context
 * through page tables of four or three levels of 512 entries. Intel PRM SKL Vol 5 "Per-Process GTT",
 * GVT-g gtt.c, i915 gen8_ppgtt.c.
 */
#include "models/gvt/streamer.h"

#include <endian.h>
#include <string.h>

#define PRESENT                     (1u << 0)
#define WRITABLE                    (1u << 1)
#define HUGE_PAGE                   (1u << 7)  /* PDP entry: 1 GiB, PD entry: 2 MiB */
#define TABLE_OF_64K                (1u << 11) /* PD entry: every 16th entry below maps 64 KiB */

#define TABLE_SHIFT                 21 /* what an entry of a page directory covers */
#define POINTER_SHIFT               30
#define ROOT_SHIFT                  39
#define ADDRESS_BITS                48
#define ENTRY_INDEX(address, shift) ((address) >> (shift)&0x1ff)
#define LINE_ENTRIES                8u /* read together: 64 bytes of a table */

void
gvt_tlb_flush(struct gvt_streamer *streamer)
{
	for (unsigned i = 0; i < GVT_TLB_PAGES; i++)
		streamer->tlb.page[i].tag = 0;
	for (unsigned i = 0; i < GVT_TLB_TABLES; i++)
		streamer->tlb.table[i].tag = 0;
	for (unsigned i = 0; i < GVT_STREAMS; i++)
		streamer->stream[i].window_valid = false;
}

/* The entry for @a address in the table at @a table; 0, which is not present, where no memory is. */
static uint64_t
read_entry(const struct vfiod_host *host, uint64_t table, uint64_t address, int shift)
{
	uint64_t entry;

	if (host->bus_read(host->ctx, (table & GVT_PTE_FRAME) + 8 * ENTRY_INDEX(address, shift),
			   &entry, sizeof(entry)))
		return 0;
	return le64toh(entry);
}

/* The page directory pointer for an address; GVT-g takes any in registers that isn't 0. */
static uint64_t
pointer_entry(const struct gvt_streamer *streamer, uint64_t address)
{
	const struct vfiod_host *host = streamer->gvt->dev->host;
	const struct gvt_context *context = &streamer->context;
	uint64_t root;

	if (!context->four_levels)
		return context->pdp[ENTRY_INDEX(address, POINTER_SHIFT) & 3] | PRESENT;
	root = read_entry(host, context->pdp[0], address, ROOT_SHIFT);
	return root & PRESENT ? read_entry(host, root, address, POINTER_SHIFT) : 0;
}

/*
 * The page directory entry for an address, of a 1 GiB page the entry that its part of 2 MiB would
 * have.
 */
static uint64_t
directory_entry(struct gvt_streamer *streamer, uint64_t address)
{
	uint64_t number = address >> TABLE_SHIFT, pointer;
	struct gvt_tlb_table *cached = &streamer->tlb.table[number % GVT_TLB_TABLES];

	if (cached->tag == number + 1)
		return cached->entry;
	pointer = pointer_entry(streamer, address);
	if (!(pointer & PRESENT))
		return 0;
	if (streamer->context.four_levels && pointer & HUGE_PAGE)
		cached->entry = pointer + (ENTRY_INDEX(address, TABLE_SHIFT) << TABLE_SHIFT);
	else
		cached->entry = read_entry(streamer->gvt->dev->host, pointer, address, TABLE_SHIFT);
	if (!(cached->entry & PRESENT)) {
		cached->tag = 0;
		return 0;
	}
	cached->tag = number + 1;
	return cached->entry;
}

static void
remember_page(struct gvt_streamer *streamer, uint64_t page, uint64_t frame, uint64_t flags)
{
	streamer->tlb.page[page % GVT_TLB_PAGES] = (struct gvt_tlb_page){
		.tag = flags & PRESENT ? page + 1 : 0,
		.frame = frame & GVT_PTE_FRAME,
		.writable = flags & WRITABLE,
	};
}

/* Fills the TLB with a line of the page table, of which one entry is for @a address. */
static void
load_line(struct gvt_streamer *streamer, uint64_t directory, uint64_t address)
{
	const struct vfiod_host *host = streamer->gvt->dev->host;
	uint64_t page = address >> GVT_PAGE_SHIFT;
	uint64_t first = page & ~(uint64_t)(LINE_ENTRIES - 1), line[LINE_ENTRIES];

	if (directory & TABLE_OF_64K) {
		uint64_t entry =
			read_entry(host, directory, address & ~UINT64_C(0xffff), GVT_PAGE_SHIFT);

		remember_page(streamer, page, (entry & ~UINT64_C(0xffff)) | (address & 0xf000),
			      entry);
		return;
	}
	if (host->bus_read(host->ctx,
			   (directory & GVT_PTE_FRAME) +
				   8 * ENTRY_INDEX(first << GVT_PAGE_SHIFT, GVT_PAGE_SHIFT),
			   line, sizeof(line)))
		return;
	for (unsigned i = 0; i < LINE_ENTRIES; i++)
		remember_page(streamer, first + i, le64toh(line[i]), le64toh(line[i]));
}

static bool
ppgtt_translate(struct gvt_streamer *streamer, uint64_t address, uint64_t *bus, bool *writable)
{
	struct gvt_tlb_page *cached;
	uint64_t page, directory;

	/* Addresses are canonical: bit 47 repeats above. */
	address &= (UINT64_C(1) << ADDRESS_BITS) - 1;
	if (!streamer->context.four_levels && address >> 32)
		return false;
	page = address >> GVT_PAGE_SHIFT;
	cached = &streamer->tlb.page[page % GVT_TLB_PAGES];
	if (cached->tag != page + 1) {
		directory = directory_entry(streamer, address);
		if (!(directory & PRESENT))
			return false;
		if (directory & HUGE_PAGE)
			remember_page(streamer, page,
				      (directory & GVT_PTE_FRAME & ~UINT64_C(0x1fffff)) |
					      (address & 0x1ff000),
				      directory);
		else
			load_line(streamer, directory, address);
		if (cached->tag != page + 1)
			return false;
	}
	*bus = cached->frame | (address & (GVT_PAGE_SIZE - 1));
	*writable = cached->writable;
	return true;
}

static bool
translate(struct gvt_streamer *streamer, bool ppgtt, uint64_t address, uint64_t *bus,
	  bool *writable)
{
	if (ppgtt)
		return ppgtt_translate(streamer, address, bus, writable);
	*writable = true;
	return !gvt_ggtt_translate(streamer->gvt, address, bus);
}

static enum gvt_outcome
fault(struct gvt_streamer *streamer, bool ppgtt, uint64_t address)
{
	streamer->has_fault = true;
	streamer->fault_ppgtt = ppgtt;
	streamer->fault_address = address;
	return gvt_streamer_hang(streamer, "an address that maps nothing");
}

void
gvt_gather_finish(struct gvt_streamer *streamer, struct gvt_gather *gather)
{
	const struct vfiod_host *host = streamer->gvt->dev->host;

	if (!gather->count)
		return;
	/* Where the bus has no memory, reads give zeros and writes go nowhere. */
	if (host->bus_transfer(host->ctx, gather->write, gather->piece, gather->count) &&
	    !gather->write)
		for (unsigned i = 0; i < gather->count; i++)
			if (gather->piece[i].failed)
				memset(gather->piece[i].buffer, 0, gather->piece[i].length);
	gather->count = 0;
}

static void
add_piece(struct gvt_streamer *streamer, struct gvt_gather *gather, uint64_t bus, uint8_t *buffer,
	  size_t length)
{
	struct vfiod_piece *last = gather->count ? &gather->piece[gather->count - 1] : NULL;

	if (last && last->address + last->length == bus &&
	    (uint8_t *)last->buffer + last->length == buffer) {
		last->length += length;
		return;
	}
	if (gather->count == GVT_GATHER_PIECES)
		gvt_gather_finish(streamer, gather);
	gather->piece[gather->count++] =
		(struct vfiod_piece){.address = bus, .buffer = buffer, .length = length};
}

/* A batch may change commands that are still to come: read them again then. */
static void
forget_commands(struct gvt_streamer *streamer, uint64_t bus)
{
	for (unsigned i = 0; i < GVT_STREAMS; i++)
		if (streamer->stream[i].window_bus == (bus & ~(uint64_t)(GVT_PAGE_SIZE - 1)))
			streamer->stream[i].window_valid = false;
}

enum gvt_outcome
gvt_gather_add(struct gvt_streamer *streamer, struct gvt_gather *gather, uint64_t address,
	       void *buffer, size_t length)
{
	uint8_t *at = buffer;

	while (length) {
		size_t part = GVT_PAGE_SIZE - (address & (GVT_PAGE_SIZE - 1));
		bool writable;
		uint64_t bus;

		if (part > length)
			part = length;
		if (!translate(streamer, gather->ppgtt, address, &bus, &writable))
			return fault(streamer, gather->ppgtt, address);
		if (gather->write)
			forget_commands(streamer, bus);
		/* A write to a page that is read-only is lost. */
		if (!gather->write || writable)
			add_piece(streamer, gather, bus, at, part);
		address += part;
		at += part;
		length -= part;
	}
	return GVT_DONE;
}

static enum gvt_outcome
move(struct gvt_streamer *streamer, struct gvt_gather *gather, uint64_t address, void *buffer,
     size_t length)
{
	enum gvt_outcome outcome;

	gather->count = 0;
	outcome = gvt_gather_add(streamer, gather, address, buffer, length);

	if (outcome == GVT_DONE)
		gvt_gather_finish(streamer, gather);
	return outcome;
}

enum gvt_outcome
gvt_memory_read(struct gvt_streamer *streamer, bool ppgtt, uint64_t address, void *buffer,
		size_t length)
{
	struct gvt_gather gather;

	gather.write = false;
	gather.ppgtt = ppgtt;
	return move(streamer, &gather, address, buffer, length);
}

enum gvt_outcome
gvt_memory_write(struct gvt_streamer *streamer, bool ppgtt, uint64_t address, const void *buffer,
		 size_t length)
{
	struct gvt_gather gather;

	gather.write = true;
	gather.ppgtt = ppgtt;
	/* A transfer to the bus only reads the buffer. */
	return move(streamer, &gather, address, (void *)(uintptr_t)buffer, length);
}

enum gvt_outcome
gvt_memory_fetch(struct gvt_streamer *streamer, struct gvt_stream *stream, uint64_t address)
{
	const struct vfiod_host *host = streamer->gvt->dev->host;
	bool writable;

	stream->window_valid = false;
	if (!translate(streamer, stream->ppgtt, address, &stream->window_bus, &writable) ||
	    host->bus_read(host->ctx, stream->window_bus, stream->window, sizeof(stream->window)))
		return fault(streamer, stream->ppgtt, address);
	stream->window_address = address;
	stream->window_valid = true;
	return GVT_DONE;
}
