/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A graphics driver in miniature: page tables, a ring and two contexts for one engine of a vGPU, and ways
 * to write commands and to see what came of them. Numbers are i915's (intel_lrc.c, intel_gpu_commands.h).
 */
#ifndef GVT_RIG_H
#define GVT_RIG_H

#include "unit.h"

#include "models/gvt/streamer.h"

enum rig_engine { RIG_RENDER, RIG_VIDEO, RIG_ENHANCE, RIG_BLITTER, RIG_ENGINES };

#define RIG_MEMORY (UINT64_C(32) << 20)

/* Bus addresses. */
#define RIG_HWSP      0x010000u
#define RIG_CONTEXT   0x020000u /* of context 0; the next one's is 10000h further */
#define RIG_RING      0x040000u /* likewise */
#define RIG_TABLES    0x080000u
#define RIG_BATCH     0x100000u
#define RIG_DATA      0x200000u /* free from here on */
#define RIG_RING_SIZE 0x4000u

/* Graphics memory and the contexts' memory are the bus shifted, the whole of it. */
#define RIG_GM UINT64_C(0x01000000)
#define RIG_VA UINT64_C(0x123456a00000)

/* Ids by which drivers know their contexts. */
#define RIG_ID(context) (0x1230u + (context))

/* Commands. */
#define NOOP             0u
#define USER_INTERRUPT   (0x02u << 23)
#define ARB_CHECK        (0x05u << 23)
#define ARB_OFF          (0x08u << 23)
#define BATCH_END        (0x0au << 23)
#define STORE_DWORD      (0x20u << 23 | 2)
#define STORE_DWORD_GGTT (0x20u << 23 | 1u << 22 | 2)
#define BATCH_START      (0x31u << 23 | 1u << 8 | 1)
#define BATCH_START_GGTT (0x31u << 23 | 1)
#define LOW(address)     (uint32_t)(address)
#define HIGH(address)    (uint32_t)((uint64_t)(address) >> 32)
/** Two dwords: an address in graphics memory, or in a context's, of a bus address. */
#define GM(bus)          LOW(RIG_GM + (bus)), HIGH(RIG_GM + (bus))
#define VA(bus)          LOW(RIG_VA + (bus)), HIGH(RIG_VA + (bus))

extern struct fake_host rig_fake;
extern struct vfiod_device *rig_dev;
extern struct gvt *rig_gvt;

/** Makes the device and the memory of engine @a engine. */
void rig_setup(enum rig_engine engine);
void rig_teardown(void);
struct gvt_streamer *rig_streamer(void);

/** Register of the engine, by offset from its base, or anywhere. */
uint32_t rig_get(uint32_t offset);
void rig_put(uint32_t offset, uint32_t value);
uint32_t rig_mmio(uint32_t offset);
void rig_mmio_put(uint32_t offset, uint32_t value);

/** Bus memory. */
uint32_t rig_dword(uint64_t bus);
uint64_t rig_qword(uint64_t bus);
void rig_set(uint64_t bus, uint32_t value);
void rig_set_qword(uint64_t bus, uint64_t value);
void rig_set_all(uint64_t bus, const uint32_t *dwords, unsigned count);

/** Adds commands to a context's ring; on submission its end becomes the tail. */
void rig_emit_all(unsigned context, const uint32_t *dwords, unsigned count);
#define rig_emit(context, ...)                                                                     \
	rig_emit_all(context, (const uint32_t[]){__VA_ARGS__},                                     \
		     sizeof((const uint32_t[]){__VA_ARGS__}) / 4)
/** Writes commands to the batch buffer at its end. */
void rig_batch_all(const uint32_t *dwords, unsigned count);
#define rig_batch(...)                                                                             \
	rig_batch_all((const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4)
/** Starts the batch buffer from the ring of context 0, with the context's addresses. */
void rig_start_batch(void);

/** A field of a context's image, as a dword index. */
uint32_t rig_image(unsigned context, unsigned index);
void rig_set_image(unsigned context, unsigned index, uint32_t value);

#define RIG_NONE UINT32_MAX
/** Writes the submit port: contexts, the second of which may be RIG_NONE. */
void rig_submit(uint32_t first, uint32_t second);
void rig_submit_flags(uint32_t first, uint32_t second, uint32_t flags);
/** Waits for the engine to have nothing to do. */
void rig_wait(void);
/** Context 0 with what is in its ring, from submission to the end. */
void rig_run(void);
/** Fails unless the engine hangs. */
void rig_assert_hangs(void);

/** The next status entry, in the status page, that nobody has looked at yet; fails if there is none. */
void rig_assert_event(uint32_t status, uint32_t id);
void rig_assert_no_event(void);

#endif
