/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pipes, transcoders and ports. Whatever a driver switches on is on at once. Intel PRM SKL Vol 12
 * "Display" and Vol 2c, GVT-g handlers.c and display.c.
 */
#include "models/gvt/registers.h"

#define PIPE                      0x1000u
#define DDIS                      5u
#define DDI                       0x100u

#define TRANS_CONF                0x70008u
#define TRANS_CONF_EDP            0x7f008u
#define TRANS_CONF_ENABLE         (1u << 31)
#define TRANS_CONF_STATE          (1u << 30)

#define DDI_BUF_CTL_ENABLE        (1u << 31)
#define DDI_BUF_CTL_IDLE          (1u << 7)

#define DP_TP_CTL_TRAINING(value) ((value) >> 8 & 7)
#define DP_TP_CTL_IDLE_PATTERN    2u
#define DP_TP_STATUS_IDLE_DONE    (1u << 25)
#define DP_TP_STATUS_W1C          (1u << 27 | 1u << 26 | 1u << 24)

/* Bits 27:25 of PS_CTRL bind the scaler to one plane instead of the whole pipe. */
#define PS_CTRL_PLANE (7u << 25)

static uint32_t
trans_conf_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	unsigned transcoder = offset == TRANS_CONF_EDP ? GVT_TRANSCODER_EDP : offset >> 12 & 0xf;
	bool on = value & TRANS_CONF_ENABLE;

	(void)old;
	gvt_transcoder_switch(gvt, transcoder, on);
	return on ? value | TRANS_CONF_STATE : value & ~TRANS_CONF_STATE;
}

static uint32_t
ddi_buf_ctl_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset, (void)old;
	return value & DDI_BUF_CTL_ENABLE ? value & ~DDI_BUF_CTL_IDLE : value | DDI_BUF_CTL_IDLE;
}

static uint32_t
dp_tp_ctl_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)old;
	if (DP_TP_CTL_TRAINING(value) == DP_TP_CTL_IDLE_PATTERN)
		*gvt_vreg(gvt, offset + 4) |= DP_TP_STATUS_IDLE_DONE;
	return value;
}

/* Plane scaling is not supported, so such a write changes nothing. */
static uint32_t
ps_ctrl_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)gvt, (void)offset;
	return value & PS_CTRL_PLANE ? old : value;
}

/* Transcoders A to C, and the one for embedded DisplayPort at 6F000. */
#define TRANSCODER(at, name, ...)                                                                  \
	REG(0x60000 + (at), name "_*", .count = GVT_PIPES, .stride = PIPE, ##__VA_ARGS__),         \
		REG(0x6f000 + (at), name "_EDP", ##__VA_ARGS__)
#define PER_PIPE(at, name, ...)                                                                    \
	REG(at, name "_*", .count = GVT_PIPES, .stride = PIPE, ##__VA_ARGS__)
#define PER_DDI(at, name, ...) REG(at, name "_*", .count = DDIS, .stride = DDI, ##__VA_ARGS__)

static const struct gvt_register registers[] = {
	REG(0x41000, "VGA_CONTROL"),
	REG(0x44030, "DDI_HOTPLUG_CTL"),
	REG(0x45000, "ARB_CTL"),
	REG(0x45004, "ARB_CTL2"),
	REG(0x45270, "WM_LINETIME_*", .count = GVT_PIPES, .stride = 4),
	REG(0x4f000, "SWF_#", .count = 36, .stride = 4),
	TRANSCODER(0x000, "TRANS_HTOTAL"),
	TRANSCODER(0x004, "TRANS_HBLANK"),
	TRANSCODER(0x008, "TRANS_HSYNC"),
	TRANSCODER(0x00c, "TRANS_VTOTAL"),
	TRANSCODER(0x010, "TRANS_VBLANK"),
	TRANSCODER(0x014, "TRANS_VSYNC"),
	PER_PIPE(0x6001c, "PIPE_SRCSZ"),
	TRANSCODER(0x028, "TRANS_VSYNCSHIFT"),
	TRANSCODER(0x030, "TRANS_DATAM1"),
	TRANSCODER(0x034, "TRANS_DATAN1"),
	TRANSCODER(0x040, "TRANS_LINKM1"),
	TRANSCODER(0x044, "TRANS_LINKN1"),
	TRANSCODER(0x400, "TRANS_DDI_FUNC_CTL"),
	TRANSCODER(0x410, "TRANS_MSA_MISC"),
	PER_DDI(0x64000, "DDI_BUF_CTL", .reset = DDI_BUF_CTL_IDLE, .write = ddi_buf_ctl_write),
	PER_DDI(0x64040, "DP_TP_CTL", .write = dp_tp_ctl_write),
	PER_DDI(0x64044, "DP_TP_STATUS", .kind = GVT_BITS, .writable = ~DP_TP_STATUS_W1C,
		.write1clear = DP_TP_STATUS_W1C),
	REG(0x64800, "SRD_CTL"),
	/* There is no panel that refreshes itself. */
	REG(0x64834, "SRD_IMR", .kind = GVT_READ_ONLY),
	REG(0x64838, "SRD_IIR", .kind = GVT_READ_ONLY),
	REG(0x68170, "PS_WIN_POS_1_*", .count = GVT_PIPES, .stride = 0x800),
	REG(0x68174, "PS_WIN_SZ_1_*", .count = GVT_PIPES, .stride = 0x800),
	REG(0x68180, "PS_CTRL_1_*", .count = GVT_PIPES, .stride = 0x800, .write = ps_ctrl_write),
	REG(0x68270, "PS_WIN_POS_2_*", .count = GVT_PIPES - 1, .stride = 0x800),
	REG(0x68274, "PS_WIN_SZ_2_*", .count = GVT_PIPES - 1, .stride = 0x800),
	REG(0x68280, "PS_CTRL_2_*", .count = GVT_PIPES - 1, .stride = 0x800,
	    .write = ps_ctrl_write),
	PER_PIPE(TRANS_CONF, "TRANS_CONF", .write = trans_conf_write),
	REG(TRANS_CONF_EDP, "TRANS_CONF_EDP", .write = trans_conf_write),
	PER_PIPE(0x70030, "PIPE_MISC"),
	PER_PIPE(0x70034, "PIPE_BOTTOM_COLOR"),
};

const struct gvt_register_block gvt_display_registers = {GVT_BLOCK("display", registers)};

/*
 * What firmware leaves behind: pipe A running on port D, as GVT-g shows it for drivers that want to
 * take over a display (GVT-g display.c). The timings are those of 1920x1200 at 154 MHz, to which the
 * M and N values belong (VESA CVT, reduced blanking).
 */
static const struct {
	uint32_t offset, value;
} boot_display[] = {
	{0x60000, (2080 - 1) << 16 | (1920 - 1)}, /* TRANS_HTOTAL_A */
	{0x60004, (2080 - 1) << 16 | (1920 - 1)}, /* TRANS_HBLANK_A */
	{0x60008, (2000 - 1) << 16 | (1968 - 1)}, /* TRANS_HSYNC_A */
	{0x6000c, (1235 - 1) << 16 | (1200 - 1)}, /* TRANS_VTOTAL_A */
	{0x60010, (1235 - 1) << 16 | (1200 - 1)}, /* TRANS_VBLANK_A */
	{0x60014, (1209 - 1) << 16 | (1203 - 1)}, /* TRANS_VSYNC_A */
	{0x6001c, (1920 - 1) << 16 | (1200 - 1)}, /* PIPE_SRCSZ_A */
	{0x60030, 0x7e5b425e},                    /* TRANS_DATAM1_A: 64 symbols, 24 bits, 4 lanes */
	{0x60034, 0x00800000},                    /* TRANS_DATAN1_A */
	{0x60040, 0x0003cd6e},                    /* TRANS_LINKM1_A */
	{0x60044, 0x00080000},                    /* TRANS_LINKN1_A */
	{0x60400, 0xb2000000},                    /* TRANS_DDI_FUNC_CTL_A: on, port D, DP, 8 bpc */
	{0x64300, DDI_BUF_CTL_ENABLE},            /* DDI_BUF_CTL_D */
	{TRANS_CONF, TRANS_CONF_ENABLE},          /* TRANS_CONF_A */
};

void
gvt_display_reset(struct gvt *gvt)
{
	gvt_pipes_reset(gvt);
	for (unsigned i = 0; i < sizeof(boot_display) / sizeof(boot_display[0]); i++)
		*gvt_vreg(gvt, boot_display[i].offset) = boot_display[i].value;
	gvt_transcoder_switch(gvt, 0, true);
	/* Resetting the function doesn't pull the monitor's plug. */
	gvt_monitor_connect(gvt, gvt->edid.link_state != GVT_LINK_DOWN);
	gvt_dpcd_reset(gvt);
}
