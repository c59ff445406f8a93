/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk through commands: fetch, tell kinds and lengths apart, carry out or skip, and give up on a
 * walk that doesn't end. Intel PRM SKL Vol 2a "Command Reference", command headers.
 */
#include "models/gvt/streamer.h"

#include <endian.h>

/* Bits 31:29 of the first dword: for whom a command is. */
enum client {
	CLIENT_MI = 0,
	CLIENT_BLITTER = 2,
	CLIENT_RENDER = 3, /* 3D and media */
};

/* Bits 28:27 of a render command. */
enum pipeline {
	PIPELINE_SINGLE_DWORD = 1,
	PIPELINE_MEDIA = 2,
};

/* Render commands by bits 31:16. */
#define PIPE_CONTROL        0x7a00u
#define GPGPU_WALKER        0x7105u
#define SO_DECL_LIST        0x7917u
#define BINDING_TABLE_EDITS 0x7843u /* to 7847h, one a shader stage */

#define ERROR_INSTRUCTION   (1u << 0)

#define CLOCK_EVERY         1024u /* commands between looks at the clock */
#define PAUSE_EVERY         8192u
#define PAUSE_NANOSECONDS   UINT64_C(1000000)

enum gvt_outcome
gvt_command_invalid(struct gvt_streamer *streamer)
{
	streamer->error |= ERROR_INSTRUCTION;
	return gvt_streamer_hang(streamer, "an invalid command");
}

void
gvt_command_skipped(struct gvt_streamer *streamer, const char *what)
{
	if (!atomic_exchange(&streamer->skipped, true))
		vfiod_log(streamer->gvt->dev, VFIOD_LOG_NOTICE, "%s skips %s",
			  streamer->engine->name, what);
}

/* Dwords of commands left in the ring, or to the end of a batch that has one. */
static uint64_t
dwords_left(const struct gvt_streamer *streamer)
{
	const struct gvt_stream *stream = &streamer->stream[streamer->depth];
	const struct gvt_context *context = &streamer->context;

	if (streamer->depth == GVT_RING) {
		uint32_t head = (uint32_t)stream->address;

		return (context->tail >= head ? context->tail - head
					      : context->ring_size - head + context->tail) /
		       4;
	}
	return stream->end ? (stream->end - stream->address) / 4 : UINT32_MAX;
}

static void
advance(struct gvt_streamer *streamer, unsigned dwords)
{
	struct gvt_stream *stream = &streamer->stream[streamer->depth];

	stream->address += 4 * (uint64_t)dwords;
	if (streamer->depth == GVT_RING && stream->address >= streamer->context.ring_size)
		stream->address -= streamer->context.ring_size;
}

/* The dword at the stream's address plus @a ahead dwords. */
static enum gvt_outcome
peek(struct gvt_streamer *streamer, unsigned ahead, uint32_t *dword)
{
	struct gvt_stream *stream = &streamer->stream[streamer->depth];
	uint64_t address = stream->address + 4 * (uint64_t)ahead, page;

	if (streamer->depth == GVT_RING) {
		if (address >= streamer->context.ring_size)
			address -= streamer->context.ring_size;
		address += streamer->context.ring_start;
	}
	page = address & ~(uint64_t)(GVT_PAGE_SIZE - 1);
	if (!stream->window_valid || stream->window_address != page) {
		enum gvt_outcome outcome = gvt_memory_fetch(streamer, stream, page);

		if (outcome != GVT_DONE)
			return outcome;
	}
	*dword = le32toh(stream->window[(address - page) / 4]);
	return GVT_DONE;
}

static enum gvt_outcome
check_length(struct gvt_streamer *streamer, unsigned dwords)
{
	if (dwords > dwords_left(streamer))
		return gvt_streamer_hang(streamer, "a command longer than what is there");
	return GVT_DONE;
}

enum gvt_outcome
gvt_command_fetch(struct gvt_streamer *streamer, unsigned count)
{
	enum gvt_outcome outcome = check_length(streamer, count);

	for (unsigned i = 0; i < count && outcome == GVT_DONE; i++)
		outcome = peek(streamer, i, &streamer->command[i]);
	if (outcome == GVT_DONE)
		advance(streamer, count);
	return outcome;
}

enum gvt_outcome
gvt_command_skip(struct gvt_streamer *streamer, unsigned dwords)
{
	enum gvt_outcome outcome = check_length(streamer, dwords);

	if (outcome == GVT_DONE)
		advance(streamer, dwords);
	return outcome;
}

/* Width of the length field, GVT-g cmd_parser.c; where it is short, flags are above it. */
static unsigned
length_bits(uint32_t command)
{
	if (command == GPGPU_WALKER)
		return 8;
	if (command == SO_DECL_LIST || command - BINDING_TABLE_EDITS < 5)
		return 9;
	return (command >> 11 & 3) == PIPELINE_MEDIA ? 16 : 8;
}

static unsigned
render_length(uint32_t header)
{
	if ((header >> 27 & 3) == PIPELINE_SINGLE_DWORD)
		return 1;
	return (header & ((1u << length_bits(header >> 16)) - 1)) + 2;
}

/* On video engines all of it is media with a length of 12 bits. */
static enum gvt_outcome
render(struct gvt_streamer *streamer, uint32_t header)
{
	switch (streamer->engine->kind) {
	case GVT_ENGINE_RENDER:
		if (header >> 16 == PIPE_CONTROL)
			return gvt_pipe_control(streamer);
		gvt_command_skipped(streamer, "3D and media commands: nothing is drawn");
		return gvt_command_skip(streamer, render_length(header));
	case GVT_ENGINE_VIDEO:
		gvt_command_skipped(streamer, "media commands: nothing is decoded");
		return gvt_command_skip(streamer, (header & 0xfff) + 2);
	default:
		return gvt_command_invalid(streamer);
	}
}

static enum gvt_outcome
execute(struct gvt_streamer *streamer, uint32_t header)
{
	switch (header >> 29) {
	case CLIENT_MI:
		return gvt_command_mi(streamer, header);
	case CLIENT_BLITTER:
		return streamer->engine->kind == GVT_ENGINE_BLITTER
			       ? gvt_command_blit(streamer, header)
			       : gvt_command_invalid(streamer);
	case CLIENT_RENDER:
		return render(streamer, header);
	default:
		return gvt_command_invalid(streamer);
	}
}

enum gvt_outcome
gvt_command_check_time(struct gvt_streamer *streamer)
{
	const struct vfiod_host *host = streamer->gvt->dev->host;
	uint64_t now = host->now(host->ctx);

	if (!streamer->deadline)
		streamer->deadline = now + streamer->patience.nanoseconds;
	if (now > streamer->deadline)
		return gvt_streamer_hang(streamer, "a batch that takes too long");
	return gvt_streamer_cancelled(streamer) ? GVT_CANCELLED : GVT_DONE;
}

/* Gives up on a command of the ring that takes too long, and goes easy on the machine before that. */
static enum gvt_outcome
be_patient(struct gvt_streamer *streamer)
{
	const struct gvt_patience *patience = &streamer->patience;

	if (streamer->commands % CLOCK_EVERY)
		return GVT_DONE;
	if (streamer->commands >= patience->max_commands)
		return gvt_streamer_hang(streamer, "a batch that doesn't end");
	if (streamer->commands > patience->free_commands && !(streamer->commands % PAUSE_EVERY) &&
	    !gvt_streamer_pause(streamer, PAUSE_NANOSECONDS))
		return GVT_CANCELLED;
	return gvt_command_check_time(streamer);
}

/* A chance to look up between two commands. */
static enum gvt_outcome
look_up(struct gvt_streamer *streamer)
{
	enum gvt_outcome outcome = GVT_DONE;

	if (atomic_load_explicit(&streamer->attention, memory_order_relaxed))
		outcome = gvt_execlist_attend(streamer);
	if (outcome == GVT_DONE && streamer->switch_wanted && streamer->depth == GVT_RING)
		outcome = gvt_execlist_arbitrate(streamer, false);
	if (outcome != GVT_DONE)
		return outcome;
	if (streamer->depth == GVT_RING) {
		streamer->commands = 0;
		streamer->deadline = 0;
	}
	streamer->commands++;
	return be_patient(streamer);
}

enum gvt_outcome
gvt_commands_run(struct gvt_streamer *streamer, bool ring)
{
	for (;;) {
		const struct gvt_stream *stream = &streamer->stream[streamer->depth];
		enum gvt_outcome outcome = look_up(streamer);
		uint32_t header;

		if (outcome != GVT_DONE)
			return outcome;
		if (streamer->depth == GVT_RING &&
		    (!ring || stream->address == streamer->context.tail))
			return GVT_DONE;
		if (stream->end && stream->address >= stream->end)
			return GVT_DONE;
		outcome = peek(streamer, 0, &header);
		if (outcome != GVT_DONE)
			return outcome;
		streamer->command[0] = header;
		if (header == 0) { /* MI_NOOP, the most common of all */
			advance(streamer, 1);
			continue;
		}
		outcome = execute(streamer, header);
		if (outcome != GVT_DONE)
			return outcome;
	}
}
