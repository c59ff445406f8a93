/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast a transcoder runs, from what a driver programmed: total lines and pixels, and the pixel
 * clock of a DisplayPort link, which is the link's symbol clock times M/N. Intel PRM SKL Vol 12
 * "Display", GVT-g display.c.
 */
#include "models/gvt/gvt.h"

#define TRANSCODER(n) ((n) == GVT_TRANSCODER_EDP ? 0x6f000u : 0x60000u + 0x1000u * (n))
#define HTOTAL        0x000u
#define VTOTAL        0x00cu
#define VBLANK        0x010u
#define LINK_M        0x040u
#define LINK_N        0x044u
#define DDI_FUNC_CTL  0x400u
#define LINK_MN_MASK  0xffffffu

/* TRANS_DDI_FUNC_CTL: the port in bits 30:28, the protocol in 26:24. */
#define DDI_PORT(value)         ((value) >> 28 & 7)
#define DDI_PROTOCOL(value)     ((value) >> 24 & 7)
#define PROTOCOL_DISPLAYPORT    2u /* single stream */
#define PROTOCOL_MULTISTREAM    3u
#define PORT_A                  0u /* what the embedded panel's transcoder is wired to */

#define DPLL_CTRL1              0x6c058u
#define DPLL_CTRL1_RATE(pll, v) ((v) >> (6 * (pll) + 1) & 7)
#define DPLL_CTRL2              0x6c05cu
#define DPLL_CTRL2_PLL(port, v) ((v) >> (3 * (port) + 1) & 3)

#define FALLBACK_HZ             60u
#define SLOWEST_HZ              10u
#define FASTEST_HZ              500u

/* Link rate codes of DPLL_CTRL1; a symbol is ten bits on each lane. */
static const uint32_t symbol_khz[8] = {540000, 270000, 162000, 324000, 216000, 432000, 0, 0};

static uint64_t
link_pixel_hz(const struct gvt *gvt, unsigned transcoder)
{
	uint32_t base = TRANSCODER(transcoder), control = *gvt_vreg(gvt, base + DDI_FUNC_CTL);
	uint64_t m = *gvt_vreg(gvt, base + LINK_M) & LINK_MN_MASK;
	uint64_t n = *gvt_vreg(gvt, base + LINK_N) & LINK_MN_MASK;
	unsigned port = transcoder == GVT_TRANSCODER_EDP ? PORT_A : DDI_PORT(control);
	unsigned pll = DPLL_CTRL2_PLL(port, *gvt_vreg(gvt, DPLL_CTRL2));
	uint64_t symbol_hz =
		symbol_khz[DPLL_CTRL1_RATE(pll, *gvt_vreg(gvt, DPLL_CTRL1))] * UINT64_C(1000);

	if (DDI_PROTOCOL(control) != PROTOCOL_DISPLAYPORT &&
	    DDI_PROTOCOL(control) != PROTOCOL_MULTISTREAM)
		return 0;
	return n ? symbol_hz * m / n : 0;
}

struct gvt_timing
gvt_timing_of(const struct gvt *gvt, unsigned transcoder)
{
	uint32_t base = TRANSCODER(transcoder);
	struct gvt_timing timing = {
		.pixel_hz = link_pixel_hz(gvt, transcoder),
		.htotal = (*gvt_vreg(gvt, base + HTOTAL) >> 16 & 0x1fff) + 1,
		.vtotal = (*gvt_vreg(gvt, base + VTOTAL) >> 16 & 0x1fff) + 1,
		.vblank_start = (*gvt_vreg(gvt, base + VBLANK) & 0x1fff) + 1,
	};
	uint64_t pixels = (uint64_t)timing.htotal * timing.vtotal;

	/* A rate that no monitor has would only make the daemon busy. */
	if (timing.pixel_hz < pixels * SLOWEST_HZ || timing.pixel_hz > pixels * FASTEST_HZ)
		timing.pixel_hz = pixels * FALLBACK_HZ;
	if (timing.vblank_start > timing.vtotal)
		timing.vblank_start = timing.vtotal;
	return timing;
}
