/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DisplayPort sink's configuration data, and link training, which always succeeds. VESA DisplayPort
 * 1.2 section 2.9.3 (addresses and bits, also in the kernel's drm_dp.h), GVT-g display.c, handlers.c.
 */
#include "models/gvt/gvt.h"

#include <string.h>

enum address {
	DPCD_REV = 0x000,
	MAX_LINK_RATE = 0x001,
	MAX_LANE_COUNT = 0x002,
	TRAINING_PATTERN_SET = 0x102,
	SINK_COUNT = 0x200,
	LANE0_1_STATUS = 0x202,
	LANE2_3_STATUS = 0x203,
	LANE_ALIGN_STATUS = 0x204,
	SINK_STATUS = 0x205,
	SET_POWER = 0x600,
};

#define REV_1_2              0x12
#define RATE_5400            0x14 /* units of 270 Mb/s */
#define LANES_4_ENHANCED     0x84
#define POWER_D0             0x01

#define TRAINING_PATTERN(v)  ((v)&0xf)
#define TWO_LANES(bits)      ((uint8_t)((bits) << 4 | (bits)))
#define LANE_CLOCK_RECOVERED 0x1
#define LANE_EQUALIZED       0x6 /* and symbols locked */
#define LANES_ALIGNED        0x01
#define BOTH_PORTS_IN_SYNC   0x03

void
gvt_dpcd_reset(struct gvt *gvt)
{
	uint8_t *dpcd = gvt->sink.dpcd;

	memset(&gvt->sink, 0, sizeof(gvt->sink));
	dpcd[DPCD_REV] = REV_1_2;
	dpcd[MAX_LINK_RATE] = RATE_5400;
	dpcd[MAX_LANE_COUNT] = LANES_4_ENHANCED;
	dpcd[SINK_COUNT] = 1;
	dpcd[SET_POWER] = POWER_D0;
}

/* Pattern 1 is for the clock, all others for equalization; 0 ends training. */
static void
train(uint8_t *dpcd, uint8_t pattern)
{
	switch (TRAINING_PATTERN(pattern)) {
	case 0:
		dpcd[SINK_STATUS] = BOTH_PORTS_IN_SYNC;
		break;
	case 1:
		dpcd[LANE0_1_STATUS] |= TWO_LANES(LANE_CLOCK_RECOVERED);
		dpcd[LANE2_3_STATUS] |= TWO_LANES(LANE_CLOCK_RECOVERED);
		break;
	default:
		dpcd[LANE0_1_STATUS] |= TWO_LANES(LANE_EQUALIZED);
		dpcd[LANE2_3_STATUS] |= TWO_LANES(LANE_EQUALIZED);
		dpcd[LANE_ALIGN_STATUS] |= LANES_ALIGNED;
		break;
	}
}

uint8_t
gvt_dpcd_read(const struct gvt *gvt, uint32_t address)
{
	return address < GVT_DPCD_SIZE ? gvt->sink.dpcd[address] : 0;
}

bool
gvt_dpcd_write(struct gvt *gvt, uint32_t address, uint8_t value)
{
	if (address >= GVT_DPCD_SIZE)
		return false;
	gvt->sink.dpcd[address] = value;
	if (address == TRAINING_PATTERN_SET)
		train(gvt->sink.dpcd, value);
	return true;
}
