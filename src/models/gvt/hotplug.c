/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plugging the monitor of port D in and out: GVT-g display.c, Intel PRM SKL Vol 12 "Hot Plug". */
#include "models/gvt/gvt.h"

#define SFUSE_STRAP         0xc2014u
#define SFUSE_STRAP_PORT_D  (1u << 0)
#define SDE_ISR             0xc4000u
#define SDE_IIR             0xc4008u
#define SDE_PORT_D          (1u << 23)
#define SHOTPLUG_CTL        0xc4030u
#define SHOTPLUG_PORT_D_ALL (3u << 16) /* short and long pulse */

static void
set_bits(struct gvt *gvt, uint32_t offset, uint32_t bits, bool on)
{
	if (on)
		*gvt_vreg(gvt, offset) |= bits;
	else
		*gvt_vreg(gvt, offset) &= ~bits;
}

/* What a driver polls. */
void
gvt_monitor_connect(struct gvt *gvt, bool connected)
{
	set_bits(gvt, SFUSE_STRAP, SFUSE_STRAP_PORT_D, connected);
	set_bits(gvt, SDE_ISR, SDE_PORT_D, connected);
}

bool
gvt_monitor_connected(const struct gvt *gvt)
{
	return *gvt_vreg(gvt, SDE_ISR) & SDE_PORT_D;
}

/* As GVT-g, the cause is latched even while it is masked: a plug is not to be lost. */
void
gvt_hotplug(struct gvt *gvt, bool connected)
{
	gvt_monitor_connect(gvt, connected);
	gvt_dpcd_reset(gvt);
	set_bits(gvt, SDE_IIR, SDE_PORT_D, true);
	set_bits(gvt, SHOTPLUG_CTL, SHOTPLUG_PORT_D_ALL, true);
	gvt_event(gvt, SDE_ISR, SDE_PORT_D);
}
