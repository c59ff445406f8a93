/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of one emulated Intel vGPU (GVT-g, gen9), and what the files of this folder call of each
 * other. The register tables have a header of their own, registers.h.
 */
#ifndef MODELS_GVT_GVT_H
#define MODELS_GVT_GVT_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/gvt/display.h"
#include "models/gvt/tiling.h"
#include "vfiod/device.h"

/* BAR0 (GTTMMADR), Intel PRM SKL Vol 5 "GTTMMADR": registers, a hole, the GGTT. */
#define GVT_BAR0_SIZE   (16u << 20)
#define GVT_MMIO_SIZE   (2u << 20)
#define GVT_GGTT_OFFSET (8u << 20)

/* Graphics memory: as much as 8 MiB of 8-byte entries map. */
#define GVT_PAGE_SHIFT   12
#define GVT_PAGE_SIZE    (1u << GVT_PAGE_SHIFT)
#define GVT_GGTT_ENTRIES (1u << 20)
#define GVT_GM_SIZE      ((uint64_t)GVT_GGTT_ENTRIES << GVT_PAGE_SHIFT)

/* GGTT entry, GVT-g gtt.c (gen8): present, and the frame in bits 45:12. */
#define GVT_PTE_PRESENT UINT64_C(1)
#define GVT_PTE_FRAME   UINT64_C(0x00003ffffffff000)

/* Where the MSI capability of Skylake and later is, GVT-g interrupt.c. */
#define GVT_CAP_MSI 0xacu

/* GVT-g gives every vGPU four of the sixteen fences that it tracks. */
#define GVT_FENCES 4u

/* GVT-g opregion.c: two pages, of which the VBT may use what follows the mailboxes. */
#define GVT_OPREGION_SIZE    8192u
#define GVT_OPREGION_VBT     0x400u
#define GVT_OPREGION_SCIC    0x200u
#define GVT_OPREGION_VBT_MAX (GVT_OPREGION_SIZE - GVT_OPREGION_VBT)

/* GVT-g has room for one block; a second one lets clients describe modes that a base block cannot. */
#define GVT_EDID_BLOCK 128u
#define GVT_EDID_MAX   (2 * GVT_EDID_BLOCK)

/** A range of graphics memory that belongs to the vGPU. */
struct gvt_slice {
	uint64_t base, size;
};

/** A PCI id that i915 binds to. */
struct gvt_id {
	uint16_t device;
	uint8_t revision;
};

/** The display on port D. */
struct gvt_monitor {
	const char *option; /**< as in monitor=... */
	uint32_t xres, yres;
	uint16_t product;
	uint8_t width_cm, height_cm;
	struct gvt_mode {
		uint32_t clock_khz;
		uint16_t hactive, hfront, hsync, hblank;
		uint16_t vactive, vfront, vsync, vblank;
		bool hpositive, vpositive;
	} preferred;
	struct gvt_limits {
		uint8_t vmin_hz, vmax_hz, hmin_khz, hmax_khz, clock_10mhz;
	} limits;
	uint8_t established[3];
	struct gvt_standard_timing {
		uint16_t width;
		uint8_t ratio;
	} standard[8]; /**< width 0: slot unused */
};

/** The guest's view of the global graphics translation table. */
struct gvt_ggtt {
	uint64_t *entry;
	uint8_t *half; /**< for each entry: the half that was written alone, see ggtt.c */
};

/* vfio_device_gfx_link_state of <linux/vfio.h>; 0 until a client says something. */
#define GVT_LINK_UP   1u
#define GVT_LINK_DOWN 2u

/** The EDID region and the monitor behind it. */
struct gvt_edid {
	uint32_t size;
	uint32_t link_state;
	uint8_t blob[GVT_EDID_MAX];
};

struct gvt {
	struct vfiod_device *dev;
	const struct gvt_id *id;
	const struct gvt_monitor *monitor;
	uint64_t aperture;
	struct gvt_slice low, high; /**< CPU-mappable and hidden graphics memory */
	uint32_t *vreg;             /**< GVT_MMIO_SIZE bytes of registers */
	struct gvt_ggtt ggtt;
	struct gvt_edid edid;
	struct gvt_sink sink;
	struct gvt_sbi sbi;
	struct gvt_pipe pipe[GVT_PIPES];
	uint64_t timer_when; /**< what the host's timer is set to; 0: not set */
	bool interrupt;      /**< the summary of all interrupts is up and has been told */
	bool trace;          /**< log every register access */
	bool aware;          /**< the guest has read PVINFO: it knows that it has a vGPU */
	bool failsafe; /**< the guest isn't one for a vGPU: registers are memory, see pvinfo.c */
	bool unbacked_told;           /**< logged that the aperture maps what isn't memory */
	uint32_t framebuffer, cursor; /**< indices of the regions that show them */
	uint8_t opregion[GVT_OPREGION_SIZE];
	struct gvt_streamer *streamers; /**< one for each engine */
};

extern const struct vfiod_model gvt_model;

/* options.c */
extern const struct vfiod_option gvt_options[];
int gvt_parse_options(struct gvt *gvt, const struct vfiod_options *options);
/** What device=TEXT means, or NULL. */
const struct gvt_id *gvt_id_find(const char *text);
/** What aperture=TEXT means; false if no GPU has such a one. */
bool gvt_aperture_find(const char *text, uint64_t *size);

/* sparse.c: zeroed memory of which only touched pages cost anything */
void *gvt_sparse_new(size_t size);
void gvt_sparse_clear(void *memory, size_t size);
void gvt_sparse_free(void *memory, size_t size);

/* config.c */
int gvt_config_init(struct gvt *gvt);

/* mmio.c */
int gvt_mmio_create(struct gvt *gvt);
void gvt_mmio_destroy(struct gvt *gvt);
/** Registers as after power-on: a device reset. */
void gvt_mmio_reset(struct gvt *gvt);
/** A full GT reset as GDRST does it: display and interrupt registers stay. */
void gvt_mmio_reset_gt(struct gvt *gvt);
int gvt_bar0_read(void *state, uint64_t pos, unsigned width, uint64_t *value);
int gvt_bar0_write(void *state, uint64_t pos, unsigned width, uint64_t value);
/** Name of the register at an offset into BAR0, NULL for none; good until the thread's next call. */
const char *gvt_register_name(uint32_t offset);

/** The stored value of the register at @a offset, past all handlers. */
static inline uint32_t *
gvt_vreg(const struct gvt *gvt, uint32_t offset)
{
	return &gvt->vreg[offset / 4];
}

/* pvinfo.c */
void gvt_pvinfo_reset(struct gvt *gvt);
/** The guest does what none does that knows vGPUs, @a what: its registers are memory from now on. */
void gvt_failsafe(struct gvt *gvt, const char *what);

/* regs_display.c */
void gvt_display_reset(struct gvt *gvt);

/* regs_engine.c */
struct gvt_engine;
/** An engine's registers as its reset leaves them. */
void gvt_engine_registers_reset(struct gvt *gvt, const struct gvt_engine *engine);
/** The command streamers' clock: 36 bits at 12 MHz. */
uint64_t gvt_timestamp(const struct gvt *gvt);

/* streamer.c */
int gvt_engines_create(struct gvt *gvt);
void gvt_engines_destroy(struct gvt *gvt);
/**
 * Stops engines and forgets what they had to do; when it returns they touch memory no more. @a engines
 * are bits as in GDRST, of which the one for a full reset stands for all.
 */
void gvt_engines_reset(struct gvt *gvt, uint32_t engines);
/**
 * Ends what engines do and forgets what they had to do, as gvt_engines_reset(), but leaves registers as
 * they are. An engine that hangs goes on doing so.
 */
void gvt_engines_stop(struct gvt *gvt);
/** Whether engine @a engine, an index, is between two commands or has none. */
bool gvt_engine_idle(const struct gvt *gvt, unsigned engine);
/** Waits until no engine has anything to do; for tests. Without the host's lock. */
void gvt_engines_wait(struct gvt *gvt);

/* trace.c: gvt_bar0_read and _write that say what they do */
int gvt_trace_read(void *state, uint64_t pos, unsigned width, uint64_t *value);
int gvt_trace_write(void *state, uint64_t pos, unsigned width, uint64_t value);

/* debug.c: the model's list_registers() and peek() */
void gvt_list_registers(struct vfiod_device *dev,
			void (*visit)(void *ctx, const struct vfiod_register *reg), void *ctx);
int gvt_peek(struct vfiod_device *dev, unsigned region, uint64_t pos, void *buffer, size_t length);

/* interrupt.c */
/** Something happened: @a bits of the group whose ISR is at @a isr. */
void gvt_event(struct gvt *gvt, uint32_t isr, uint32_t bits);
/** Sends a message if an enabled cause is pending. */
void gvt_interrupt_check(struct gvt *gvt);

/* ggtt.c */
int gvt_ggtt_create(struct gvt *gvt);
void gvt_ggtt_destroy(struct gvt *gvt);
void gvt_ggtt_reset(struct gvt *gvt);
int gvt_ggtt_read(struct gvt *gvt, uint64_t pos, unsigned width, uint64_t *value);
int gvt_ggtt_write(struct gvt *gvt, uint64_t pos, unsigned width, uint64_t value);

static inline bool
gvt_slice_contains(const struct gvt_slice *slice, uint64_t gm)
{
	return gm - slice->base < slice->size;
}

/**
 * Translates graphics memory address @a gm to a bus address. Returns 0, -EFAULT outside the vGPU's
 * slices, or -ENOENT where no present entry is.
 */
static inline int
gvt_ggtt_translate(const struct gvt *gvt, uint64_t gm, uint64_t *bus)
{
	uint64_t entry;

	if (!gvt_slice_contains(&gvt->low, gm) && !gvt_slice_contains(&gvt->high, gm))
		return -EFAULT;
	/* Engines look without the lock, like hardware, while clients write: whole entries, any time. */
	entry = __atomic_load_n(&gvt->ggtt.entry[gm >> GVT_PAGE_SHIFT], __ATOMIC_RELAXED);
	if (!(entry & GVT_PTE_PRESENT) ||
	    __atomic_load_n(&gvt->ggtt.half[gm >> GVT_PAGE_SHIFT], __ATOMIC_RELAXED))
		return -ENOENT;
	*bus = (entry & GVT_PTE_FRAME) | (gm & (GVT_PAGE_SIZE - 1));
	return 0;
}

/* aperture.c */
int gvt_aperture_copy_out(void *state, uint64_t pos, void *buffer, size_t length);
unsigned gvt_aperture_map_out(void *state, uint64_t pos, size_t length, struct iovec *vector,
			      unsigned count);
int gvt_aperture_copy_in(void *state, uint64_t pos, const void *buffer, size_t length);
/** Reads graphics memory through the GGTT, as it is and without fences; 0 where nothing is mapped. */
void gvt_gm_read(const struct gvt *gvt, uint64_t gm, void *buffer, size_t length);

/* fence.c */

/** A fence in force: graphics memory from @a start to before @a end is a tiled surface. */
struct gvt_fence {
	uint64_t start, end;
	uint32_t pitch; /**< bytes from row to row */
	enum gvt_tiling tiling;
};

/** Whether a fence covers @a gm; until @a end the answer is the same. Locked. */
bool gvt_fence_at(const struct gvt *gvt, uint64_t gm, struct gvt_fence *fence, uint64_t *end);

/* opregion.c, vbt.c, swsci.c */
int gvt_opregion_add(struct gvt *gvt);
/** Writes a video BIOS table to @a vbt, GVT_OPREGION_VBT_MAX bytes of zeros. Returns its size. */
size_t gvt_vbt_build(uint8_t *vbt);
/** A write to SWSCI: runs the call in the guest's copy of the OpRegion. */
void gvt_swsci(struct gvt *gvt, uint32_t value);

/* edid.c, edid_block.c */
extern const struct gvt_monitor gvt_monitors[];
const struct gvt_monitor *gvt_monitor_find(const char *option);
void gvt_edid_build(const struct gvt_monitor *monitor, uint8_t block[GVT_EDID_BLOCK]);
bool gvt_edid_valid(const uint8_t *blob, uint32_t size);
/** Why @a blob can't be the EDID of a monitor, in words; NULL if it can. */
const char *gvt_edid_fault(const uint8_t *blob, size_t size);
int gvt_edid_add(struct gvt *gvt);

/* monitor.c */
/** Reads the EDID in file @a path. Returns 0, or a negative errno after vfiod_fail(). */
int gvt_monitor_read_file(struct gvt *gvt, const char *path);
/** The model's get_monitor() and set_monitor(). */
void gvt_get_monitor(struct vfiod_device *dev, struct vfiod_monitor *monitor);
int gvt_set_monitor(struct vfiod_device *dev, bool plugged, const uint8_t *edid, size_t size);

#endif
