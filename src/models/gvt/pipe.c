/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pipes as time passes. The line that is being sent, the frame counter and the time of each vblank all
 * follow from the moment the pipe was switched on, so nothing drifts, and a pipe costs nothing while
 * nobody waits for its events. The timer runs only towards a vblank or flip that is unmasked and would
 * change the IIR. Intel PRM SKL Vol 12 "Display", GVT-g display.c.
 */
#include "models/gvt/registers.h"

#define NS                UINT64_C(1000000000)

#define DE_PIPE_ISR(pipe) (0x44400u + 0x10 * (pipe))
#define DE_PIPE_IMR(pipe) (DE_PIPE_ISR(pipe) + 0x4)
#define DE_PIPE_IIR(pipe) (DE_PIPE_ISR(pipe) + 0x8)
#define DE_PIPE_VBLANK    (1u << 0)

#define PIPE              0x1000u
#define PIPE_FRMCNT       0x70040u
#define PIPE_FLIPTMSTMP   0x7004cu

#define DDI_FUNC_CTL_EDP  0x6f400u
#define EDP_INPUT(value)  ((value) >> 12 & 7)

/* The display's own clock, of which frame and flip time stamps are copies, counts microseconds. */
#define DISPLAY_TICKS(time) ((uint32_t)((time) / 1000))

__extension__ typedef unsigned __int128 wide;

static uint64_t
now(const struct gvt *gvt)
{
	return gvt->dev->host->now(gvt->dev->host->ctx);
}

static uint64_t
frame_pixels(const struct gvt_timing *timing)
{
	return (uint64_t)timing->htotal * timing->vtotal;
}

/* Pixels sent since the pipe was switched on. */
static wide
pixels_at(const struct gvt_pipe *pipe, uint64_t when)
{
	return (wide)(when - pipe->start) * pipe->timing.pixel_hz / NS;
}

/* Vblanks that have begun since then. The first one is at the end of the first frame's picture. */
static uint64_t
vblanks_at(const struct gvt_pipe *pipe, uint64_t when)
{
	uint64_t frame = frame_pixels(&pipe->timing);
	uint64_t blank = frame - (uint64_t)pipe->timing.vblank_start * pipe->timing.htotal;

	return (uint64_t)((pixels_at(pipe, when) + blank) / frame);
}

/* When vblank @a count (from 1) begins: the first nanosecond at which vblanks_at() says so. */
static uint64_t
vblank_time(const struct gvt_pipe *pipe, uint64_t count)
{
	uint64_t frame = frame_pixels(&pipe->timing);
	wide pixels = (wide)(count - 1) * frame +
		      (uint64_t)pipe->timing.vblank_start * pipe->timing.htotal;

	return pipe->start +
	       (uint64_t)((pixels * NS + pipe->timing.pixel_hz - 1) / pipe->timing.pixel_hz);
}

static void
run(struct gvt *gvt, unsigned index, uint64_t time)
{
	struct gvt_pipe *pipe = &gvt->pipe[index];
	uint32_t events = DE_PIPE_VBLANK;

	if (time < pipe->next)
		return;
	if (pipe->flips) {
		/* They happened at the first vblank after they were asked for. */
		*gvt_vreg(gvt, PIPE_FLIPTMSTMP + PIPE * index) = DISPLAY_TICKS(pipe->next);
		events |= pipe->flips;
		pipe->flips = 0;
	}
	pipe->next = vblank_time(pipe, vblanks_at(pipe, time) + 1);
	gvt_event(gvt, DE_PIPE_ISR(index), events);
}

void
gvt_pipes_run(struct gvt *gvt)
{
	uint64_t time = 0;

	for (unsigned i = 0; i < GVT_PIPES; i++) {
		if (!gvt->pipe[i].on)
			continue;
		if (!time)
			time = now(gvt);
		run(gvt, i, time);
	}
}

/* Whether the next vblank of a pipe would leave a trace in its IIR. */
static bool
awaited(const struct gvt *gvt, unsigned index)
{
	uint32_t events = DE_PIPE_VBLANK | gvt->pipe[index].flips;

	return gvt->pipe[index].on &&
	       (events & ~*gvt_vreg(gvt, DE_PIPE_IMR(index)) & ~*gvt_vreg(gvt, DE_PIPE_IIR(index)));
}

void
gvt_pipes_arm(struct gvt *gvt)
{
	uint64_t when = 0;

	for (unsigned i = 0; i < GVT_PIPES; i++) {
		uint64_t next = gvt->pipe[i].next;

		if (awaited(gvt, i) && (!when || next < when))
			when = next;
	}
	if (when == gvt->timer_when)
		return;
	gvt->timer_when = when;
	gvt->dev->host->set_timer(gvt->dev->host->ctx, when);
}

void
gvt_timer(struct vfiod_device *dev)
{
	struct gvt *gvt = dev->state;

	gvt->timer_when = 0; /* it is over */
	gvt_pipes_run(gvt);
	gvt_pipes_arm(gvt);
}

static void
switch_off(struct gvt *gvt, unsigned index)
{
	struct gvt_pipe *pipe = &gvt->pipe[index];

	pipe->frames += (uint32_t)vblanks_at(pipe, now(gvt));
	pipe->on = false;
	pipe->flips = 0; /* as in GVT-g, a flip that waits for a vblank is lost with it */
}

static bool
same_timing(const struct gvt_timing *a, const struct gvt_timing *b)
{
	return a->pixel_hz == b->pixel_hz && a->htotal == b->htotal && a->vtotal == b->vtotal &&
	       a->vblank_start == b->vblank_start;
}

static void
switch_on(struct gvt *gvt, unsigned index, unsigned transcoder)
{
	struct gvt_pipe *pipe = &gvt->pipe[index];
	struct gvt_timing timing = gvt_timing_of(gvt, transcoder);

	if (pipe->on && pipe->transcoder == transcoder && same_timing(&pipe->timing, &timing))
		return;
	if (pipe->on)
		switch_off(gvt, index);
	pipe->on = true;
	pipe->transcoder = (uint8_t)transcoder;
	pipe->timing = timing;
	pipe->start = now(gvt);
	pipe->next = vblank_time(pipe, 1);
}

/* The pipe whose picture the embedded panel's transcoder takes, TRANS_DDI_FUNC_CTL bits 14:12. */
static unsigned
edp_input(const struct gvt *gvt)
{
	switch (EDP_INPUT(*gvt_vreg(gvt, DDI_FUNC_CTL_EDP))) {
	case 5:
		return 1;
	case 6:
		return 2;
	default:
		return 0;
	}
}

void
gvt_transcoder_switch(struct gvt *gvt, unsigned transcoder, bool on)
{
	gvt_pipes_run(gvt);
	if (on)
		switch_on(gvt, transcoder == GVT_TRANSCODER_EDP ? edp_input(gvt) : transcoder,
			  transcoder);
	else
		for (unsigned i = 0; i < GVT_PIPES; i++)
			if (gvt->pipe[i].on && gvt->pipe[i].transcoder == transcoder)
				switch_off(gvt, i);
	gvt_pipes_arm(gvt);
}

void
gvt_pipe_flip(struct gvt *gvt, unsigned pipe, uint32_t event, bool at_once)
{
	if (!gvt->pipe[pipe].on)
		return;
	gvt_pipes_run(gvt);
	if (at_once) {
		*gvt_vreg(gvt, PIPE_FLIPTMSTMP + PIPE * pipe) = DISPLAY_TICKS(now(gvt));
		gvt_event(gvt, DE_PIPE_ISR(pipe), event);
	} else {
		gvt->pipe[pipe].flips |= (uint8_t)event;
	}
	gvt_pipes_arm(gvt);
}

void
gvt_pipes_reset(struct gvt *gvt)
{
	for (unsigned i = 0; i < GVT_PIPES; i++)
		gvt->pipe[i] = (struct gvt_pipe){0};
	gvt_pipes_arm(gvt);
}

static uint32_t
timestamp_read(struct gvt *gvt, uint32_t offset)
{
	(void)offset;
	return DISPLAY_TICKS(now(gvt));
}

static struct gvt_pipe *
pipe_at(struct gvt *gvt, uint32_t offset)
{
	return &gvt->pipe[(offset >> 12 & 0xf)];
}

/*
 * The line that is sent. It counts up at the start of the sync pulse before the line, and drivers add
 * one to it (i915: scanline_offset), so the first active line reads as the last one of the frame.
 */
static uint32_t
scanline_read(struct gvt *gvt, uint32_t offset)
{
	const struct gvt_pipe *pipe = pipe_at(gvt, offset);
	uint64_t pixel;

	if (!pipe->on)
		return 0;
	pixel = (uint64_t)(pixels_at(pipe, now(gvt)) % frame_pixels(&pipe->timing));
	return (uint32_t)((pixel / pipe->timing.htotal + pipe->timing.vtotal - 1) %
			  pipe->timing.vtotal);
}

static uint32_t
frame_count_read(struct gvt *gvt, uint32_t offset)
{
	const struct gvt_pipe *pipe = pipe_at(gvt, offset);

	return pipe->frames + (pipe->on ? (uint32_t)vblanks_at(pipe, now(gvt)) : 0);
}

/* When the last vblank began. */
static uint32_t
frame_timestamp_read(struct gvt *gvt, uint32_t offset)
{
	const struct gvt_pipe *pipe = pipe_at(gvt, offset);
	uint64_t count = pipe->on ? vblanks_at(pipe, now(gvt)) : 0;

	return count ? DISPLAY_TICKS(vblank_time(pipe, count)) : 0;
}

#define PER_PIPE(at, name, ...)                                                                    \
	REG(at, name "_*", .count = GVT_PIPES, .stride = PIPE, ##__VA_ARGS__)

static const struct gvt_register registers[] = {
	REG(0x44070, "TIMESTAMP_CTR", .kind = GVT_READ_ONLY, .read = timestamp_read),
	PER_PIPE(0x70000, "PIPE_SCANLINE", .kind = GVT_READ_ONLY, .read = scanline_read),
	PER_PIPE(0x70004, "PIPE_SCANLINECOMP"),
	PER_PIPE(PIPE_FRMCNT, "PIPE_FRMCNT", .kind = GVT_READ_ONLY, .read = frame_count_read),
	PER_PIPE(0x70044, "PIPE_FLIPCNT", .kind = GVT_READ_ONLY),
	PER_PIPE(0x70048, "PIPE_FRMTMSTMP", .kind = GVT_READ_ONLY, .read = frame_timestamp_read),
	PER_PIPE(PIPE_FLIPTMSTMP, "PIPE_FLIPTMSTMP", .kind = GVT_READ_ONLY),
};

const struct gvt_register_block gvt_pipe_registers = {GVT_BLOCK("display", registers)};
