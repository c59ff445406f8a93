/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pipes as time passes. The mode of most tests is VESA CVT 1920x1200 with reduced blanking: 2080 pixels by
 * 1235 lines at close to 154 MHz, so a frame takes 16.7 ms. Event bits and registers are
 * those of GVT-g (interrupt.c, display.c) and the PRM.
 */
#include "gvt_device.h"

#include <math.h>

#define SECOND       UINT64_C(1000000000)

#define HTOTAL       2080u
#define VTOTAL       1235u
#define VACTIVE      1200u

#define PIPE(offset) ((offset) + 0x1000u * pipe)
#define IMR          (0x44404u + 0x10 * pipe)
#define IIR          (0x44408u + 0x10 * pipe)
#define IER          (0x4440cu + 0x10 * pipe)
#define VBLANK       1u
#define FLIP_PRIMARY (1u << 3)
#define FLIP_SPRITE  (1u << 4)

static const unsigned pipes[] = {0, 1, 2};

/* The pixel clock that the link registers below stand for: 270 MHz * 299008 / 524288 = 153.984375 MHz. */
#define CLOCK_HZ 153984375.0
#define FRAME_NS (HTOTAL * VTOTAL / CLOCK_HZ * 1e9)

/* What a driver programs on pipe @a pipe: DPLL1 with HBR for port B, the mode, and the pipe on. */
static void
program(unsigned pipe)
{
	put(0x6c058, 0x7 | 1u << 6 | 1u << 7); /* DPLL_CTRL1: DPLL1 overridden, rate code 1: HBR */
	put(0x6c05c, 1u << 3 | 1u << 4);       /* DPLL_CTRL2: port B overridden, DPLL1 */
	put(PIPE(0x60000), (HTOTAL - 1) << 16 | 1919);
	put(PIPE(0x6000c), (VTOTAL - 1) << 16 | (VACTIVE - 1));
	put(PIPE(0x60010), (VTOTAL - 1) << 16 | (VACTIVE - 1));
	put(PIPE(0x60040), 299008);
	put(PIPE(0x60044), 0x80000);
	put(PIPE(0x60400), 0x92000000); /* on, port B, DisplayPort */
}

static void
switch_on(unsigned pipe)
{
	put(0x70008, 0); /* what the firmware left on */
	program(pipe);
	put(PIPE(0x70008), 0x80000000);
}

/* Interrupts of the pipe reach the host. */
static void
listen(unsigned pipe, uint32_t events)
{
	enable_msi();
	put(0x44200, 0x80000000);
	put(IER, events);
	put(IMR, ~events);
}

/* What a driver's handler does. */
static uint32_t
handle(unsigned pipe)
{
	uint32_t events;

	put(0x44200, 0);
	events = get(IIR);
	put(IIR, events);
	put(0x44200, 0x80000000);
	return events;
}

static void
advance(uint64_t to)
{
	fake_host_advance(&fake, dev, to);
}

/* The first whole nanosecond at which vblank @a n (from 0) of a pipe switched on at @a start is over. */
static uint64_t
vblank_at(uint64_t start, unsigned n)
{
	return start +
	       (uint64_t)ceil((n * (double)(HTOTAL * VTOTAL) + HTOTAL * VACTIVE) / CLOCK_HZ * 1e9);
}

START_TEST(vblank_comes_at_the_end_of_the_picture)
{
	unsigned pipe = pipes[_i];
	uint32_t frames;

	fake.clock = 5 * SECOND;
	switch_on(pipe);
	frames = get(PIPE(0x70040)); /* of pipe A's time before */
	listen(pipe, VBLANK);
	for (unsigned n = 0; n < 5; n++) {
		uint64_t when = vblank_at(5 * SECOND, n);

		ck_assert_uint_eq(fake.timer_when, when);
		advance(when - 1);
		ck_assert_uint_eq(fake.msi_count, n);
		ck_assert_uint_eq(get(PIPE(0x70040)) - frames, n);
		advance(when);
		ck_assert_uint_eq(fake.msi_count, n + 1);
		ck_assert_uint_eq(get(PIPE(0x70040)) - frames, n + 1);
		assert_reg(0x44200, 0x80000000 | 1u << (16 + pipe));
		ck_assert_uint_eq(handle(pipe), VBLANK);
	}
}
END_TEST

/* Ten minutes of vblanks: the last one is where the rate says, to the nanosecond. */
START_TEST(no_drift)
{
	const uint64_t end = 600 * SECOND;
	unsigned count = 0, late = 0;

	switch_on(0);
	listen(0, VBLANK);
	while (fake.timer_when && fake.timer_when < end) {
		/* The host is never exactly on time. */
		late = (late * 7919 + 104729) % 900000;
		fake.clock = fake.timer_when + late;
		fake.timer_when = 0;
		dev->model->timer(dev);
		ck_assert_uint_eq(handle(0), VBLANK);
		count++;
	}
	ck_assert_uint_eq(count, (unsigned)((end - FRAME_NS * VACTIVE / VTOTAL) / FRAME_NS) + 1);
	ck_assert(fabs((double)fake.timer_when - (double)vblank_at(0, count)) <= 1);
	assert_reg(0x70040, count);
}
END_TEST

START_TEST(nobody_listens_nothing_runs)
{
	/* The firmware's pipe A is on, all events are masked. */
	assert_reg(0x70008, 0x80000000);
	ck_assert_uint_eq(fake.timer_when, 0);
	switch_on(0);
	ck_assert_uint_eq(fake.timer_when, 0);
	fake.clock = 10 * SECOND;
	assert_reg(0x44408, 0);
	/* Frames are counted all the same. */
	assert_reg(0x70040, (uint32_t)((10e9 - FRAME_NS * VACTIVE / VTOTAL) / FRAME_NS) + 1);
	listen(0, VBLANK);
	ck_assert_uint_gt(fake.timer_when, fake.clock);
	ck_assert_uint_le(fake.timer_when, fake.clock + (uint64_t)FRAME_NS + 1);
	put(0x44404, 0xffffffff);
	ck_assert_uint_eq(fake.timer_when, 0);
	/* Events of another kind don't need the timer. */
	put(0x44404, ~(1u << 31));
	ck_assert_uint_eq(fake.timer_when, 0);
	listen(0, VBLANK);
	ck_assert_uint_ne(fake.timer_when, 0);
	put(0x70008, 0);
	ck_assert_uint_eq(fake.timer_when, 0);
}
END_TEST

/* The IIR is one event deep: while the bit is set there is nothing to wait for. */
START_TEST(an_unread_event_stops_the_timer)
{
	switch_on(0);
	listen(0, VBLANK);
	advance(SECOND);
	ck_assert_uint_eq(fake.msi_count, 1);
	ck_assert_uint_eq(fake.timer_when, 0);
	/* Cleared late: the vblanks in between are gone, the next one is the next there is. */
	ck_assert_uint_eq(handle(0), VBLANK);
	assert_reg(0x44408, 0);
	ck_assert_uint_gt(fake.timer_when, SECOND);
	ck_assert_uint_le(fake.timer_when, SECOND + (uint64_t)FRAME_NS + 1);
	ck_assert_uint_eq(fake.msi_count, 1);
}
END_TEST

START_TEST(a_masked_vblank_is_lost)
{
	switch_on(0);
	fake.clock = vblank_at(0, 3) + 1000;
	listen(0, VBLANK);
	assert_reg(0x44408, 0);
	ck_assert_uint_eq(fake.timer_when, vblank_at(0, 4));
}
END_TEST

START_TEST(two_pipes_each_with_its_own)
{
	switch_on(0);
	fake.clock = 3000000;
	program(1);
	put(0x71008, 0x80000000);
	listen(0, VBLANK);
	listen(1, VBLANK);
	ck_assert_uint_eq(fake.timer_when, vblank_at(0, 0));
	advance(vblank_at(0, 0));
	assert_reg(0x44408, VBLANK);
	assert_reg(0x44418, 0);
	ck_assert_uint_eq(fake.timer_when, vblank_at(3000000, 0));
	advance(vblank_at(3000000, 0));
	assert_reg(0x44418, VBLANK);
	handle(0);
	handle(1);
	/* With A off only B is left. */
	put(0x70008, 0);
	ck_assert_uint_eq(fake.timer_when, vblank_at(3000000, 1));
}
END_TEST

START_TEST(embedded_transcoder)
{
	/* Pipe C on the panel's transcoder; its DDI is A, whose PLL is DPLL0: 324 MHz symbols. */
	put(0x70008, 0);
	put(0x6f000, (HTOTAL - 1) << 16);
	put(0x6f00c, (VTOTAL - 1) << 16);
	put(0x6f010, VACTIVE - 1);
	put(0x6f040, 0x40000);
	put(0x6f044, 0x80000);
	put(0x6f400, 0x82006000);
	listen(2, VBLANK);
	put(0x7f008, 0x80000000);
	ck_assert_uint_eq(fake.timer_when, (uint64_t)ceil(HTOTAL * VACTIVE / 162e6 * 1e9));
	put(0x7f008, 0);
	ck_assert_uint_eq(fake.timer_when, 0);
}
END_TEST

/* Rates of no monitor: a hostile driver doesn't make the daemon spin. */
static const struct {
	uint32_t htotal, vtotal, m, n, control;
} senseless[] = {
	{0, 0, 0, 0, 0},
	{0, 0, 0xffffff, 1, 0x92000000},
	{0xffffffff, 0xffffffff, 1, 0xffffff, 0x92000000},
	{2079u << 16, 1234u << 16, 299008, 0, 0x92000000},
	{2079u << 16, 1234u << 16, 299008, 0x80000, 0x90000000}, /* HDMI: no link */
};

START_TEST(senseless_modes_run_at_60_hz)
{
	unsigned count = 0;

	switch_on(0);
	put(0x70008, 0);
	put(0x60000, senseless[_i].htotal);
	put(0x6000c, senseless[_i].vtotal);
	put(0x60040, senseless[_i].m);
	put(0x60044, senseless[_i].n);
	put(0x60400, senseless[_i].control);
	put(0x70008, 0x80000000);
	listen(0, VBLANK);
	while (fake.timer_when && fake.timer_when < 10 * SECOND) {
		advance(fake.timer_when);
		handle(0);
		count++;
	}
	ck_assert_uint_ge(count, 599);
	ck_assert_uint_le(count, 600);
}
END_TEST

START_TEST(scanline)
{
	double line_ns = HTOTAL / CLOCK_HZ * 1e9;

	switch_on(1);
	/* One less than the line, modulo the frame: i915 adds one (intel_crtc scanline_offset). */
	assert_reg(0x71000, VTOTAL - 1);
	for (unsigned line = 1; line < 3 * VTOTAL; line += 7) {
		fake.clock = (uint64_t)ceil((line + 0.5) * line_ns);
		assert_reg(0x71000, (line - 1) % VTOTAL);
	}
	/* The frame counter goes up with the first line of vblank. */
	fake.clock = (uint64_t)((VTOTAL * 4 + VACTIVE - 0.1) * line_ns);
	assert_reg(0x71000, VACTIVE - 2);
	assert_reg(0x71040, 4);
	fake.clock = (uint64_t)((VTOTAL * 4 + VACTIVE + 0.1) * line_ns);
	assert_reg(0x71000, VACTIVE - 1);
	assert_reg(0x71040, 5);
	put(0x71000, 0x123);
	put(0x71040, 0x123);
	assert_reg(0x71000, VACTIVE - 1);
	assert_reg(0x71040, 5);
	/* Off: the line stands still, the count stays. */
	put(0x71008, 0);
	fake.clock = 20 * SECOND;
	assert_reg(0x71000, 0);
	assert_reg(0x71040, 5);
	put(0x71008, 0x80000000);
	assert_reg(0x71040, 5);
	fake.clock += (uint64_t)FRAME_NS;
	assert_reg(0x71040, 6);
}
END_TEST

START_TEST(time_stamps)
{
	fake.clock = 7 * SECOND + 1999;
	assert_reg(0x44070, 7000001);
	switch_on(0);
	assert_reg(0x70048, 0);
	fake.clock = vblank_at(7 * SECOND + 1999, 2) + 5000000;
	assert_reg(0x70048, (uint32_t)(vblank_at(7 * SECOND + 1999, 2) / 1000));
}
END_TEST

/* A write that changes nothing about the mode doesn't start the frame anew. */
START_TEST(writing_trans_conf_again)
{
	switch_on(0);
	fake.clock = vblank_at(0, 1) + 1000;
	put(0x70008, 0x80000000);
	listen(0, VBLANK);
	ck_assert_uint_eq(fake.timer_when, vblank_at(0, 2));
	/* Another rate does. */
	put(0x60040, 299008 / 2);
	put(0x70008, 0x80000000);
	ck_assert(fabs((double)(fake.timer_when - fake.clock) - 2 * FRAME_NS * VACTIVE / VTOTAL) <=
		  2);
	assert_reg(0x70040, 2);
}
END_TEST

/* Flips: surface register of each plane, where its address goes, and the event. */
static const struct {
	uint32_t control, surface, live, event;
} planes[] = {
	{0x70180, 0x7019c, 0x701ac, 1u << 3},
	{0x70280, 0x7029c, 0x702ac, 1u << 4},
	{0x70380, 0x7039c, 0x703ac, 1u << 5},
};

START_TEST(flip_done_at_the_next_vblank)
{
	unsigned pipe = 1;

	switch_on(pipe);
	fake.clock = vblank_at(0, 1) + 1000;
	listen(pipe, planes[_i].event);
	/* Nobody waits for vblanks, and there is no flip. */
	ck_assert_uint_eq(fake.timer_when, 0);
	put(PIPE(planes[_i].surface), 0x00345000);
	assert_reg(PIPE(planes[_i].live), 0x00345000);
	assert_reg(PIPE(0x70044), planes[_i].event == FLIP_PRIMARY);
	ck_assert_uint_eq(fake.timer_when, vblank_at(0, 2));
	advance(vblank_at(0, 2) - 1);
	assert_reg(IIR, 0);
	advance(vblank_at(0, 2));
	assert_reg(IIR, planes[_i].event);
	ck_assert_uint_eq(fake.msi_count, 1);
	assert_reg(PIPE(0x7004c), (uint32_t)(vblank_at(0, 2) / 1000));
	handle(pipe);
	ck_assert_uint_eq(fake.timer_when, 0);
	advance(SECOND);
	assert_reg(IIR, 0);
}
END_TEST

START_TEST(async_flip_is_done_at_once)
{
	unsigned pipe = 1;

	switch_on(pipe);
	listen(pipe, planes[_i].event);
	put(PIPE(planes[_i].control), 1u << 31 | 1u << 9);
	put(PIPE(planes[_i].surface), 0x00345000);
	assert_reg(IIR, planes[_i].event);
	ck_assert_uint_eq(fake.msi_count, 1);
	ck_assert_uint_eq(fake.timer_when, 0);
}
END_TEST

START_TEST(flips_with_vblanks)
{
	switch_on(0);
	listen(0, VBLANK | FLIP_PRIMARY);
	for (unsigned n = 0; n < 100; n++) {
		put(0x7019c, n << 12);
		assert_reg(0x701ac, n << 12);
		advance(fake.timer_when);
		ck_assert_uint_eq(handle(0), VBLANK | FLIP_PRIMARY);
	}
	assert_reg(0x70044, 100);
	assert_reg(0x70040, 100);
	ck_assert_uint_eq(fake.msi_count, 100);
	ck_assert_uint_eq(fake.clock, vblank_at(0, 99));
}
END_TEST

START_TEST(masked_flip_is_lost)
{
	switch_on(0);
	put(0x7019c, 0x1000);
	ck_assert_uint_eq(fake.timer_when, 0);
	fake.clock = vblank_at(0, 0) + 1;
	listen(0, FLIP_PRIMARY);
	ck_assert_uint_eq(fake.timer_when, 0);
	assert_reg(0x44408, 0);
	/* One that waits goes with the pipe. */
	put(0x7019c, 0x2000);
	ck_assert_uint_ne(fake.timer_when, 0);
	put(0x70008, 0);
	ck_assert_uint_eq(fake.timer_when, 0);
	put(0x70008, 0x80000000);
	advance(SECOND);
	assert_reg(0x44408, 0);
	/* And on a pipe that is off nothing flips, though the address is live. */
	put(0x70008, 0);
	put(0x7019c, 0x3000);
	assert_reg(0x701ac, 0x3000);
	ck_assert_uint_eq(fake.timer_when, 0);
}
END_TEST

static const struct {
	uint32_t offset;
	unsigned pipe;
	uint32_t surface, event;
} flip_registers[] = {
	{0x50080, 0, 0x7019c, FLIP_PRIMARY}, {0x50088, 1, 0x7119c, FLIP_PRIMARY},
	{0x5008c, 2, 0x7219c, FLIP_PRIMARY}, {0x50090, 0, 0x7029c, FLIP_SPRITE},
	{0x50098, 1, 0x7129c, FLIP_SPRITE},  {0x5009c, 2, 0x7229c, FLIP_SPRITE},
};

START_TEST(flip_through_50080)
{
	unsigned pipe = flip_registers[_i].pipe;
	uint32_t event = flip_registers[_i].event;

	switch_on(pipe);
	listen(pipe, event);
	put(flip_registers[_i].offset, 0x00678000);
	assert_reg(flip_registers[_i].surface, 0x00678000);
	assert_reg(flip_registers[_i].surface + 0x10, 0x00678000);
	assert_reg(IIR, 0);
	advance(vblank_at(0, 0));
	ck_assert_uint_eq(handle(pipe), event);
	put(flip_registers[_i].offset, 0x00679001);
	assert_reg(flip_registers[_i].surface, 0x00679000);
	ck_assert_uint_eq(handle(pipe), event);
	assert_reg(PIPE(0x70044), event == FLIP_PRIMARY ? 2 : 0);
}
END_TEST

START_TEST(cursor_surface_is_live)
{
	put(0x72084, 0x00123000);
	assert_reg(0x720ac, 0x00123000);
}
END_TEST

START_TEST(reset_stops_pipes)
{
	switch_on(2);
	listen(2, VBLANK);
	ck_assert_uint_ne(fake.timer_when, 0);
	gvt_model.reset(dev);
	ck_assert_uint_eq(fake.timer_when, 0);
	fake.clock = SECOND;
	assert_reg(0x72040, 0);
	/* What firmware left: A at 59.95 Hz, so its 59th vblank begins 59 frames less 35 lines after 0. */
	assert_reg(0x70040, 59);
}
END_TEST

Suite *
gvt_pipe_suite(void)
{
	Suite *suite = suite_create("gvt_pipe");
	TCase *tests = new_tcase(suite, "vblank");

	ALL(tests, vblank_comes_at_the_end_of_the_picture, pipes);
	tcase_add_test(tests, no_drift);
	tcase_add_test(tests, nobody_listens_nothing_runs);
	tcase_add_test(tests, an_unread_event_stops_the_timer);
	tcase_add_test(tests, a_masked_vblank_is_lost);
	tcase_add_test(tests, two_pipes_each_with_its_own);
	tcase_add_test(tests, embedded_transcoder);
	ALL(tests, senseless_modes_run_at_60_hz, senseless);
	tcase_add_test(tests, scanline);
	tcase_add_test(tests, time_stamps);
	tcase_add_test(tests, writing_trans_conf_again);
	tcase_add_test(tests, reset_stops_pipes);

	tests = new_tcase(suite, "flips");
	ALL(tests, flip_done_at_the_next_vblank, planes);
	ALL(tests, async_flip_is_done_at_once, planes);
	tcase_add_test(tests, flips_with_vblanks);
	tcase_add_test(tests, masked_flip_is_lost);
	ALL(tests, flip_through_50080, flip_registers);
	tcase_add_test(tests, cursor_surface_is_live);
	return suite;
}
