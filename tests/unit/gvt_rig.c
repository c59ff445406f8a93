/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gvt_rig.h"

#include <string.h>
#include <time.h>

struct fake_host rig_fake;
struct vfiod_device *rig_dev;
struct gvt *rig_gvt;

static enum rig_engine engine;
static uint32_t tails[2], batch_end, seen;

static const uint32_t bases[RIG_ENGINES] = {0x2000, 0x12000, 0x1a000, 0x22000};

struct gvt_streamer *
rig_streamer(void)
{
	return &rig_gvt->streamers[engine];
}

/* As the framework: the lock is held around calls into the model. */
uint32_t
rig_mmio(uint32_t offset)
{
	uint32_t value;

	rig_fake.host.lock(&rig_fake);
	value = (uint32_t)reg_read(rig_dev, VFIOD_BAR0, offset, 4);
	rig_fake.host.unlock(&rig_fake);
	return value;
}

void
rig_mmio_put(uint32_t offset, uint32_t value)
{
	rig_fake.host.lock(&rig_fake);
	reg_write(rig_dev, VFIOD_BAR0, offset, 4, value);
	rig_fake.host.unlock(&rig_fake);
}

uint32_t
rig_get(uint32_t offset)
{
	return rig_mmio(bases[engine] + offset);
}

void
rig_put(uint32_t offset, uint32_t value)
{
	rig_mmio_put(bases[engine] + offset, value);
}

uint32_t
rig_dword(uint64_t bus)
{
	uint32_t value;

	memcpy(&value, rig_fake.memory + bus, sizeof(value));
	return value;
}

uint64_t
rig_qword(uint64_t bus)
{
	return rig_dword(bus) | (uint64_t)rig_dword(bus + 4) << 32;
}

void
rig_set(uint64_t bus, uint32_t value)
{
	memcpy(rig_fake.memory + bus, &value, sizeof(value));
}

void
rig_set_qword(uint64_t bus, uint64_t value)
{
	memcpy(rig_fake.memory + bus, &value, sizeof(value));
}

void
rig_set_all(uint64_t bus, const uint32_t *dwords, unsigned count)
{
	memcpy(rig_fake.memory + bus, dwords, 4 * count);
}

/* All memory in graphics memory. */
static void
fill_ggtt(void)
{
	for (uint64_t bus = 0; bus < RIG_MEMORY; bus += 4096)
		reg_write(rig_dev, VFIOD_BAR0, 0x800000 + (RIG_GM + bus) / 4096 * 8, 8, bus | 1);
}

/* All memory at RIG_VA: a root, a pointer table, a directory, and page tables, in that order. */
static void
fill_ppgtt(void)
{
	uint64_t root = RIG_TABLES, pointers = root + 0x1000, directory = root + 0x2000;
	uint64_t table = root + 0x3000;

	rig_set_qword(root + 8 * (RIG_VA >> 39 & 511), pointers | 3);
	rig_set_qword(pointers + 8 * (RIG_VA >> 30 & 511), directory | 3);
	for (uint64_t bus = 0; bus < RIG_MEMORY; bus += 4096) {
		uint64_t va = RIG_VA + bus, number = bus >> 21;

		/* The address is a multiple of 2 MiB, so a table is for 2 MiB of bus. */
		rig_set_qword(directory + 8 * (va >> 21 & 511), (table + 4096 * number) | 3);
		rig_set_qword(table + 4096 * number + 8 * (va >> 12 & 511), bus | 3);
	}
}

uint32_t
rig_image(unsigned context, unsigned index)
{
	return rig_dword(RIG_CONTEXT + 0x10000 * context + 0x1000 + 4 * index);
}

void
rig_set_image(unsigned context, unsigned index, uint32_t value)
{
	rig_set(RIG_CONTEXT + 0x10000 * context + 0x1000 + 4 * index, value);
}

static void
fill_context(unsigned context)
{
	rig_set_image(context, 0x03, 0x00090009); /* first run: nothing to restore */
	rig_set_image(context, 0x09, LOW(RIG_GM) + RIG_RING + 0x10000 * context);
	rig_set_image(context, 0x0b, (RIG_RING_SIZE - 4096) | 1);
	rig_set_image(context, 0x31, 0);
	rig_set_image(context, 0x33, RIG_TABLES);
	/* The first loads after the fixed part: 17 of them, of general purpose registers 0 to 7. */
	rig_set_image(context, 0x60, 0x22u << 23 | 1u << 12 | (2 * 17 - 1));
	rig_set_image(context, 0x61, bases[engine] + 0x9c);
	for (unsigned i = 0; i < 16; i++)
		rig_set_image(context, 0x63 + 2 * i, bases[engine] + 0x600 + 4 * i);
	rig_set_image(context, 0x83, BATCH_END);
}

void
rig_setup(enum rig_engine which)
{
	engine = which;
	tails[0] = tails[1] = batch_end = 0;
	seen = 5;
	rig_dev = fake_device(&rig_fake, &gvt_model, NULL, RIG_MEMORY);
	rig_gvt = rig_dev->state;
	/* Nobody's memory goes here. */
	rig_streamer()->patience.memory_nanoseconds = 0;
	fill_ggtt();
	fill_ppgtt();
	fill_context(0);
	fill_context(1);
	/* What i915 does before it uses an engine. */
	rig_mmio(0x78000);
	rig_put(0x29c, 0x80008000);
	rig_put(0x80, LOW(RIG_GM) + RIG_HWSP);
	rig_put(0x3a0, 0xffff0505);
	memset(rig_fake.memory + RIG_HWSP + 0x40, 0xff, 48);
	rig_set(RIG_HWSP + 0x7c, 5);
	rig_put(0xb4, 0xffffffff);
	rig_put(0xb0, 0xffffffff);
	rig_put(0xb4, 0xfffffffe);
}

void
rig_teardown(void)
{
	fake_device_free(rig_dev);
}

void
rig_emit_all(unsigned context, const uint32_t *dwords, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		rig_set(RIG_RING + 0x10000 * context + tails[context], dwords[i]);
		tails[context] = (tails[context] + 4) % RIG_RING_SIZE;
	}
	/* Tails are multiples of 8. */
	if (tails[context] % 8)
		rig_emit_all(context, (const uint32_t[]){NOOP}, 1);
}

void
rig_batch_all(const uint32_t *dwords, unsigned count)
{
	rig_set_all(RIG_BATCH + batch_end, dwords, count);
	batch_end += 4 * count;
}

void
rig_start_batch(void)
{
	rig_emit(0, BATCH_START, LOW(RIG_VA + RIG_BATCH), HIGH(RIG_VA + RIG_BATCH));
}

static void
put_element(uint32_t context, uint32_t flags)
{
	bool none = context == RIG_NONE;

	if (!none)
		rig_set_image(context, 0x07, tails[context]);
	rig_put(0x230, none ? 0 : RIG_ID(context));
	rig_put(0x230, none ? 0 : (LOW(RIG_GM) + RIG_CONTEXT + 0x10000 * context) | flags);
}

void
rig_submit_flags(uint32_t first, uint32_t second, uint32_t flags)
{
	put_element(second, flags);
	put_element(first, flags);
}

void
rig_submit(uint32_t first, uint32_t second)
{
	rig_submit_flags(first, second, 0x119); /* valid, privileged, 4 levels */
}

void
rig_wait(void)
{
	gvt_engines_wait(rig_gvt);
}

void
rig_run(void)
{
	rig_submit(0, RIG_NONE);
	rig_wait();
	ck_assert_msg(!rig_streamer()->hung, "hangs: %s", rig_fake.log);
}

void
rig_assert_hangs(void)
{
	rig_submit(0, RIG_NONE);
	rig_wait();
	ck_assert(rig_streamer()->hung);
	ck_assert_uint_eq(rig_get(0x9c) & 0x200, 0); /* not idle */
	ck_assert_uint_ne(rig_get(0x6c), 0xffffffff);
}

void
rig_assert_event(uint32_t status, uint32_t id)
{
	uint32_t at;

	ck_assert_uint_ne(rig_dword(RIG_HWSP + 0x7c), seen);
	seen = (seen + 1) % 6;
	at = RIG_HWSP + 0x40 + 8 * seen;
	ck_assert_msg(rig_dword(at) == status && rig_dword(at + 4) == id,
		      "entry %u: 0x%08x 0x%08x, expected 0x%08x 0x%08x", seen, rig_dword(at),
		      rig_dword(at + 4), status, id);
	/* The registers have the same. */
	ck_assert_uint_eq(rig_get(0x370 + 8 * seen), status);
	ck_assert_uint_eq(rig_get(0x374 + 8 * seen), id);
}

void
rig_assert_no_event(void)
{
	ck_assert_uint_eq(rig_dword(RIG_HWSP + 0x7c), seen);
	ck_assert_uint_eq(rig_get(0x3a0) & 7, seen);
}
