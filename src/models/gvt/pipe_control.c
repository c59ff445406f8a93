/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PIPE_CONTROL: flushes of what isn't cached here, and a write once all before it is done, which is
 * now. Intel PRM SKL Vol 2a.
 */
#include "models/gvt/streamer.h"

#include <endian.h>

#define LENGTH           6u /* dwords; the two of the value may be missing */

#define FLAG_GGTT        (1u << 24)
#define FLAG_INDEX       (1u << 21)
#define FLAG_INVALIDATE  (1u << 18)
#define FLAG_NOTIFY      (1u << 8)
#define POST_SYNC(flags) ((flags) >> 14 & 3)

enum post_sync {
	WRITE_NOTHING,
	WRITE_VALUE,
	WRITE_DEPTH_COUNT,
	WRITE_TIMESTAMP,
};

#define INDEX_OFFSET   0xffcu
#define ADDRESS_OFFSET UINT64_C(0xfffffffffffffffc)

enum gvt_outcome
gvt_post_sync(struct gvt_streamer *streamer, uint64_t address, bool index, bool ggtt,
	      const void *value, size_t length)
{
	const struct gvt_stream *stream = &streamer->stream[streamer->depth];

	/* The index is into the context's own status page, the first of its image. */
	if (index) {
		address = (streamer->context.element.low & GVT_CONTEXT_ADDRESS) +
			  (address & INDEX_OFFSET);
		ggtt = true;
	} else if (ggtt && !stream->privileged) {
		return GVT_DONE;
	}
	return gvt_memory_write(streamer, !ggtt, address, value, length);
}

static uint64_t
value_of(struct gvt_streamer *streamer, enum post_sync operation)
{
	const uint32_t *command = streamer->command;

	switch (operation) {
	case WRITE_VALUE:
		return command[4] | (uint64_t)command[5] << 32;
	case WRITE_TIMESTAMP:
		return gvt_timestamp(streamer->gvt);
	default:
		return 0; /* nothing is drawn, so no pixel passes a depth test */
	}
}

enum gvt_outcome
gvt_pipe_control(struct gvt_streamer *streamer)
{
	uint32_t *command = streamer->command, flags;
	unsigned length = (command[0] & 0xff) + 2;
	enum gvt_outcome outcome;
	enum post_sync operation;
	uint64_t value;

	command[4] = command[5] = 0;
	if (length < 4 || length > LENGTH)
		return gvt_command_invalid(streamer);
	outcome = gvt_command_fetch(streamer, length);
	if (outcome != GVT_DONE)
		return outcome;
	flags = command[1];
	if (flags & FLAG_INVALIDATE)
		gvt_tlb_flush(streamer);
	operation = (enum post_sync)POST_SYNC(flags);
	if (operation != WRITE_NOTHING) {
		value = htole64(value_of(streamer, operation));
		outcome = gvt_post_sync(
			streamer, (command[2] | (uint64_t)command[3] << 32) & ADDRESS_OFFSET,
			flags & FLAG_INDEX, flags & FLAG_GGTT, &value, sizeof(value));
		if (outcome != GVT_DONE)
			return outcome;
	}
	if (flags & FLAG_NOTIFY) {
		if (!gvt_streamer_lock(streamer))
			return GVT_CANCELLED;
		gvt_streamer_interrupt(streamer, GVT_IRQ_NOTIFY);
		if (!gvt_streamer_unlock(streamer))
			return GVT_CANCELLED;
	}
	return GVT_DONE;
}
