/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Engines: lists of contexts, status entries, commands, hangs. What is expected is what i915's
 * process_csb() and its commands rely on, and Intel PRM SKL Vol 2a and Vol 7.
 */
#include "gvt_rig.h"

#include <string.h>
#include <time.h>

/* Runs a test once for each row of its table. */
#define ALL(tests, test, rows)                                                                     \
	tcase_add_loop_test(tests, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

/* Status entries. */
#define IDLE_TO_ACTIVE 0x01u
#define SWITCHED       0x14u   /* complete, on to the other element */
#define FINISHED       0x18u   /* complete, active to idle */
#define LITE_RESTORE   0x8002u /* preempted by itself */
#define PREEMPTED      0x02u

#define DATA           RIG_DATA

static void
setup_render(void)
{
	rig_setup(RIG_RENDER);
}

static void
setup_blitter(void)
{
	rig_setup(RIG_BLITTER);
}

static void
enable_interrupts(uint32_t ring_mask)
{
	vfiod_config_write(&rig_dev->config, 0xae, 2, 0x0001);
	rig_mmio_put(0x44304, 0);
	rig_mmio_put(0x4430c, 0xffffffff);
	rig_mmio_put(0x44200, 0x80000000);
	rig_put(0xa8, ring_mask);
}

static void
sleep_ms(long ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

/* Waits for a dword to become a value, for a few seconds. */
static void
await(uint64_t bus, uint32_t value)
{
	for (unsigned i = 0; i < 5000; i++) {
		if (__atomic_load_n((uint32_t *)(rig_fake.memory + bus), __ATOMIC_ACQUIRE) == value)
			return;
		sleep_ms(1);
	}
	ck_abort_msg("0x%08x, not 0x%08x", rig_dword(bus), value);
}

/* The request that i915 makes to see whether an engine lives. */
START_TEST(one_request)
{
	enable_interrupts(~0x101u);
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA), 0xc0ffee, USER_INTERRUPT, ARB_CHECK);
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 0xc0ffee);
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_event(FINISHED, RIG_ID(0));
	rig_assert_no_event();
	ck_assert_uint_eq(rig_mmio(0x44308), 0x101);
	ck_assert_uint_eq(rig_fake.msi_count, 1); /* none of the three was acknowledged */
	/* The image remembers the head; the engine is idle. */
	ck_assert_uint_eq(rig_image(0, 0x05), 24);
	ck_assert_uint_eq(rig_get(0x34), 24);
	ck_assert_uint_eq(rig_get(0x30), 24);
	ck_assert_uint_eq(rig_get(0x9c), 0x200);
	ck_assert_uint_eq(rig_get(0x6c), 0xffffffff);
	ck_assert_uint_eq(rig_get(0x234) & 0x60018, 0);
	ck_assert_uint_eq(rig_get(0x238), 0);
}
END_TEST

/* Interrupts of the blitter are in the upper half, in its own mask as well. */
START_TEST(interrupts_of_the_blitter)
{
	enable_interrupts(~0x01010000u);
	rig_emit(0, USER_INTERRUPT, NOOP);
	rig_run();
	ck_assert_uint_eq(rig_mmio(0x44308), 0x01010000);
	ck_assert_uint_eq(rig_mmio(0x44200), 0x80000002);
	/* Masked in the engine: not seen. */
	rig_mmio_put(0x44308, 0xffffffff);
	rig_put(0xa8, ~0x01000000u);
	rig_emit(0, USER_INTERRUPT, NOOP);
	rig_run();
	ck_assert_uint_eq(rig_mmio(0x44308), 0x01000000);
}
END_TEST

static const struct {
	enum rig_engine engine;
	uint32_t iir, bits;
} interrupt_groups[] = {
	{RIG_RENDER, 0x44308, 0x101},
	{RIG_VIDEO, 0x44318, 0x101},
	{RIG_ENHANCE, 0x44338, 0x101},
	{RIG_BLITTER, 0x44308, 0x01010000},
};

START_TEST(interrupts_of_every_engine)
{
	rig_setup(interrupt_groups[_i].engine);
	rig_mmio_put(interrupt_groups[_i].iir - 4, 0);
	rig_put(0xa8, 0);
	rig_emit(0, USER_INTERRUPT, NOOP);
	rig_run();
	ck_assert_uint_eq(rig_mmio(interrupt_groups[_i].iir), interrupt_groups[_i].bits);
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_event(FINISHED, RIG_ID(0));
	rig_teardown();
}
END_TEST

START_TEST(two_contexts)
{
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA), 1);
	rig_emit(1, STORE_DWORD_GGTT, GM(DATA + 4), 2);
	rig_submit(0, 1);
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA), 1);
	ck_assert_uint_eq(rig_dword(DATA + 4), 2);
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_event(SWITCHED, RIG_ID(0));
	rig_assert_event(FINISHED, RIG_ID(1));
	rig_assert_no_event();
}
END_TEST

/* Many lists, one after the other: entries wrap after six. */
START_TEST(entries_wrap)
{
	for (unsigned i = 1; i <= 10; i++) {
		rig_emit(0, STORE_DWORD_GGTT, GM(DATA), i);
		rig_run();
		ck_assert_uint_eq(rig_dword(DATA), i);
		rig_assert_event(IDLE_TO_ACTIVE, 0);
		rig_assert_event(FINISHED, RIG_ID(0));
	}
}
END_TEST

/* After a reset of the engine the first entry is number 0. */
START_TEST(entries_after_reset)
{
	rig_mmio_put(0x941c, 0x2);
	ck_assert_uint_eq(rig_get(0x3a0), 7);
	rig_emit(0, NOOP, NOOP);
	rig_run();
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	ck_assert_uint_eq(rig_dword(RIG_HWSP + 0x40), IDLE_TO_ACTIVE);
	rig_assert_event(FINISHED, RIG_ID(0));
}
END_TEST

/* The ring's end is followed by its start, in the middle of a command as well. */
START_TEST(ring_wraps)
{
	uint32_t filler[RIG_RING_SIZE / 4 - 2] = {0};

	rig_emit_all(0, filler, RIG_RING_SIZE / 4 - 2);
	rig_run();
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA), 0x77, NOOP, NOOP);
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 0x77);
	ck_assert_uint_eq(rig_image(0, 0x05), 16);
}
END_TEST

/* A batch that waits for a semaphore in memory. */
static void
start_waiting_batch(void)
{
	/* 4h: equal; poll */
	rig_batch(STORE_DWORD, VA(DATA), 1, 0x1cu << 23 | 1u << 15 | 4u << 12 | 2, 5,
		  VA(DATA + 0x1000), STORE_DWORD, VA(DATA + 4), 2, BATCH_END);
	rig_start_batch();
	rig_submit(0, RIG_NONE);
	await(DATA, 1);
}

static void
signal_batch(void)
{
	__atomic_store_n((uint32_t *)(rig_fake.memory + DATA + 0x1000), 5, __ATOMIC_RELEASE);
}

START_TEST(registers_while_it_waits)
{
	start_waiting_batch();
	ck_assert_uint_eq(rig_get(0x9c) & 0x200, 0);
	ck_assert_uint_eq(rig_get(0x238), RIG_ID(0));
	ck_assert_uint_ne(rig_get(0x234) & 0x60000, 0);
	ck_assert_uint_eq(rig_dword(DATA + 4), 0);
	signal_batch();
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA + 4), 2);
}
END_TEST

/* Waits for the index in the status page, and the registers that follow it. */
static void
await_event(uint32_t index)
{
	await(RIG_HWSP + 0x7c, index);
	for (unsigned i = 0; i < 1000 && (rig_get(0x3a0) & 7) != index; i++)
		sleep_ms(1);
}

/* The same context again while it runs: its tail is read anew, without leaving the engine. */
START_TEST(lite_restore)
{
	start_waiting_batch();
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA + 8), 3);
	rig_submit(0, 1);
	await_event(1);
	rig_assert_event(LITE_RESTORE, RIG_ID(0));
	rig_emit(1, STORE_DWORD_GGTT, GM(DATA + 12), 4);
	rig_set_image(1, 0x07, 16);
	signal_batch();
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA + 4), 2);
	ck_assert_uint_eq(rig_dword(DATA + 8), 3);
	ck_assert_uint_eq(rig_dword(DATA + 12), 4);
	rig_assert_event(SWITCHED, RIG_ID(0));
	rig_assert_event(FINISHED, RIG_ID(1));
	rig_assert_no_event();
}
END_TEST

/* Another context: the one that waits leaves, in the middle of its batch, and comes back later. */
START_TEST(preemption)
{
	start_waiting_batch();
	rig_emit(1, STORE_DWORD_GGTT, GM(DATA + 8), 3);
	rig_submit(1, RIG_NONE);
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA + 8), 3);
	ck_assert_uint_eq(rig_dword(DATA + 4), 0);
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_event(PREEMPTED, RIG_ID(0));
	rig_assert_event(FINISHED, RIG_ID(1));
	/* The image says where: at the wait in the batch. */
	ck_assert_uint_eq(rig_image(0, 0x0f), LOW(RIG_VA + RIG_BATCH + 16) | 1);
	ck_assert_uint_eq(rig_image(0, 0x0d), HIGH(RIG_VA + RIG_BATCH));
	signal_batch();
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA + 4), 2);
	ck_assert_uint_eq(rig_image(0, 0x0f), 0);
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_event(FINISHED, RIG_ID(0));
	rig_assert_no_event();
}
END_TEST

/* While arbitration is off nobody leaves. */
START_TEST(no_preemption_when_off)
{
	rig_emit(0, ARB_OFF, NOOP);
	start_waiting_batch();
	rig_emit(1, STORE_DWORD_GGTT, GM(DATA + 8), 3);
	rig_submit(1, RIG_NONE);
	sleep_ms(50);
	ck_assert_uint_eq(rig_dword(DATA + 8), 0);
	signal_batch();
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA + 4), 2);
	ck_assert_uint_eq(rig_dword(DATA + 8), 3);
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_event(FINISHED, RIG_ID(0));
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_event(FINISHED, RIG_ID(1));
}
END_TEST

/* MI_ARB_CHECK in a batch is a place to leave as well. */
START_TEST(preemption_at_a_check)
{
	/* Jumps to its check for ever. */
	rig_batch(STORE_DWORD, VA(DATA), 1, ARB_CHECK, BATCH_START, VA(RIG_BATCH + 16));
	rig_start_batch();
	rig_submit(0, RIG_NONE);
	await(DATA, 1);
	rig_emit(1, STORE_DWORD_GGTT, GM(DATA + 8), 3);
	rig_submit(1, RIG_NONE);
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA + 8), 3);
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_event(PREEMPTED, RIG_ID(0));
	rig_assert_event(FINISHED, RIG_ID(1));
	/* The driver ends the batch and goes on. */
	rig_set(RIG_BATCH + 20, BATCH_END);
	rig_run();
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_event(FINISHED, RIG_ID(0));
}
END_TEST

/* STOP_RING holds the engine, and lets it go on. */
START_TEST(stop_ring)
{
	rig_put(0x9c, 0x01000100);
	ck_assert_uint_eq(rig_get(0x9c), 0x300);
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA), 1);
	rig_submit(0, RIG_NONE);
	sleep_ms(50);
	ck_assert_uint_eq(rig_dword(DATA), 0);
	ck_assert_uint_eq(rig_get(0x9c), 0x300);
	rig_put(0x9c, 0x01000000);
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA), 1);
	ck_assert_uint_eq(rig_get(0x9c), 0x200);
}
END_TEST

/* Stopped and then reset, as i915 does it: what was running is gone, the next list runs. */
START_TEST(stop_and_reset)
{
	start_waiting_batch();
	rig_put(0x9c, 0x01000100);
	for (unsigned i = 0; i < 1000 && !(rig_get(0x9c) & 0x200); i++)
		sleep_ms(1);
	ck_assert_uint_eq(rig_get(0x9c), 0x300);
	ck_assert_uint_eq(rig_get(0x238), RIG_ID(0));
	rig_mmio_put(0x941c, 0x2);
	ck_assert_uint_eq(rig_get(0x9c), 0x200);
	signal_batch();
	rig_put(0x3a0, 0xffff0505);
	rig_set(RIG_HWSP + 0x7c, 5);
	rig_emit(1, STORE_DWORD_GGTT, GM(DATA + 8), 3);
	rig_submit(1, RIG_NONE);
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA + 4), 0);
	ck_assert_uint_eq(rig_dword(DATA + 8), 3);
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_event(FINISHED, RIG_ID(1));
}
END_TEST

/* A reset of the function, or of all engines, in the middle of work. */
START_TEST(reset_while_it_runs)
{
	rig_batch(STORE_DWORD, VA(DATA), 1, NOOP, BATCH_START, VA(RIG_BATCH + 16));
	rig_start_batch();
	rig_submit(0, RIG_NONE);
	await(DATA, 1);
	if (_i) {
		rig_mmio_put(0x941c, 0x1);
	} else {
		rig_fake.host.lock(&rig_fake);
		gvt_model.reset(rig_dev);
		rig_fake.host.unlock(&rig_fake);
	}
	rig_wait();
	ck_assert_uint_eq(rig_get(0x9c), 0x200);
	ck_assert(!rig_streamer()->hung);
}
END_TEST

/* The end of the device in the middle of work; nothing is waited for. */
START_TEST(destroyed_while_it_runs)
{
	rig_batch(STORE_DWORD, VA(DATA), 1, NOOP, BATCH_START, VA(RIG_BATCH + 16));
	rig_start_batch();
	rig_submit(0, RIG_NONE);
	await(DATA, 1);
}
END_TEST

/* A device that nobody uses has no threads. */
START_TEST(no_thread_until_needed)
{
	for (unsigned e = 0; e < GVT_ENGINES; e++)
		ck_assert(!rig_gvt->streamers[e].started);
	rig_mmio_put(0x941c, 0x1);
	rig_put(0x9c, 0x01000100);
	ck_assert(!rig_streamer()->started);
}
END_TEST

static const uint32_t bad_descriptors[] = {
	0x118, /* not valid */
	0x019, /* without privilege */
};

START_TEST(bad_lists)
{
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA), 1);
	rig_submit_flags(0, RIG_NONE, bad_descriptors[_i]);
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA), 0);
	rig_assert_no_event();
	ck_assert_uint_eq(rig_fake.log_lines, 1);
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 1);
}
END_TEST

/* Registers of a context are its own. */
START_TEST(context_keeps_registers)
{
	rig_emit(0, 0x22u << 23 | 1, 0x2600, 0x1234);
	rig_emit(1, 0x22u << 23 | 1, 0x2600, 0x5678);
	rig_submit(0, 1);
	rig_wait();
	ck_assert_uint_eq(rig_image(0, 0x64), 0x1234);
	ck_assert_uint_eq(rig_image(1, 0x64), 0x5678);
	ck_assert_uint_eq(rig_get(0x600), 0x5678);
	/* The first run's "don't restore" is over. */
	ck_assert_uint_eq(rig_image(0, 0x03) & 1, 0);
	rig_emit(0, 0x24u << 23 | 1u << 22 | 2, 0x2600, GM(DATA));
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 0x1234);
	/* STOP_RING is not something to bring back. */
	ck_assert_uint_eq(rig_get(0x9c), 0x200);
}
END_TEST

/* A driver moves the tail while the context runs; saving must not put it back. */
START_TEST(tail_is_the_drivers)
{
	start_waiting_batch();
	rig_set_image(0, 0x07, 0x40);
	signal_batch();
	rig_wait();
	ck_assert_uint_eq(rig_image(0, 0x07), 0x40);
}
END_TEST

START_TEST(context_time)
{
	rig_set_image(0, 0x23, 1000);
	start_waiting_batch();
	rig_fake.clock += 1000000; /* 1 ms: 12000 ticks */
	signal_batch();
	rig_wait();
	ck_assert_uint_eq(rig_image(0, 0x23), 13000);
}
END_TEST

/* Batches that a context runs whenever it is loaded: by length, and up to the end. */
START_TEST(batches_of_the_context)
{
	rig_batch(STORE_DWORD_GGTT, GM(DATA), 0x11, NOOP, NOOP, NOOP, NOOP, NOOP, NOOP, NOOP, NOOP,
		  NOOP, NOOP, NOOP, NOOP);
	rig_batch(STORE_DWORD_GGTT, GM(DATA + 4), 0x22); /* behind the end */
	rig_set_all(RIG_BATCH + 0x1000,
		    (const uint32_t[]){STORE_DWORD_GGTT, GM(DATA + 8), 0x33, BATCH_END,
				       STORE_DWORD_GGTT, GM(DATA + 12), 0x44},
		    9);
	rig_set_image(0, 0x1b, (LOW(RIG_GM) + RIG_BATCH) | 1); /* one line of 64 bytes */
	rig_set_image(0, 0x19, (LOW(RIG_GM) + RIG_BATCH + 0x1000) | 1);
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA + 16), 0x55);
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 0x11);
	ck_assert_uint_eq(rig_dword(DATA + 4), 0);
	ck_assert_uint_eq(rig_dword(DATA + 8), 0x33);
	ck_assert_uint_eq(rig_dword(DATA + 12), 0);
	ck_assert_uint_eq(rig_dword(DATA + 16), 0x55);
}
END_TEST

/* Commands */

START_TEST(batch_levels)
{
	/* Jump within the first level, call of the second, return, end. */
	rig_batch(BATCH_START, VA(RIG_BATCH + 0x100));
	rig_set_all(RIG_BATCH + 0x100,
		    (const uint32_t[]){BATCH_START | 1u << 22, VA(RIG_BATCH + 0x200), STORE_DWORD,
				       VA(DATA), 1, BATCH_END},
		    8);
	rig_set_all(RIG_BATCH + 0x200,
		    (const uint32_t[]){STORE_DWORD, VA(DATA + 4), 2, BATCH_START,
				       VA(RIG_BATCH + 0x300)},
		    7);
	rig_set_all(RIG_BATCH + 0x300, (const uint32_t[]){STORE_DWORD, VA(DATA + 8), 3, BATCH_END},
		    5);
	rig_start_batch();
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA + 12), 4);
	rig_run();
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(rig_dword(DATA + 4 * i), i + 1);
}
END_TEST

/* Batches of users may neither name graphics memory nor load registers that aren't theirs. */
START_TEST(batch_without_privilege)
{
	rig_set(DATA + 0x40, 0x99);
	rig_batch(STORE_DWORD_GGTT, GM(DATA), 1);
	rig_batch(0x22u << 23 | 1, 0x2080, 0);                                /* HWS_PGA */
	rig_batch(0x22u << 23 | 1, 0x2608, 7);                                /* R1 */
	rig_batch(0x24u << 23 | 1u << 22 | 2, 0x2608, GM(DATA + 4));          /* SRM */
	rig_batch(0x29u << 23 | 1u << 22 | 2, 0x2608, GM(DATA + 0x40));       /* LRM */
	rig_batch(0x2eu << 23 | 1u << 21 | 3, GM(DATA + 8), VA(DATA + 0x40)); /* copy */
	rig_batch(0x24u << 23 | 2, 0x2608, VA(DATA + 12));
	/* A jump to graphics memory stays in the context's. */
	rig_batch(BATCH_START_GGTT, VA(RIG_BATCH + 0x800));
	rig_set_all(RIG_BATCH + 0x800, (const uint32_t[]){STORE_DWORD, VA(DATA + 16), 5, BATCH_END},
		    5);
	rig_start_batch();
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 0);
	ck_assert_uint_eq(rig_get(0x80), LOW(RIG_GM) + RIG_HWSP);
	ck_assert_uint_eq(rig_dword(DATA + 4), 0);
	ck_assert_uint_eq(rig_dword(DATA + 8), 0);
	ck_assert_uint_eq(rig_dword(DATA + 12), 7);
	ck_assert_uint_eq(rig_dword(DATA + 16), 5);
}
END_TEST

/* One in graphics memory has privilege: it was the kernel that started it there. */
START_TEST(batch_with_privilege)
{
	rig_batch(STORE_DWORD_GGTT, GM(DATA), 1, 0x22u << 23 | 1, 0x7004, 0x00100010, BATCH_END);
	rig_emit(0, BATCH_START_GGTT, GM(RIG_BATCH));
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 1);
	ck_assert_uint_eq(rig_mmio(0x7004), 0x10);
}
END_TEST

START_TEST(memory_and_registers)
{
	rig_set(DATA + 0x40, 0xabcd);
	rig_emit(0, 0x22u << 23 | 3, 0x2600, 0x11, 0x2604, 0x22); /* LRI of two */
	rig_emit(0, 0x20u << 23 | 1u << 22 | 1u << 21 | 3, GM(DATA), 0x55667788, 0x11223344);
	rig_emit(0, 0x24u << 23 | 1u << 22 | 2, 0x2600, GM(DATA + 8));    /* SRM */
	rig_emit(0, 0x29u << 23 | 1u << 22 | 2, 0x2608, GM(DATA + 0x40)); /* LRM */
	rig_emit(0, 0x2au << 23 | 1, 0x2604, 0x260c);                     /* LRR */
	rig_emit(0, 0x24u << 23 | 2, 0x2608, VA(DATA + 12));
	rig_emit(0, 0x24u << 23 | 2, 0x260c, VA(DATA + 16));
	rig_emit(0, 0x2eu << 23 | 1u << 22 | 3, VA(DATA + 20), GM(DATA + 0x40)); /* copy from GM */
	rig_run();
	ck_assert_uint_eq(rig_qword(DATA), UINT64_C(0x1122334455667788));
	ck_assert_uint_eq(rig_dword(DATA + 8), 0x11);
	ck_assert_uint_eq(rig_dword(DATA + 12), 0xabcd);
	ck_assert_uint_eq(rig_dword(DATA + 16), 0x22);
	ck_assert_uint_eq(rig_dword(DATA + 20), 0xabcd);
}
END_TEST

/* The final breadcrumbs of i915: PIPE_CONTROL on the render engine, MI_FLUSH_DW elsewhere. */
START_TEST(pipe_control)
{
	enable_interrupts(0);
	rig_fake.clock = 1000000;
	rig_emit(0, 0x7a000004, 1u << 24 | 1u << 20 | 1u << 14 | 1u << 7, GM(DATA), 0x1234, 0);
	rig_emit(0, 0x7a000004, 1u << 14, VA(DATA + 8), 0x89abcdef, 0x01234567);
	/* Indexed: the first page of the context's image. */
	rig_emit(0, 0x7a000004, 1u << 21 | 1u << 14, 0x340, 0, 0x4321, 0);
	rig_emit(0, 0x7a000004, 1u << 24 | 3u << 14, GM(DATA + 16), 0, 0);
	rig_emit(0, 0x7a000004, 1u << 8, 0, 0, 0, 0);
	rig_run();
	ck_assert_uint_eq(rig_qword(DATA), 0x1234);
	ck_assert_uint_eq(rig_qword(DATA + 8), UINT64_C(0x0123456789abcdef));
	ck_assert_uint_eq(rig_qword(RIG_CONTEXT + 0x340), 0x4321);
	ck_assert_uint_eq(rig_qword(DATA + 16), 12000);
	ck_assert_uint_eq(rig_mmio(0x44308), 0x110);
}
END_TEST

START_TEST(flush_dw)
{
	enable_interrupts(0);
	rig_fake.clock = 1000000;
	rig_set(DATA + 4, 0xeeeeeeee);
	rig_emit(0, 0x26u << 23 | 1u << 14 | 2, LOW(RIG_GM + DATA) | 4, 0, 0x1234);
	rig_emit(0, 0x26u << 23 | 1u << 14 | 3, VA(DATA + 8), 0x89abcdef, 0x01234567);
	/* Indexed, with the video engine's flag in bit 7. */
	rig_emit(0, 0x26u << 23 | 1u << 21 | 1u << 14 | 1u << 7 | 2, 0x340, 0, 0x4321);
	rig_emit(0, 0x26u << 23 | 3u << 14 | 2, LOW(RIG_GM + DATA + 16) | 4, 0, 0);
	rig_emit(0, 0x26u << 23 | 1u << 8 | 2, 0, 0, 0);
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 0x1234);
	ck_assert_uint_eq(rig_dword(DATA + 4), 0xeeeeeeee);
	ck_assert_uint_eq(rig_qword(DATA + 8), UINT64_C(0x0123456789abcdef));
	ck_assert_uint_eq(rig_dword(RIG_CONTEXT + 0x340), 0x4321);
	ck_assert_uint_eq(rig_qword(DATA + 16), 12000);
	ck_assert_uint_eq(rig_mmio(0x44308) & 0x00100000, 0x00100000);
}
END_TEST

static const struct {
	uint32_t instruction;
	uint64_t a, b, result, zero, carry;
} sums[] = {
	{0x10000000, UINT64_MAX, 2, 1, 0, UINT64_MAX},
	{0x10000000, 3, 4, 7, 0, 0},
	{0x10100000, 3, 3, 0, UINT64_MAX, 0},
	{0x10100000, 3, 4, UINT64_MAX, 0, UINT64_MAX},
	{0x10200000, 0xff00ff, 0x0ff0f0, 0x0f00f0, 0, 0},
	{0x10300000, 0xf0, 0x0f, 0xff, 0, 0},
	{0x10400000, 0xff, 0xf0, 0x0f, 0, 0},
};

START_TEST(math)
{
	rig_emit(0, 0x22u << 23 | 7, 0x2600, LOW(sums[_i].a), 0x2604, HIGH(sums[_i].a), 0x2608,
		 LOW(sums[_i].b), 0x260c, HIGH(sums[_i].b));
	/* LOAD SRCA R0; LOAD SRCB R1; operation; STORE R2 ACCU, R3 ZF, R4 CF, R5 inverted ACCU */
	rig_emit(0, 0x1au << 23 | 6, 0x08008000, 0x08008401, sums[_i].instruction, 0x18000831,
		 0x18000c32, 0x18001033, 0x58001431);
	rig_run();
	ck_assert_uint_eq(rig_get(0x610) | (uint64_t)rig_get(0x614) << 32, sums[_i].result);
	ck_assert_uint_eq(rig_get(0x618) | (uint64_t)rig_get(0x61c) << 32, sums[_i].zero);
	ck_assert_uint_eq(rig_get(0x620) | (uint64_t)rig_get(0x624) << 32, sums[_i].carry);
	ck_assert_uint_eq(rig_get(0x628) | (uint64_t)rig_get(0x62c) << 32, ~sums[_i].result);
}
END_TEST

static const struct {
	uint32_t operation, old, first, second, result;
} atomics[] = {
	{0x04, 1, 7, 0, 7},
	{0x05, 9, 0, 0, 10},
	{0x06, 0, 0, 0, UINT32_MAX},
	{0x07, 3, 4, 0, 7},
	{0x08, 3, 4, 0, UINT32_MAX},
	{0x09, 3, 4, 0, 1},
	{0x0a, 0xffffffff, 1, 0, 1},
	{0x0b, 0xffffffff, 1, 0, 0xffffffff},
	{0x0c, 0xffffffff, 1, 0, 0xffffffff},
	{0x0d, 0xffffffff, 1, 0, 1},
	{0x01, 0xff, 0x0f, 0, 0x0f},
	{0x02, 0xf0, 0x0f, 0, 0xff},
	{0x03, 0xff, 0x0f, 0, 0xf0},
	{0x0e, 5, 5, 8, 8},
	{0x0e, 5, 6, 8, 5},
};

START_TEST(atomic)
{
	rig_set(DATA, atomics[_i].old);
	rig_set(DATA + 4, 0x5a5a5a5a);
	/* Inline operands, the old value to R0. */
	rig_emit(0, 0x2fu << 23 | 1u << 22 | 1u << 18 | 1u << 16 | atomics[_i].operation << 8 | 9,
		 GM(DATA), atomics[_i].first, atomics[_i].second, 0, 0, 0, 0, 0, 0);
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), atomics[_i].result);
	ck_assert_uint_eq(rig_dword(DATA + 4), 0x5a5a5a5a);
	ck_assert_uint_eq(rig_get(0x600), atomics[_i].old);
}
END_TEST

START_TEST(atomic_of_8_bytes)
{
	rig_set(DATA, 0xffffffff);
	rig_emit(0, 0x2fu << 23 | 1u << 22 | 1u << 18 | 0x27u << 8 | 9, GM(DATA), 2, 0, 1, 0, 0, 0,
		 0, 0);
	rig_run();
	ck_assert_uint_eq(rig_qword(DATA), UINT64_C(0x200000001));
}
END_TEST

static const struct {
	uint32_t compare, memory, data;
	bool passes;
} comparisons[] = {
	{0, 2, 1, true}, {0, 1, 1, false}, {1, 1, 1, true}, {1, 0, 1, false},
	{2, 0, 1, true}, {2, 1, 1, false}, {3, 1, 1, true}, {3, 2, 1, false},
	{4, 1, 1, true}, {4, 2, 1, false}, {5, 2, 1, true}, {5, 1, 1, false},
};

START_TEST(semaphore)
{
	rig_set(DATA, comparisons[_i].memory);
	rig_streamer()->patience.nanoseconds = 1;
	rig_fake.clock = 1;
	rig_emit(0, 0x1cu << 23 | 1u << 22 | 1u << 15 | comparisons[_i].compare << 12 | 2,
		 comparisons[_i].data, GM(DATA));
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA + 4), 1);
	rig_submit(0, RIG_NONE);
	if (!comparisons[_i].passes) {
		sleep_ms(20);
		ck_assert_uint_eq(rig_dword(DATA + 4), 0);
		rig_mmio_put(0x941c, 0x1);
	}
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA + 4), comparisons[_i].passes);
}
END_TEST

START_TEST(predicates)
{
	/* R and R equal: taken; then not. */
	rig_batch(STORE_DWORD, VA(DATA), 1, BATCH_END);
	rig_set_all(RIG_BATCH + 0x100, (const uint32_t[]){STORE_DWORD, VA(DATA + 4), 1, BATCH_END},
		    5);
	rig_emit(0, 0x22u << 23 | 7, 0x2400, 5, 0x2404, 0, 0x2408, 5, 0x240c, 0);
	rig_emit(0, 0x0cu << 23 | 2u << 6 | 2);
	rig_emit(0, BATCH_START | 1u << 15, VA(RIG_BATCH));
	rig_emit(0, 0x24u << 23 | 1u << 22 | 1u << 21 | 2, 0x2400, GM(DATA + 8));
	rig_emit(0, 0x22u << 23 | 1, 0x2400, 6);
	rig_emit(0, 0x0cu << 23 | 2u << 6 | 2);
	rig_emit(0, BATCH_START | 1u << 15, VA(RIG_BATCH + 0x100));
	rig_emit(0, 0x24u << 23 | 1u << 22 | 1u << 21 | 2, 0x2400, GM(DATA + 12));
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 1);
	ck_assert_uint_eq(rig_dword(DATA + 4), 0);
	ck_assert_uint_eq(rig_dword(DATA + 8), 5);
	ck_assert_uint_eq(rig_dword(DATA + 12), 0);
}
END_TEST

START_TEST(conditional_end)
{
	rig_set(DATA, 5);
	rig_batch(0x36u << 23 | 1u << 21 | 2, 4, VA(DATA), STORE_DWORD, VA(DATA + 4), 1);
	rig_batch(0x36u << 23 | 1u << 21 | 2, 5, VA(DATA), STORE_DWORD, VA(DATA + 8), 1, BATCH_END);
	rig_start_batch();
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA + 4), 1);
	ck_assert_uint_eq(rig_dword(DATA + 8), 0);
}
END_TEST

START_TEST(performance_report)
{
	rig_fake.clock = 1000000;
	rig_emit(0, 0x28u << 23 | 2, LOW(RIG_GM + DATA) | 1, 0, 0x1d);
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 0x1d);
	ck_assert_uint_eq(rig_dword(DATA + 4), 12000);
	ck_assert_uint_eq(rig_dword(DATA + 8), RIG_ID(0));
}
END_TEST

/* A batch may change the command that follows. */
START_TEST(batch_changes_itself)
{
	rig_batch(STORE_DWORD, VA(RIG_BATCH + 28), 0x66, STORE_DWORD, VA(DATA), 0x55, BATCH_END);
	rig_start_batch();
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 0x66);
}
END_TEST

/* 3D and media commands of known lengths, each with a store behind it that must be found. */
static const struct {
	uint32_t header;
	unsigned dwords;
} skipped[] = {
	{0x61010011, 19},  /* STATE_BASE_ADDRESS */
	{0x69040303, 1},   /* PIPELINE_SELECT */
	{0x680b0001, 1},   /* 3DSTATE_VF_STATISTICS */
	{0x70000007, 9},   /* MEDIA_VFE_STATE */
	{0x7105010d, 15},  /* GPGPU_WALKER, predicated */
	{0x78080003, 5},   /* 3DSTATE_VERTEX_BUFFERS */
	{0x7815017f, 129}, /* 3DSTATE_CONSTANT with control bits above its length */
	{0x79170101, 259}, /* 3DSTATE_SO_DECL_LIST */
	{0x78430100, 258}, /* 3DSTATE_BINDING_TABLE_EDIT */
	{0x7b000105, 7},   /* 3DPRIMITIVE, predicated */
};

START_TEST(skips_by_length)
{
	uint32_t commands[300] = {skipped[_i].header};
	unsigned n = skipped[_i].dwords;

	for (unsigned i = 1; i < n; i++)
		commands[i] = 0xffffffff;
	rig_emit_all(0, commands, n);
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA), 1);
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 1);
	ck_assert_uint_eq(rig_fake.log_lines, 1);
	/* Once is enough. */
	rig_emit_all(0, commands, n);
	rig_run();
	ck_assert_uint_eq(rig_fake.log_lines, 1);
}
END_TEST

/* Hostile rings */

static void
assert_recovers(void)
{
	rig_mmio_put(0x941c, 0x1);
	ck_assert_uint_eq(rig_get(0x9c), 0x200);
	ck_assert_uint_eq(rig_get(0x6c), 0xffffffff);
	ck_assert_uint_eq(rig_get(0xb8), 0);
	rig_put(0x80, LOW(RIG_GM) + RIG_HWSP);
	rig_put(0x3a0, 0xffff0505);
	rig_set_image(1, 0x05, 0);
	rig_emit(1, STORE_DWORD_GGTT, GM(DATA + 0x80), 0x600d);
	rig_submit(1, RIG_NONE);
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA + 0x80), 0x600d);
}

static void
stop_device(void)
{
	rig_fake.host.lock(&rig_fake);
	gvt_model.stop(rig_dev);
	rig_fake.host.unlock(&rig_fake);
}

/*
 * Other memory comes behind the bus: nothing of what ran or waited, or was held by STOP_RING, reaches it,
 * and nothing is said of it. Registers stay, and what is submitted afterwards runs.
 */
START_TEST(other_memory)
{
	bool held = _i;

	rig_batch(NOOP, STORE_DWORD, VA(DATA), 1, NOOP, BATCH_START, VA(RIG_BATCH));
	rig_start_batch();
	rig_emit(1, STORE_DWORD_GGTT, GM(DATA + 8), 1);
	rig_submit(0, RIG_NONE);
	await(DATA, 1);
	rig_submit(1, RIG_NONE);
	if (held) {
		rig_put(0x9c, 0x01000100);
		for (unsigned i = 0; i < 1000 && !(rig_get(0x9c) & 0x200); i++)
			sleep_ms(1);
	}
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	stop_device();
	rig_set(DATA, 0);
	if (held)
		rig_put(0x9c, 0x01000000);
	sleep_ms(50);
	ck_assert_uint_eq(rig_dword(DATA), 0);
	ck_assert_uint_eq(rig_dword(DATA + 8), 0);
	rig_assert_no_event();
	ck_assert_uint_eq(rig_fake.log_lines, 0);
	ck_assert_uint_eq(rig_get(0x234) & 0x78000 /* active, valid */, 0);
	ck_assert_uint_eq(rig_get(0x9c) & 0x200, 0x200); /* idle */
	ck_assert_uint_eq(rig_get(0x80), LOW(RIG_GM) + RIG_HWSP);
	/* Its ring still begins with what ran before. */
	rig_set(RIG_BATCH, BATCH_END);
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA + 16), 2);
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA + 16), 2);
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_event(FINISHED, RIG_ID(0));
}
END_TEST

/* An engine that hangs still does so for whoever comes next, until it is reset. */
START_TEST(other_memory_of_a_hung_engine)
{
	rig_batch(NOOP, BATCH_START, VA(RIG_BATCH));
	rig_streamer()->patience.max_commands = 1u << 10;
	rig_start_batch();
	rig_assert_hangs();
	stop_device();
	ck_assert(rig_streamer()->hung);
	ck_assert_uint_ne(rig_get(0x6c), 0xffffffff);
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	assert_recovers();
}
END_TEST

START_TEST(endless_batch)
{
	rig_batch(NOOP, BATCH_START, VA(RIG_BATCH));
	rig_streamer()->patience.max_commands = 1u << 18;
	rig_start_batch();
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA), 1);
	rig_assert_hangs();
	ck_assert_uint_eq(rig_dword(DATA), 0);
	ck_assert_uint_eq(rig_get(0x34), 12); /* behind the start of the batch */
	ck_assert_uint_ne(rig_get(0x30), 16);
	ck_assert_uint_eq(rig_get(0x74) & ~0xfffu, LOW(RIG_VA + RIG_BATCH));
	ck_assert_uint_eq(rig_get(0x5c), HIGH(RIG_VA + RIG_BATCH));
	ck_assert_uint_eq(rig_get(0x238), RIG_ID(0));
	rig_assert_event(IDLE_TO_ACTIVE, 0);
	rig_assert_no_event();
	assert_recovers();
}
END_TEST

/* The clock gives up on what takes too long, however few commands it is. */
START_TEST(slow_batch)
{
	rig_batch(NOOP, BATCH_START, VA(RIG_BATCH));
	rig_start_batch();
	rig_submit(0, RIG_NONE);
	sleep_ms(5);
	rig_fake.host.lock(&rig_fake);
	__atomic_store_n(&rig_fake.clock, UINT64_C(20000000000), __ATOMIC_RELAXED);
	rig_fake.host.unlock(&rig_fake);
	rig_wait();
	ck_assert(rig_streamer()->hung);
	assert_recovers();
}
END_TEST

static const struct hostile {
	uint32_t commands[4];
	uint32_t error; /* in EIR */
} hostile[] = {
	{{BATCH_START, 0x1000, 0, NOOP}, 0}, /* no page there */
	{{BATCH_START, 0xfffffffc, 0xffffffff, NOOP}, 0},
	{{STORE_DWORD, 0x1000, 0, 1}, 0},
	{{STORE_DWORD_GGTT, 0xfffff000, 0xff, 1}, 0}, /* beyond graphics memory */
	{{STORE_DWORD_GGTT, 0x00001000, 0, 1}, 0},    /* no entry there */
	{{0x22u << 23 | 0xff, 0x2600, 1, NOOP}, 0},   /* longer than the ring's rest */
	{{0x20u << 23 | 0x3ff, 0, 0, NOOP}, 1},
	{{0x78000000 | 0xff, 0, 0, NOOP}, 0},
	{{0xe0000000, 0, 0, 0}, 1}, /* nobody's */
	{{0x20000000, 0, 0, 0}, 1},
	{{BATCH_END, 0, 0, 0}, 1},
	{{0x31u << 23, 0, 0, 0}, 1},           /* too short */
	{{0x50000005 | 2u << 29, 0, 0, 0}, 1}, /* the blitter's, on the render engine */
};

START_TEST(bad_commands)
{
	enable_interrupts(~0x108u);
	rig_emit_all(0, hostile[_i].commands, 4);
	rig_assert_hangs();
	ck_assert_uint_eq(rig_get(0xb0), hostile[_i].error);
	ck_assert_uint_eq(rig_get(0xb8), hostile[_i].error);
	ck_assert_uint_eq(rig_mmio(0x44308) & 0x8, hostile[_i].error ? 0x8 : 0);
	assert_recovers();
}
END_TEST

/* A fault says where. */
START_TEST(fault_registers)
{
	rig_emit(0, STORE_DWORD, 0x00345678, 0x00000012, 1);
	rig_assert_hangs();
	ck_assert_uint_eq(rig_mmio(0x4094), 0x00000001);
	ck_assert_uint_eq(rig_mmio(0x4b10), 0x01200345);
	ck_assert_uint_eq(rig_mmio(0x4b14), 0);
	rig_mmio_put(0x941c, 0x1);
	rig_put(0x80, LOW(RIG_GM) + RIG_HWSP);
	rig_emit(1, STORE_DWORD_GGTT, 0x00345678, 0, 1);
	rig_submit(1, RIG_NONE);
	rig_wait();
	ck_assert_uint_eq(rig_mmio(0x4094), 0x00000801);
	ck_assert_uint_eq(rig_mmio(0x4b10), 0x00000345);
	ck_assert_uint_eq(rig_mmio(0x4b14), 0x10);
}
END_TEST

static const struct {
	unsigned index;
	uint32_t value;
} bad_images[] = {
	{0x05, RIG_RING_SIZE},        /* head outside the ring */
	{0x0b, RIG_RING_SIZE - 4096}, /* ring not enabled */
	{0x09, 0xfff00000},           /* no memory behind the ring */
	{0x1b, 0xf0000001},           /* a batch of the context at nothing */
	{0x0f, 0x00001001},           /* left in a batch at nothing */
};

START_TEST(bad_contexts)
{
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA), 1);
	rig_set_image(0, bad_images[_i].index, bad_images[_i].value);
	rig_assert_hangs();
	ck_assert_uint_eq(rig_dword(DATA), 0);
	assert_recovers();
}
END_TEST

START_TEST(bad_descriptor_address)
{
	rig_put(0x230, 0);
	rig_put(0x230, 0);
	rig_put(0x230, 1);
	rig_put(0x230, 0xfffff119);
	rig_wait();
	ck_assert(rig_streamer()->hung);
	assert_recovers();
}
END_TEST

/* A status page that is nowhere costs its owner the news, not us. */
START_TEST(no_status_page)
{
	rig_put(0x80, 0);
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA), 1);
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 1);
	ck_assert_uint_eq(rig_get(0x3a0) & 7, 1);
	ck_assert_uint_eq(rig_get(0x370), IDLE_TO_ACTIVE);
}
END_TEST

/* Commands may reset and submit themselves: no lock is taken twice. */
START_TEST(ring_resets_itself)
{
	rig_emit(0, 0x22u << 23 | 1, 0x941c, 0x1);
	rig_emit(0, STORE_DWORD_GGTT, GM(DATA), 1);
	rig_submit(0, RIG_NONE);
	rig_wait();
	ck_assert_uint_eq(rig_dword(DATA), 0);
	ck_assert_uint_eq(rig_get(0x9c), 0x200);
	assert_recovers();
}
END_TEST

START_TEST(ring_submits_itself)
{
	rig_set_image(1, 0x07, 16);
	rig_emit(1, STORE_DWORD_GGTT, GM(DATA), 1);
	rig_emit(0, 0x22u << 23 | 7, 0x2230, 0, 0x2230, 0, 0x2230, RIG_ID(1), 0x2230,
		 (LOW(RIG_GM) + RIG_CONTEXT + 0x10000) | 0x119);
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 1);
}
END_TEST

Suite *
gvt_engine_suite(void)
{
	Suite *suite = suite_create("gvt_engine");
	TCase *lists = tcase_create("lists"), *commands = tcase_create("commands");
	TCase *hostility = tcase_create("hostile rings"), *blitter = tcase_create("blitter");
	TCase *others = tcase_create("engines");

	tcase_add_checked_fixture(lists, setup_render, rig_teardown);
	tcase_add_test(lists, one_request);
	tcase_add_test(lists, two_contexts);
	tcase_add_test(lists, entries_wrap);
	tcase_add_test(lists, entries_after_reset);
	tcase_add_test(lists, ring_wraps);
	tcase_add_test(lists, registers_while_it_waits);
	tcase_add_test(lists, lite_restore);
	tcase_add_test(lists, preemption);
	tcase_add_test(lists, no_preemption_when_off);
	tcase_add_test(lists, preemption_at_a_check);
	tcase_add_test(lists, stop_ring);
	tcase_add_test(lists, stop_and_reset);
	tcase_add_loop_test(lists, reset_while_it_runs, 0, 2);
	tcase_add_test(lists, destroyed_while_it_runs);
	tcase_add_test(lists, no_thread_until_needed);
	ALL(lists, bad_lists, bad_descriptors);
	tcase_add_test(lists, context_keeps_registers);
	tcase_add_test(lists, tail_is_the_drivers);
	tcase_add_test(lists, context_time);
	tcase_add_test(lists, batches_of_the_context);
	suite_add_tcase(suite, lists);

	tcase_add_checked_fixture(commands, setup_render, rig_teardown);
	tcase_add_test(commands, batch_levels);
	tcase_add_test(commands, batch_without_privilege);
	tcase_add_test(commands, batch_with_privilege);
	tcase_add_test(commands, memory_and_registers);
	tcase_add_test(commands, pipe_control);
	ALL(commands, math, sums);
	ALL(commands, atomic, atomics);
	tcase_add_test(commands, atomic_of_8_bytes);
	ALL(commands, semaphore, comparisons);
	tcase_add_test(commands, predicates);
	tcase_add_test(commands, conditional_end);
	tcase_add_test(commands, performance_report);
	tcase_add_test(commands, batch_changes_itself);
	ALL(commands, skips_by_length, skipped);
	suite_add_tcase(suite, commands);

	tcase_add_checked_fixture(hostility, setup_render, rig_teardown);
	tcase_add_loop_test(hostility, other_memory, 0, 2);
	tcase_add_test(hostility, other_memory_of_a_hung_engine);
	tcase_add_test(hostility, endless_batch);
	tcase_add_test(hostility, slow_batch);
	ALL(hostility, bad_commands, hostile);
	tcase_add_test(hostility, fault_registers);
	ALL(hostility, bad_contexts, bad_images);
	tcase_add_test(hostility, bad_descriptor_address);
	tcase_add_test(hostility, no_status_page);
	tcase_add_test(hostility, ring_resets_itself);
	tcase_add_test(hostility, ring_submits_itself);
	suite_add_tcase(suite, hostility);

	tcase_add_checked_fixture(blitter, setup_blitter, rig_teardown);
	tcase_add_test(blitter, interrupts_of_the_blitter);
	tcase_add_test(blitter, flush_dw);
	suite_add_tcase(suite, blitter);

	ALL(others, interrupts_of_every_engine, interrupt_groups);
	suite_add_tcase(suite, others);
	return suite;
}
