/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The display: pipes as time passes, planes as pictures, the monitor behind DisplayPort. */
#ifndef MODELS_GVT_DISPLAY_H
#define MODELS_GVT_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "models/gvt/tiling.h"

struct gvt;
struct vfiod_device;
struct vfiod_plane;

/* Pipes A to C; each has a transcoder of its own, and one of them may have the embedded panel's. */
#define GVT_PIPES          3u
#define GVT_TRANSCODERS    4u
#define GVT_TRANSCODER_EDP 3u

/** What a transcoder sends: how long a frame takes, and where in it vblank starts. */
struct gvt_timing {
	uint64_t pixel_hz;
	uint32_t htotal, vtotal; /**< pixels in a line, lines in a frame */
	uint32_t vblank_start;   /**< line, counted from the first active one */
};

/** One pipe as time passes. Its frames are counted from `start`, so no error adds up. */
struct gvt_pipe {
	bool on;
	uint8_t transcoder; /**< that drives it */
	uint8_t flips;      /**< bits of DE_PIPE_IIR that wait for the next vblank */
	struct gvt_timing timing;
	uint64_t start;  /**< now() when line 0 of the first frame began */
	uint64_t next;   /**< when the first vblank begins whose events are not done yet */
	uint32_t frames; /**< frame counter at `start` */
};

/** DisplayPort configuration data as far as the sink keeps it; what lies behind reads as zeros. */
#define GVT_DPCD_SIZE 0x700u

/** The DisplayPort side of the monitor. */
struct gvt_sink {
	uint8_t dpcd[GVT_DPCD_SIZE];
	uint8_t edid_at; /**< which byte of the EDID is read next */
};

/** Sideband registers that a driver wrote; as many as GVT-g keeps. */
#define GVT_SBI_REGISTERS 20u
struct gvt_sbi {
	unsigned used;
	struct gvt_sbi_register {
		uint32_t address, value;
	} reg[GVT_SBI_REGISTERS];
};

/* timing.c */
/**
 * What @a transcoder (0..2 for A..C, or GVT_TRANSCODER_EDP) is programmed to send. Where the registers
 * make no sense the rate is 60 Hz, and no number in the result is ever 0.
 */
struct gvt_timing gvt_timing_of(const struct gvt *gvt, unsigned transcoder);

/* pipe.c */
/** All pipes off, as after power-on. */
void gvt_pipes_reset(struct gvt *gvt);
/** TRANS_CONF of a transcoder was written: it is on, or off. */
void gvt_transcoder_switch(struct gvt *gvt, unsigned transcoder, bool on);
/** Makes events of all that happened up to now. Call it before an interrupt mask changes. */
void gvt_pipes_run(struct gvt *gvt);
/** Sets the timer to the next event that somebody waits for, or stops it. Call it afterwards. */
void gvt_pipes_arm(struct gvt *gvt);
/** The pipe shows another surface from the next vblank on, or from now on: @a event is the IIR bit. */
void gvt_pipe_flip(struct gvt *gvt, unsigned pipe, uint32_t event, bool at_once);
/** The model's timer(). */
void gvt_timer(struct vfiod_device *dev);

/* plane.c */
enum gvt_plane_kind {
	GVT_PLANE_PRIMARY,
	GVT_PLANE_SPRITE,
	GVT_PLANE_CURSOR,
};

/** A picture in graphics memory, as the display reads it. */
struct gvt_plane {
	uint32_t format;             /**< DRM fourcc */
	uint64_t modifier;           /**< DRM format modifier: linear or I915_FORMAT_MOD_* */
	enum gvt_tiling tiling;      /**< what the modifier means */
	uint64_t base;               /**< graphics memory address of the surface, page aligned */
	uint32_t width, height;      /**< pixels */
	uint32_t stride;             /**< bytes from one line of pixels to the next */
	uint32_t bpp;                /**< bits of a pixel */
	uint64_t size;               /**< bytes: stride times height, rounded up to whole tiles */
	uint32_t x_offset, y_offset; /**< pixel of the surface where the plane begins */
	int32_t x, y;                /**< cursor, sprite: position on the screen */
	uint32_t x_hot, y_hot;       /**< cursor: hotspot, UINT32_MAX if not known */
};

/** The pipe whose picture counts: the first that is on. -ENODEV if none is. */
int gvt_active_pipe(const struct gvt *gvt);

/**
 * Decodes a plane of @a pipe (0..2). Returns 0; -ENODEV if the pipe or the plane is off, -EINVAL for a
 * format or size that can't be shown or a base where nothing is mapped, -EFAULT if the surface ends
 * outside the vGPU's slice.
 */
int gvt_plane(const struct gvt *gvt, unsigned pipe, enum gvt_plane_kind kind,
	      struct gvt_plane *out);

/**
 * What VFIO_DEVICE_QUERY_GFX_PLANE asks: the plane of DRM type @a drm_plane_type (1 primary, 2 cursor;
 * any other is -EINVAL) on the active pipe. Otherwise as gvt_plane(). The ioctl's rules, GVT-g
 * dmabuf.c: on -ENODEV it succeeds and leaves the caller's fields alone; x_pos and y_pos are the
 * absolute values of a cursor's position.
 */
int gvt_query_plane(const struct gvt *gvt, uint32_t drm_plane_type, struct gvt_plane *out);

/* framebuffer.c */
/** Adds the regions with the pictures of the primary plane and of the cursor. */
int gvt_framebuffer_add(struct vfiod_device *dev);
/** The model's query_plane(). */
int gvt_framebuffer_query(struct vfiod_device *dev, uint32_t type, struct vfiod_plane *out);

/* dpcd.c */
/** The sink as it is when the monitor was plugged in or switched on. */
void gvt_dpcd_reset(struct gvt *gvt);
uint8_t gvt_dpcd_read(const struct gvt *gvt, uint32_t address);
/** Returns false for an address that the sink doesn't have. */
bool gvt_dpcd_write(struct gvt *gvt, uint32_t address, uint8_t value);

/* sbi.c */
void gvt_sbi_reset(struct gvt *gvt);

/* hotplug.c */
void gvt_monitor_connect(struct gvt *gvt, bool connected);
bool gvt_monitor_connected(const struct gvt *gvt);
void gvt_hotplug(struct gvt *gvt, bool connected);

#endif
